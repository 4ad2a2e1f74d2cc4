"""The figures of a run that only its runner knows, each said to be real or not. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from afterparty.replay.evening.ensemble import Evening
from afterparty.replay.verdict.record import Figure, Poll, highest


def figures(evening: Evening, polls: Sequence[Poll]) -> Iterator[Figure]:
    """For the report, in its order."""
    in_sound = sum(one.attendance.sound.moved_in_sound for one in evening.attendees)
    yield Figure(
        "listeners moved while both rooms sounded, so that a gap would show",
        str(in_sound),
        real=True,
    )
    yield Figure(
        "seconds at most that the runner itself was held up: how busy this machine was",
        f"{evening.book.held_up:.2f}",
        real=True,
    )
    yield from _at_the_peak(evening, polls)
    broken = sum(one.attendance.broken for one in evening.attendees)
    if broken:
        yield Figure(
            "connections that broke before their listener was in, as planned, and were tried again",
            f"{broken:,}",
            real=True,
        )
    crowd = evening.crowd.record()
    if crowd.members:
        yield Figure(
            "of the audience had no connection: counted, but without sound and without a word",
            f"{crowd.members:,}",
            real=False,
        )
        yield Figure(
            "steps in which the server was told of those who come and go without a connection",
            f"{len(crowd.steps):,}",
            real=True,
        )
    if crowd.lost:
        yield Figure(
            "simulated listeners went with a node that was lost, and were entered again",
            f"{sum(sum(one.rooms.values()) for one in crowd.lost):,}",
            real=False,
        )
    yield from _zones(evening)


def _at_the_peak(evening: Evening, polls: Sequence[Poll]) -> Iterator[Figure]:
    """How many of each room's highest count had a connection, and how many did not."""
    for form in evening.scenario.rooms:
        most = highest(polls, form.id)
        if not most.peak:
            continue
        yield Figure(
            f"listeners with a connection when most were counted in {form.title}",
            f"{most.peak - most.peak_simulated:,}",
            real=True,
        )
        if most.peak_simulated:
            yield Figure(
                f"simulated listeners at that moment in {form.title}",
                f"{most.peak_simulated:,}",
                real=False,
            )


def _zones(evening: Evening) -> Iterator[Figure]:
    live = Counter(one.fan.zone for one in evening.attendees if one.fan.zone)
    live.update(evening.crowd.zones())
    for zone, many in live.most_common():
        yield Figure(
            f"of the audience live in {zone}, by who is awake there", f"{many:,}", real=False
        )
