"""The rooms of one node: who is heard and who listens where, and the work of one tick.

A table of rooms beside the fan-out. All changes are made between two ticks. A session that is in no
open room keeps its row and hears nothing.
"""

import logging
import math
from collections.abc import Callable, Collection, Iterable

from afterparty.media.between.relay import Message
from afterparty.media.datagrams.port import Address
from afterparty.media.desk.feed import Feed, FeedPacket
from afterparty.media.desk.tune import Tune
from afterparty.media.events import MediaEvent
from afterparty.media.inward.session import Session
from afterparty.media.outward.fanout import FanOut
from afterparty.media.outward.rows import Row
from afterparty.media.room import Room, SendTo, Tap

log = logging.getLogger(__name__)


class Rooms:
    """All open rooms, by id. `send` takes what is for other nodes; without it there are none, and
    every room is mixed here."""

    def __init__(
        self,
        fanout: FanOut,
        on_event: Callable[[MediaEvent], None],
        jitter_ms: int,
        send: SendTo | None,
    ) -> None:
        self._fanout = fanout
        self._on_event = on_event
        self._jitter_ms = jitter_ms
        self._send = send
        self._rooms: dict[str, Room] = {}
        self._tune, self._waiting = Tune(), set[str]()
        self._encodes_before = 0
        self.faults = 0
        """Ticks of a room that failed."""
        self.tap: Tap = _untapped
        """Whoever writes rooms down."""

    def __contains__(self, room_id: str) -> bool:
        return room_id in self._rooms

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def encodes(self) -> int:
        """Opus packets encoded so far."""
        mixed = self._encodes_before + self._tune.encodes
        return mixed + sum(room.encodes for room in self._rooms.values())

    def open(self, room_id: str) -> None:
        """Make a room. Idempotent."""
        if room_id in self._rooms:
            return
        send = self._send or _to_nobody
        room = Room(
            room_id, self._fanout, send, self._on_event, self._jitter_ms, lambda *of: self.tap(*of)
        )
        if self._send is None:
            room.mix(0, math.inf)
        self._rooms[room_id] = room

    def close(self, room_id: str, inside: Iterable[Session]) -> None:
        """End a room; those inside hear nothing. Idempotent."""
        room = self._rooms.pop(room_id, None)
        self._waiting.discard(room_id)
        if room is not None:
            self._encodes_before += room.encodes
            left = list(inside)
            for session in left:
                room.unseat(session.session_id)
                session.room_id = None
            self._fanout.follow([session.session_id for session in left], None)

    def waits(self, room_id: str) -> bool:
        """Whether the tune is played in the room."""
        return room_id in self._waiting

    def wait(self, room_id: str, waits: bool, inside: Iterable[Session]) -> None:
        """Play the tune in a room, or the room's own sound again, from the next packet on."""
        room = self._rooms.get(room_id)
        if room is not None and waits != self.waits(room_id):
            (self._waiting.add if waits else self._waiting.discard)(room_id)
            unheard = [session.session_id for session in inside if session.csrc is None]
            self._fanout.follow(unheard, self._feed(room_id, room))

    def _feed(self, room_id: str, room: Room) -> Feed:
        """What those in a room hear who are not heard themselves."""
        return self._tune.feed if room_id in self._waiting else room.feed

    def _room_of(self, session: Session) -> Room | None:
        return None if session.room_id is None else self._rooms.get(session.room_id)

    def enter(self, session: Session, row: Row | None) -> None:
        """Take in a session that has just connected; `row` None if it does not listen."""
        if row is not None:
            self._fanout.add(session.session_id, row, None)
        self.seat(session)

    def leave(self, session: Session) -> None:
        """Forget a session. Harmless if it never entered."""
        room = self._room_of(session)
        if room is not None:
            room.unseat(session.session_id)
        self._fanout.remove(session.session_id)

    def seat(self, session: Session) -> None:
        """Let a session be heard in its room if it may be, and hear the room."""
        self._fanout.pin(session.session_id, session.csrc is not None)
        room = self._room_of(session)
        if room is None:
            return
        if session.connected and session.csrc is not None and session.uplink is not None:
            room.seat(session, session.csrc)
        else:
            room.unseat(session.session_id)
            feed = self._feed(session.room_id or "", room)
            self._fanout.follow((session.session_id,), feed)

    def move(self, sessions: Iterable[Session], room_id: str) -> None:
        """Move sessions to another room at once. If it is closed, they hear nothing."""
        room = self._rooms.get(room_id)
        silent = []
        for session in sessions:
            if session.room_id == room_id and room is not None:
                continue
            former = self._room_of(session)
            if former is not None:
                former.unseat(session.session_id)
            session.room_id = room_id if room is not None else None
            if room is not None and session.csrc is not None:
                self.seat(session)
            else:
                silent.append(session.session_id)
        self._fanout.follow(silent, self._feed(room_id, room) if room is not None else None)

    # Other nodes. Of a room that is not open, all of this is harmless.

    def mix(self, room_id: str, epoch: int, until: float) -> None:
        """The room is mixed here, under this epoch, until that monotonic time; again prolongs it.

        An epoch is of one stretch of mixing by one node, and higher than all before it: other nodes
        that hear two hear the higher.
        """
        if room_id in self._rooms:
            self._rooms[room_id].mix(epoch, until)

    def hear(self, room_id: str, address: Address, epoch: int) -> None:
        """The room is mixed by the node at this address, under this epoch."""
        if room_id in self._rooms:
            self._rooms[room_id].hear(address, epoch)

    def let_go(self, room_id: str) -> None:
        """Nobody here needs the room: it is neither mixed nor heard until somebody does."""
        if room_id in self._rooms:
            self._rooms[room_id].let_go()

    def epoch(self, room_id: str) -> int:
        """The highest epoch under which the room was mixed, as far as is known here; 0 at first."""
        return self._rooms[room_id].epoch if room_id in self._rooms else 0

    def permit(self, room_id: str, csrcs: Collection[int]) -> None:
        """Whoever goes by one of these numbers may be heard from other nodes; nobody else may."""
        if room_id in self._rooms:
            self._rooms[room_id].permit(csrcs)

    def take(self, message: Message, address: Address, tick: int, now: float) -> str | None:
        """Take what another node tells; None, or the reason why it was dropped."""
        room = self._rooms.get(message.room)
        return "relay_no_room" if room is None else room.take(message, address, tick, now)

    def wanted(self) -> set[str]:
        """The rooms in which other nodes have listeners."""
        return {room_id for room_id, room in self._rooms.items() if room.wanted}

    def heard_at(self, room_id: str) -> float | None:
        """Monotonic time at which the room was last heard from the node that mixes it."""
        room = self._rooms.get(room_id)
        return room.heard_at if room is not None else None

    def tick(self, tick: int, now: float) -> None:
        """Mix and send this tick of every room."""
        for room_id, room in list(self._rooms.items()):
            try:
                room.tick(tick, now)
            except Exception:
                # One room's fault must not silence the others.
                self.faults += 1
                log.exception("room %s failed at tick %d", room_id, tick)
        if self._fanout.is_followed(self._tune.feed):
            self._tune.play(tick)
        self._fanout.depart(tick)


def _to_nobody(message: Message, address: Address) -> None:
    """There are no other nodes."""


def _untapped(room_id: str, epoch: int, tick: int, packet: FeedPacket | None) -> None:
    """Nothing is written down."""
