"""A recording as its parts tell it, put in order by time: what is read, and never written.

Parts may overlap, where one node took a room over from another: the higher epoch is right. They
may leave gaps, where nobody mixed the room. While a recording is being written it may be read
again and again, from where the last reading ended; a chunk that is not whole yet is waited for.
All methods read files, so they are called in a thread.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from afterparty.media.tape.chunk import FRAME_BYTES, Chunk, Run, body_length, decode
from afterparty.media.tape.recorder import SUFFIX


class Entry(NamedTuple):
    """A chunk of a part, and where it lies."""

    tick: int
    ticks: int
    runs: tuple[Run, ...]
    at: int
    size: int


class Piece(NamedTuple):
    """What is used of an entry: `ticks` of them after the first `skip`."""

    path: Path
    entry: Entry
    skip: int
    ticks: int

    @property
    def tick(self) -> int:
        """The first one that is used."""
        return self.entry.tick + self.skip

    @property
    def end(self) -> int:
        """The one after the last that is used."""
        return self.tick + self.ticks

    def within(self, first: int, end: int) -> "Piece | None":
        """Of these ticks only; None if there are none."""
        skip = self.skip + max(0, first - self.tick)
        ticks = min(self.end, end) - self.entry.tick - skip
        return self._replace(skip=skip, ticks=ticks) if ticks > 0 else None


@dataclass(eq=False, slots=True)
class _Part:
    path: Path
    epoch: int
    entries: list[Entry] = field(default_factory=list)
    read: int = 0


class Reel:
    """One room's recording, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parts: dict[str, _Part] = {}
        self._pieces: list[Piece] = []
        self._size = -1

    @property
    def size(self) -> int:
        """Bytes that were read of all parts: the recording has not changed if they have not."""
        return self._size

    @property
    def entries(self) -> int:
        """How many chunks of all parts are known: what it takes of memory goes by that."""
        return sum(len(part.entries) for part in self._parts.values())

    @property
    def pieces(self) -> list[Piece]:
        """Everything there is, in order, each tick once. Do not change it."""
        return self._pieces

    @property
    def first(self) -> int:
        """The first tick of the wall clock. Raises IndexError if nothing was recorded."""
        return self._pieces[0].tick

    @property
    def end(self) -> int:
        """The tick after the last one. Raises IndexError if nothing was recorded."""
        return self._pieces[-1].end

    def read(self) -> None:
        """See what has been written since."""
        for path in self.folder.glob(f"*{SUFFIX}"):
            if path.name not in self._parts:
                self._parts[path.name] = _Part(path, int(path.name.partition("-")[0]))
            self._go_on(self._parts[path.name])
        size = sum(part.read for part in self._parts.values())
        if size != self._size:
            self._pieces, self._size = _joined(list(self._parts.values())), size

    @staticmethod
    def _go_on(part: _Part) -> None:
        with part.path.open("rb") as file:
            file.seek(part.read)
            while (found := _next(file)) is not None:
                chunk, size = found
                entry = Entry(chunk.tick, len(chunk.lengths), chunk.runs, part.read, size)
                part.entries.append(entry)
                part.read += size

    def between(self, first: int, end: int) -> list[Piece]:
        """What there is of these ticks, in order."""
        low = bisect_right(self._pieces, first, key=lambda piece: piece.end)
        high = bisect_left(self._pieces, end, key=lambda piece: piece.tick)
        cut = (piece.within(first, end) for piece in self._pieces[low:high])
        return [piece for piece in cut if piece is not None]


def sound(pieces: list[Piece]) -> Iterator[tuple[Piece, bytes, bytes]]:
    """Each piece with the lengths of its packets, and the packets.

    Raises FileNotFoundError if the recording was deleted, ValueError if it is not as it was read.
    """
    path, file = None, None
    try:
        for piece in pieces:
            if piece.path != path or file is None:
                if file is not None:
                    file.close()
                path, file = piece.path, piece.path.open("rb")
            file.seek(piece.entry.at)
            chunk = decode(file.read(piece.entry.size))
            if chunk is None:
                raise ValueError(f"{path} has changed")
            before = sum(chunk.lengths[: piece.skip])
            lengths = chunk.lengths[piece.skip : piece.skip + piece.ticks]
            yield piece, lengths, chunk.sound[before : before + sum(lengths)]
    finally:
        if file is not None:
            file.close()


def _next(file: BinaryIO) -> tuple[Chunk, int] | None:
    frame = file.read(FRAME_BYTES)
    length = body_length(frame)
    if length is None:
        return None
    data = frame + file.read(length)
    chunk = decode(data)
    return None if chunk is None else (chunk, len(data))


def _joined(parts: list[_Part]) -> list[Piece]:
    """Each tick once: from the part of the highest epoch that has it."""
    if len(parts) == 1:  # nearly always, and then nothing overlaps
        [part] = parts
        return [Piece(part.path, entry, 0, entry.ticks) for entry in part.entries]
    taken: list[tuple[int, int]] = []
    pieces: list[Piece] = []
    for part in sorted(parts, key=lambda one: one.epoch, reverse=True):
        for entry in part.entries:
            whole = Piece(part.path, entry, 0, entry.ticks)
            pieces += _left_over(whole, taken)
        taken = _merged(taken + [(one.tick, one.tick + one.ticks) for one in part.entries])
    return sorted(pieces, key=lambda piece: piece.tick)


def _left_over(piece: Piece, taken: list[tuple[int, int]]) -> Iterator[Piece]:
    at = piece.tick
    for first, end in taken[bisect_right(taken, at, key=lambda stretch: stretch[1]) :]:
        if first >= piece.end:
            break
        before = piece.within(at, first)
        if before is not None:
            yield before
        at = max(at, end)
    rest = piece.within(at, piece.end)
    if rest is not None:
        yield rest


def _merged(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of ticks without those that touch, in order."""
    found: list[tuple[int, int]] = []
    for first, end in sorted(stretches):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((first, end))
    return found
