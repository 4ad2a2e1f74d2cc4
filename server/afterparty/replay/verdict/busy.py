"""Whether the machine had the time that sound needs, to be said where sound fails. Pure.

A machine that is too busy loses sound like a server that is wrong. It is a failure all the same, as
nothing was shown; but its cause lies elsewhere, and what was measured of that stands beside it.
"""

from afterparty.replay.verdict.record import Record

HELD_UP_SECONDS = 0.25
"""The replay's own process comes so late only where others have the machine."""

LATE_TICKS = 10
"""So many ticks late or left out are a gap that is heard, if they come together."""


def busy(record: Record, what: str) -> str:
    """What to add to what was measured where it is not shown ``what`` was to be."""
    late = record.late_ticks
    server = (
        "the server did not say how many of its ticks were late or left out"
        if late is None
        else f"{late} of the server's ticks were late or left out"
    )
    told = f"the replay itself was held up by {record.held_up:.2f} s at most, and {server}"
    if record.held_up >= HELD_UP_SECONDS or (late or 0) >= LATE_TICKS:
        return f". The machine was too busy to say {what}: {told}. On a quieter one it may hold"
    return f". The machine was not too busy to say {what}: {told}"
