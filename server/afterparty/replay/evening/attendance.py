"""A member of a run on the server: comes in, listens, leaves, and writes down how it went.

Both the audience and the cast attend; what else they do is in ``fan`` and ``performer``.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field

from afterparty.client.channel import Channel
from afterparty.client.doors import Doors
from afterparty.client.errors import ClientError
from afterparty.client.peer import Peer, PeerError
from afterparty.client.session import Session
from afterparty.replay.evening.crossing import AROUND, Crossing, Move
from afterparty.replay.evening.ears import OpenEar
from afterparty.replay.evening.notebook import Notebook, StayLog
from afterparty.replay.verdict.record import MemberRecord, Stay
from afterparty.wire.messages import Closing, Moved, Nodes, RoomEvent, ToClient, Welcome

VERIFY_EVERY = 25
"""Of a listener's packets, every so many-th is checked for authenticity; all are counted."""

LEAVE_SECONDS = 3.0
CONNECT_SECONDS = 5.0


@dataclass
class Sound:
    """What all of a member's peer connections received."""

    first_at: float | None = None
    packets: int = 0
    missing: int = 0
    longest_wait: float = 0.0
    peers: int = 0
    missed_ticks: int | None = None
    moved_in_sound: bool = False
    """Whether somebody was heard on both sides of a move."""

    def add(self, session: Session) -> None:
        """Take in what a session's peer has received; once a session."""
        self.peers += session.peers_made
        if session.peer is None:
            return
        found = session.peer.stats().reception
        if self.first_at is None:
            self.first_at = found.first_packet_at
        self.packets += found.packets
        self.missing += found.missing
        if found.first_packet_at is not None:
            self.longest_wait = max(self.longest_wait, found.longest_wait)


@dataclass
class Attendance:
    """One member's evening on the server. ``token`` says who it is."""

    url: str
    token: str
    member: str
    book: Notebook
    ear: OpenEar | None = None
    """Somebody with an ear decodes what they are sent when asked to."""
    doors: Doors | None = None
    """Where the run's requests go; told of the server's nodes as this member is."""
    session: Session | None = None
    sound: Sound = field(default_factory=Sound)
    broken: int = 0
    """Connections that broke before one was in."""
    outcome: str = ""
    stays: list[Stay] = field(default_factory=list)
    _log: StayLog | None = None
    _measured: bool = False
    _begun_at: float | None = None
    _moves: list[Move] = field(default_factory=list)

    async def come(self, room: str) -> bool:
        """Come into a room (the server's name) and bring up sound; whether one is in.

        A refusal is written down, and no error.
        """
        self._log, self._measured = StayLog(self.book), False
        try:
            self.session = await Session.join(self.url, self.token, room, on_message=self._told)
        except ClientError as error:
            self.outcome = self.book.refused(self.member, "join", error)
            self._log.gone()
            self._keep_stay()
            return False
        try:
            peer = await self.session.listen(self._peer)
            peer.sources = Crossing()
        except (ClientError, PeerError) as error:
            told = ClientError(error.code, error.message)
            self.book.refused(self.member, "media_offer", told)
        return True

    async def break_off(self) -> None:
        """Begin to come, and lose the connection before one is in, as a failing network would."""
        try:
            channel = await Channel.open(self.url, CONNECT_SECONDS)
        except ClientError as error:
            self.book.refused(self.member, "connect", error)
            return
        channel.drop()
        self.broken += 1
        await channel.close()

    async def leave(self) -> None:
        """Leave, if one is there, and wait until one is gone."""
        session = self.session
        if session is None:
            return
        self.leaving()
        with contextlib.suppress(ClientError, TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await session.leave()
        await self.close()

    def leaving(self) -> None:
        """One is about to leave: what comes from now on is not measured any more."""
        self._measure()
        if self._log is not None:
            self._log.leaving()

    async def close(self) -> None:
        """Go away without a word, or tidy up after the server has closed."""
        if self.session is None:
            return
        self._measure()
        session, self.session = self.session, None
        try:
            await session.close()
        finally:
            if self._log is not None:
                self._log.gone()
            self._keep_stay()

    async def measure_crossings(self) -> None:
        """Wait for the packets around the last move, and count the ticks missed there."""
        if not self._moves:
            return
        move = self._moves.pop()
        await asyncio.sleep(max(0.0, move.told + AROUND - (self.book.now() + self.book.began)))
        session = self.session
        if session is None or session.peer is None:
            return
        if isinstance(session.peer.sources, Crossing):
            missed = session.peer.sources.missed(move)
            if missed is not None:
                self.sound.missed_ticks = max(self.sound.missed_ticks or 0, missed)
            self.sound.moved_in_sound |= session.peer.sources.sounded(move)

    def record(self, part: str = "", *, anonymous: bool = False) -> MemberRecord:
        """The member's evening, once it is over."""
        return MemberRecord(
            member=self.member,
            part=part,
            anonymous=anonymous,
            stays=tuple(self.stays),
            wanted_sound=True,
            first_sound_at=self.book.at(self.sound.first_at),
            peer_connections=self.sound.peers,
            packets=self.sound.packets,
            sequence_gaps=self.sound.missing,
            longest_silence=self.sound.longest_wait,
            missed_ticks_at_handoff=self.sound.missed_ticks,
            moved_in_sound=self.sound.moved_in_sound,
            broken=self.broken,
            outcome=self.outcome,
        )

    def _peer(self) -> Peer:
        return Peer(ear=self.ear, verify_every=VERIFY_EVERY)

    def _told(self, message: ToClient) -> None:
        if self._log is not None:
            self._log.told(message)
        if self.doors is not None and isinstance(message, Welcome | Nodes):
            self.doors.learn(message.nodes)
        if isinstance(message, RoomEvent):
            self._told_of_handoff(message.event["type"])
        elif isinstance(message, Moved):
            self.outcome = "moved"
            now = self.book.began + self.book.now()
            self._moves.append(Move(self._begun_at or now, now))
            self._begun_at = None
        elif isinstance(message, Closing):
            # What comes later is silence by right.
            self._measure()
            self.outcome = self.outcome or message.code

    def _told_of_handoff(self, event: str) -> None:
        if event == "handoff_begun":
            self._begun_at = self.book.began + self.book.now()
        elif event == "handoff_offered":
            self._begun_at = None

    def _measure(self) -> None:
        if self.session is not None and not self._measured:
            self._measured = True
            self.sound.add(self.session)

    def _keep_stay(self) -> None:
        if self._log is not None:
            self.stays.append(self._log.stay())
            self._log = None
