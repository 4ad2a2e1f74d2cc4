"""What can be seen of a recording: how loud it was, who spoke when, and chapters made of that.

Pure. Times are ticks after the beginning of what is played; what is drawn or listed is bounded,
however long the recording is.
"""

import heapq
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.tape.chunk import Run
from afterparty.media.tape.ogg import CHAPTERS_MOST
from afterparty.media.tape.reel import Piece
from afterparty.node.tape.story import Held

LEVELS_MOST = 1000
"""Points of a waveform."""

MARKS_MOST = 5000
"""Stretches of speech that are told apart."""

SILENCE = 127
"""-dBov where nobody is heard."""

PAUSE_TICKS = TICKS_PER_SECOND
"""A pause so long does not end a stretch of speech."""

CHAPTER_TICKS = TICKS_PER_SECOND // 2
"""Whoever speaks for less than this begins no chapter."""


class Sight(NamedTuple):
    """What a player draws."""

    levels: list[tuple[float, int]]
    marks: list["Mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of speech of one member."""

    member: str
    name: str
    first: int
    end: int


def levels(pieces: Iterable[Piece], first: int, end: int) -> list[tuple[float, int]]:
    """The loudest of each second, or of as many seconds as make 1,000 points: its offset in
    seconds, and dBov (0 is as loud as can be)."""
    step = TICKS_PER_SECOND * max(1, math.ceil((end - first) / TICKS_PER_SECOND / LEVELS_MOST))
    loudest = [SILENCE] * math.ceil((end - first) / step)
    for run, low, high in _heard(pieces, first, end):
        for at in range((low - first) // step, -(-(high - first) // step)):
            loudest[at] = min(loudest[at], run.level)
    return [(at * step / TICKS_PER_SECOND, -level) for at, level in enumerate(loudest)]


def marks(
    pieces: Iterable[Piece], first: int, end: int, holder: Callable[[int, float], Held | None]
) -> list[Mark]:
    """Who spoke when, in order. ``holder``: whose a source number is at a time, epoch seconds."""
    found: dict[str, list[Mark]] = {}
    for run, low, high in _heard(pieces, first, end):
        held = holder(run.csrc, low / TICKS_PER_SECOND)
        if held is not None:
            mark = Mark(held.member, held.name, low - first, high - first)
            found.setdefault(held.member, []).append(mark)
    pause = PAUSE_TICKS
    while True:
        joined = [mark for own in found.values() for mark in _joined(own, pause)]
        if len(joined) <= MARKS_MOST:
            return sorted(joined, key=lambda mark: (mark.first, mark.member))
        pause *= 2


def _heard(pieces: Iterable[Piece], first: int, end: int) -> Iterator[tuple[Run, int, int]]:
    """Whoever is heard, from which tick until which, of those that count."""
    for piece in pieces:
        for run in piece.entry.runs:
            began = piece.entry.tick + run.start
            low = max(piece.tick, began, first)
            high = min(piece.end, began + run.ticks, end)
            if low < high:
                yield run, low, high


def _joined(own: Iterable[Mark], pause: int) -> list[Mark]:
    found: list[Mark] = []
    for mark in own:
        if found and mark.first - found[-1].end <= pause:
            found[-1] = replace(found[-1], end=max(found[-1].end, mark.end))
        else:
            found.append(mark)
    return found


def chapters(spoken: Iterable[Mark]) -> list[tuple[int, str]]:
    """The tick at which each chapter begins, and who speaks in it; the longest 999."""
    turns: list[Mark] = []
    for mark in spoken:
        long_enough = mark.end - mark.first >= CHAPTER_TICKS
        if long_enough and not (turns and turns[-1].member == mark.member):
            turns.append(mark)
    longest = heapq.nlargest(CHAPTERS_MOST, turns, key=lambda mark: mark.end - mark.first)
    return sorted((mark.first, mark.name) for mark in longest)
