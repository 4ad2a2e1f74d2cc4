"""Recordings of rooms: which are made here, what of them may be heard, and their end.

The host decides before a room is live; from then on whichever node mixes it writes it down. What
may be played is what was written, less what the host has cut off at the beginning. Who may do what
is the routes' concern, files are the shelf's.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import structlog

from afterparty.core.events import Event
from afterparty.core.model import OVER, Room, RoomState
from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.tape.playback import write
from afterparty.media.tape.recorder import Recorder
from afterparty.node.access.limits import source_of
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.tasks import insist
from afterparty.node.live.rooms import Rooms
from afterparty.node.tape.recording import Recording
from afterparty.node.tape.served import GoneError
from afterparty.node.tape.shelf import Shelf, no_recording
from afterparty.store.errors import StoreError
from afterparty.store.recordings import Recordings as Store

SETTLE_SECONDS = 2.0
"""How long after its end a recording may still be written: every node has written by then."""

STREAMS_MOST = 64
"""Recordings that are sent while they are written, at one time."""

STREAMS_OF_AN_ADDRESS = 8
"""The same, to one address."""

PAGES = 64
"""Pages that are made in one turn of a thread."""

MOMENT_SECONDS = 5
"""Reactions of so long are told together."""

GATHER_SECONDS = 2.0
"""How often reactions are brought to the store."""

LOOK_SECONDS = 3600.0
"""How often is looked whether anything is left of what was deleted, without a reason."""

WAITING_MOST = 10_000
"""Reactions, by room and moment, that may wait for the store."""

log = structlog.get_logger()


class Recordings:
    """What this node writes down, and all that can be played."""

    def __init__(
        self, recorder: Recorder, shelf: Shelf, store: Store, rooms: Rooms, most_seconds: float
    ) -> None:
        self.recorder, self.shelf, self.store = recorder, shelf, store
        self._rooms, self._most = rooms, most_seconds
        self._reacted: defaultdict[tuple[str, str], Counter[tuple[int, str]]]
        self._reacted = defaultdict(Counter)
        self._streams: Counter[str] = Counter()
        self._missed = asyncio.Event()

    def on_event(self, room: Room, event: Event) -> None:
        """A room that is to be recorded begins, or is over."""
        if room.recording and room.state is RoomState.LIVE:
            began = room.opened_at or room.created_at
            folder = self.shelf.folder_of(room)
            self.recorder.begin(room.room, folder, began + self._most)
        elif room.state in OVER:
            self.recorder.end(room.room)

    def reacted(self, show: str, room: str, counts: Mapping[str, int]) -> None:
        """Reactions came to this node: how often each. Kept if the room is recorded."""
        found = self._rooms.room(room)
        if not (found.recording and found.state is RoomState.LIVE):
            return
        moment = int(time.time()) // MOMENT_SECONDS * MOMENT_SECONDS
        waiting = self._reacted[show, room]
        if len(waiting) < WAITING_MOST:
            waiting.update({(moment, reaction): times for reaction, times in counts.items()})

    async def run(self) -> None:
        """Bring reactions to the store, until cancelled."""
        while True:
            await asyncio.sleep(GATHER_SECONDS)
            for (show, room), times in list(self._reacted.items()):
                del self._reacted[show, room]
                try:
                    await self.store.react(show, room, times)
                except StoreError:  # perhaps it was done: better once too few than twice
                    log.info("reactions are missing in a recording", room=room)

    async def finish_deletions(self) -> None:
        """Finish those that this node did not hear of, or could not do: now, whenever it is to
        ``look_again``, and once in a while. Until cancelled."""
        while True:
            self._missed.clear()
            await insist("recover recordings", self.recover)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._missed.wait()

    def look_again(self) -> None:
        """Deletions may have been missed."""
        self._missed.set()

    async def recover(self) -> None:
        """Remove what is here of any recording that was deleted. Raises ``StoreError``."""
        for room in list(self._rooms.all()):
            if room.recording and room.state in OVER:
                await self._remove(room)

    async def _remove(self, room: Room) -> None:
        """Remove what is here of a recording if it was deleted; what cannot be removed is told."""
        try:
            there = await asyncio.to_thread(self.shelf.folder_of(room).exists)
            if there and (await self.store.about(room.show, room.room)).deleted:
                await self.shelf.erase(room)
        except (Refused, OSError) as error:
            log.warning("a deleted recording is not removed yet", room=room.room, error=str(error))

    async def find(self, name: str) -> Recording:
        """The recording of a room.

        Raises:
            Refused: ``no_such_room``; ``no_recording`` if there is none (yet), or no more.
            StoreError: the store is away.
        """
        room = self._rooms.room(name)
        if not room.recording:
            raise no_recording(name)
        about = await self.store.about(room.show, name)
        if about.deleted:
            self.shelf.drop(name)
            raise no_recording(name)
        ready = room.state in OVER and time.time() > (room.over_at or 0.0) + SETTLE_SECONDS
        kept = await self.shelf.take(room, ready)
        show = self._rooms.show(room.show)
        return Recording(room, show, about, kept, kept.reel.end, ready)

    async def cut(self, found: Recording, seconds: float) -> None:
        """Leave so much at the beginning out.

        Raises:
            Refused: ``bad_request`` if nothing would be left; ``recording_running``;
                ``no_recording``.
            StoreError: the store is away.
        """
        _over(found)
        ticks = round(seconds * TICKS_PER_SECOND)
        if found.reel.first + ticks > found.end - TICKS_PER_SECOND:
            raise Refused("bad_request", "start: a second of the recording has to be left.")
        if not await self.store.cut(found.room.show, found.room.room, ticks):
            raise no_recording(found.room.room)
        await self.shelf.sweep(found.room)

    async def delete(self, found: Recording) -> None:
        """Remove every byte of it. The same again is ``no_recording``.

        Raises:
            Refused: ``recording_running``.
            StoreError: the store is away.
        """
        _over(found)
        await self.store.delete(found.room.show, found.room.room)
        await self.shelf.erase(found.room)

    async def erase(self, name: str) -> None:
        """Remove what is here of a recording that was deleted at another node. What cannot be
        removed now is an hour later."""
        try:
            await self._remove(self._rooms.room(name))
        except (Refused, StoreError) as error:
            log.warning("a deleted recording is not removed yet", room=name, error=str(error))

    @contextmanager
    def place(self, host: str) -> Iterator[None]:
        """An address is sent what ``stream`` makes while the block lasts.

        Raises:
            Refused: ``busy``: too much is sent already, to that address or at all.
        """
        source = source_of(host)
        many = self._streams[source] >= STREAMS_OF_AN_ADDRESS
        if many or self._streams.total() >= STREAMS_MOST:
            raise Refused("busy", "Too many listen to recordings; try again shortly.")
        self._streams[source] += 1
        try:
            yield
        finally:
            self._streams[source] -= 1
            if not self._streams[source]:
                del self._streams[source]

    async def stream(self, found: Recording) -> AsyncGenerator[bytes]:
        """All there is by now of a recording that is still written.

        Raises:
            GoneError: it was deleted meanwhile, or what is sent was cut off.
        """
        try:
            spoken = (await found.sight()).marks
            pages = found.pages(found.room.title, found.first, found.end, spoken)
            while data := await asyncio.to_thread(lambda: b"".join(islice(pages, PAGES))):
                about = await self.store.about(found.room.show, found.room.room)
                if about.deleted or about.cut > found.about.cut:
                    raise GoneError
                yield data
        except (StoreError, OSError, ValueError):  # whether it may be heard is not known now
            raise GoneError from None

    async def file(self, found: Recording) -> Path:
        """The file of a whole recording that is ready. Raises ``Refused`` (``no_recording``)."""
        name = f"whole-{found.about.cut}-{found.reel.size}.ogg"
        return await self.made(found, name, found.room.title, found.first, found.end)

    async def made(self, found: Recording, name: str, title: str, first: int, end: int) -> Path:
        """The file of some ticks of a recording, made if it is not there.

        Raises:
            Refused: ``no_recording``: it was deleted this moment.
        """
        path = self.shelf.folder_of(found.room) / name
        async with found.kept.lock:
            try:
                await asyncio.to_thread(_make, path, found.pages(title, first, end))
            except FileNotFoundError:
                raise no_recording(found.room.room) from None
        return path


def _make(path: Path, pages: Iterator[bytes]) -> None:
    if not path.exists():
        write(path, pages)


def _over(found: Recording) -> None:
    if not found.ready:
        raise Refused("recording_running", "The recording is still being written.")
