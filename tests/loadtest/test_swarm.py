"""afterparty.loadtest.swarm: a run from ramp to verdict, with workers that tell what we choose."""

import asyncio
import multiprocessing
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.loadtest.fake import work

from afterparty.loadtest import counting, swarm
from afterparty.loadtest.course import Course, Sample, Step
from afterparty.loadtest.level import Ruling
from afterparty.loadtest.plan import LoadPlan
from afterparty.loadtest.ruling import Result, result
from afterparty.loadtest.swarm import conduct
from afterparty.own_server import own_server

PLAN = LoadPlan(
    url="http://127.0.0.1:9/whep", whep=True, listeners=40, rate=400, hold=1.0, workers=2
)


class Told:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.steps: list[Step] = []
        self.over = False
        self.reached = asyncio.Event()
        self.wait_for = "never"

    def tell(self, phase: str, now: Sample) -> None:
        if not self.phases or self.phases[-1] != phase:
            self.phases.append(phase)
        if self.wait_for in phase:
            self.reached.set()

    def judged(self, step: Step) -> None:
        self.steps.append(step)

    def end(self) -> None:
        self.over = True


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swarm, "SETTLE", 0.2)


async def run(faults: str = "", **changes: object) -> tuple[Course, Result, Told]:
    plan = replace(PLAN, url=f"{PLAN.url}#{faults}", **changes)  # type: ignore[arg-type]
    told = Told()
    course = await conduct(plan, plan.url or "", work, told, asyncio.Event())
    assert told.over
    assert not multiprocessing.active_children()
    return course, result(plan, course), told


async def test_a_run_that_holds() -> None:
    course, found, told = await run()
    assert (found.code, course.trouble) == (0, "")
    (step,) = course.steps
    assert (step.measured.measured, step.measured.hearing, step.measured.asked) == (40, 40, 40)
    assert len(course.first_sounds) == 40
    assert "hold: measuring" in told.phases
    assert course.sound is not None
    assert course.sound.decoded == 4
    assert course.samples[-1].hearing == 40
    assert course.samples[-1].server_cpu is None
    assert step.late is None  # nobody to ask


@pytest.mark.parametrize(
    ("faults", "clause"),
    [
        ("lose=0.02", "received"),
        ("silence=0.4", "silence"),
        ("slow=3", "first_sound"),
        ("fail=0.5", "joins"),
        ("deaf=0.5", "hearing"),
        ("unauthentic=1", "sound"),
        ("wrong=1", "sound"),
    ],
)
async def test_what_is_bad_is_found_and_named(
    faults: str, clause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swarm, "JOIN_SECONDS", 0.5)
    _, found, _ = await run(faults)
    assert found.code == 1
    assert clause in {broken.name for broken in found.verdict.broken}
    assert clause in found.says


async def test_a_limit_is_found_between_two_steps() -> None:
    course, found, told = await run("silence=0.4&silence_above=10", find_limit=True, step=10)
    assert found.code == 0
    assert [step.wanted for step in course.steps] == [10, 20, 30]
    assert (found.good or course.steps[0]).wanted == 20
    assert (found.bad or course.steps[0]).wanted == 30
    assert "broke with 30 (silence)" in found.says
    assert told.steps == course.steps
    assert [step.measured.asked for step in course.steps] == [10, 10, 10]


async def test_churn_is_measured_and_counts_nobody_twice() -> None:
    course, found, _ = await run(churn=100.0, hold=1.5)
    assert found.code == 0
    assert course.samples[-1].left > 20
    assert course.steps[0].measured.asked > 60


async def test_our_own_losses_are_not_judged() -> None:
    course, found, _ = await run("dropped=7&dropped_above=19")
    assert found.code == 3
    assert "fell behind" in found.says
    assert course.steps[0].verdict.ruling is Ruling.NOT_JUDGED


async def test_a_worker_that_dies_is_no_verdict() -> None:
    course, found, _ = await run("die=15")
    assert found.code == 3
    assert "ended unexpectedly" in course.trouble


@pytest.mark.parametrize("phase", ["joining", "measuring"])
async def test_a_run_that_is_broken_off_has_a_report(phase: str) -> None:
    plan = replace(PLAN, listeners=4000, rate=200.0, hold=600.0)
    if phase == "measuring":
        plan = replace(plan, listeners=40)
    told, stop = Told(), asyncio.Event()
    told.wait_for = phase
    going = asyncio.create_task(conduct(plan, plan.url or "", work, told, stop))
    async with asyncio.timeout(60):
        await told.reached.wait()
        stop.set()
        course = await going
    found = result(plan, course)
    assert found.code == 130
    assert course.interrupted
    assert course.samples
    assert course.sound is not None
    assert len(course.steps) == (phase == "measuring")
    if course.steps:
        assert course.steps[0].measured.measured == 40
        assert course.steps[0].verdict.ruling is Ruling.NOT_JUDGED
    assert not multiprocessing.active_children()


async def test_a_server_that_is_not_there_is_no_verdict() -> None:
    plan = replace(PLAN, whep=False, url="http://127.0.0.1:9")
    course = await conduct(plan, "http://127.0.0.1:9", work, Told(), asyncio.Event())
    assert result(plan, course).code == 3
    assert "does not answer" in course.trouble


async def test_a_server_that_counts_wrongly_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These workers say that 40 listen, and none does: a real server counts none."""
    monkeypatch.setattr(counting, "REST", 0.5)
    monkeypatch.setattr(counting, "EVERY", 0.1)
    with own_server(0, tmp_path / "data") as server:
        plan = replace(PLAN, url=None, whep=False, hold=3.0)
        began = time.monotonic()
        course = await conduct(plan, server.url, work, Told(), asyncio.Event(), server.pid)
    assert course.trouble == ""
    found = result(plan, course)
    assert found.code == 1
    assert [clause.name for clause in found.verdict.broken] == ["count"]
    assert "counted 0 listeners where 40 were" in found.verdict.broken[0].measured
    assert course.ended <= time.monotonic() - began
    assert "chord" in course.speaker
    samples = course.samples
    if samples[-1].server_cpu is not None:
        assert (samples[-1].server_memory or 0) > 10 << 20
