"""Where this node's connections are: the hub and the sound follow what presence says.

A member's presence moves in one step in the store, here or by another node. The connections follow
afterwards, and the answers of several requests may arrive in another order than they took effect.
So whenever that could matter, the store is asked where a connection is; it is always right.

In the handoff of a whole audience the sound goes first, and presence follows step by step. Work on
so many is done by the piece, and the event loop is free in between.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence, Set

from afterparty.core import commands as c
from afterparty.core.model import OVER, Handoff, HandoffPhase, Person, Role, Room, RoomState
from afterparty.node.access.tokens import Bearer
from afterparty.node.audio.sound import Sound
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.audience import Audience
from afterparty.node.live.connection import Connection, Via
from afterparty.node.live.hub import Hub
from afterparty.node.live.rooms import Rooms
from afterparty.node.people.blocklists import Blocklists
from afterparty.node.people.hosts import Hosts
from afterparty.store.crowd import CONN
from afterparty.store.errors import Present
from afterparty.store.ops import Enter, Leave, Op
from afterparty.store.presence import Presence
from afterparty.wire.messages import Moved, encode
from afterparty.wire.views import room_view

AT_ONCE = 5_000
"""Operations given to the store together when much has to be put right."""

PIECE = 250
"""Connections that are dealt with while the event loop waits: a millisecond or two."""

LEAD = (2_000, 0.01)
"""Connections whose sound goes over together, and the seconds until the next: the media plane
handles those of a tick at its start."""


class Whereabouts:
    """Keeps the hub of one node in agreement with presence."""

    def __init__(
        self,
        node: str,
        rooms: Rooms,
        presence: Presence,
        audience: Audience,
        hub: Hub,
        sound: Sound,
        tasks: Tasks,
        expel: Callable[[Connection], None],
        hosts: Hosts,
        blocklists: Blocklists,
    ) -> None:
        self._node, self._rooms, self._presence = node, rooms, presence
        self._audience, self._hub, self._sound, self._tasks = audience, hub, sound, tasks
        self._expel, self._hosts, self._blocklists = expel, hosts, blocklists
        self.on_moved: Callable[[Connection], None] = lambda connection: None
        """Told of each socket that has been told where it is now."""

    def shift(self, member: str, from_room: str, to_room: str) -> None:
        """Let a member's connections follow, whose presence moved this moment.

        One that has not been entered yet may have been too late for the move: it looks for itself.
        """
        found = self._hub.of_member(from_room, member)
        for connection in found:
            connection.unsure = not connection.entered
        entered = [connection for connection in found if connection.entered]
        self._shift(entered, self._rooms.room(from_room), self._rooms.room(to_room))

    async def take(self, conns: Sequence[str], from_room: str, to_room: str) -> None:
        """Let these connections follow, which presence has just moved."""
        for first in range(0, len(conns), PIECE):
            found = map(self._hub.get, conns[first : first + PIECE])
            here = [one for one in found if one is not None and one.room == from_room]
            self._shift(here, self._rooms.room(from_room), self._rooms.room(to_room))
            await asyncio.sleep(0)

    async def lead(self, from_room: str, to_room: str, staying: Set[str]) -> None:
        """Let all of a room hear another one at once, before presence has them there.

        All but ``staying``, whoever is barred from it, and members with a seat in either room: a
        voice is never where its member is not. ``check`` puts right what came differently.

        Raises:
            StoreError: the store is away, and the other host's block list is not here.
        """
        await self._blocklists.ready(to_room)
        size, pause = LEAD
        for some in self._hub.crowd(from_room, size):
            before, after = self._rooms.room(from_room), self._rooms.room(to_room)
            moving = before.handoff is not None and before.handoff.phase is HandoffPhase.MOVING
            if not moving or after.state is not RoomState.LIVE:
                return
            left = staying | before.seats.keys() | after.seats.keys()
            left |= after.blocked | self._blocklists.of(after)
            here = [one for one in some if one.room == from_room and one.member not in left]
            self._sound.follow(here, to_room)
            await asyncio.sleep(pause)

    async def after(self, name: str, older: str, member: str) -> str:
        """The room in which a member comes back who was in room ``name`` by an older connection.

        It is another if a handoff moved them while nobody could tell them.

        Raises:
            Refused: ``no_such_room``.
            StoreError: the store is away.
        """
        room = self._rooms.room(name)
        there = (await self._presence.located(room.show, [older])).get(older)
        if there is not None:
            return there
        return await self._presence.along(room.show, member, name, self.onward(name))

    async def need_carried(self, bearer: Bearer, name: str) -> None:
        """Nothing if a handoff has moved the bearer to room ``name`` from the one of their token.

        Raises:
            Refused: ``forbidden``: it has not; ``no_such_room``.
            StoreError: the store is away.
        """
        room, own = self._rooms.room(name), bearer.room
        bearer.within(room.show, own)
        if own is not None and self._rooms.version(own):
            onward = self.onward(own)
            if await self._presence.along(room.show, bearer.person.member, own, onward) == name:
                return
        bearer.within(room.show, name)

    def onward(self, name: str) -> tuple[str, ...]:
        """The handoffs that lead on from a room, to rooms that are live, as this node knows them.

        Each is later than the one before: what was handed here by an older one is not handed back.
        """
        found: list[Handoff] = []
        while (handoff := self._rooms.room(name).handoff) is not None:
            name = handoff.to_room
            if not self._rooms.version(name) or self._rooms.room(name).state is not RoomState.LIVE:
                break
            if found and handoff.moves_at <= found[-1].moves_at:
                break
            found.append(handoff)
        return tuple(handoff.handoff for handoff in found)

    def past(self, room: str) -> str:
        """The handoff from a room that is closed: whom presence has there after it has stayed."""
        handoff = self._rooms.room(room).handoff
        return handoff.handoff if handoff and handoff.phase is HandoffPhase.CLOSED else ""

    async def check(self, show: str, from_room: str, to_room: str) -> None:
        """After a handoff: look where everybody is, and let whoever stayed hear their own room."""
        for room in (to_room, from_room):
            for some in self._hub.crowd(room, PIECE):
                await self.look(show, [one for one in some if self._hub.holds(one)])
        for some in self._hub.crowd(from_room, PIECE):
            if self._rooms.room(from_room).state is not RoomState.LIVE:
                return
            self._sound.follow([one for one in some if one.room == from_room], from_room)
            await asyncio.sleep(0)

    async def heard(self, show: str, conns: Sequence[str]) -> None:
        """News that connections were moved, which may be old: look where they are now."""
        concerned = [one for one in map(self._hub.get, conns) if one is not None]
        for connection in concerned:
            connection.unsure = not connection.entered
        await self.look(show, concerned)

    async def look(self, show: str, connections: Sequence[Connection]) -> None:
        """Put connections of one show where presence has them; enter those it does not know.

        It has lost those of a node that stood still for longer than its lease. Meanwhile the
        audience may have been handed on, and their clients may have gone on elsewhere. They are
        entered where :meth:`Presence.along` has their members belong, in the same step, and follow
        there; but one that was in its room after the handoff was closed has come to stay.
        """
        for first in range(0, len(connections), PIECE):
            await self._look(show, connections[first : first + PIECE])

    async def _look(self, show: str, connections: Sequence[Connection]) -> None:
        lost = await self._compare(show, connections)
        if lost:
            await self._do_all(show, [self._again(one) for one in lost])
            await self._compare(show, lost)

    def _again(self, connection: Connection) -> Op:
        room = connection.room
        handoff = self._rooms.room(room).handoff
        stays = handoff is not None and handoff.handoff == connection.past
        onward = () if stays else self.onward(room)
        ident, member, name = connection.connection, connection.member, connection.called
        return Enter(ident, self._node, member, room, None, onward, name)

    async def _compare(self, show: str, connections: Sequence[Connection]) -> list[Connection]:
        """Let connections follow that presence has elsewhere; those that it does not know."""
        # What changes while the store is asked is left alone: that change is the newer one.
        before = [(one, one.room, self.past(one.room)) for one in connections if one.entered]
        if not before:
            return []
        found = await self._presence.located(show, [one.connection for one, _, _ in before])
        unknown: list[Connection] = []
        for connection, room, past in before:
            if not self._hub.holds(connection) or connection.room != room:
                continue
            there = found.get(connection.connection)
            if there is None:
                unknown.append(connection)
            elif there != room:
                self._shift([connection], self._rooms.room(room), self._rooms.room(there))
            else:
                connection.past = past
        return unknown

    async def agree(self, show: str) -> None:
        """Compare all connections of this node in a show with presence; put right what differs."""
        await self.look(show, [one for one in self._hub.all() if one.show == show])
        held = await self._presence.held(show, self._node)
        unknown = [one for one in held if self._hub.get(one) is None and not one.startswith(CONN)]
        await self._do_all(show, [Leave(one) for one in unknown])

    async def _do_all(self, show: str, ops: Sequence[Op]) -> None:
        for first in range(0, len(ops), AT_ONCE):
            some = ops[first : first + AT_ONCE]
            await asyncio.gather(*(self._audience.do(show, op) for op in some))

    def _shift(self, connections: list[Connection], before: Room, after: Room) -> None:
        if not connections:
            return
        for connection in connections:
            self._hub.move(connection, after.room)
            connection.past = ""
        for member in place_holders(before) & {one.member for one in connections}:
            self.give_up(before.room, member)
        here: list[Connection] = []
        for connection in connections:  # it may have ended while they were on their way
            if after.state in OVER or self.is_barred(after, connection.member):
                self._expel(connection)
            else:
                here.append(connection)
        self._sound.follow(here, after.room)
        self._tell_moved(here, before, after)

    def _tell_moved(self, connections: list[Connection], before: Room, after: Room) -> None:
        told: dict[Role, str] = {}
        for connection in connections:
            if connection.via is Via.WHIP:
                self.open_microphone(connection)
            if connection.via is not Via.SOCKET:
                continue
            role = after.role_of(connection.member)
            if role not in told:
                told[role] = encode(
                    Moved(
                        handoff=before.handoff.handoff if before.handoff else "",
                        from_room=before.room,
                        role=role,
                        room=room_view(after, simulated=self._rooms.show(after.show).simulated),
                        counts=self._audience.counts(after.room),
                    )
                )
            connection.outbox.post(told[role])
            self.on_moved(connection)

    def is_barred(self, room: Room, member: str) -> bool:
        """Whether a member may not be in a room: blocked there, or by its host (see ``ready``)."""
        return member in room.blocked or self._blocklists.has(room, member)

    def begin_anew(self, room: Room) -> None:
        """A room is not what its members were told: give each the snapshot, as after a move."""
        self._tell_moved(self._hub.in_room(room.room), room, room)

    def open_microphone(self, connection: Connection) -> None:
        """An encoder has nobody to press a button: if its member has a seat here, it is heard."""
        room, person = connection.room, connection.person
        seated = self._rooms.room(room).role_of(person.member) is not Role.LISTENER
        if seated and connection.bearer.covers(room):

            async def unmute() -> None:
                await self._rooms.execute(room, c.Unmute(person))

            self._tasks.spawn("open the microphone", insist("open the microphone", unmute))

    def give_up(self, room: str, member: str) -> None:
        """``vacate``, without waiting for it."""
        vacating = insist("give up the seat", lambda: self.vacate(room, member))
        self._tasks.spawn("give up the seat", vacating)

    async def vacate(self, room: str, member: str) -> None:
        """Who is in a room by no connection any more, on any node, neither sits there nor asks to.

        That they are not there is seen in the step that appends it: they may be coming back. If
        they are in no room of the show, rooms that they host wait for them (``hosts``).

        Raises:
            StoreError: the store is away.
        """
        found = self._rooms.room(room)
        if found.state not in OVER and member in place_holders(found):
            with contextlib.suppress(Present):
                await self._rooms.execute(room, c.Vanish(Person(member)), absent=member)
        await self._hosts.miss(found.show, member)


def place_holders(room: Room) -> set[str]:
    """Whoever has a seat (but for the host, who keeps it), asks for one, was invited to one, or has
    a raised hand in a room."""
    asking = (person.member for person in (*room.requests, *room.hands))
    return {*room.seats, *room.invitations, *asking} - {room.host.member}
