"""How many ticks of sound a listener missed where the feed changed, by the packets' headers.

A silent room sends one packet of comfort noise every 400 ms and nothing between, on purpose
(docs/protocol.md, Sound); such a pause is no missed sound.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from afterparty.client.rtp import FIXED, TICK_SAMPLES
from afterparty.client.sources import Sources

COMFORT_TICKS = 20
"""Ticks from one packet of comfort noise to the next."""

AROUND = 0.7
"""Seconds before and after a move in which packets are looked at as well."""

KEPT = 600
"""Packets remembered: twelve seconds of a feed that sounds, a little more than a move takes at the
longest (docs/protocol.md, The handoff)."""


@dataclass(frozen=True, slots=True)
class Move:
    """One listener's move to another room (monotonic seconds). Sound changes first, so the feed may
    have changed at any moment between the two."""

    begun: float
    """The room's move had begun; whoever goes ahead of it begins when they are told."""
    told: float
    """The listener was told to be in the other room."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One packet's header, and when it came (monotonic seconds)."""

    at: float
    sequence: int
    timestamp: int
    voices: int
    """How many contributing sources it names; none: nobody was heard."""


class Crossing(Sources):
    """Sources that remember the headers of the last packets too."""

    __slots__ = ("_glimpses",)

    def __init__(self) -> None:
        super().__init__()
        self._glimpses: deque[Glimpse] = deque(maxlen=KEPT)

    def receive(self, packet: bytes, now: float) -> None:
        """Take note of one RTP packet."""
        super().receive(packet, now)
        _, _, sequence, timestamp, _ = FIXED.unpack_from(packet)
        self._glimpses.append(Glimpse(now, sequence, timestamp, packet[0] & 0x0F))

    def missed(self, move: Move) -> int | None:
        """Ticks missed in a move; ``None``: nothing came."""
        since, until = move.begun - AROUND, move.told + AROUND
        return missed_ticks([g for g in self._glimpses if since <= g.at <= until])

    def sounded(self, move: Move) -> bool:
        """Whether somebody was heard shortly before and shortly after, so that a gap would show."""
        heard = [g.at for g in self._glimpses if g.voices]
        before = any(move.begun - AROUND <= at < move.begun for at in heard)
        return before and any(move.told <= at <= move.told + AROUND for at in heard)


def missed_ticks(glimpses: Sequence[Glimpse]) -> int | None:
    """The most ticks missed between two packets of these; ``None`` for fewer than two."""
    steps = [
        (((new.timestamp - old.timestamp) & 0xFFFFFFFF) // TICK_SAMPLES, old, new)
        for old, new in pairwise(glimpses)
    ]
    if not steps:
        return None
    # How many ticks a packet of this lane carries: the step where sound went on.
    sounding = Counter(ticks for ticks, old, new in steps if old.voices and new.voices)
    lane = sounding.most_common(1)[0][0] if sounding else 1
    most = 0
    for ticks, old, new in steps:
        # From one silent feed to another, the one's pause may be followed by the other's.
        pauses = (not old.voices) + (not new.voices)
        if ticks > pauses * COMFORT_TICKS:
            most = max(most, ticks - lane)
    return most
