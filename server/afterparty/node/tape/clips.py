"""Clips: some seconds of a recording under a name of their own, until they or it are deleted.

A clip is where it begins and how long it is; its sound is taken from the recording. So it is gone
with that, and it is hidden while the host has cut off where it begins.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from afterparty.core.rules import TITLE_LIMIT, one_line
from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.node.ground.refused import Refused
from afterparty.node.live.rooms import Rooms
from afterparty.node.tape.recording import Recording
from afterparty.node.tape.recordings import Recordings
from afterparty.store.recordings import Recordings as Store
from afterparty.wire.recordings import CLIP_SECONDS, ClipView


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip as it is kept."""

    clip: str
    by: str
    title: str
    at: int
    """Ticks after the true beginning of the recording."""
    ticks: int
    made_at: float


_clip = TypeAdapter(Clip)


class Clips:
    """Makes clips, finds them, and forgets them."""

    def __init__(self, recordings: Recordings, store: Store, rooms: Rooms) -> None:
        self._recordings, self._store, self._rooms = recordings, store, rooms

    async def make(
        self, found: Recording, by: str, start: float, seconds: float, title: str
    ) -> Clip:
        """Make a clip of what is recorded already.

        Raises:
            Refused: ``bad_clip``, ``bad_title``, ``too_many_clips``.
            StoreError: the store is away.
        """
        at, ticks = round(start * TICKS_PER_SECOND), round(seconds * TICKS_PER_SECOND)
        within = at >= 0 and found.first + at + ticks <= found.end
        if not (within and TICKS_PER_SECOND <= ticks <= CLIP_SECONDS * TICKS_PER_SECOND):
            raise Refused("bad_clip", "A clip is 1 to 30 seconds of what is recorded.")
        line = one_line(title)
        if len(line) > TITLE_LIMIT or (title and not line):
            raise Refused("bad_title", f"A title is a line of at most {TITLE_LIMIT} characters.")
        clip = Clip(
            clip=f"c-{secrets.token_hex(8)}",
            by=by,
            title=line or found.room.title,
            at=found.first + at - found.reel.first,
            ticks=ticks,
            made_at=time.time(),
        )
        room, body = found.room, _clip.dump_json(clip)
        if not await self._store.add_clip(room.show, room.room, clip.clip, by, body):
            raise Refused("too_many_clips", "There are too many clips of this recording already.")
        return clip

    async def of(self, found: Recording) -> list[Clip]:
        """The clips of a recording that may be heard, in its order."""
        bodies = await self._store.clips(found.room.show, found.room.room)
        clips = [_clip.validate_json(body) for body in bodies.values()]
        heard = [clip for clip in clips if _first(found, clip) >= found.first]
        return sorted(heard, key=lambda clip: (clip.at, clip.made_at))

    async def find(self, name: str) -> tuple[Recording, Clip]:
        """A clip, and the recording that it is of.

        Raises:
            Refused: ``no_such_clip``.
            StoreError: the store is away.
        """
        room = await self._store.room_of(name)
        if room is None:
            raise _no_such_clip()
        try:
            found = await self._recordings.find(room)
        except Refused:
            raise _no_such_clip() from None
        body = await self._store.clip(found.room.show, room, name)
        clip = None if body is None else _clip.validate_json(body)
        if clip is None or _first(found, clip) < found.first:
            raise _no_such_clip()
        return found, clip

    async def file(self, found: Recording, clip: Clip) -> Path:
        """Its sound as a file. Raises ``Refused`` (``no_recording``)."""
        first = _first(found, clip)
        name = f"{clip.clip}.ogg"
        return await self._recordings.made(found, name, clip.title, first, first + clip.ticks)

    async def drop(self, found: Recording, clip: Clip) -> None:
        """Delete a clip. Raises ``StoreError``."""
        await self._store.drop_clip(found.room.show, found.room.room, clip.clip, clip.by)
        path = self._recordings.shelf.folder_of(found.room) / f"{clip.clip}.ogg"
        await asyncio.to_thread(path.unlink, missing_ok=True)


def view(found: Recording, clip: Clip) -> ClipView:
    """A clip as it travels."""
    return ClipView(
        clip=clip.clip,
        room=found.room.room,
        by=clip.by,
        title=clip.title,
        simulated=found.show.simulated,
        start=(_first(found, clip) - found.first) / TICKS_PER_SECOND,
        seconds=clip.ticks / TICKS_PER_SECOND,
        url=f"/clip/{clip.clip}",
        audio=f"/v1/clips/{clip.clip}.ogg",
    )


def _first(found: Recording, clip: Clip) -> int:
    return found.reel.first + clip.at


def _no_such_clip() -> Refused:
    return Refused("no_such_clip", "There is no such clip.")
