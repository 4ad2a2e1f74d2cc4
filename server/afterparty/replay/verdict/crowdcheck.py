"""Whether those without a connection were counted as they were asked to be, at every poll. Pure."""

from collections.abc import Iterator

from afterparty.replay.verdict.headcount import (
    INFINITE,
    CrowdRecord,
    Headcount,
    Shift,
    shifts_in_doubt,
    shifts_of,
    shifts_of_lost,
)
from afterparty.replay.verdict.record import Record

CLOCK_SECONDS = 0.05
"""How exactly the server's times, such as a move's, can be put on the run's clock."""

OVER = frozenset({"room_ended", "room_canceled", "room_timed_out"})
"""Events after which nobody is in a room."""


def counted(record: Record) -> tuple[bool, str]:
    """Whether every count was right, and what was found, a sentence."""
    if not record.polls:
        return False, "never counted"
    by_room: dict[str, list[Shift]] = {room: [] for poll in record.polls for room in poll.rooms}
    for shift in _shifts(record):
        by_room.setdefault(shift.room, []).append(shift)
    heads = {room: Headcount(shifts) for room, shifts in by_room.items()}
    over = {one.room: one.t - CLOCK_SECONDS for one in record.events if one.event["type"] in OVER}
    wrong: list[str] = []
    exact = most_ever = counts = 0
    for poll in record.polls:
        for room, found in poll.rooms.items():
            if poll.answered >= over.get(room, INFINITE):
                continue
            least, most = heads[room].between(poll.asked, poll.answered)
            counts += 1
            exact += least == most and most > 0
            most_ever = max(most_ever, found.simulated)
            if not least <= found.simulated <= most:
                wrong.append(
                    f"{found.simulated:,} in {room} at {poll.asked:.1f} s, {_told(least, most)}"
                )
    if wrong:
        return False, f"{len(wrong)} of {counts} counts wrong: {wrong[0]}"
    if back := _back_from_the_dead(record.crowd):
        return False, back
    if not record.crowd.members:
        return True, f"all were connected, and nobody else was counted in {counts} counts"
    if not exact:
        return False, "no count at a moment when nothing was in flight"
    return True, (
        f"right in all {counts} counts, up to {most_ever:,} in one room; exact in {exact} of them, "
        f"when nothing was in flight{_lost(record.crowd)}"
    )


def _lost(crowd: CrowdRecord) -> str:
    return "".join(
        f"; {sum(one.rooms.values()):,} went with a node that was lost by {one.until:.1f} s, "
        "and were entered again"
        for one in crowd.lost
    )


def _back_from_the_dead(crowd: CrowdRecord) -> str:
    """Whoever is lost while their node lives is lost by a fault; empty: none was."""
    last_asked = {step.node: step.asked for step in crowd.steps if not step.code}
    for lost in crowd.lost:
        asked = min(last_asked.get(node, 0.0) for node in lost.nodes)
        if asked > lost.until:
            return (
                f"{sum(lost.rooms.values()):,} were gone at {lost.until:.1f} s, all that a node "
                f"held, and that node took another step at {asked:.1f} s"
            )
    return ""


def _told(least: int, most: int) -> str:
    return f"{least:,} were there" if least == most else f"{least:,} to {most:,} were there"


def _shifts(record: Record) -> Iterator[Shift]:
    crowd = record.crowd
    yield from shifts_of(crowd.steps)
    yield from shifts_of_lost(crowd.lost)
    yield from shifts_in_doubt(crowd.doubts)
    handoffs = {handoff.handoff: handoff for handoff in record.handoffs}
    for move in crowd.moves:
        known = handoffs.get(move.handoff)
        begun = known.begun_at if known and known.begun_at is not None else INFINITE
        closed = known.closed_at if known and known.closed_at is not None else INFINITE
        since, until = begun - CLOCK_SECONDS, closed + CLOCK_SECONDS
        yield Shift(move.room, since, until, -move.members)
        yield Shift(move.to_room, since, until, move.members)
