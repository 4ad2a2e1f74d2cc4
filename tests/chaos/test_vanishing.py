"""Very many listeners are gone from one moment to the next, without a word."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from tests.chaos.party import LISTENERS, Party, open_party, until_so

from afterparty.loadtest.crew import Crew, CrewError
from afterparty.loadtest.tally import Order
from afterparty.loadtest.worker import worker_main

VANISH = int(os.environ.get("AFTERPARTY_CHAOS_VANISH", "2000"))
RATE = 150.0
FOUND_SECONDS = 15.0

pytestmark = pytest.mark.timeout(400)


async def test_listeners_who_vanish_are_found(tmp_path: Path) -> None:
    async with open_party(tmp_path) as party:
        await party.come(LISTENERS, "pre")
        token = (await party.ask(lambda api: api.token("swarm", grants=["simulate"]))).token
        orders = [
            Order(
                worker=worker, target=f"{url}/v1/rooms/pre/whep", token=token, most=VANISH,
                loopback=True, via="whep", room=None, decrypt=0.0, decode=0, tone=(),
                join_seconds=120.0,
            )
            for worker, url in enumerate(party.urls.values())
        ]  # fmt: skip
        found = None
        with contextlib.suppress(CrewError):  # it misses its workers
            async with Crew(worker_main, orders) as crew:
                crew.want(VANISH, RATE)
                everybody = VANISH + len(party.here)
                assert await crew.until(lambda: _inside(crew) == VANISH, 120.0), crew.reasons
                await _counted(party, everybody)
                vanished = _kill_all()
                await until_so(lambda: not multiprocessing.active_children())
                found = await party.exact(FOUND_SECONDS, vanished)
                party.never_more(everybody, 0.0)
        assert found is not None, "they never were all there"
        print(f"{VANISH} were found to be gone after {found:.1f} s")


def _inside(crew: Crew) -> int:
    return sum(worker.hearing for worker in crew.latest.values())


async def _counted(party: Party, many: int) -> None:
    async with asyncio.timeout(20):
        while (await party.poll()).total != many:
            pass


def _kill_all() -> float:
    for child in multiprocessing.active_children():
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
    return time.monotonic()
