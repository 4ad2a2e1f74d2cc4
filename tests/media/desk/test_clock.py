import asyncio

import pytest

from afterparty.media.desk.clock import (
    TickClock,
    TickCounts,
    ntp_time,
    rtp_timestamp,
    run_ticks,
)


class Time:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_tick_is_20_ms_of_the_wall_clock() -> None:
    monotonic = Time()
    clock = TickClock(wall=lambda: 1_700_000_000.0, monotonic=monotonic)
    assert clock.now() == 1_700_000_000 * 50
    monotonic.seconds += 0.021
    assert clock.now() == 1_700_000_000 * 50 + 1
    assert clock.until(clock.now() + 1) == pytest.approx(0.019, abs=1e-4)


def test_a_stepped_wall_clock_does_not_move_the_ticks() -> None:
    wall = Time()
    clock = TickClock(wall=wall, monotonic=lambda: 5.0)
    before = clock.now()
    wall.seconds += 3600
    assert clock.now() == before


def test_timestamps_are_a_function_of_the_tick_and_wrap() -> None:
    assert rtp_timestamp(0) == 0
    assert rtp_timestamp(1) == 960
    tick = 85_000_000_000
    assert (rtp_timestamp(tick + 1) - rtp_timestamp(tick)) % 2**32 == 960
    assert all(0 <= rtp_timestamp(tick + i * 1000) < 2**32 for i in range(5000))


def test_ntp_time_of_the_unix_epoch() -> None:
    assert ntp_time(0) >> 32 == 2_208_988_800
    assert ntp_time(25) & 0xFFFFFFFF == 1 << 31


async def run_until(
    last: int, monotonic: Time, stall: dict[int, float]
) -> tuple[list[int], TickCounts]:
    """Run ticks until `last`; `stall` says at which tick time jumps by how much."""
    counts, ran, over = TickCounts(), [], asyncio.Event()

    def on_tick(tick: int) -> None:
        ran.append(tick)
        monotonic.seconds += stall.get(tick, 0.02)
        if tick >= last:
            over.set()

    clock = TickClock(wall=lambda: 0.0, monotonic=monotonic)
    task = asyncio.create_task(run_ticks(clock, on_tick, counts))
    await over.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return ran, counts


async def test_late_ticks_are_made_up_for_in_order() -> None:
    ran, counts = await run_until(12, Time(), {3: 0.1})
    assert ran == list(range(1, len(ran) + 1))
    assert counts.late >= 4
    assert counts.skipped == 0


async def test_a_long_stall_skips_and_never_bursts() -> None:
    ran, counts = await run_until(160, Time(), {3: 2.0})
    assert ran[:3] == [1, 2, 3]
    assert ran[3] == 4 + counts.skipped, "only what is too old is left out"
    assert counts.skipped > 80
    assert counts.skipped + counts.done == ran[-1]
