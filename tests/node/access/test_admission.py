"""How many handshakes are let begin: by rate, by number, by load; and when to come back."""

import asyncio

import pytest

from afterparty.node.access.admission import (
    EASY,
    HANDSHAKE_SECONDS,
    LAG_LIMIT,
    LEAST,
    LONGEST_WAIT,
    Admission,
)
from afterparty.node.ground.refused import Refused


class Clock:
    """Time that goes on only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def begun(admission: Admission, tries: int, name: str = "s") -> int:
    """How many of so many sessions are let begin."""
    refusals: list[Refused] = []
    for number in range(tries):
        try:
            admission.begin(f"{name}{number}")
        except Refused as refused:
            refusals.append(refused)
    assert {refused.code for refused in refusals} <= {"busy"}
    assert all(1 <= (refused.retry_after or 0) <= LONGEST_WAIT for refused in refusals)
    return tries - len(refusals)


def test_a_second_s_worth_at_once_and_then_the_rate() -> None:
    clock = Clock()
    admission = Admission(rate=10, most=1000, clock=clock)
    assert begun(admission, 15, "a") == 10
    clock.now += 0.5
    assert begun(admission, 15, "b") == 5
    assert admission.refusals == 15


def test_only_so_many_are_under_way() -> None:
    clock = Clock()
    admission = Admission(rate=1000, most=3, clock=clock)
    assert begun(admission, 5) == 3
    admission.end("s0")
    admission.end("s0")
    assert len(admission) == 2
    assert begun(admission, 5, "again") == 1
    clock.now += HANDSHAKE_SECONDS
    assert len(admission) == 0, "whoever never comes keeps no place"
    assert begun(admission, 5, "later") == 3


def test_under_load_fewer_begin_and_some_always() -> None:
    clock = Clock()
    admission = Admission(rate=100, most=100_000, clock=clock)
    paces = []
    for load in (0.0, EASY, (1 + EASY) / 2, 1.0, 7.0):
        admission.load = load
        paces.append(admission.pace)
    assert paces == pytest.approx([100, 100, 50, 100 * LEAST, 100 * LEAST])
    assert begun(admission, 200, "burst") == 100
    clock.now += 1.0
    assert begun(admission, 200, "loaded") == 100 * LEAST


def test_a_rise_of_load_counts_at_once_and_a_fall_slowly() -> None:
    admission = Admission(rate=100, most=10)
    admission.feel(0.9)
    assert admission.load == 0.9
    admission.feel(0.1)
    assert 0.5 < admission.load < 0.9
    for _ in range(50):
        admission.feel(0.1)
    assert admission.load == pytest.approx(0.1)


def test_a_rush_is_spread_over_the_time_it_takes() -> None:
    admission = Admission(rate=10, most=1000, clock=Clock())
    assert begun(admission, 10) == 10
    waits = []
    for number in range(100):
        with pytest.raises(Refused) as refused:
            admission.begin(f"more{number}")
        waits.append(refused.value.retry_after or 0)
    # The last of a hundred has ten seconds' worth of others before it.
    assert max(waits[:9]) == 1
    assert 6 <= max(waits) <= 11
    assert len(set(waits[50:])) > 3


async def test_a_loop_that_lags_is_felt() -> None:
    clock = Clock()
    told = 0.0
    lags: list[float] = []
    admission = Admission(rate=10, most=10, clock=clock)
    measured = asyncio.Event()

    def busy() -> float:
        measured.set()
        return told

    measuring = asyncio.create_task(admission.measure(busy, lags.append))
    try:
        await asyncio.sleep(0)  # it has noted when it wants to wake
        clock.now += 0.1 + LAG_LIMIT / 2
        async with asyncio.timeout(10):
            await measured.wait()
        assert admission.load == pytest.approx(0.5)
        assert lags[0] == pytest.approx(LAG_LIMIT / 2)
        told = 0.8
        measured.clear()
        async with asyncio.timeout(10):
            await measured.wait()
        assert admission.load == pytest.approx(0.8)
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)
