"""This node's side of the record book: what enters it, and the book as the store has it.

A room enters once it is over, by whichever node is first: its name makes the entry's identity, so
all may try. Rules and ranks are the core's.
"""

from dataclasses import replace

from afterparty.core.events import Event, RoomEnded, RoomTimedOut
from afterparty.core.model import OVER, Room
from afterparty.core.records import Book, Entry, RecordKind, book_of
from afterparty.node.audience import Audience
from afterparty.node.refused import Refused
from afterparty.node.rooms import Rooms
from afterparty.node.tasks import Tasks, insist
from afterparty.store.records import RecordBook
from afterparty.wire.records import decode_record, encode_record


class Records:
    """Enters what is over, and reads the book."""

    def __init__(self, store: RecordBook, rooms: Rooms, audience: Audience, tasks: Tasks) -> None:
        self._store, self._rooms = store, rooms
        self._audience, self._tasks = audience, tasks
        self._version, self._book = -1, Book()

    async def book(self) -> Book:
        """The book as it stands in the store. Raises ``StoreError`` if the store is away."""
        version, bodies = await self._store.read(self._version)
        if bodies is not None and version > self._version:  # another reader may have been faster
            self._book = book_of(tuple(decode_record(body) for body in bodies))
            self._version = version
        return self._book

    async def enter(self, entry: Entry, *, dated: bool = True) -> Entry:
        """Enter something; the entry as it stands in the book. The same again changes nothing.

        ``dated``: whether the time is the caller's own, not just that of asking.

        Raises:
            Refused: ``record_exists`` if there is another one of that identity, ``record_too_low``
                if the book is full of higher counts.
            StoreError: the store is away.
        """
        body = await self._store.add(
            entry.entry, entry.listeners, encode_record(entry), simulated=entry.simulated
        )
        if body is None:
            raise Refused("record_too_low", "The record book is full of higher counts.")
        found = decode_record(body)
        if found != (entry if dated else replace(entry, at=found.at)):
            raise Refused("record_exists", f"There is another record {entry.entry!r} already.")
        return found

    def on_event(self, room: Room, event: Event) -> None:
        """When a room is over, it goes into the book."""
        if isinstance(event, RoomEnded | RoomTimedOut):
            work = insist("enter a record", lambda: self._enter_room(room))
            self._tasks.spawn("enter a record", work)

    def recover(self) -> None:
        """Enter whatever was over already when this node began, and is not in the book."""
        self._tasks.spawn("recover records", insist("recover records", self._recover))

    async def _recover(self) -> None:
        known = {entry.entry for entry in (await self.book()).entries}
        for room in list(self._rooms.all()):
            if room.state in OVER and room.opened_at is not None and _ident(room) not in known:
                await self._enter_room(room)

    async def _enter_room(self, room: Room) -> None:
        counts = (await self._audience.counts_now(room.show)).get(room.room)
        if counts is None or not counts.peak:
            return
        entry = Entry(
            entry=_ident(room),
            kind=RecordKind.ROOM,
            title=room.title,
            listeners=counts.peak,
            at=room.over_at or room.created_at,
            simulated=self._rooms.show(room.show).simulated,
            by=room.host.member,
            room=room.room,
            show=room.show,
        )
        await self._store.add(
            entry.entry, entry.listeners, encode_record(entry), simulated=entry.simulated
        )


def _ident(room: Room) -> str:
    # With a colon, which no identity from outside has.
    return f":room:{room.room}"
