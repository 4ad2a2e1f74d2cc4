"""How many simulated members were in each room, by what was asked for and answered. Pure.

Whoever drives them writes down each step. A step that is under way may have happened or not; so at
any moment so many were there surely, and so many at most. In between nothing is in flight, and the
two are one number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class StepDone:
    """One step of the crowd, in wall seconds since the run began; rooms as in the scenario."""

    asked: float
    answered: float | None
    """``None``: never, so what it asks for may be or not."""
    members: int
    """How many it named."""
    came: dict[str, int] = field(default_factory=dict)
    """How many were to be in a room afterwards who were not in it before."""
    went: dict[str, int] = field(default_factory=dict)
    """How many were to be gone from a room in which they were before."""
    changed: int | None = None
    """For how many it changed anything, as the server says."""
    node: str = ""
    """What the node is called that did it."""
    code: str = ""
    """The code, if it was refused for good; then nothing changed."""


@dataclass(frozen=True, slots=True)
class CrowdMoved:
    """A handoff that took the crowd of a room along; when, its ``HandoffRecord`` says."""

    handoff: str
    room: str
    to_room: str
    members: int


@dataclass(frozen=True, slots=True)
class Lost:
    """All whom a node held, gone with it. They come again by steps like anybody else."""

    nodes: tuple[str, ...]
    """What it is called; several, if each of them held so many."""
    since: float
    until: float
    """They went between two counts: the last that was right, and one that lacks just these."""
    rooms: dict[str, int]
    """How many of each room."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """So many who may have been in a room, or not, as their answers came too late for a handoff;
    below 0, so many who may have been gone from it, as a node was lost about the time of one."""

    since: float
    until: float | None
    """``None``: until the end."""
    room: str
    members: int


@dataclass(frozen=True, slots=True)
class CrowdRecord:
    """All that was done with those who have no connection."""

    members: int = 0
    """How many were planned."""
    steps: tuple[StepDone, ...] = ()
    moves: tuple[CrowdMoved, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    lost: tuple[Lost, ...] = ()
    turned_away: int = 0
    """How often a step had to be asked for again."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A room's count changes by ``by``, at a moment between ``since`` and ``until``."""

    room: str
    since: float
    until: float
    by: int


def shifts_of(steps: Iterable[StepDone]) -> list[Shift]:
    """What steps did to counts."""
    found = []
    for step in steps:
        if not step.code:
            until = INFINITE if step.answered is None else step.answered
            found += [Shift(room, step.asked, until, many) for room, many in step.came.items()]
            found += [Shift(room, step.asked, until, -many) for room, many in step.went.items()]
    return found


def shifts_of_lost(lost: Iterable[Lost]) -> list[Shift]:
    """What nodes took along."""
    return [
        Shift(room, one.since, one.until, -many) for one in lost for room, many in one.rooms.items()
    ]


def shifts_in_doubt(doubts: Iterable[Doubt]) -> list[Shift]:
    """Who may have been there: possibly from then on, never surely, and not after that."""
    found = []
    for doubt in doubts:
        found.append(Shift(doubt.room, doubt.since, INFINITE, doubt.members))
        if doubt.until is not None:
            found.append(Shift(doubt.room, INFINITE, doubt.until, -doubt.members))
    return found


class Headcount:
    """One room's shifts, to be asked how many were there."""

    def __init__(self, shifts: Iterable[Shift]) -> None:
        found = list(shifts)
        self._came = _Sums([(one.since, one.by) for one in found if one.by > 0])
        self._surely_came = _Sums([(one.until, one.by) for one in found if one.by > 0])
        self._went = _Sums([(one.since, one.by) for one in found if one.by < 0])
        self._surely_went = _Sums([(one.until, one.by) for one in found if one.by < 0])

    def between(self, asked: float, answered: float) -> tuple[int, int]:
        """How many were there surely, and possibly, at the moment of a count so asked for."""
        least = self._surely_came.before(asked) + self._went.until(answered)
        most = self._came.until(answered) + self._surely_went.before(asked)
        return max(0, least), most


class _Sums:
    """Amounts at times, summed up to any time."""

    def __init__(self, amounts: Sequence[tuple[float, int]]) -> None:
        ordered = sorted(amounts)
        self._times = [at for at, _ in ordered]
        self._sums = [0, *accumulate(amount for _, amount in ordered)]

    def before(self, at: float) -> int:
        """Of all times before ``at``."""
        return self._sums[bisect_left(self._times, at)]

    def until(self, at: float) -> int:
        """Of all times up to ``at``."""
        return self._sums[bisect_right(self._times, at)]
