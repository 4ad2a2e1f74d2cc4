"""Lanes: how many ticks one RTP packet carries to a listener, and how such a packet is made.

A lane of 1, 3 or 6 ticks costs 50, 16.7 or 8.3 packets a second. The ticks are the same encoded
frames in each; only the Opus framing around them differs (RFC 6716 section 3.2.5). Pure functions
of feed packets and numbers: no rows, no sockets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from afterparty.media.datagrams.rtp import MAX_CSRCS
from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.desk.feed import FeedPacket

Lane: TypeAlias = Literal[1, 3, 6]
LANES: Final[tuple[Lane, ...]] = (1, 3, 6)
"""Ticks a packet: 20, 60 and 120 ms, the most that Opus allows."""

MAX_PAYLOAD = 1150
"""Bytes of Opus in one packet, so that a datagram with its headers fits any path."""

FROM: Final[tuple[int, ...]] = (0, 1_000, 5_000)
"""Listeners of a feed from which each lane is used: 50,000 packets a second at 20 ms, 83,000 at
60 ms, so that neither takes more than about a third of a core."""

KEEP = 0.8
"""A feed goes back to a narrower lane below this share of the number that widened it."""

RELAX_TICKS = 15 * TICKS_PER_SECOND
"""Ticks without a late departure after which widening under pressure is taken back by a step."""

_LONGEST_ONE_BYTE = 251


@dataclass(frozen=True, slots=True)
class LanePacket:
    """Consecutive ticks of one feed in one Opus packet."""

    tick: int
    """The first tick in it."""
    payload: bytes
    csrcs: tuple[int, ...]
    levels: bytes
    marker: bool


def choose(listeners: int, now: Lane) -> Lane:
    """The lane for a feed with so many listeners, for which `now` was right so far."""
    step = max(i for i, least in enumerate(FROM) if listeners >= least)
    current = LANES.index(now)
    if step < current and listeners >= FROM[current] * KEEP:
        step = current
    return LANES[step]


def widen(lane: Lane, steps: int) -> Lane:
    """The lane instead of `lane` on a node that widens all of them by so many steps (0 to 2)."""
    return LANES[min(LANES.index(lane) + steps, len(LANES) - 1)]


def widest(maxptime: int | None) -> Lane:
    """The widest lane for a listener who wants so many milliseconds in a packet at most; the
    narrowest if even that is too wide, as a feed has no shorter packets."""
    if maxptime is None:
        return LANES[-1]
    ticks = maxptime * TICKS_PER_SECOND // 1000
    return max((lane for lane in LANES if lane <= ticks), default=LANES[0])


@dataclass(slots=True)
class Pressure:
    """How far the node widens its lanes because it could not send in time."""

    steps: int = 0
    _late: int = 0
    _changed: int = 0
    _strained: int = 0

    def tell(self, tick: int, *, late: bool) -> None:
        """A tick has departed, or could not because the one before was still being sent.

        One late tick is a hiccup; a fifth of a second of them within two seconds is overload.
        """
        if late:
            self._strained = tick
            self._late += 1
        if self._late >= TICKS_PER_SECOND // 5:
            # A step takes seconds to tell, as rows change lanes one by one.
            if tick - self._changed >= 2 * TICKS_PER_SECOND:
                self.steps = min(self.steps + 1, len(LANES) - 1)
                self._changed = tick
            self._late = 0
        elif tick - self._strained >= 2 * TICKS_PER_SECOND:
            self._late = 0
        if self.steps and tick - max(self._strained, self._changed) >= RELAX_TICKS:
            self.steps -= 1
            self._changed = tick


def pack(frames: Iterable[FeedPacket], most: Lane = LANES[-1]) -> list[LanePacket]:
    """Put frames, in order, in as few packets as the rules allow.

    Frames share a packet if their ticks follow one another, their TOC bytes agree, sound does not
    begin between them, and they are at most `most` and not too long together.
    """
    packets: list[LanePacket] = []
    run: list[FeedPacket] = []
    for frame in frames:
        if len(run) == most or (run and not _joins(run, frame)):
            packets.append(_packet(run))
            run = []
        run.append(frame)
    if run:
        packets.append(_packet(run))
    return packets


def _joins(run: Sequence[FeedPacket], frame: FeedPacket) -> bool:
    first, last = run[0], run[-1]
    return (
        frame.tick == last.tick + 1
        and not frame.marker
        and frame.payload[0] == first.payload[0]
        and first.payload[0] & 3 == 0
        and sum(len(f.payload) + 1 for f in run) + len(frame.payload) < MAX_PAYLOAD
    )


def _packet(run: Sequence[FeedPacket]) -> LanePacket:
    first, last = run[0], run[-1]
    if len(run) == 1:
        return LanePacket(first.tick, first.payload, first.csrcs, first.levels, first.marker)
    loudest: dict[int, int] = {}
    for frame in run:
        for csrc, level in zip(frame.csrcs, frame.levels, strict=True):
            loudest[csrc] = min(level, loudest.get(csrc, 127))
    heard = sorted(loudest.items(), key=lambda item: item[1])[:MAX_CSRCS]
    if last.csrcs == first.csrcs and len(heard) == len(first.csrcs):
        heard = [(csrc, loudest[csrc]) for csrc in last.csrcs]
    return LanePacket(
        first.tick,
        join_frames([frame.payload for frame in run]),
        tuple(csrc for csrc, _ in heard),
        bytes(level for _, level in heard),
        first.marker,
    )


def join_frames(payloads: Sequence[bytes]) -> bytes:
    """One Opus packet of two to six one-frame packets with the same TOC: code 3, of equal or of
    stated lengths (RFC 6716 section 3.2.5)."""
    frames = [payload[1:] for payload in payloads]
    head = payloads[0][0] | 3
    sizes = {len(frame) for frame in frames}
    if len(sizes) == 1:
        return bytes((head, len(frames))) + b"".join(frames)
    lengths = b"".join(_length(len(frame)) for frame in frames[:-1])
    return bytes((head, 0x80 | len(frames))) + lengths + b"".join(frames)


def _length(size: int) -> bytes:
    """A frame length in one or two bytes (RFC 6716 section 3.2.1)."""
    if size <= _LONGEST_ONE_BYTE:
        return bytes((size,))
    low = 252 + (size & 3)
    return bytes((low, (size - low) // 4))
