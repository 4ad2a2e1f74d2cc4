"""A jitter buffer: one speaker's packets, put in as they arrive and taken out in order.

Pure: time passes only by `take` being called. Nothing in it grows without bound: what is too
late, double, or too much is dropped and counted.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from afterparty.media.desk.clock import TICK_SAMPLES

MAX_PACKETS = 64
MAX_JUMP = 500
"""A step of more packets than this is a new stream, not a loss."""
MAX_CONCEALED = 5
"""Lost packets in a row that are made up for one by one; a longer hole is closed at once."""
MAX_EXCESS_TICKS = 10
"""Delay beyond the target, in ticks, that is cut at once."""
STARVED_TICKS = 3
"""Ticks with nothing to play after which the target delay is built up again."""
DRIFT_WINDOW = 100
"""Takes over which the buffer must never have been as low as its target before one packet is cut:
the sender's clock is faster than ours, or a jitter has passed."""


class Frame(NamedTuple):
    """One Opus packet of the speaker."""

    payload: bytes
    samples: int
    level: int | None


class Hole(Enum):
    """Why there is no frame to take."""

    LOST = auto()
    """A packet is missing and later ones are here."""
    STARVED = auto()
    """Playing, and nothing is here."""
    IDLE = auto()
    """Not playing: nothing has come yet, or delay is being built up."""


@dataclass(slots=True)
class JitterCounts:
    """What became of the packets put in."""

    accepted: int = 0
    lost: int = 0
    late: int = 0
    duplicates: int = 0
    cut: int = 0
    """Dropped to reduce delay."""
    resets: int = 0


class JitterBuffer:
    """Orders packets by sequence number; `target_ticks` is the delay that it builds up."""

    def __init__(self, target_ticks: int) -> None:
        self._target = max(1, target_ticks)
        self.counts = JitterCounts()
        self._ssrc: int | None = None
        self.clear()

    def clear(self) -> None:
        """Discard all that waits and start over with the next packet."""
        self._waiting: dict[int, Frame] = {}
        self._samples = 0
        self._playing = False
        self._waited = 0
        self._starved = 0
        self._next: int | None = None
        self._highest = 0
        self._concealed = 0
        self._lowest = self._window = 0

    def put(self, ssrc: int, sequence: int, frame: Frame) -> None:
        """Put one packet in. `sequence` is the 16-bit RTP sequence number."""
        if ssrc != self._ssrc:
            if self._ssrc is not None:
                self.counts.resets += 1
            self._ssrc = ssrc
            self.clear()
        if self._next is None:
            self._next = self._highest = sequence
        index = self._highest + ((sequence - self._highest + 0x8000) & 0xFFFF) - 0x8000
        if abs(index - self._highest) > MAX_JUMP:
            self.counts.resets += 1
            self.clear()
            self._next = self._highest = index = sequence
        if index in self._waiting:
            self.counts.duplicates += 1
            return
        if index < self._next:
            if self._playing:
                self.counts.late += 1
                return
            self._next = index  # came before its elder, and playing has not begun
        self._waiting[index] = frame
        self._samples += frame.samples
        self._highest = max(self._highest, index)
        self.counts.accepted += 1
        while len(self._waiting) > MAX_PACKETS:
            self._cut()

    @property
    def depth(self) -> int:
        """Ticks of sound that wait, rounded up."""
        return -(-self._samples // TICK_SAMPLES)

    def pass_tick(self) -> None:
        """Tell that a tick begins, before its frames are taken."""
        if not self._playing:
            if self._waiting:
                self._waited += 1
                if self._waited > self._target or self.depth > self._target:
                    self._start()
            return
        if self.depth > self._target + MAX_EXCESS_TICKS:
            while self.depth > self._target:
                self._cut()
        self._lowest = min(self._lowest, self.depth)
        self._window += 1
        if self._window >= DRIFT_WINDOW:
            if self._lowest > self._target + 1:  # the one that is taken now is not delay
                self._cut()
            self._lowest, self._window = self.depth, 0

    def _start(self) -> None:
        self._playing = True
        self._waited = self._starved = self._concealed = 0
        self._lowest, self._window = self.depth, 0
        if self._next not in self._waiting:
            self._next = min(self._waiting)

    def take(self) -> Frame | Hole:
        """Take the next packet in order, or learn why there is none."""
        if not self._playing or self._next is None:
            return Hole.IDLE
        frame = self._waiting.pop(self._next, None)
        if frame is not None:
            self._next += 1
            self._samples -= frame.samples
            self._starved = self._concealed = 0
            return frame
        if self._waiting:
            self.counts.lost += 1
            self._concealed += 1
            if self._concealed >= MAX_CONCEALED:
                eldest = min(self._waiting)
                self.counts.lost += eldest - self._next - 1
                self._next = eldest
            else:
                self._next += 1
            return Hole.LOST
        self._starved += 1
        if self._starved >= STARVED_TICKS:
            self._playing = False
            self._waited = 0
        return Hole.STARVED

    def _cut(self) -> None:
        eldest = min(self._waiting)
        self._samples -= self._waiting.pop(eldest).samples
        self._next = eldest + 1
        self.counts.cut += 1
