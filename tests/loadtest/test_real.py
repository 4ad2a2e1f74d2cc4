"""A whole load test: a real server, real listeners, and things that go wrong for real."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.loadtest.lossy import lossy
from tests.loadtest.test_swarm import Told

from afterparty.client.api import Api
from afterparty.loadtest.command import join_and_listen
from afterparty.loadtest.course import Course
from afterparty.loadtest.level import ServiceLevel
from afterparty.loadtest.plan import LoadPlan
from afterparty.loadtest.rooms import aimed
from afterparty.loadtest.ruling import result
from afterparty.loadtest.swarm import conduct
from afterparty.own_server import OwnServer, own_server

# A starved machine breaks the promise of a good one; what is tested is what breaks it for sure.
PATIENT = ServiceLevel(
    min_received=99.0,
    max_silence=5_000.0,
    max_first_sound=30.0,
    max_wrong_sound=100.0,
)
PLAN = LoadPlan(listeners=20, rate=20, hold=6.0, workers=2, decrypt=0.5, decode=2, level=PATIENT)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnServer]:
    with own_server(0, tmp_path / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    assert not multiprocessing.active_children()


async def run(plan: LoadPlan, url: str, pid: int | None = None) -> Course:
    return await conduct(plan, url, join_and_listen, Told(), asyncio.Event(), pid)


async def test_listeners_hear_and_are_counted_exactly(server: OwnServer) -> None:
    plan = replace(PLAN, record=True)
    course = await run(plan, server.url, server.pid)
    found = result(plan, course)
    assert course.trouble == ""
    assert found.code == 0, found.verdict
    clauses = {clause.name for clause in found.verdict.clauses}
    assert clauses == {
        "joins", "hearing", "received", "silence", "first_sound", "count", "sound"
    }  # fmt: skip
    (step,) = course.steps
    assert step.measured.measured == 20
    # A packet carries from 20 to 120 ms of sound.
    assert 20 * 6 * 8 <= step.measured.expected <= 20 * 60 * 55
    assert any(poll.settled and poll.server == 20 for poll in course.counts)
    assert course.sound is not None
    assert course.sound.checked > 0
    assert course.sound.wrong_sound < course.sound.decoded
    assert course.recorded == "Entered in the server's record book, as a simulation."
    async with Api(server.url) as api:
        book = await api.records(10)
    entered = [entry for entry in book.records if entry.kind == "loadtest"]
    assert [(entry.listeners, entry.simulated) for entry in entered] == [(20, True)]


async def test_a_rush_waits_at_the_door_and_nobody_fails(tmp_path: Path) -> None:
    """Twenty times as many as the server lets begin: they are told when to come again, and all are
    let in."""
    slow_door = {"AFTERPARTY_HANDSHAKES_PER_SECOND": "10"}
    plan = replace(PLAN, listeners=60, rate=200, hold=2.0)
    with own_server(0, tmp_path / "data", slow_door) as server:
        course = await run(plan, server.url, server.pid)
    assert course.trouble == ""
    (step,) = course.steps
    assert course.reasons["http_503"] > 0
    assert (step.measured.failed, step.measured.hearing) == (0, 60)
    assert set(course.reasons) == {"http_503"}


async def test_a_server_that_stands_still_breaks_silence(server: OwnServer) -> None:
    plan = replace(PLAN, level=replace(PATIENT, max_silence=1_500.0))
    told = Told()
    told.wait_for = "measuring"
    going = asyncio.create_task(
        conduct(plan, server.url, join_and_listen, told, asyncio.Event(), server.pid)
    )
    async with asyncio.timeout(100):
        await told.reached.wait()
        os.kill(server.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(2.0)
        finally:
            os.kill(server.pid, signal.SIGCONT)
        course = await going
    found = result(plan, course)
    assert found.code == 1, found
    assert "silence" in {clause.name for clause in found.verdict.broken}
    (step,) = course.steps
    assert step.measured.silences[0] >= 1.9  # everybody waited, not one unlucky listener
    assert step.late is not None
    assert step.late.ticks_skipped > 0  # and the server says why


async def test_a_network_that_loses_packets_breaks_received(server: OwnServer) -> None:
    async with aimed(PLAN, server.url) as aim, lossy(server.url, 0.02) as (way, relay):
        url = aim.target.replace(server.url, way)
        plan = replace(PLAN, whep=True, url=url, token=aim.token)
        course = await run(plan, url)
        assert relay.lost > 0
    found = result(plan, course)
    assert course.trouble == ""
    assert found.code == 1, found
    assert "received" in {clause.name for clause in found.verdict.broken}
    (step,) = course.steps
    lost = 1 - step.measured.received / step.measured.expected
    assert 0.01 < lost < 0.035
