"""The media clock: one tick is 20 ms, and every feed of every node counts the same ticks.

A tick number comes from the wall clock once, at start, and from monotonic time after that, so a
stepped wall clock never tears the sound. RTP timestamps are a pure function of the tick; that is
what lets a listener change feeds without a gap. Knows nothing of packets or sockets.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

SAMPLE_RATE = 48_000
TICK_SAMPLES = 960
TICK_SECONDS = TICK_SAMPLES / SAMPLE_RATE
TICKS_PER_SECOND = SAMPLE_RATE // TICK_SAMPLES

MAX_CATCH_UP = 10
"""Ticks that may be made up for after a stall; the older ones are skipped, so that a long stall
does not end in a burst that drowns the sockets."""

_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970


def rtp_timestamp(tick: int) -> int:
    """RTP timestamp (RFC 3550 section 5.1) of a tick, modulo 2^32."""
    return (tick * TICK_SAMPLES) & 0xFFFFFFFF


def ntp_time(tick: int) -> int:
    """NTP timestamp (32.32 fixed point, RFC 3550 section 4) of the instant a tick begins."""
    seconds, rest = divmod(tick, TICKS_PER_SECOND)
    fraction = (rest << 32) // TICKS_PER_SECOND
    return (((seconds + _NTP_EPOCH) & 0xFFFFFFFF) << 32) | fraction


class TickClock:
    """Maps ticks to monotonic time. `wall` and `monotonic` return seconds."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._zero = monotonic() - wall()

    def now(self) -> int:
        """Return the tick that is running now."""
        return int((self._monotonic() - self._zero) * TICKS_PER_SECOND)

    def until(self, tick: int) -> float:
        """Seconds until `tick` begins; negative if it has begun."""
        return tick * TICK_SECONDS + self._zero - self._monotonic()


@dataclass(slots=True)
class TickCounts:
    """What the tick loop has done so far."""

    done: int = 0
    late: int = 0
    """Ticks that ran after the next one was due."""
    skipped: int = 0
    """Ticks that never ran, because the node had stalled for too long."""


async def run_ticks(clock: TickClock, on_tick: Callable[[int], None], counts: TickCounts) -> None:
    """Call `on_tick(tick)` for every tick, in order, until cancelled. Never drifts."""
    tick = clock.now() + 1
    while True:
        # A late tick still yields once, so that the socket is read between two of them.
        await asyncio.sleep(max(0.0, clock.until(tick)))
        behind = clock.now() - tick
        if behind > MAX_CATCH_UP:
            counts.skipped += behind - MAX_CATCH_UP
            tick += behind - MAX_CATCH_UP
        if behind > 0:
            counts.late += 1
        on_tick(tick)
        counts.done += 1
        tick += 1
