"""One room on one node: mixed here, or heard from the node that mixes it, or silent until it is
known who does.

Whoever listens follows one feed all the while, so that a room may change its mixing node and
nobody's stream is torn. All changes are made between two ticks.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TypeAlias

from afterparty.media.between.branches import Branch, Branches
from afterparty.media.between.distant import DistantRoom
from afterparty.media.between.relay import Fed, Message, Said, Wanted
from afterparty.media.datagrams.port import Address
from afterparty.media.datagrams.rtp import RtpPacket
from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.desk.feed import Feed, FeedPacket
from afterparty.media.desk.mixer import Mixer
from afterparty.media.events import MediaEvent, Speaking
from afterparty.media.inward.session import Session
from afterparty.media.outward.fanout import FanOut

SendTo: TypeAlias = Callable[[Message, Address], None]
Tap: TypeAlias = Callable[[str, int, int, FeedPacket | None], None]
"""Given every tick of a room that is mixed here: its id, the epoch, the tick, and the packet of all
who are not heard themselves; None in silence. It must not block."""

_numbers = count(1)


@dataclass(eq=False, slots=True)
class _Voice:
    """Somebody connected here who may be heard in this room."""

    session: Session
    csrc: int
    number: int = field(default_factory=_numbers.__next__)
    own: Feed = field(default_factory=Feed)
    """The mix less this voice, while another node makes it."""
    heard: bool = False
    """Whether it is in the mix of the other node, so that it follows its own feed."""


class Room:
    """Joins mixer or distant feed, and fan-out. `on_event` is told who speaks."""

    def __init__(
        self,
        room_id: str,
        fanout: FanOut,
        send: SendTo,
        on_event: Callable[[MediaEvent], None],
        jitter_ms: int,
        tap: Tap,
    ) -> None:
        self._room_id, self._fanout = room_id, fanout
        self._send, self._on_event, self._tap = send, on_event, tap
        self.feed = Feed()
        """What everybody hears who is not heard."""
        self._voices: dict[str, _Voice] = {}
        self._permitted: Collection[int] = frozenset()
        self._branches = Branches(jitter_ms)
        self._own: dict[int, Branch] = {}
        self._mixer: Mixer | None = None
        self._epoch, self._until = 0, 0.0
        self._distant: DistantRoom | None = None
        self._encodes_before = 0

    @property
    def encodes(self) -> int:
        """Opus packets encoded so far."""
        return self._encodes_before + (self._mixer.encodes if self._mixer else 0)

    @property
    def wanted(self) -> bool:
        """Whether other nodes have listeners here."""
        return bool(self._branches.nodes)

    @property
    def heard_at(self) -> float | None:
        """Monotonic time of the last packet of the node that mixes it; None if there was none."""
        return self._distant.heard_at if self._distant else None

    @property
    def epoch(self) -> int:
        """The highest epoch under which the room was mixed, as far as is known here."""
        return max(self._epoch, self._distant.epoch if self._distant else 0)

    # Who mixes.

    def mix(self, epoch: int, until: float) -> None:
        """It is mixed here, under this epoch, until that monotonic time; again prolongs it."""
        self._epoch, self._until = epoch, until
        if self._mixer is None:
            self._distant = None
            self._mixer = Mixer(self.feed)
            for session_id, voice in self._voices.items():
                self._place(session_id, voice)

    def hear(self, address: Address, epoch: int) -> None:
        """It is mixed by the node at this address, under this epoch."""
        distant = self._distant
        if distant is not None and epoch <= distant.epoch:
            return
        if self._mixer is not None:
            self._encodes_before += self._mixer.encodes
            self._mixer = None
            self._own.clear()
            self._branches.drop(())
        self._epoch = max(self._epoch, epoch)
        self._distant = DistantRoom(address, epoch)
        for session_id, voice in self._voices.items():
            self._place(session_id, voice)
        self._send(Wanted(self._room_id), address)

    def let_go(self) -> None:
        """Nobody here needs it: it is neither mixed nor heard until somebody does."""
        self._until = 0.0
        self._distant = None

    # Voices of sessions.

    def seat(self, session: Session, csrc: int) -> None:
        """Let a session be heard, and hear the room."""
        self.unseat(session.session_id)
        voice = self._voices[session.session_id] = _Voice(session, csrc)
        self._place(session.session_id, voice)

    def unseat(self, session_id: str) -> None:
        """Silence a session at once; the caller says what it hears then. Harmless if it has no
        voice here."""
        voice = self._voices.pop(session_id, None)
        if voice is not None:
            voice.session.elsewhere = None
            if self._mixer is not None:
                self._mixer.unseat(session_id)
            if self._distant is not None:
                self._distant.forget(voice.number)

    def _place(self, session_id: str, voice: _Voice) -> None:
        """Bring a voice to whoever mixes, and its listener back to the feed of all."""
        session = voice.session
        voice.heard = False
        if session.uplink is not None:
            session.uplink.discard()
        if self._mixer is not None and session.uplink is not None:
            session.elsewhere = None
            self._mixer.seat(session_id, voice.csrc, session.uplink)
        else:
            session.elsewhere = partial(self._say, voice)
        self._fanout.follow((session_id,), self.feed)

    def _say(self, voice: _Voice, packet: RtpPacket) -> None:
        if self._distant is not None:
            said = Said(self._room_id, voice.number, voice.csrc, packet)
            self._send(said, self._distant.address)

    # Other nodes.

    def permit(self, csrcs: Collection[int]) -> None:
        """Whoever goes by one of these numbers may be heard from other nodes; nobody else."""
        self._permitted = csrcs
        self._drop(self._branches.drop(csrcs))

    def take(self, message: Message, address: Address, tick: int, now: float) -> str | None:
        """Take what another node tells of this room; None, or the reason why it was dropped."""
        match message:
            case Wanted():
                if self._mixer is None:
                    return "relay_not_mixing"
                self._branches.want(address, now)
            case Fed():
                if self._distant is None:
                    return "relay_not_listening"
                if not self._distant.take(message, address, tick, now):
                    return "relay_outdated"
            case Said(csrc=csrc):
                if self._mixer is None:
                    return "relay_not_mixing"
                if csrc not in self._permitted:
                    return "relay_not_permitted"
                branch = self._branches.said(message, address, now)
                if branch is not None:
                    self._forget(branch.voice_id)  # it went by another number
                    own = self._mixer.seat(branch.voice_id, branch.csrc, branch.uplink)
                    self._own[own.number] = branch
        return None

    def _drop(self, gone: Collection[Branch]) -> None:
        for branch in gone:
            if self._mixer is not None:
                self._mixer.unseat(branch.voice_id)
            self._forget(branch.voice_id)

    def _forget(self, voice_id: str) -> None:
        self._own = {n: one for n, one in self._own.items() if one.voice_id != voice_id}

    # Once a tick.

    def tick(self, tick: int, now: float) -> None:
        """Make or take the packets of this tick, and leave them to the fan-out."""
        if self._mixer is not None:
            if tick % TICKS_PER_SECOND == 0:
                self._drop(self._branches.age(now))
            if now <= self._until:
                self._mix(self._mixer, tick)
        elif self._distant is not None:
            if tick % TICKS_PER_SECOND == 0:
                self._send(Wanted(self._room_id), self._distant.address)
            self._hear(self._distant, tick)

    def _mix(self, mixer: Mixer, tick: int) -> None:
        mixed = mixer.tick(tick)
        for voice_id, feed in mixed.moved:
            self._fanout.follow((voice_id,), feed)
        common = (packet for feed, packet in mixed.packets if feed is self.feed)
        self._tap(self._room_id, self._epoch, tick, next(common, None))
        for feed, packet in mixed.packets:
            branch = self._own.get(feed.number)
            if branch is not None:
                fed = Fed(self._room_id, self._epoch, branch.number, packet)
                self._send(fed, branch.address)
                continue
            feed.push(packet)
            if feed is self.feed:
                for address in self._branches.nodes:
                    self._send(Fed(self._room_id, self._epoch, 0, packet), address)
        if mixed.speaking is not None:
            self._on_event(Speaking(self._room_id, mixed.speaking))

    def _hear(self, distant: DistantRoom, tick: int) -> None:
        given = distant.give(tick)
        for number, packet in given.packets:
            if number == 0:
                self.feed.push(packet)
                self._part(packet)
                continue
            for voice in self._voices.values():
                if voice.number == number:
                    voice.own.push(packet)
        if given.speaking is not None:
            self._on_event(Speaking(self._room_id, given.speaking))

    def _part(self, packet: FeedPacket) -> None:
        """Whoever is in the mix follows the mix less themselves; whoever is not, that of all."""
        for session_id, voice in self._voices.items():
            heard = voice.csrc in packet.csrcs
            if heard != voice.heard:
                voice.heard = heard
                self._fanout.follow((session_id,), voice.own if heard else self.feed)
