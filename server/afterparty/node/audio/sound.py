"""Joins the rooms' rules to the media plane: whose sound goes where, and who may be heard.

The media plane drops what a role does not permit; this module is what tells it.
"""

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Literal

from afterparty.core.events import Event, RoomCanceled, RoomEnded, RoomTimedOut
from afterparty.core.model import Room, RoomState, Waiting
from afterparty.media.desk.clock import TICK_SECONDS
from afterparty.media.events import (
    MediaConfig,
    MediaError,
    MediaEvent,
    MediaStats,
    SessionConnected,
    SessionGone,
    Speaking,
)
from afterparty.media.inward.sdpfrag import parse_fragment, write_fragment
from afterparty.media.plane import MediaPlane
from afterparty.node.access.admission import Admission
from afterparty.node.ground.garbage import Growth
from afterparty.node.ground.refused import Refused
from afterparty.node.live.connection import Connection, Via
from afterparty.node.live.hub import Hub
from afterparty.node.live.rooms import Rooms
from afterparty.wire import messages
from afterparty.wire.messages import MediaState, encode

_CODES = {
    "session_exists": "media_exists",
    "media_full": "server_full",
    "room_not_open": "room_over",
    "no_session": "no_such_session",
}
"""The media plane's codes that have another name on the wire."""

_Only = Literal["send", "receive"] | None
_ONLY: MappingProxyType[Via, _Only] = MappingProxyType(
    {Via.SOCKET: None, Via.WHEP: "send", Via.WHIP: "receive"}
)
"""Which way our sound goes, by the door the connection came by."""


DEPARTING = 0.75
"""Load of a node on which no tick is sent before the next one comes: listeners in a wide lane do
not notice, but there is little left for more of them."""


