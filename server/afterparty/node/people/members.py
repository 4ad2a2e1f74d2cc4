"""Members coming, dropping, coming back and going: their connection, presence, seat and sound."""

import asyncio
import hmac
import secrets
from collections.abc import Sequence
from types import MappingProxyType

from afterparty.core import commands as c
from afterparty.core.events import (
    Event,
    MemberBlocked,
    MemberRemoved,
    RoomCanceled,
    RoomEnded,
    RoomTimedOut,
)
from afterparty.core.model import OVER, Role, Room
from afterparty.node.access.tokens import Bearer
from afterparty.node.audio.sound import Sound
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.audience import Audience
from afterparty.node.live.connection import NOWHERE, Connection, Outbox, Via
from afterparty.node.live.hub import Hub, post_closing
from afterparty.node.live.rooms import Rooms
from afterparty.node.people.blocklists import Blocklists
from afterparty.node.people.hosts import Hosts
from afterparty.node.people.whereabouts import Whereabouts
from afterparty.store.ops import Enter, Leave

CONNECTIONS_LIMIT = 16
"""Connections of one member on this node, those that dropped a moment ago included. The store keeps
each member's in one line, which is written anew with every one that comes or goes."""

LEAVE_AT_ONCE = 100
"""Of those without a socket, how many leave a room that is over in one go: the clock must tick."""


_SENT_OUT = MappingProxyType(
    {"removed": "You were removed from this room.", "blocked": "You are blocked from this room."}
)
"""Codes of whoever is sent out, and what they are told."""

TAKEN_UP_SECONDS = 1.0
"""How long a connection is held whose client went on at another node."""


