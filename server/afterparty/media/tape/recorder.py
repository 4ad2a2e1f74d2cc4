"""Writes down the feeds of rooms that this node mixes, as they are sent: nothing is encoded again.

The clock gives it each tick and never waits; twice a second a thread appends what has come to the
room's part, and has the disk keep it. So whoever is killed loses less than a second. A part is of
one node and one lead: another node that goes on writes its own, and nobody writes into another's.
It knows rooms by id and folder, and none of their rules.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.desk.feed import FeedPacket
from afterparty.media.tape.chunk import chunks_of, encode

FLUSH_SECONDS = 0.5
"""How often is written: what is lost at most when the node is killed."""

WAITING_TICKS = 30 * TICKS_PER_SECOND
"""Ticks of a room that may wait for the disk; what comes then is lost, and counted."""

ASTRAY_TICKS = TICKS_PER_SECOND
"""The media clock goes by the wall clock of its start. If the wall clock was set by more than this
since, a part goes by what it says now."""

SUFFIX = ".part"

log = logging.getLogger(__name__)

_Ticks = list[tuple[int, FeedPacket | None]]


@dataclass(eq=False, slots=True)
class _Recorded:
    """A room that is recorded if it is mixed here."""

    folder: Path
    until: float
    """When it has been recorded for as long as may be, seconds since the epoch."""
    epoch: int = -1
    shift: int = 0
    """From ticks of the media clock to those of the wall clock."""
    waiting: _Ticks = field(default_factory=list)
    former: list[tuple[int, _Ticks]] = field(default_factory=list)
    """What waits of former epochs."""
    full: bool = False
    """It has been recorded for as long as may be."""


@dataclass(eq=False, slots=True)
class _Part:
    """A file that is being written."""

    path: Path
    number: int
    size: int


@dataclass(slots=True)
class RecorderStats:
    """What was recorded so far."""

    ticks: int = 0
    bytes: int = 0
    lost: int = 0
    """Ticks that were not written: the disk is full, broken, or too slow."""


class Recorder:
    """The parts that one node writes. ``least_free``: bytes of disk below which nothing is written,
    and that is said in the log."""

    def __init__(
        self, node: str, least_free: int = 0, wall: Callable[[], float] = time.time
    ) -> None:
        self._node, self._least_free, self._wall = node, least_free, wall
        self._rooms: dict[str, _Recorded] = {}
        self._ended: list[_Recorded] = []
        self._parts: dict[Path, _Part] = {}
        self._thread = ThreadPoolExecutor(1, "recorder")  # what came first is written first
        self._told = ""
        self.stats = RecorderStats()

    def __len__(self) -> int:
        return len(self._rooms)

    # On the event loop.

    def begin(self, room_id: str, folder: Path, until: float) -> None:
        """Write down a room whenever it is mixed here, until that time. Idempotent."""
        self._rooms.setdefault(room_id, _Recorded(folder, until))

    def end(self, room_id: str) -> None:
        """The recording is over: what has come is written yet. Idempotent."""
        recorded = self._rooms.pop(room_id, None)
        if recorded is not None:
            self._ended.append(recorded)

    def take(self, room_id: str, epoch: int, tick: int, packet: FeedPacket | None) -> None:
        """Take a tick of a room that is mixed here, under an epoch; `packet` is None in silence."""
        recorded = self._rooms.get(room_id)
        if recorded is None:
            return
        if epoch != recorded.epoch:
            if recorded.waiting:
                recorded.former.append((recorded.epoch, recorded.waiting))
                recorded.waiting = []
            shift = int(self._wall() * TICKS_PER_SECOND) - tick
            recorded.shift = shift if abs(shift) > ASTRAY_TICKS else 0
            recorded.epoch = epoch
        tick += recorded.shift
        if tick >= recorded.until * TICKS_PER_SECOND:
            if not recorded.full:
                recorded.full = True
                log.error("the recording of room %s is as long as may be, and ends", room_id)
        elif len(recorded.waiting) >= WAITING_TICKS:
            self.stats.lost += 1
            self._say("the disk is too slow for what is recorded")
        else:
            recorded.waiting.append((tick, packet))

    async def run(self) -> None:
        """Write again and again, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what has come so far, and have the disk keep it."""
        ended, self._ended = self._ended, []
        work: list[tuple[Path, _Ticks]] = []
        for recorded in (*ended, *self._rooms.values()):
            some = [*recorded.former, (recorded.epoch, recorded.waiting)]
            recorded.former, recorded.waiting = [], []
            work += [(self._path(recorded.folder, e), ticks) for e, ticks in some if ticks]
        kept = {self._path(one.folder, one.epoch) for one in self._rooms.values()}
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._write, work, kept)

    async def close(self) -> None:
        """End every recording."""
        for room_id in list(self._rooms):
            self.end(room_id)
        await self.flush()
        self._thread.shutdown()

    def _path(self, folder: Path, epoch: int) -> Path:
        return folder / f"{epoch}-{self._node}{SUFFIX}"

    def _say(self, what: str) -> None:
        if what != self._told:
            self._told = what
            log.error("%s: nothing more is recorded", what)

    # In a thread.

    def _write(self, work: list[tuple[Path, _Ticks]], kept: set[Path]) -> None:
        """Append to the parts, close those that are not `kept`, and sync all."""
        touched = [part for path, ticks in work if (part := self._append(path, ticks)) is not None]
        for part in touched:
            with contextlib.suppress(OSError):
                os.fsync(part.number)
        for path in [path for path in self._parts if path not in kept]:
            os.close(self._parts.pop(path).number)

    def _append(self, path: Path, ticks: _Ticks) -> _Part | None:
        data = b"".join(map(encode, chunks_of(ticks)))
        try:
            part = self._parts.get(path) or self._open(path)
            if shutil.disk_usage(path.parent).free < self._least_free + len(data):
                self.stats.lost += len(ticks)
                self._say("the disk is full")
                return None
            self._put(part, data)
        except OSError as error:
            self.stats.lost += len(ticks)
            self._say(f"recordings cannot be written ({error.strerror})")
            return None
        self._told = ""
        self.stats.ticks += len(ticks)
        self.stats.bytes += len(data)
        return part

    def _open(self, path: Path) -> _Part:
        if not path.exists():
            path.parent.mkdir(0o750, parents=True, exist_ok=True)
            path.touch(0o640)
            for folder in (path.parent, path.parent.parent):
                _sync(folder)  # or a power cut takes the whole file
        number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        part = self._parts[path] = _Part(path, number, os.fstat(number).st_size)
        return part

    @staticmethod
    def _put(part: _Part, data: bytes) -> None:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(part.number, left) :]
        except OSError:
            os.ftruncate(part.number, part.size)  # half a chunk would hide what comes after it
            raise
        part.size += len(data)


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
