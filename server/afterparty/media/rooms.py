"""The rooms of one node: who is heard and who listens where, and the work of one tick.

Joins mixers and fan-out. All changes are made between two ticks. A session that is in no open
room keeps its row and hears nothing.
"""

import logging
from collections.abc import Callable, Iterable

from afterparty.media.events import MediaEvent, Speaking
from afterparty.media.fanout import FanOut
from afterparty.media.mixer import Mixer
from afterparty.media.rows import Row
from afterparty.media.session import Session

log = logging.getLogger(__name__)


class Rooms:
    """All open rooms, by id."""

    def __init__(self, fanout: FanOut, on_event: Callable[[MediaEvent], None]) -> None:
        self._fanout = fanout
        self._on_event = on_event
        self._mixers: dict[str, Mixer] = {}
        self._encodes_before = 0
        self.faults = 0
        """Ticks of a room that failed."""

    def __contains__(self, room_id: str) -> bool:
        return room_id in self._mixers

    def __len__(self) -> int:
        return len(self._mixers)

    @property
    def encodes(self) -> int:
        """Opus packets encoded so far."""
        return self._encodes_before + sum(mixer.encodes for mixer in self._mixers.values())

    def open(self, room_id: str) -> None:
        """Make a room. Idempotent."""
        self._mixers.setdefault(room_id, Mixer())

    def close(self, room_id: str, inside: Iterable[Session]) -> None:
        """End a room; those inside hear nothing. Idempotent."""
        mixer = self._mixers.pop(room_id, None)
        if mixer is not None:
            self._encodes_before += mixer.encodes
            left = list(inside)
            for session in left:
                session.room_id = None
            self._fanout.follow([session.session_id for session in left], None)

    def _mixer_of(self, session: Session) -> Mixer | None:
        return None if session.room_id is None else self._mixers.get(session.room_id)

    def enter(self, session: Session, row: Row | None) -> None:
        """Take in a session that has just connected; `row` None if it does not listen."""
        if row is not None:
            self._fanout.add(session.session_id, row, None)
        self.seat(session)

    def leave(self, session: Session) -> None:
        """Forget a session. Harmless if it never entered."""
        mixer = self._mixer_of(session)
        if mixer is not None:
            mixer.unseat(session.session_id)
        self._fanout.remove(session.session_id)

    def seat(self, session: Session) -> None:
        """Let a session be heard in its room if it may be, and hear the room."""
        self._fanout.pin(session.session_id, session.csrc is not None)
        mixer = self._mixer_of(session)
        if mixer is None:
            return
        mixer.unseat(session.session_id)
        if session.connected and session.csrc is not None and session.uplink is not None:
            mixer.seat(session.session_id, session.csrc, session.uplink)
        self._fanout.follow((session.session_id,), mixer.feed)

    def move(self, sessions: Iterable[Session], room_id: str) -> None:
        """Move sessions to another room at once. If it is closed, they hear nothing."""
        mixer = self._mixers.get(room_id)
        silent = []
        for session in sessions:
            if session.room_id == room_id and mixer is not None:
                continue
            former = self._mixer_of(session)
            if former is not None:
                former.unseat(session.session_id)
            session.room_id = room_id if mixer is not None else None
            if mixer is not None and session.csrc is not None:
                self.seat(session)
            else:
                silent.append(session.session_id)
        self._fanout.follow(silent, mixer.feed if mixer is not None else None)

    def tick(self, tick: int) -> None:
        """Mix and send this tick of every room."""
        for room_id, mixer in list(self._mixers.items()):
            try:
                self._tick_room(tick, room_id, mixer)
            except Exception:
                # One room's fault must not silence the others.
                self.faults += 1
                log.exception("room %s failed at tick %d", room_id, tick)
        self._fanout.depart(tick)

    def _tick_room(self, tick: int, room_id: str, mixer: Mixer) -> None:
        mixed = mixer.tick(tick)
        for session_id, feed in mixed.moved:
            self._fanout.follow((session_id,), feed)
        for feed, packet in mixed.packets:
            feed.push(packet)
        if mixed.speaking is not None:
            self._on_event(Speaking(room_id, mixed.speaking))
