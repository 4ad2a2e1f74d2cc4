"""What enters the record books: rooms, and load tests. Rules and ranks are the core's.

A room enters once it is over, and while it is live if it is honoured for something; whichever node
does it, its name makes the entry's identity, and the count only grows. So all may try.
"""

import asyncio
from dataclasses import replace

from afterparty.core.events import Event, RoomEnded, RoomTimedOut
from afterparty.core.model import OVER, Room
from afterparty.core.records import Book, Entry, entry_of, ident
from afterparty.node.books.book import KnownBook
from afterparty.node.books.seasons import Seasons
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.rooms import Rooms
from afterparty.store.presence import Presence
from afterparty.store.records import RecordBook


class Records:
    """The server's own book, and the rooms in it and in the books of their seasons."""

    def __init__(
        self,
        store: RecordBook,
        seasons: Seasons,
        rooms: Rooms,
        presence: Presence,
        tasks: Tasks,
    ) -> None:
        self._own, self._seasons, self._rooms = KnownBook(store), seasons, rooms
        self._presence, self._tasks = presence, tasks
        self._writing = asyncio.Lock()

    async def book(self) -> Book:
        """The server's own book as it stands in the store. Raises ``StoreError``."""
        return await self._own.read()

    async def enter(self, entry: Entry, *, dated: bool = True) -> Entry:
        """Enter a load test; the entry as it stands in the book. The same again changes nothing.

        ``dated``: whether the time is the caller's own, not just that of asking.

        Raises:
            Refused: ``record_exists`` if there is another one of that identity, ``record_too_low``
                if the book is full of higher counts.
            StoreError: the store is away.
        """
        found = await self._own.enter(entry)
        if found is None:
            raise Refused("record_too_low", "The record book is full of higher counts.")
        if found != (entry if dated else replace(entry, at=found.at)):
            raise Refused("record_exists", f"There is another record {entry.entry!r} already.")
        return found

    def on_event(self, room: Room, event: Event) -> None:
        """When a room is over, it goes into the book."""
        if isinstance(event, RoomEnded | RoomTimedOut):
            work = insist("enter a record", lambda: self.enter_room(room.room))
            self._tasks.spawn("enter a record", work)

    def recover(self) -> None:
        """Enter whatever was over already when this node began, and is not in the book."""
        self._tasks.spawn("recover records", insist("recover records", self._recover))

    async def _recover(self) -> None:
        known = {entry.entry: entry for entry in (await self.book()).entries}
        for room in list(self._rooms.all()):
            if room.state not in OVER or room.opened_at is None:
                continue
            there = known.get(ident(room.room))
            # What an earlier version entered does not say of what kind the room was.
            if there is None or there.live or there.room_kind is None:
                await self.enter_room(room.room)

    def first_opened(self, show: str) -> float | None:
        """When the first of a show's rooms opened."""
        opened = (self._rooms.room(name).opened_at for name in self._rooms.rooms_of(show))
        return min((at for at in opened if at is not None), default=None)

    async def enter_room(self, name: str) -> None:
        """Enter a room with its peak until now, or bring its entry up to date.

        Nobody's room enters the server's own book; that of a season it does, for who was first.

        Raises:
            StoreError: the store is away.
        """
        async with self._writing:  # what was read first is written first
            entry = await self._entry(self._rooms.room(name))
            season = await self._seasons.known(entry.season)
            if season is not None:
                await self._seasons.book(season).enter(entry, grows=True)
            if entry.listeners:  # last, as recovering looks for it here
                await self._own.enter(replace(entry, stage=()), grows=True)

    async def _entry(self, room: Room) -> Entry:
        peak = await self._presence.peak(room.show, room.room)
        return entry_of(
            room,
            self._rooms.show(room.show),
            self.first_opened(room.show),
            listeners=peak.listeners,
            simulated_listeners=peak.simulated,
            # Of a peak that an earlier version kept it is not known when it was.
            at=peak.at or room.over_at or room.opened_at or room.created_at,
        )
