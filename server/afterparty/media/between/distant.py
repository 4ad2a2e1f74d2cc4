"""A room that another node mixes, as this one hears it.

Takes what that node feeds us and gives it out tick by tick. Of two nodes that both believe to mix
the room, the one with the higher epoch is heard. Pure of sockets; knows no sessions.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from afterparty.media.between.alignment import MOST, Alignment
from afterparty.media.between.relay import Fed
from afterparty.media.datagrams.port import Address
from afterparty.media.desk.feed import FeedPacket
from afterparty.media.desk.mixer import SPEAKING_TICKS

MAX_WAITING = 4 * MOST
"""Packets that wait for their tick, at most: some for all, and some for each who speaks here."""


@dataclass(slots=True)
class Given:
    """What departs at one tick."""

    packets: list[tuple[int, FeedPacket]] = field(default_factory=list)
    """By voice, as in ``Fed``."""
    speaking: Mapping[int, int] | None = None
    """CSRC to level of all who are heard, if that set has changed."""


class DistantRoom:
    """The feeds of one room from the node at `address`, which mixes it since `epoch`."""

    def __init__(self, address: Address, epoch: int) -> None:
        self.address = address
        self.epoch = epoch
        self.heard_at: float | None = None
        """Monotonic time of the last packet; None before the first."""
        self._alignment = Alignment()
        self._waiting: dict[tuple[int, int], FeedPacket] = {}
        self._last: dict[int, int] = {}
        self._seen: deque[tuple[int, int]] = deque(maxlen=MAX_WAITING)
        self._told: frozenset[int] = frozenset()
        self._told_at = 0

    def take(self, fed: Fed, address: Address, tick: int, now: float) -> bool:
        """Take in a packet that came from `address` at our `tick` and monotonic time `now`.

        False if it is of a node that does not mix the room any more, or here already.
        """
        if fed.epoch < self.epoch:
            return False
        if fed.epoch > self.epoch:  # it took over, and its packets are faster than the news
            self.epoch, self.address = fed.epoch, address
            self._alignment = Alignment()
            self._seen.clear()
        packet = fed.packet
        # Before its place is looked for: a copy of what another node was fed must move nothing.
        if (packet.tick, fed.voice) in self._seen:
            return False
        self._seen.append((packet.tick, fed.voice))
        self.heard_at = now
        due = self._alignment.place(packet.tick, tick, silent=not packet.csrcs)
        key = due, fed.voice
        if key in self._waiting or due <= self._last.get(fed.voice, 0):
            return False
        if len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting[key] = FeedPacket(
            due, packet.payload, packet.csrcs, packet.levels, packet.marker
        )
        return True

    def give(self, tick: int) -> Given:
        """What is due at this tick or before."""
        given = Given()
        due = sorted(key for key in self._waiting if key[0] <= tick)
        for at, voice in due:
            packet = self._waiting.pop((at, voice))
            self._last[voice] = at
            given.packets.append((voice, packet))
            if voice == 0:
                self._tell(given, packet)
        return given

    def forget(self, voice: int) -> None:
        """Nobody says that voice here any more."""
        self._last.pop(voice, None)

    def _tell(self, given: Given, packet: FeedPacket) -> None:
        now = frozenset(packet.csrcs)
        if now != self._told and packet.tick - self._told_at >= SPEAKING_TICKS:
            self._told, self._told_at = now, packet.tick
            given.speaking = dict(zip(packet.csrcs, packet.levels, strict=True))
