"""The media plane of one node: the facade that the node uses, and the only owner of tasks here.

It joins port, ICE, DTLS and rooms. All its methods run on the event loop, and change
what is heard only between two ticks. It knows rooms by id, and none of their rules.
"""

import asyncio
import contextlib
import functools
import logging
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Literal

from afterparty.media.between.relay import Message, Relay, RelayError
from afterparty.media.datagrams.port import Address, Kind, UdpPort
from afterparty.media.datagrams.stun import StunError
from afterparty.media.desk.clock import TickClock, TickCounts, run_ticks
from afterparty.media.events import (
    MediaConfig,
    MediaError,
    MediaEvent,
    MediaStats,
    SessionConnected,
    SessionGone,
    SessionStats,
)
from afterparty.media.inward.answer import Local, write_answer
from afterparty.media.inward.dtls import DtlsLink, Identity, SrtpSender, Turn
from afterparty.media.inward.ice import IceTable
from afterparty.media.inward.sdp import MIXER_LEVEL, is_ufrag, parse_offer
from afterparty.media.inward.session import Session
from afterparty.media.inward.uplink import Uplink
from afterparty.media.outward.fanout import FanOut
from afterparty.media.outward.lanes import widest
from afterparty.media.outward.rows import Row
from afterparty.media.rooms import Rooms

log = logging.getLogger(__name__)

BEATS = 50
"""A second's worth of moments at which silent sessions are looked for."""

_REASONS = {"closed": "closed_by_peer", "failed": "dtls_failed", "timeout": "dtls_timeout"}


