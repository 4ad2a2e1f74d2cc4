"""afterparty.loadtest.crew: real processes that are told what to do, and are never left behind."""

import multiprocessing
import os

import pytest
from tests.loadtest.fake import work

from afterparty.loadtest.crew import Crew, CrewError, shares
from afterparty.loadtest.tally import Order

PATIENCE = 60.0


def orders(many: int, target: str = "http://127.0.0.1/") -> list[Order]:
    return [
        Order(number, target, None, 100, True, "whep", None, 0.0, 1, (), 5.0)
        for number in range(many)
    ]


def test_shares_are_even_and_add_up() -> None:
    assert shares(10, 3) == [4, 3, 3]
    assert shares(2, 4) == [1, 1, 0, 0]


async def test_workers_join_measure_and_leave() -> None:
    rounds: list[int] = []
    crew = Crew(work, orders(2), lambda: rounds.append(len(crew.latest)))
    async with crew:
        crew.want(31, 1000)
        assert await crew.until(
            lambda: sum(told.connected for told in crew.latest.values()) == 31, PATIENCE
        )
        crew.mark("one")
        crew.mark("two")
        parts = await crew.window("one", PATIENCE)
        assert sorted(len(part.expected) for part in parts) == [15, 16]
        assert not await crew.until(lambda: False, 0.3)
        outcomes = await crew.finish(PATIENCE)
    assert len(crew.first_sounds) == 31
    assert [window.name for told in outcomes for window in told.windows] == ["one", "two"] * 2
    assert set(rounds) == {2}
    assert not multiprocessing.active_children()


async def test_a_worker_that_dies_is_told_of_and_none_is_left() -> None:
    async with Crew(work, orders(2, "http://127.0.0.1/#die=5")) as crew:
        crew.want(20, 1000)
        with pytest.raises(CrewError, match="ended unexpectedly"):
            await crew.until(lambda: False, PATIENCE)
    assert not multiprocessing.active_children()


def deaf(pipe: object, order: Order) -> None:
    """A worker that heeds nothing, not even its pipe's end."""
    import signal
    import time

    from tests.loadtest.fake import Fake

    from afterparty.loadtest.tally import Wanted

    fake = Fake(order)
    fake.wanted = Wanted(0, 1)
    pipe.send(fake.progress([]))  # type: ignore[attr-defined]
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


async def test_a_worker_that_heeds_nothing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("afterparty.loadtest.crew.STOP_SECONDS", 0.3)
    crew = Crew(deaf, orders(1))
    async with crew:
        (process,) = multiprocessing.active_children()
        with pytest.raises(CrewError, match="did not leave"):
            await crew.finish(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid or 0, 0)
