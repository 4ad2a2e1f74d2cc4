"""Watches live rooms for records that they break and firsts that are made in them.

Whatever may change that marks a room: its count was never as high, or somebody came onto its
stage. What a room is due, the core says; every node looks, and the room's log lets one of them
have it happen. An honoured room's entry in the record book is kept up to date from then on, and
so is that of an episode, as it takes two of them, over or not, to make a series the first.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from afterparty.core.events import Event, HostChanged, RoomOpened, SeatTaken
from afterparty.core.honours import Due, due, is_episode
from afterparty.core.model import HonourKind, Room, RoomState, Show
from afterparty.core.records import OVERALL, Book, Entry, entry_of, holder
from afterparty.core.season import Season
from afterparty.node.books.records import Records
from afterparty.node.books.seasons import Seasons
from afterparty.node.ground.refused import Refused
from afterparty.node.live.audience import Audience
from afterparty.node.live.rooms import Rooms
from afterparty.store.errors import StoreError
from afterparty.wire.views import NOBODY, CountsView

LOOK_SECONDS = 0.25
"""Rooms are looked at no more often."""

WRITE_SECONDS = 1.0
"""How often the entry of a room that is honoured is brought up to date at most."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Rivals:
    """What a room is compared with."""

    season: Season | None
    book: Book
    holder: Entry | None = None
    """Of the book, where there is no season."""
    least: int = 0
    """Fewer listeners are no record."""


class Honours:
    """Looks at the rooms that were marked, all together, and then waits a moment."""

    def __init__(
        self, rooms: Rooms, audience: Audience, records: Records, seasons: Seasons, floor: int
    ) -> None:
        """``floor``: fewer listeners are no record in a show of no season."""
        self._rooms, self._audience = rooms, audience
        self._records, self._seasons, self._floor = records, seasons, floor
        self._peaks: dict[str, CountsView] = {}
        self._written: dict[str, float] = {}
        self._marked: set[str] = set()
        self._stirred = asyncio.Event()

    def heard(self, counts: Mapping[str, CountsView]) -> None:
        """Mark the rooms whose count was never as high."""
        for name, found in counts.items():
            if found.peak > self._peaks.get(name, NOBODY).peak:
                self._peaks[name] = found
                self._mark(name)

    def on_event(self, room: Room, event: Event) -> None:
        """Mark a room whose stage is another; forget one that is not live."""
        if room.state is not RoomState.LIVE:
            self._peaks.pop(room.room, None)
            self._written.pop(room.room, None)
        elif isinstance(event, RoomOpened | SeatTaken | HostChanged):
            self._mark(room.room)

    def recover(self) -> None:
        """Mark whatever was live already when this node began."""
        for room in self._rooms.all():
            if room.state is RoomState.LIVE:
                self._mark(room.room)

    def _mark(self, room: str) -> None:
        self._marked.add(room)
        self._stirred.set()

    async def run(self) -> None:
        """Look at rooms as they are marked, until cancelled."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            marked, self._marked = self._marked, set()
            rivals: dict[tuple[str, bool], _Rivals] = {}
            for name in marked:
                try:
                    await self._look(name, rivals)
                except StoreError as error:
                    log.info("honours wait for the store", room=name, code=error.code)
                    self._written.pop(name, None)  # what was to be written may not be
                    self._mark(name)
                except Exception:  # one room's fault is no other room's
                    log.exception("honours failed", room=name)
                await asyncio.sleep(0)  # a long book takes some milliseconds
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, name: str, rivals: dict[tuple[str, bool], _Rivals]) -> None:
        if not self._rooms.version(name):  # counted before this node has heard of it
            return
        room = self._rooms.room(name)
        if room.state is not RoomState.LIVE:
            return
        show = self._rooms.show(room.show)
        entry = self._entry(room, show)
        new = name not in self._written
        key = show.season, show.simulated
        if key not in rivals:
            rivals[key] = await self._rivals(show)
        if _due(room, entry, rivals[key]):
            # Another room may have been honoured a moment ago, here or at another node.
            rivals[key] = await self._rivals(show)
            for command in _due(room, entry, rivals[key]):
                await self._write(name)  # first, so that whoever comes next compares with it
                with contextlib.suppress(Refused):  # another node was faster, or it is over
                    await self._rooms.execute(name, command)
        if is_episode(rivals[key].season, entry):
            await self._keep(name)
            if new:
                self._mark_others(room)
        elif self._rooms.room(name).honours:
            await self._keep(name)

    def _mark_others(self, room: Room) -> None:
        """Mark what is live of a series, as one more episode of it enters the book."""
        for other in self._rooms.all():
            of_it = other.series == room.series and other.room != room.room
            if of_it and other.state is RoomState.LIVE:
                self._mark(other.room)

    def _entry(self, room: Room, show: Show) -> Entry:
        """What would stand in the book of the room at this moment."""
        now, then = self._audience.counts(room.room), self._peaks.get(room.room, NOBODY)
        highest = max(now, then, key=lambda counts: counts.peak)
        return entry_of(
            room,
            show,
            self._records.first_opened(room.show),
            listeners=highest.peak,
            simulated_listeners=highest.peak_simulated,
            at=time.time(),
        )

    async def _rivals(self, show: Show) -> _Rivals:
        """Of a season all of it, of one that is gone nothing; where a show is of none all that is
        of none, and simulated or not like the show.
        """
        if show.season:
            season = await self._seasons.known(show.season)
            book = Book() if season is None else await self._seasons.book(season).read()
            return _Rivals(season, book)
        entries = (await self._records.book()).entries
        like = (one for one in entries if not one.season and one.simulated is show.simulated)
        book = Book(tuple(like))
        return _Rivals(None, book, holder(book), self._floor)

    async def _keep(self, name: str) -> None:
        """Bring the entry up to date, unless that was done a moment ago: then later."""
        now = asyncio.get_running_loop().time()
        if now - self._written.get(name, -WRITE_SECONDS) < WRITE_SECONDS:
            self._mark(name)
        else:
            await self._write(name)

    async def _write(self, name: str) -> None:
        self._written[name] = asyncio.get_running_loop().time()
        await self._records.enter_room(name)


def _due(room: Room, entry: Entry, rivals: _Rivals) -> tuple[Due, ...]:
    """What the room is due; at no cost where that is nothing, as with almost every room."""
    if rivals.season is None:
        held = rivals.holder
        if held is None or entry.listeners < max(held.listeners + 1, rivals.least):
            return ()
        if room.has_honour(HonourKind.RECORD, OVERALL):
            return ()
    return due(rivals.book, rivals.season, room, entry, rivals.least)