class MediaPlane:
    """Sound of one node. `on_event` is called on the event loop; it must not block."""

    def __init__(self, config: MediaConfig, on_event: Callable[[MediaEvent], None]) -> None:
        self._config = config
        self._on_event = on_event
        self._identity = Identity()
        self._port = UdpPort(self._on_datagram)
        self._fanout = FanOut(config.lane)
        self._ice = IceTable()
        self.relay = None if config.relay_key is None else Relay(config.relay_key)  # to be rekeyed
        send = None if self.relay is None else self._send_to_node
        self.rooms = Rooms(self._fanout, self._tell, config.jitter_ms, send)
        """For whoever says which node mixes what; everything else goes by the methods here."""
        self._clock = TickClock()
        self._sessions: dict[str, Session] = {}
        self._due: dict[int, list[str]] = {}
        self._beat = 0
        self._shaking: deque[Session] = deque()
        self._moves: list[tuple[list[str], str]] = []
        self._connected = 0
        self._packets_in = 0
        self._faults = 0
        self._dropped: Counter[str] = Counter()
        self._ticks = TickCounts()
        self._tick_seconds = 0.0
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the port and start the clock. Raises OSError if the port cannot be bound."""
        self._port.open(self._config.host, self._config.port)
        self._fanout.start(self._port.socket, self._clock.now())
        self._beat = int(time.monotonic() * BEATS)
        self._ticking = asyncio.create_task(run_ticks(self._clock, self._tick, self._ticks))

    async def stop(self) -> None:
        """Close every session, stop the clock and close the port. Tells no events."""
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking
            self._ticking = None
        for session_id in list(self._sessions):
            self.close(session_id)
        await self._fanout.stop()
        self._port.close()

    @property
    def port(self) -> int:
        """The UDP port number in use."""
        return self._port.number

    def has_room(self, room_id: str) -> bool:
        """Whether a room is open."""
        return room_id in self.rooms

    def open_room(self, room_id: str) -> None:
        """Make a room's mixer and feed. Idempotent."""
        self.rooms.open(room_id)

    def close_room(self, room_id: str) -> None:
        """End a room's sound. Its sessions stay connected, and hear nothing until they follow a
        room again. Idempotent."""
        inside = [s for s in self._sessions.values() if s.room_id == room_id]
        self.rooms.close(room_id, inside)

    def wait(self, room_id: str, waits: bool) -> None:
        """Play the tune in a room that waits, or its own sound. Idempotent."""
        if waits != self.rooms.waits(room_id):
            inside = [s for s in self._sessions.values() if s.room_id == room_id]
            self.rooms.wait(room_id, waits, inside)

    def answer(
        self,
        session_id: str,
        room_id: str,
        offer_sdp: str,
        *,
        only: Literal["send", "receive"] | None = None,
    ) -> str:
        """Begin a session in a room and return the SDP answer. The session may not be heard yet.

        `only` is what we are to do, whatever else the offer allows.

        Raises MediaError: `session_exists`, `room_not_open`, `media_full`, and those of
        `sdp.parse_offer`.
        """
        if session_id in self._sessions:
            raise MediaError("session_exists", "This media session exists already.")
        if room_id not in self.rooms:
            raise MediaError("room_not_open", "This room has no sound now.")
        if len(self._sessions) >= self._config.max_sessions:
            raise MediaError("media_full", "This node cannot take more media sessions.")
        offer = parse_offer(offer_sdp, only)
        peer = self._ice.add(session_id, offer.ufrag)
        session = Session(
            session_id=session_id,
            room_id=room_id,
            peer=peer,
            link=DtlsLink(
                self._identity, offer.fingerprints, client=offer.shape.setup == "passive"
            ),
            shape=offer.shape,
            ssrc=secrets.randbelow(0xFFFFFFFF) + 1,
            heard_at=time.monotonic(),
        )
        self._sessions[session_id] = session
        self._watch(session)
        local = Local(
            session_number=secrets.randbits(62),
            ufrag=peer.ufrag,
            password=peer.password,
            fingerprints=self._identity.fingerprints,
            candidates=self._config.announce,
            port=self.port,
            ssrc=session.ssrc,
            cname=self._fanout.cname,
        )
        return write_answer(offer, local)

    def remote_ufrag(self, session_id: str) -> str:
        """The username fragment that the peer goes by now. Raises MediaError `no_session`."""
        return self._session(session_id).peer.remote_ufrag

    def restart_ice(self, session_id: str, remote_ufrag: str) -> tuple[str, str]:
        """Give a session new ICE credentials, and return our username fragment and password. The
        old ones stay valid until the new ones have been used; sound goes on meanwhile.

        Raises MediaError: `no_session`, `sdp_no_ice` if the fragment is none (RFC 8839).
        """
        peer = self._session(session_id).peer
        if not is_ufrag(remote_ufrag):
            raise MediaError("sdp_no_ice", "This is no valid ICE username fragment.")
        self._ice.restart(peer, remote_ufrag)
        return peer.ufrag, peer.password

    def _session(self, session_id: str) -> Session:
        session = self._sessions.get(session_id)
        if session is None:
            raise MediaError("no_session", "This media session does not exist.")
        return session

    def allow_voice(self, session_id: str, csrc: int | None) -> None:
        """Let a session be heard under a contributing source number (32 bits), or not at all.

        None takes effect at once: what it said and was not yet heard is discarded, and what it
        says is dropped before it is decrypted. An unknown session is ignored: it may be gone.
        Raises ValueError if the number is not one of 32 bits.
        """
        if csrc is not None and not 0 <= csrc < 1 << 32:
            raise ValueError("a contributing source number has 32 bits")
        session = self._sessions.get(session_id)
        if session is None or session.csrc == csrc:
            return
        session.csrc = csrc
        if session.uplink is not None:
            session.uplink.discard()
        elif csrc is not None:
            session.uplink = Uplink(self._config.jitter_ms)
        self.rooms.seat(session)

    def follow(self, session_ids: Iterable[str], room_id: str) -> None:
        """Move sessions to another room, all of them at the start of the next tick.

        Unknown sessions are ignored. Raises MediaError `room_not_open`.
        """
        if room_id not in self.rooms:
            raise MediaError("room_not_open", "This room has no sound now.")
        self._moves.append((list(session_ids), room_id))

    def close(self, session_id: str) -> None:
        """End a session: close_notify, and everything of it freed. Tells no event. Idempotent."""
        session = self._sessions.pop(session_id, None)
        if session is None:
            return
        if session.connected:
            self._connected -= 1
        self.rooms.leave(session)
        self._ice.remove(session.peer)
        for data in session.link.close():
            self._send_to(session, data)

    def stats(self) -> MediaStats:
        """Return the counters of this node."""
        return MediaStats(
            received=dict(self._port.received),
            dropped=dict(self._port.dropped + self._dropped),
            packets_in=self._packets_in,
            packets_out=self._fanout.sent,
            send_drops=self._port.send_drops + self._fanout.dropped,
            ticks=self._ticks.done,
            late_ticks=self._ticks.late,
            skipped_ticks=self._ticks.skipped,
            tick_seconds=self._tick_seconds,
            encodes=self.rooms.encodes,
            late_departures=self._fanout.late,
            skipped_departures=self._fanout.skipped,
            lanes=self._fanout.lanes(),
            faults=self._faults + self.rooms.faults + self._fanout.faults,
            sessions=len(self._sessions),
            connected=self._connected,
            rooms=len(self.rooms),
        )

    def session_stats(self, session_id: str) -> SessionStats | None:
        """Return the counters of one session; None if it is gone."""
        session = self._sessions.get(session_id)
        return session.stats(self._fanout.sent_to(session_id)) if session else None

    # Datagrams in.

    def _on_datagram(self, kind: Kind, data: bytes, address: Address) -> None:
        now = time.monotonic()
        if kind == "stun":
            self._on_stun(data, address, now)
            return
        if kind == "relay":
            self._on_relay(data, address, now)
            return
        peer = self._ice.at(address)
        session = self._sessions.get(peer.session_id) if peer is not None else None
        if session is None:
            self._dropped[f"{kind}_unknown_address"] += 1
        elif kind == "dtls":
            self._advance(session, functools.partial(session.link.deliver, data))
        else:
            reason = session.receive(data, now)
            if reason is not None:
                self._dropped[reason] += 1
            else:
                self._packets_in += 1

    def _on_stun(self, data: bytes, address: Address, now: float) -> None:
        try:
            check = self._ice.check(data, address, now)
        except StunError as refused:
            self._dropped[refused.reason] += 1
            return
        self._port.send(check.response, address)
        session = self._sessions[check.peer.session_id]
        session.heard_at = now
        if check.nominated:
            self._fanout.move(session.session_id, address)
        if session.link.is_new:
            # Not before: a handshake is worth doing only with an address that has proved itself.
            self._shaking.append(session)
            self._advance(session, functools.partial(session.link.start, now))

    def _on_relay(self, data: bytes, address: Address, now: float) -> None:
        if self.relay is None:
            self._dropped["relay_unasked"] += 1
            return
        tick = self._clock.now()
        try:
            reason = self.rooms.take(self.relay.open(data, tick), address, tick, now)
        except RelayError as refused:
            reason = refused.reason
        if reason is not None:
            self._dropped[reason] += 1

    def _send_to_node(self, message: Message, address: Address) -> None:
        if self.relay is not None:
            self._port.send(self.relay.seal(message, self._clock.now()), address)

    def _send_to(self, session: Session, data: bytes) -> None:
        if session.peer.address is not None:
            self._port.send(data, session.peer.address)

    # A session's life.

    def _advance(self, session: Session, step: Callable[[], Turn]) -> None:
        """Take a step of a session's DTLS, and do what follows from it."""
        try:
            turn = step()
        except Exception:
            # What a hostile peer may provoke in a TLS library must stay that peer's trouble.
            self._faults += 1
            log.exception("the handshake of session %s failed", session.session_id)
            self._end(session, "dtls_failed")
            return
        for data in turn.send:
            self._send_to(session, data)
        if isinstance(turn.outcome, SrtpSender):
            self._enter(session, turn.outcome)
        elif turn.outcome is not None:
            self._end(session, _REASONS[turn.outcome])

    def _enter(self, session: Session, sender: SrtpSender) -> None:
        session.connected = True
        self._connected += 1
        row = None
        if session.shape.hears and session.peer.address is not None:
            row = Row(
                address=session.peer.address,
                srtp=sender,
                ssrc=session.ssrc,
                payload_type=session.shape.payload_type,
                level_id=session.shape.extension_id(MIXER_LEVEL),
                widest=widest(session.shape.maxptime),
            )
        self.rooms.enter(session, row)
        self._tell(SessionConnected(session.session_id))

    def _end(self, session: Session, reason: str) -> None:
        if self._sessions.get(session.session_id) is session:
            self.close(session.session_id)
            self._tell(SessionGone(session.session_id, reason))

    def _tell(self, event: MediaEvent) -> None:
        try:
            self._on_event(event)
        except Exception:
            # Whoever listens may fail; the clock must go on.
            self._faults += 1
            log.exception("an event was not taken: %s", event)

    # Once a tick.

    def _tick(self, tick: int) -> None:
        started = time.perf_counter()
        moves, self._moves = self._moves, []
        for session_ids, room_id in moves:
            found = (self._sessions.get(session_id) for session_id in session_ids)
            self.rooms.move([session for session in found if session is not None], room_id)
        self.rooms.tick(tick, time.monotonic())
        self._sweep()
        self._wake_links()
        self._tick_seconds = time.perf_counter() - started

    def _watch(self, session: Session) -> None:
        """Have a session looked at when it may have been silent for too long, and not before."""
        session.due = int((session.heard_at + self._config.session_timeout) * BEATS) + 1
        self._due.setdefault(session.due, []).append(session.session_id)

    def _sweep(self) -> None:
        """End the sessions that are silent; look again later at those that are not."""
        now = time.monotonic()
        while self._beat < int(now * BEATS):
            self._beat += 1
            for session_id in self._due.pop(self._beat, ()):
                session = self._sessions.get(session_id)
                if session is None or session.due != self._beat:
                    continue  # it is gone, or another one by now
                if now - session.heard_at > self._config.session_timeout:
                    self._end(session, "timeout")
                else:
                    self._watch(session)

    def _wake_links(self) -> None:
        """Look at a fifth of the handshakes, so at each ten times a second: the one clock of all
        their timers, which count in seconds."""
        now = time.monotonic()
        for _ in range(-(-len(self._shaking) // 5)):
            session = self._shaking.popleft()
            if session.link.is_shaking:
                self._shaking.append(session)
                self._advance(session, functools.partial(session.link.wake, now))
