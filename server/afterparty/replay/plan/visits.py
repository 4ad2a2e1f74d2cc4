"""Where one of the audience is, and when: they come, fail to, go over, go away and return. Pure.

Wall seconds since the evening began. Chance comes in as an argument.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from afterparty.replay.plan.course import Course


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay."""

    room: str
    arrives: float
    departs: float | None
    """``None``: remains until the room is over."""


@dataclass(frozen=True, slots=True)
class Leaning:
    """Where somebody means to be: in ``room``, and from ``leaks`` on in ``to``."""

    room: str
    to: str = ""
    leaks: float = math.inf

    def at(self, when: float) -> str:
        """The room that they mean to be in then."""
        return self.room if when < self.leaks else self.to


def attempts(at: float, tries: int, wait: float, latest: float) -> tuple[tuple[float, ...], float]:
    """When attempts to come in break, and when one succeeds.

    After ``wait`` seconds there is another, each time after twice as long. Nobody waits beyond
    ``latest``: as many break as leave time for one that does not.
    """
    broken: list[float] = []
    while len(broken) < tries and at + wait * 2 ** len(broken) <= latest:
        broken.append(at)
        at += wait * 2 ** (len(broken) - 1)
    return tuple(broken), at


def visits(
    own: random.Random,
    leaning: Leaning,
    arrives: float,
    goes: str,
    within: float | None,
    course: Course,
) -> tuple[Visit, ...]:
    """All stays of somebody who comes at ``arrives``: one after the other, never two at a time.

    ``goes``: ``stays`` to the end, ``goes`` before it, or ``returns`` after that. ``within``: how
    long after coming they go on average, seconds; ``None``: at any time.
    """
    room, arrives = course.entrance(leaning.at(arrives), arrives)
    over = _goes_over(leaning, room, arrives, course)
    if goes == "stays":
        return _divided([(room, arrives, None)], over)
    last = course.until(*over) if over else course.until(room, arrives)
    departs = _departs(own, arrives, max(arrives, last), within)
    stays: list[tuple[str, float, float | None]] = [(room, arrives, departs)]
    if goes == "returns":
        # Whoever was away while the others went over goes to them, as do those who come late.
        intends = own.uniform(departs, max(departs, _returns_until(leaning, room, course)))
        back_room, back = course.entrance(leaning.at(intends), intends)
        stays.append((back_room, back, None))
    return _divided(stays, over)


def _goes_over(
    leaning: Leaning, room: str, arrives: float, course: Course
) -> tuple[str, float] | None:
    """Where and when somebody in ``room`` goes over; ``None``: not, or the handoff comes first."""
    if room != leaning.room or not arrives < leaning.leaks < math.inf:
        return None
    to, at = course.entrance(leaning.to, leaning.leaks)
    move = course.moves.get(room)
    return None if move and at > move.offered else (to, at)


def _departs(own: random.Random, arrives: float, last: float, within: float | None) -> float:
    if within is None:
        return own.uniform(arrives, last)
    if within <= 0:
        return arrives
    # An exponential that is cut off where the stay must end: most go soon, and all in time.
    in_time = 1 - math.exp(-(last - arrives) / within)
    return min(last, arrives - within * math.log(1 - own.random() * in_time))


def _returns_until(leaning: Leaning, room: str, course: Course) -> float:
    last = leaning.to or room
    move = course.moves.get(last)
    return max(course.latest(last), course.latest(move.to_room)) if move else course.latest(last)


def _divided(
    stays: Sequence[tuple[str, float, float | None]], over: tuple[str, float] | None
) -> tuple[Visit, ...]:
    """The stays, each in two where its member goes over in the midst of it."""
    if over is None:
        return tuple(Visit(*stay) for stay in stays)
    to, at = over
    found: list[Visit] = []
    for room, arrives, departs in stays:
        if room == to or arrives >= at or (departs is not None and departs <= at):
            found.append(Visit(room, arrives, departs))
        else:
            found += [Visit(room, arrives, at), Visit(to, at, departs)]
    return tuple(found)
