"""Who came to listen, as parts of an audience: from counts that were looked at now and then.

Pure. Nobody's name is needed for it, and what lies between two looks is interpolated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from afterparty.replay.words.forms import write_clock

FEWEST_LOOKS = 4
"""Looks without which a curve says nothing."""

THIRDS_FROM = 30
"""Listeners from which on they come in three parts."""

EAGER, SLOW = 0.62, 0.38
"""Of a part, so many or fewer were there after half its time: a burst, or a surge."""

Point = tuple[float, float]
"""Evening time, and listeners."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One room while people come to it: what is known of it."""

    opens: float
    until: float
    """Its handoff or its end."""
    coming: int
    """Those who came to it of their own accord, and had no part to play."""
    peak: int
    points: Sequence[Point] = ()
    """What was seen of it in that time; none if others were handed in, who are not told apart."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A part of those who came."""

    size: int
    start: float
    over: float
    curve: str


def arrivals(room: Stretch) -> tuple[list[Arrivals], float, bool]:
    """The parts in which they came, the share of them who went, and whether all is a guess."""
    if room.coming <= 0:
        return [], 0.0, False
    grown = _grown(room)
    if not grown:
        half = max(1.0, (room.until - room.opens) / 2)
        gone = max(0.0, 1 - room.peak / room.coming)
        return [Arrivals(room.coming, room.opens, half, "burst")], round(gone, 2), True
    left = room.points[-1][1]
    gone = min(1.0, max(0.0, 1 - left / room.coming))
    parts = 3 if room.coming >= THIRDS_FROM else 1
    bounds = [_reached(grown, part / parts) for part in range(parts + 1)]
    sizes = [room.coming // parts + (part < room.coming % parts) for part in range(parts)]
    found = [
        Arrivals(size, since, max(1.0, until - since), _curve(grown, since, until))
        for size, since, until in zip(sizes, bounds, bounds[1:], strict=False)
    ]
    return found, round(gone, 2), False


def part(name: str, room: str, coming: Arrivals, ends: float, **more: object) -> dict[str, Any]:
    """A part as a file has it; all are in before the evening ``ends``."""
    start = min(int(coming.start), max(0, int(ends) - 1))
    over = min(max(1, round(coming.over)), max(0, int(ends) - start))
    return {
        "name": name,
        "size": coming.size,
        "room": room,
        "arrive": {"from": write_clock(start), "over": write_clock(over), "curve": coming.curve},
        **more,
    }


def _grown(room: Stretch) -> list[Point]:
    """What share of them had come by when; nothing if too little was seen."""
    grown = [(room.opens, 0.0)]
    before = came = 0.0
    for at, listeners in room.points:
        came += max(0.0, listeners - before)
        before = listeners
        grown.append((max(at, room.opens), came))
    if len(room.points) < FEWEST_LOOKS or came <= 0:
        return []
    return [(at, so_far / came) for at, so_far in grown]


def _reached(grown: Sequence[Point], share: float) -> float:
    """When that share had come; of none, when the first did."""
    if share <= 0:
        return max(at for at, so_far in grown if so_far <= 0)
    before = grown[0]
    for point in grown:
        if point[1] >= share:
            rise = point[1] - before[1]
            return before[0] + (point[0] - before[0]) * (share - before[1]) / (rise or 1.0)
        before = point
    return grown[-1][0]


def _at(grown: Sequence[Point], at: float) -> float:
    """What share had come by then."""
    before = grown[0]
    for point in grown:
        if point[0] > at:
            return before[1] + (point[1] - before[1]) * (at - before[0]) / (point[0] - before[0])
        before = point
    return grown[-1][1]


def _curve(grown: Sequence[Point], since: float, until: float) -> str:
    first, last = _at(grown, since), _at(grown, until)
    if last <= first:
        return "steady"
    halfway = (_at(grown, (since + until) / 2) - first) / (last - first)
    if halfway > EAGER:
        return "burst"
    return "surge" if halfway < SLOW else "steady"
