"""The conductor of a load test: ramps a crew of workers up, lets it settle, measures, and judges.

What was found is in the `Course` at every moment, so that a run that breaks off has a report too.
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass

from afterparty.client.errors import ClientError
from afterparty.loadtest import summary
from afterparty.loadtest.counting import Counting
from afterparty.loadtest.course import Course, Late, Sample, Step
from afterparty.loadtest.crew import Crew, CrewError, Work, shares
from afterparty.loadtest.level import Measured, Ruling, judge
from afterparty.loadtest.machine import describe, usage
from afterparty.loadtest.plan import JOIN_SECONDS, LoadPlan, is_loopback
from afterparty.loadtest.progress import Progress
from afterparty.loadtest.rooms import Aim, aimed, enter_record
from afterparty.loadtest.speaker import SpeakerError
from afterparty.loadtest.tally import Order, Window

SETTLE = 3.0
"""Seconds from the last join to the measuring window: joins are not part of it."""

REPORT_SECONDS = 60.0
"""How long workers may take to tell what they measured."""

LEAVE_SECONDS = 60.0
"""How long everybody may take to leave, besides a second for each 500."""

BIN = 0.02
"""Seconds of one bar in the pictures of silences: one packet of the shortest lane."""


class Swarm:
    """One run against one target."""

    def __init__(
        self, plan: LoadPlan, aim: Aim, work: Work, course: Course, progress: Progress,
        server_pid: int | None = None,
    ) -> None:  # fmt: skip
        """``server_pid``: the server's process, if it is on this machine and known."""
        self._plan, self._aim, self._course, self._progress = plan, aim, course, progress
        self._pid = server_pid
        self._began = time.monotonic()
        self._wanted = 0
        self._phase = "starting"
        self._open: _Open | None = None
        self._now: Sample = summary.together(0.0, 0, (), None)
        self._crew = Crew(work, _orders(plan, aim), self._on_round)
        self._counting = Counting(aim, self._crew, self._clock)

    async def run(self, stop: asyncio.Event) -> None:
        """Carry the plan out, or as much of it as there is time for until ``stop``.

        Raises:
            CrewError: the load test itself broke down.
        """
        async with self._crew:
            watching = (
                [asyncio.create_task(self._counting.watch(self._course.counts.append))]
                if self._aim.api is not None and self._plan.count
                else []
            )
            try:
                self._course.interrupted = not await _unless(stop, self._steps())
            finally:
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)
            self._phase = "leaving"
            until, there = self._clock(), self._now
            outcomes = await self._crew.finish(LEAVE_SECONDS + self._plan.listeners / 500)
            stutters = self._aim.voice.stutters() if self._aim.voice else 0
            self._course.sound = summary.sampled(outcomes, stutters, self._plan.decode)
            if self._open is not None:
                name = self._open.name
                parts = [part for told in outcomes for part in told.windows if part.name == name]
                because = "The run was broken off while this was measured."
                self._course.steps.append(
                    self._closed(self._open, parts, until, there, None, because)
                )

    def _clock(self) -> float:
        return time.monotonic() - self._began

    def _on_round(self) -> None:
        server = usage(self._pid) if self._pid is not None else None
        self._now = summary.together(
            self._clock(), self._wanted, self._crew.latest.values(), server
        )
        self._counting.see(self._now)
        self._course.samples.append(self._now)
        self._course.reasons = self._crew.reasons
        self._course.first_sounds = self._crew.first_sounds
        self._progress.tell(self._phase, self._now)

    async def _steps(self) -> None:
        many = self._plan.steps
        for number, wanted in enumerate(many, 1):
            name = f"step {number} of {len(many)}" if len(many) > 1 else "hold"
            step = await self._step(name, wanted)
            self._course.steps.append(step)
            self._progress.judged(step)
            if step.verdict.ruling is not Ruling.HELD:
                return

    async def _step(self, name: str, wanted: int) -> Step:
        before, joined_before, began = self._now, len(self._crew.first_sounds), self._clock()
        self._wanted, self._phase = wanted, f"{name}: joining"
        self._crew.want(wanted, self._plan.rate)
        await self._crew.until(
            lambda: self._all_in(before, wanted),
            (wanted - before.hearing) / self._plan.rate + JOIN_SECONDS + SETTLE,
        )
        self._phase = f"{name}: settling"
        await self._crew.until(lambda: False, SETTLE)
        late = await self._aim.late()
        self._phase = f"{name}: measuring"
        self._crew.want(wanted, self._plan.rate, self._plan.churn)
        self._crew.mark(name)
        self._open = _Open(name, wanted, before, joined_before, began, self._clock(), late)
        await self._crew.until(lambda: False, self._plan.hold)
        until, there = self._clock(), self._now
        self._crew.mark(f"after {name}")
        self._crew.want(wanted, self._plan.rate)
        windows = await self._crew.window(name, REPORT_SECONDS)
        late = await self._aim.late()
        if self._plan.churn:  # who was just being replaced is given a moment to come in
            await self._crew.until(lambda: self._all_in(there, wanted), SETTLE)
            there = self._now
        return self._closed(self._open, windows, until, there, late)

    def _all_in(self, before: Sample, wanted: int) -> bool:
        now = self._now
        given_up = now.failed - before.failed
        return now is not before and not now.joining and now.hearing + given_up >= wanted

    def _closed(
        self, window: "_Open", parts: Sequence[Window], until: float, there: Sample,
        late: Late | None, because: str = "",
    ) -> Step:  # fmt: skip
        """What a window found, and the joins that led to it; ``because``: why it is not judged."""
        longest = summary.silences(parts)
        expected, received = summary.packets(parts)
        compares = self._aim.api is not None and self._plan.count and not self._plan.churn
        counts = [
            poll.counted
            for poll in self._course.counts
            if poll.settled and window.since <= poll.t <= until
        ]
        measured = Measured(
            wanted=window.wanted,
            asked=there.asked - window.before.asked,
            failed=there.failed - window.before.failed,
            hearing=min(window.wanted, there.hearing + (there.joining if self._plan.churn else 0)),
            measured=len(longest),
            expected=expected,
            received=received,
            silences=summary.spread(longest) or (0.0, 0.0, 0.0),
            first_sound=summary.spread(self._crew.first_sounds[window.joined_before :]),
            dropped=self._now.dropped - window.before.dropped,
            counts=tuple(counts) if compares else None,
            strangers=self._aim.strangers,
        )
        self._open = None
        return Step(
            window.name, window.wanted, window.began, window.since, until, measured,
            judge(self._plan.level, measured, because),
            summary.bins(longest, BIN),
            late.since(window.late) if late is not None and window.late is not None else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Open:
    """A measuring window that runs."""

    name: str
    wanted: int
    before: Sample
    joined_before: int
    began: float
    since: float
    late: Late | None
    """As it began."""


async def conduct(
    plan: LoadPlan,
    url: str,
    work: Work,
    progress: Progress,
    stop: asyncio.Event,
    server_pid: int | None = None,
) -> Course:
    """Prepare the target, run the plan against it, and leave it in order.

    Never raises for what a server or a worker does: the course says what came in the way.
    """
    course = Course(started_at=time.time(), target=url)
    began = time.monotonic()
    try:
        async with aimed(plan, url) as aim:
            course.server, course.room, course.speaker = aim.server, aim.room, aim.speaker
            if not stop.is_set():
                await Swarm(plan, aim, work, course, progress, server_pid).run(stop)
                course.recorded = await _enter(plan, aim, course)
    except (ClientError, SpeakerError, CrewError) as error:
        course.trouble = getattr(error, "message", str(error))
    course.interrupted = course.interrupted or stop.is_set()
    course.ended = time.monotonic() - began
    progress.end()
    return course


async def _enter(plan: LoadPlan, aim: Aim, course: Course) -> str:
    """Into the record book with the most listeners for whom the service level held, if asked."""
    held = [step for step in course.steps if step.verdict.ruling is Ruling.HELD]
    if not plan.record or course.interrupted:
        return ""
    if not held:
        return "Not entered in the record book: the service level did not hold."
    machine = describe()
    told = f"{machine['cores']} cores, {machine['processor']}, {machine['memory_gib']} GiB"
    return await enter_record(aim, held[-1].wanted, told)


async def _unless(stop: asyncio.Event, work: Coroutine[None, None, None]) -> bool:
    """Whether the work was done before it had to stop."""
    doing = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not doing.done():
            doing.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
    with contextlib.suppress(asyncio.CancelledError):
        await doing
    return not doing.cancelled()


def _orders(plan: LoadPlan, aim: Aim) -> list[Order]:
    many = plan.processes
    loopback = is_loopback(aim.target)
    return [
        Order(
            worker=number,
            target=aim.target,
            token=aim.token,
            most=most,
            loopback=loopback,
            via=plan.via,
            room=aim.room,
            decrypt=plan.decrypt,
            decode=decode,
            tone=aim.tones,
            join_seconds=JOIN_SECONDS,
        )
        for number, (most, decode) in enumerate(
            zip(shares(plan.listeners, many), shares(plan.decode, many), strict=True)
        )
    ]
