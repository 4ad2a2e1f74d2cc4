"""Recordings as they can be read: where each lies, its reel and its room's story, kept at hand.

What is kept holds no sound. Files are read in threads, one at a time for each recording.
"""

import asyncio
import errno
import os
import re
import shutil
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from afterparty.core.model import Room
from afterparty.media.tape.reel import Reel
from afterparty.node.ground.reckoned import Reckoned, good_until
from afterparty.node.ground.refused import Refused
from afterparty.node.live.rooms import PAGE, Rooms
from afterparty.node.tape.marks import Sight
from afterparty.node.tape.story import Story

KEPT_MOST = 32
"""Recordings that are kept at hand."""

ENTRIES_MOST = 400_000
"""Chunks of all of them together: some 55 hours, about 200 MB. The one that was asked for last is
kept, however long."""

ATTEMPTS = 5
"""How often a folder is emptied that another node puts something into meanwhile."""

_NAME = re.compile(r"(?!\.+$)[A-Za-z0-9_.-]{1,64}")


@dataclass(eq=False, slots=True)
class Kept:
    """A recording at hand."""

    reel: Reel
    story: Story = field(default_factory=Story)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever reads or writes files of it."""
    good_until: float = 0.0
    """How long what was read is taken for all there is, on the monotonic clock."""
    ready: bool = False
    """It was read when nothing was to come any more."""
    sight: Reckoned[Sight] = field(default_factory=Reckoned)
    told: Reckoned[str] = field(default_factory=Reckoned)
    """What whoever asks about it is told."""


class Shelf:
    """All recordings below one folder."""

    def __init__(self, folder: Path, rooms: Rooms) -> None:
        self._folder, self._rooms = folder, rooms
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def folder_of(self, room: Room) -> Path:
        """Where a room's recording lies. Raises ``Refused`` (``no_recording``) for a name that is
        none of a folder."""
        if not (_NAME.fullmatch(room.show) and _NAME.fullmatch(room.room)):
            raise no_recording(room.room)
        return self._folder / room.show / room.room

    async def take(self, room: Room, ready: bool) -> Kept:
        """A room's recording, as far as it was written a moment ago: a longer one the longer it
        took to read. ``ready``: nothing is to come any more, so all there is.

        Raises:
            Refused: ``no_recording``: nothing was recorded.
            StoreError: the room's log cannot be read.
        """
        kept = self._kept.setdefault(room.room, Kept(Reel(self.folder_of(room))))
        self._kept.move_to_end(room.room)
        async with kept.lock:
            if time.monotonic() >= kept.good_until or (ready and not kept.ready):
                began = time.monotonic()
                try:
                    await asyncio.to_thread(kept.reel.read)
                except FileNotFoundError:
                    self.drop(room.room)  # it was deleted at another node
                    raise no_recording(room.room) from None
                kept.good_until, kept.ready = good_until(began), ready
                self._make_room()
            await self._tell(kept, room.room)
        if not kept.reel.pieces:
            self.drop(room.room)
            raise no_recording(room.room)
        return kept

    def _make_room(self) -> None:
        while len(self._kept) > 1 and (
            len(self._kept) > KEPT_MOST
            or sum(kept.reel.entries for kept in self._kept.values()) > ENTRIES_MOST
        ):
            self._kept.popitem(last=False)

    async def _tell(self, kept: Kept, room: str) -> None:
        if kept.story.number > self._rooms.version(room):
            kept.story = Story()  # the log has taken another course than it was told
        while kept.story.number < self._rooms.version(room):
            page = await self._rooms.events(room, kept.story.number, PAGE)
            for _, event in page:
                kept.story.tell(event)
            if not page:
                break

    def drop(self, room: str) -> None:
        """Keep a recording at hand no more."""
        self._kept.pop(room, None)

    async def sweep(self, room: Room) -> None:
        """Remove what was made of a recording: its whole file, and files of clips."""
        await asyncio.to_thread(_remove_made, self.folder_of(room))

    async def erase(self, room: Room) -> None:
        """Remove every file of a recording. Raises OSError if that cannot be."""
        kept = self._kept.pop(room.room, None)
        async with kept.lock if kept else asyncio.Lock():
            await asyncio.to_thread(_remove_all, self.folder_of(room))


def no_recording(room: str) -> Refused:
    """The refusal of whoever asks for what was not recorded, or was deleted."""
    return Refused("no_recording", f"There is no recording of the room {room!r}.")


def _remove_made(folder: Path) -> None:
    for path in folder.glob("*.ogg"):
        path.unlink(missing_ok=True)


def _remove_all(folder: Path) -> None:
    for _ in range(ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
    raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(folder))
