"""A feed: the sound of a room, at most one Opus packet a tick; and the outlet that presses it.

A feed remembers its latest packets, so that listeners in a wide lane get them several at a time.
Knows neither listeners nor sockets.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from afterparty.media.desk.opus import COMFORT, OpusEncoder
from afterparty.media.desk.pcm import Limiter, Pcm

COMFORT_TICKS = 20
"""A silent feed sends one comfort packet in so many ticks: every 400 ms, as Opus DTX does."""


@dataclass(frozen=True, slots=True)
class FeedPacket:
    """What all listeners of a feed get at one tick."""

    tick: int
    payload: bytes
    csrcs: tuple[int, ...]
    """Who is heard, the loudest first; at most 15."""
    levels: bytes
    """Their loudness, -dBov, one byte each."""
    marker: bool
    """Sound begins after silence (RFC 3551 section 4.1)."""


REMEMBERED_TICKS = 32
"""How far back a late departure may reach: the widest lane and what a stalled node makes up for."""

_numbers = count(1)


@dataclass(eq=False, slots=True, weakref_slot=True)
class Feed:
    """One feed: its identity, and its latest packets."""

    number: int = field(default_factory=_numbers.__next__)
    """Its own among all feeds of this process."""
    _recent: deque[FeedPacket] = field(default_factory=lambda: deque(maxlen=REMEMBERED_TICKS))

    def push(self, packet: FeedPacket) -> None:
        """Add the packet of a tick. Ticks never go back."""
        self._recent.append(packet)

    def between(self, after: int, until: int) -> list[FeedPacket]:
        """Packets of the ticks after the one and until the other, as far as they are remembered,
        oldest first."""
        return [packet for packet in self._recent if after < packet.tick <= until]


class Outlet:
    """Presses one stream of mixes into packets of one feed: limiter, encoder, comfort."""

    def __init__(self, feed: Feed | None = None) -> None:
        self.feed = feed or Feed()
        self.encodes = 0
        self._limiter = Limiter()
        self._encoder: OpusEncoder | None = None
        self._silent = False

    def press(
        self, tick: int, mix: Pcm | None, csrcs: Sequence[int], levels: Sequence[int]
    ) -> FeedPacket | None:
        """Make the packet of this tick; None if silence needs none. `mix` None is silence."""
        if mix is None:
            # On one beat for all feeds, so that a listener who changes between two silent ones
            # waits no longer than within one.
            due = not self._silent or tick % COMFORT_TICKS == 0
            self._silent = True
            return FeedPacket(tick, COMFORT, (), b"", False) if due else None
        begins = self._silent or self._encoder is None
        self._silent = False
        self._encoder = self._encoder or OpusEncoder()
        payload = self._encoder.encode(self._limiter.apply(mix))
        self.encodes += 1
        return FeedPacket(tick, payload, tuple(csrcs), bytes(levels), begins)
