"""Which connections this node holds, and how a message reaches all of a room's.

A broadcast is encoded once. Nothing here waits: messages are put into outboxes.
"""

from collections.abc import Iterable, Iterator, Sequence

from afterparty.node.live.connection import Connection, Via
from afterparty.wire.messages import Closing, encode
from afterparty.wire.views import View


class Hub:
    """The connections of this node, by id, by room and by member."""

    def __init__(self) -> None:
        self._all: dict[str, Connection] = {}
        # Room, then member, then connection: a handoff looks thousands of members up.
        self._by_room: dict[str, dict[str, dict[str, Connection]]] = {}
        # Room, then connection, of those with a socket only: nobody else is sent anything.
        self._listening: dict[str, dict[str, Connection]] = {}
        self._by_session: dict[str, Connection] = {}
        self._of_member: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, connection: Connection) -> None:
        """Hold a connection."""
        self._all[connection.connection] = connection
        self._of_member[connection.member] = self.count_of(connection.member) + 1
        self._enter_room(connection)

    def remove(self, connection: Connection) -> None:
        """Let go of a connection, if it is held."""
        if self._all.pop(connection.connection, None) is not None:
            self._leave_room(connection)
            self._of_member[connection.member] -= 1
            if not self._of_member[connection.member]:
                del self._of_member[connection.member]
        if connection.session is not None:
            self._by_session.pop(connection.session, None)

    def _enter_room(self, connection: Connection) -> None:
        room = self._by_room.setdefault(connection.room, {})
        room.setdefault(connection.member, {})[connection.connection] = connection
        if connection.via is Via.SOCKET:
            self._listening.setdefault(connection.room, {})[connection.connection] = connection

    def _leave_room(self, connection: Connection) -> None:
        room = self._by_room[connection.room]
        del room[connection.member][connection.connection]
        if not room[connection.member]:
            del room[connection.member]
        if not room:
            del self._by_room[connection.room]
        if connection.via is Via.SOCKET:
            listening = self._listening[connection.room]
            del listening[connection.connection]
            if not listening:
                del self._listening[connection.room]

    def move(self, connection: Connection, room: str) -> None:
        """The connection is in another room from now on."""
        held = self._by_room[connection.room][connection.member]
        there = self._by_room.get(room, {})
        self._leave_room(connection)
        connection.room = room
        if not held and connection.member not in there:
            # Its place goes along with it: a new one for each of an audience is work for the
            # garbage collector, which lets everything wait.
            self._by_room.setdefault(room, {})[connection.member] = held
        self._enter_room(connection)

    def get(self, connection: str) -> Connection | None:
        """The connection of that id."""
        return self._all.get(connection)

    def holds(self, connection: Connection) -> bool:
        """Whether the connection is still here."""
        return connection.connection in self._all

    def all(self) -> list[Connection]:
        """Every connection."""
        return list(self._all.values())

    def sockets(self) -> list[Connection]:
        """The connections with a socket, or that had one a moment ago."""
        return [one for held in self._listening.values() for one in held.values()]

    def sockets_in(self, room: str) -> list[Connection]:
        """The connections with a socket in a room."""
        return list(self._listening.get(room, {}).values())

    def listens(self, room: str) -> bool:
        """Whether anybody in a room has a socket."""
        return room in self._listening

    def occupied(self) -> set[str]:
        """The rooms in which somebody is."""
        return set(self._by_room)

    def in_room(self, room: str) -> list[Connection]:
        """The connections in a room."""
        return [one for held in self._by_room.get(room, {}).values() for one in held.values()]

    def crowd(self, room: str, size: int) -> Iterator[list[Connection]]:
        """The connections in a room as it is now, about ``size`` at a time.

        For work on very many that pauses in between: who has gone meanwhile is still among them.
        """
        held = list(self._by_room.get(room, {}).values())
        for first in range(0, len(held), size):
            yield [one for some in held[first : first + size] for one in some.values()]

    def count_of(self, member: str) -> int:
        """How many connections a member has, in whatever rooms."""
        return self._of_member.get(member, 0)

    def of_member(self, room: str, member: str) -> list[Connection]:
        """A member's connections in a room."""
        return list(self._by_room.get(room, {}).get(member, {}).values())

    def set_session(self, connection: Connection, session: str | None) -> None:
        """Remember the connection's sound, or that it has none."""
        if connection.session is not None:
            self._by_session.pop(connection.session, None)
        connection.session = session
        if session is not None and session != connection.connection:
            self._by_session[session] = connection

    def of_session(self, session: str) -> Connection | None:
        """Whose sound a media session is. By HTTP they share one id."""
        return self._by_session.get(session) or self._all.get(session)

    def broadcast(self, room: str, message: View) -> None:
        """Send to everybody in a room who has a socket."""
        post_all(self.sockets_in(room), message)

    def broadcast_latest(self, rooms: Iterable[str], key: str, message: View) -> None:
        """Send to every socket in these rooms, in place of an older one of the same key."""
        text = encode(message)
        for room in rooms:
            for connection in self._listening.get(room, {}).values():
                connection.outbox.post_latest(key, text)

    def tell_all_latest(self, key: str, message: View) -> None:
        """Send to every socket, in place of an older one of the same key."""
        self.broadcast_latest(self._listening, key, message)


def post_all(connections: Iterable[Connection], message: View) -> None:
    """Send one message, encoded once, to each of the connections."""
    text = encode(message)
    for connection in connections:
        connection.outbox.post(text)


def post_closing(
    connection: Connection, close_code: int, code: str, message: str, nodes: Sequence[str] = ()
) -> None:
    """Tell a client why, and which ``nodes`` to go to; then close its socket."""
    connection.outbox.post(encode(Closing(code=code, message=message, nodes=list(nodes))))
    connection.outbox.close(close_code, code)