class Sound:
    """The sound of this node's connections.

    ``on_gone`` is told when the sound of a connection without a socket is gone, and ``on_open``
    when a room has sound here that had none.
    """

    def __init__(
        self,
        config: MediaConfig,
        rooms: Rooms,
        hub: Hub,
        admission: Admission,
        on_gone: Callable[[Connection], None],
        on_open: Callable[[], None],
    ) -> None:
        self._rooms, self._hub = rooms, hub
        self._admission, self._on_gone, self._on_open = admission, on_gone, on_open
        self._growth = Growth()
        self._config = config
        self.plane = MediaPlane(config, self._on_media)
        self._open: set[Connection] = set()
        self._before = self.plane.stats()

    async def start(self) -> None:
        """Open the port. Raises OSError if it cannot be bound."""
        await self.plane.start()

    async def stop(self) -> None:
        """Close every session and the port."""
        await self.plane.stop()

    @property
    def port(self) -> int:
        """The UDP port."""
        return self.plane.port

    def stats(self) -> MediaStats:
        """The media plane's counters."""
        return self.plane.stats()

    def busy(self) -> float:
        """How far the media plane's time is used up: 1 is all of it.

        The share of a tick that its work takes, or of the ticks since the last call that were late;
        and 1 if listeners have missed ticks since then.
        """
        before, now = self._before, self.plane.stats()
        self._before = now
        ticks = max(1, now.ticks - before.ticks)
        return max(
            now.tick_seconds / TICK_SECONDS,
            (now.late_ticks - before.late_ticks) / ticks,
            DEPARTING * (now.late_departures - before.late_departures) / ticks,
            float(now.skipped_departures > before.skipped_departures),
        )

    def answer(self, connection: Connection, sdp: str) -> str:
        """Begin the connection's sound; the SDP answer.

        Raises:
            Refused: ``media_exists``, ``server_full``, ``busy``, or what is wrong with the offer.
        """
        if connection.session is not None:
            raise Refused("media_exists", "This connection has sound already.")
        if len(sdp) > messages.SDP_LIMIT:
            raise Refused("sdp_too_large", "The session description is too large.")
        connection.sessions_made += 1
        session = connection.connection
        if connection.via is Via.SOCKET:
            session = f"{session}.{connection.sessions_made}"
        self._admission.begin(session)
        self.open_room(connection.room)
        try:
            only = _ONLY[connection.via]
            answer = self.plane.answer(session, connection.room, sdp, only=only)
        except MediaError as error:
            self._admission.end(session)
            raise _refused(error) from None
        self._hub.set_session(connection, session)
        self.gate(connection)
        return answer

    def fragment(self, session: str, text: str) -> str | None:
        """Take a fragment of a session's description: candidates, for which there is no use and
        no answer, or new ICE credentials, which are answered by ours.

        Raises:
            Refused: ``bad_fragment``, ``no_such_session``.
        """
        try:
            asked = parse_fragment(text)
            if asked.ufrag is None or asked.ufrag == self.plane.remote_ufrag(session):
                return None
            if asked.password is None:
                raise Refused("bad_fragment", "New ICE credentials need a password.")
            ufrag, password = self.plane.restart_ice(session, asked.ufrag)
        except MediaError as error:
            raise _refused(error) from None
        return write_fragment(asked, ufrag, password, self._config.announce, self.port)

    def drop(self, connection: Connection) -> None:
        """End the connection's sound, if it has any."""
        if connection.session is not None:
            self.plane.close(connection.session)
            self._forget(connection, connection.session)

    def _forget(self, connection: Connection, session: str) -> None:
        self._admission.end(session)
        self._open.discard(connection)
        self._hub.set_session(connection, None)

    def gate(self, connection: Connection) -> None:
        """Let the connection's sound through, or not, by its member's place in its room."""
        if connection.session is None or connection.via is Via.WHEP:
            return
        room = self._rooms.room(connection.room)
        bearer = connection.bearer
        permitted = bearer.covers(room.room) and bearer.reaches(room.role_of(connection.member))
        if permitted and room.may_be_heard(connection.member):
            self._open.add(connection)
            self.plane.allow_voice(connection.session, room.seats[connection.member].csrc)
        elif connection in self._open:
            self._open.discard(connection)
            self.plane.allow_voice(connection.session, None)

    def follow(self, connections: Iterable[Connection], room: str) -> None:
        """The connections hear ``room`` from the next tick, and are heard there if they may be.

        Their voices go by ``connection.room``: of members with a seat, let only those follow whom
        presence has in ``room``.
        """
        moved = [connection for connection in connections if connection.session is not None]
        self.open_room(room)
        self.plane.follow([c.session for c in moved if c.session is not None], room)
        seats = self._rooms.room(room).seats
        for connection in moved:
            if connection in self._open or connection.member in seats:
                self.gate(connection)

    def open_room(self, name: str) -> None:
        """Have sound in a room; again is no change."""
        if not self.plane.has_room(name):
            self.plane.open_room(name)
            self._permit(self._rooms.room(name))
            self._wait(self._rooms.room(name))
            self._on_open()

    def _wait(self, room: Room) -> None:
        """Let whoever waits for a room hear something, if its host wants that."""
        waits = room.state is RoomState.SCHEDULED and room.waiting is Waiting.TUNE
        self.plane.wait(room.room, waits)

    def _permit(self, room: Room) -> None:
        """Say who may be heard from other nodes, each of which has looked at the token itself."""
        heard = [seat.csrc for who, seat in room.seats.items() if room.may_be_heard(who)]
        self.plane.rooms.permit(room.room, frozenset(heard))

    def on_event(self, room: Room, event: Event) -> None:
        """After an event of a room: who may be heard in it has perhaps changed."""
        if isinstance(event, RoomEnded | RoomCanceled | RoomTimedOut):
            self.plane.close_room(room.room)
        self._wait(room)
        self._permit(room)
        # Not everybody: an audience is very many, and none of them may be heard before or after.
        concerned = {connection for connection in self._open if connection.room == room.room}
        for member in room.seats:
            concerned.update(self._hub.of_member(room.room, member))
        for connection in concerned:
            self.gate(connection)

    def _on_media(self, event: MediaEvent) -> None:
        match event:
            case SessionConnected(session):
                self._admission.end(session)
                self._growth.one_more()
                connection = self._hub.of_session(session)
                if connection is not None and connection.via is Via.SOCKET:
                    connection.outbox.post(encode(MediaState(state="connected")))
            case SessionGone(session, reason):
                self._admission.end(session)
                connection = self._hub.of_session(session)
                if connection is None:
                    return
                self._forget(connection, session)
                if connection.via is Via.SOCKET:
                    connection.outbox.post(encode(MediaState(state="gone", reason=reason)))
                else:
                    self._on_gone(connection)
            case Speaking(room_id, levels):
                members = {
                    seat.csrc: member for member, seat in self._rooms.room(room_id).seats.items()
                }
                heard = {members[csrc]: db for csrc, db in levels.items() if csrc in members}
                told = messages.Speaking(room=room_id, levels=heard)
                self._hub.broadcast_latest([room_id], "speaking", told)


def _refused(error: MediaError) -> Refused:
    return Refused(_CODES.get(error.code, error.code), error.message)
