"""Hosts who are gone without a word: their rooms wait for them, and go on when they are back.

A host is away while none of their connections is in any room of the show; so who went along with
an audience, or looks into another room, is not. Whoever never came is not missed. How long a room
waits, and what becomes of it then, is the core's to say, and ``clockwork`` does it.
"""

import contextlib

from afterparty.core import commands as c
from afterparty.core.events import Event, HostAway
from afterparty.core.model import Person, Room, RoomState
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.connection import Connection
from afterparty.node.live.hub import Hub
from afterparty.node.live.rooms import Rooms
from afterparty.store.errors import Present


class Hosts:
    """Says in the rooms' logs whose host is away, and back. ``grace``: how long they are waited
    for, in seconds."""

    def __init__(self, rooms: Rooms, hub: Hub, tasks: Tasks, grace: float) -> None:
        self._rooms, self._hub, self._tasks, self._grace = rooms, hub, tasks, grace

    async def miss(self, show: str, member: str) -> None:
        """A connection of somebody is gone: if it was their last in the show, what they host waits.

        That it was the last is seen in the step that appends it.

        Raises:
            StoreError: the store is away.
        """
        for room in self._hosted(show, member):
            if room.away is None:
                with contextlib.suppress(Present):
                    vanish = c.Vanish(Person(member), self._grace)
                    await self._rooms.execute(room.room, vanish, absent=member, anywhere=True)

    def welcome(self, connection: Connection) -> None:
        """Somebody has come in: what waited for them as its host goes on."""
        for room in self._hosted(connection.show, connection.member):
            if room.away is not None:
                self._return(room)

    def on_event(self, room: Room, event: Event) -> None:
        """A host who is said to be away may have come in here before this node heard of it."""
        if isinstance(event, HostAway):
            rooms = self._rooms.rooms_of(room.show)
            if any(
                one.entered for name in rooms for one in self._hub.of_member(name, room.host.member)
            ):
                self._return(room)

    def _hosted(self, show: str, member: str) -> list[Room]:
        """The live rooms of a show that a member hosts."""
        rooms = map(self._rooms.room, self._rooms.rooms_of(show))
        live = (room for room in rooms if room.state is RoomState.LIVE)
        return [room for room in live if room.host.member == member]

    def _return(self, room: Room) -> None:
        async def back() -> None:
            await self._rooms.execute(room.room, c.Return(room.host))

        self._tasks.spawn("the host is back", insist("the host is back", back))