class Members:
    """The way in and out of this node's rooms."""

    def __init__(
        self,
        node: str,
        rooms: Rooms,
        audience: Audience,
        hub: Hub,
        sound: Sound,
        whereabouts: Whereabouts,
        blocklists: Blocklists,
        hosts: Hosts,
        tasks: Tasks,
        *,
        most: int,
        resume_seconds: float,
    ) -> None:
        self._node, self._rooms, self._audience = node, rooms, audience
        self._hub, self._sound, self._tasks = hub, sound, tasks
        self._whereabouts, self._hosts = whereabouts, hosts
        self._blocklists = blocklists
        self._most, self._resume_seconds = most, resume_seconds
        self._leaving: dict[str, asyncio.Task[None]] = {}

    async def join(self, bearer: Bearer, name: str, older: str | None = None) -> Connection:
        """Let somebody into a room, and count them: ``admit``, then ``enter``. Raises as they do.

        The connection is held before it is counted, so that a handoff in that moment takes it
        along: ``connection.room`` may be another room when this returns. So it may if they go on
        with this one where an ``older`` connection of theirs ended.
        """
        if older is not None:
            name = await self._whereabouts.after(name, older, bearer.person.member)
        if not bearer.covers(name):
            await self._whereabouts.need_carried(bearer, name)
        await self._blocklists.ready(name)
        known = await self.known(bearer, name)
        connection = self.admit(bearer, name, known=known, carried=True)
        await self.enter(connection, older)
        return connection

    async def known(self, bearer: Bearer, name: str) -> bool:
        """Whether somebody has been in a room before; asked only where nobody new is let in.

        Raises:
            Refused: ``no_such_room``.
            StoreError: the store is away.
        """
        room, member = self._rooms.room(name), bearer.person.member
        return room.locked and await self._audience.was_in(room.show, name, member)

    def admit(
        self,
        bearer: Bearer,
        name: str,
        via: Via = Via.SOCKET,
        owner: str = "",
        *,
        known: bool = False,
        carried: bool = False,
    ) -> Connection:
        """Hold a connection for somebody, who is not counted yet: ``enter``, or ``turn_away``.

        The block list of the room's host is ``ready``.
        ``carried``: a token for one room may be for another, whose audience was handed to this one.
        ``known``: they have been in the room before.

        Raises:
            Refused: no such room, it is over, the token is not for it, the member is blocked, or
                has connections enough, or this node is full.
        """
        room = self._rooms.room(name)
        bearer.within(room.show, bearer.room if carried else name)
        bearer.may_be(room.role_of(bearer.person.member))
        blocked = self._blocklists.has(room, bearer.person.member)
        self._rooms.permit(name, c.Join(bearer.person, known, blocked))
        if len(self._hub) >= self._most:
            raise Refused("server_full", "This server carries no more members.")
        if self._hub.count_of(bearer.person.member) >= CONNECTIONS_LIMIT:
            raise Refused("too_many_connections", "You are here in too many places already.")
        ident = secrets.token_urlsafe(18)
        if via is Via.SOCKET:
            connection = Connection(ident, bearer, name, room.show)
        else:
            connection = Connection(ident, bearer, name, room.show, NOWHERE, False, via, owner)
        self._hub.add(connection)
        return connection

    def turn_away(self, connection: Connection) -> None:
        """Let go of somebody who was admitted and never counted."""
        self._hub.remove(connection)
        self._sound.drop(connection)

    async def enter(self, connection: Connection, older: str | None = None) -> None:
        """Count somebody who was admitted; if that cannot be, they are let go of.

        Whoever has an ``older`` connection is where that is, should it have moved this moment.

        Raises:
            Refused: the room ended meanwhile, they were sent out of it, or left.
            StoreError: the store is away.
        """
        try:
            ident, member = connection.connection, connection.member
            onward = None if older is None else self._whereabouts.onward(connection.room)
            room, name = connection.room, connection.called
            enter = Enter(ident, self._node, member, room, older, onward, name)
            past = self._whereabouts.past(connection.room)
            await self._audience.do(connection.show, enter)
            connection.entered, connection.past = True, past
            if connection.unsure or older is not None:
                await self._whereabouts.look(connection.show, [connection])
            if connection.sent_out:
                raise Refused(connection.sent_out, _SENT_OUT[connection.sent_out])
            # Again: it may have been decided otherwise while they came in, or it is another room.
            blocked = self._blocklists.has(self._rooms.room(connection.room), member)
            self._rooms.permit(connection.room, c.Join(connection.person, True, blocked))
            if not self._hub.holds(connection):
                raise Refused("not_in_room", "You left while you came in.")
            self._hosts.welcome(connection)
        except BaseException:
            self._let_go(connection)
            raise

    def resume(self, ident: str, bearer: Bearer) -> Connection | None:
        """The connection of that id, if it is still held and is the bearer's own.

        It gets a fresh outbox; an older socket that still serves it is told and closed. From now on
        it may do what the new token permits, and no more.

        Raises:
            Refused: ``forbidden``: the token is not for this show, or not for the member's role.
        """
        connection = self._hub.get(ident)
        if connection is None or connection.via is not Via.SOCKET:
            return None
        if not hmac.compare_digest(connection.member.encode(), bearer.person.member.encode()):
            return None
        connection.allow(bearer)
        bearer.may_be(self._rooms.room(connection.room).role_of(connection.member))
        self._stay(ident)
        if connection.attached:
            post_closing(connection, 4000, "replaced", "This connection was taken up elsewhere.")
        connection.bearer = bearer
        self._sound.gate(connection)
        connection.outbox = Outbox()
        connection.attached = True
        return connection

    def detach(self, connection: Connection, outbox: Outbox) -> None:
        """The socket of that outbox broke: hold the connection for a while for its client."""
        if connection.outbox is outbox and self._hub.holds(connection):
            connection.attached = False
            if connection.connection not in self._leaving:
                self._leave_in(self._resume_seconds, connection)

    def taken_up(self, ident: str, member: str) -> None:
        """The client of that connection went on at another node: let go of it here, in a moment.

        The sound here is heard until there is sound there.
        """
        connection = self._hub.get(ident)
        if connection is None or connection.via is not Via.SOCKET:
            return
        if not hmac.compare_digest(connection.member.encode(), member.encode()):
            return
        self._stay(ident)
        self._leave_in(TAKEN_UP_SECONDS, connection)
        if connection.attached:
            post_closing(connection, 4000, "replaced", "This connection was taken up elsewhere.")

    def left(self, room: str, member: str, node: str) -> None:
        """A member left a room by a request to another node: their connections here go too."""
        if node == self._node:
            return
        for connection in self._hub.of_member(room, member):
            connection.outbox.close(1000, "left")
            self._tasks.spawn("leave", self.leave(connection))

    async def depart(self, connection: Connection) -> None:
        """Somebody without a socket goes, or their sound has gone.

        As with sockets, who has a seat keeps it for a while, so that an encoder may come again.
        """
        self._sound.drop(connection)
        room = self._rooms.room(connection.room)
        if room.role_of(connection.member) is Role.LISTENER:
            await self.leave(connection)
        elif connection.connection not in self._leaving and self._hub.holds(connection):
            self._leave_in(self._resume_seconds, connection)

    def _stay(self, ident: str) -> None:
        """Whoever was about to leave does not."""
        waiting = self._leaving.pop(ident, None)
        if waiting is not None:
            waiting.cancel()

    def _leave_in(self, seconds: float, connection: Connection) -> None:
        self._leaving[connection.connection] = self._tasks.spawn(
            "leave after a drop", self._leave_later(seconds, connection)
        )

    async def _leave_later(self, seconds: float, connection: Connection) -> None:
        await asyncio.sleep(seconds)
        self._leaving.pop(connection.connection, None)
        await self.leave(connection)

    async def leave(self, connection: Connection) -> None:
        """Take a connection out: sound, presence, and what its member held if it was the last.

        Who was never counted keeps a seat: they could not come in, and may be trying elsewhere.

        It is done even if the caller does not stay to see it, or the store is away: then later.
        """
        forgetting = self._let_go(connection)
        if forgetting is not None:
            await asyncio.shield(forgetting)

    def _let_go(self, connection: Connection) -> asyncio.Task[None] | None:
        if not self._hub.holds(connection):
            return None
        self._hub.remove(connection)
        self._sound.drop(connection)
        return self._tasks.spawn("leave", insist("leave", lambda: self._forget(connection)))

    async def _forget(self, connection: Connection) -> None:
        await self._audience.do(connection.show, Leave(connection.connection))
        if connection.entered:
            await self._whereabouts.vacate(connection.room, connection.member)

    def on_event(self, room: Room, event: Event) -> None:
        """When a room is over, everybody goes; and who is sent out goes by every connection."""
        if isinstance(event, MemberRemoved | MemberBlocked):
            code = "removed" if isinstance(event, MemberRemoved) else "blocked"
            for connection in self._hub.of_member(room.room, event.member):
                self._send_out(connection, code)
        if isinstance(event, RoomEnded | RoomCanceled | RoomTimedOut):
            for connection in self._hub.sockets_in(room.room):
                self.expel(connection)
            others = [one for one in self._hub.in_room(room.room) if one.via is not Via.SOCKET]
            if others:
                self._tasks.spawn("leave a room that is over", self._leave_all(others))

    async def _leave_all(self, connections: Sequence[Connection]) -> None:
        for first in range(0, len(connections), LEAVE_AT_ONCE):
            some = connections[first : first + LEAVE_AT_ONCE]
            await asyncio.gather(*(self.leave(connection) for connection in some))

    def expel(self, connection: Connection) -> None:
        """Its room is over, or not for its member: say so, and let it go."""
        room = self._rooms.room(connection.room)
        if room.state not in OVER and self._whereabouts.is_barred(room, connection.member):
            self._send_out(connection, "blocked")
            return
        self._tasks.spawn("leave a room that is over", self._see_out(connection))

    async def _see_out(self, connection: Connection) -> None:
        # In a task of its own: whoever ended the room has their answer before the goodbye, or has
        # left it by that and is told nothing more.
        if self._hub.holds(connection):
            post_closing(connection, 1001, "room_over", "This room is over.")
            await self.leave(connection)

    def _send_out(self, connection: Connection, code: str) -> None:
        """Somebody may not be here: no sound from this moment on, and no way to come back."""
        connection.sent_out = code
        self._sound.drop(connection)
        post_closing(connection, 4000, code, _SENT_OUT[code])
        self._tasks.spawn("leave, sent out", self.leave(connection))
