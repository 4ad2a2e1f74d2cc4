"""What the swarm's parent and its workers say to each other: orders one way, counts the other.

Plain frozen dataclasses, pickled as they are over a pipe. Says nothing of how either side works.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Order:
    """Parent to worker, once, at start."""

    worker: int
    """0 to 15."""
    target: str
    """WHEP endpoint; via `ws`, the server's base URL."""
    token: str | None
    """Bearer."""
    most: int
    """Listeners this worker will ever have at one time."""
    loopback: bool
    """Whether one socket may be many addresses."""
    via: str
    """`whep` or `ws`."""
    room: str | None
    """The room, via `ws`."""
    decrypt: float
    """Share of the listeners who decrypt and check tags, 0 to 1."""
    decode: int
    """How many of those decode what they hear."""
    tone: tuple[float, ...]
    """Hertz of the tones the sound consists of; none: the spectrum is not looked at."""
    join_seconds: float
    """A join that takes longer has failed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Parent to worker, any time: how many listeners there should be, and how fast."""

    listeners: int
    rate: float
    """Joins a second of this worker."""
    churn: float = 0.0
    """Listeners a second who leave and are replaced."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Parent to worker: end the measuring window, if there is one, and begin a new one."""

    name: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Parent to worker: all leave (unless told to just vanish), then an Outcome, then the end."""

    leave: bool = True


@dataclass(frozen=True, slots=True)
class Progress:
    """Worker to parent, every half second."""

    worker: int
    at: float
    """`time.time()`."""
    asked: int
    """Joins begun so far."""
    joining: int
    connected: int
    hearing: int
    left: int
    failed: int
    waiting: int
    """Joining, and told by the server to come again later."""
    packets: int
    """RTP packets received so far."""
    gaps: int
    """Packets missing, by sequence numbers, in this window."""
    silence: float
    """Longest time without a packet of any one listener in this window, seconds."""
    first_sound: tuple[float, ...]
    """Seconds to the first sound, of those who first heard since the last Progress."""
    reasons: dict[str, int]
    """Failures and waits so far by a stable word."""
    cpu: float
    """CPU seconds of this process so far."""
    dropped: int
    """Datagrams the kernel dropped at this worker's own socket: not the server's fault."""


@dataclass(frozen=True, slots=True)
class Window:
    """Worker to parent, as a window ends: one entry for each who was hearing all through it."""

    worker: int
    name: str
    expected: Numbers
    """Packets."""
    received: Numbers
    """Packets."""
    gaps: Numbers
    """Runs of missing packets."""
    longest_silence: Seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """Worker to parent, last."""

    worker: int
    first_sound: Seconds
    """One entry a join."""
    windows: tuple[Window, ...]
    checked: int
    """Packets whose authenticity was checked."""
    unauthentic: int
    """Of those, how many failed."""
    decoded: int
    """Seconds of sound decoded and looked at."""
    wrong_sound: int
    """Of those, how many were not the tones expected, or not clean."""
    ticks_missing: int
    """20 ms frames of RTP time that no packet to a checking listener covered."""
    reasons: dict[str, int]
