"""One load test from beginning to end, as the command runs it: conducted, judged, told.

Ctrl-C and SIGTERM break it off: everybody leaves, and there is a report of what was measured. A
second one does not wait for that.
"""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from types import FrameType

from rich.console import Console
from rich.markup import escape

from afterparty.loadtest.course import Course
from afterparty.loadtest.crew import Work
from afterparty.loadtest.level import Ruling
from afterparty.loadtest.plan import LoadPlan
from afterparty.loadtest.progress import to_terminal
from afterparty.loadtest.report import write
from afterparty.loadtest.ruling import Result, result
from afterparty.loadtest.swarm import conduct
from afterparty.loadtest.tally import Order

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(
    plan: LoadPlan, url: str, server_pid: int | None, console: Console, work: Work | None = None
) -> int:
    """Run ``plan`` against ``url``, write the report, and say what came of it: the exit code.

    ``server_pid``: the server's process if it is known, so that its CPU and memory are told.
    ``work``: what the worker processes do, if not what they are for.
    """
    course = asyncio.run(_run(plan, url, server_pid, console, work or join_and_listen))
    found = result(plan, course)
    write(plan.report, plan, course, found)
    _tell(console, course, found)
    where = plan.report / "report.html"
    console.print(f"Report: {where}", soft_wrap=True, highlight=False)
    return found.code


def join_and_listen(pipe: Connection, order: Order) -> None:
    """In each worker process; what it takes to listen is loaded there alone."""
    from afterparty.loadtest.worker import worker_main

    worker_main(pipe, order)


async def _run(
    plan: LoadPlan, url: str, server_pid: int | None, console: Console, work: Work
) -> Course:
    stop = asyncio.Event()
    with _stopping(stop, asyncio.get_running_loop()):
        return await conduct(plan, url, work, to_terminal(console), stop, server_pid)


@contextlib.contextmanager
def _stopping(stop: asyncio.Event, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    def told(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            signal.default_int_handler(number, frame)
        loop.call_soon_threadsafe(stop.set)

    before = {number: signal.signal(number, told) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(console: Console, course: Course, found: Result) -> None:
    for clause in found.verdict.clauses:
        mark = "[green]held  [/]" if clause.held else "[red]BROKEN[/]"
        told = f"{mark} {clause.name}: {escape(clause.says)} [dim]{escape(clause.measured)}[/]"
        console.print(told, highlight=False, soft_wrap=True)
    colour = {Ruling.HELD: "green", Ruling.BROKEN: "red"}.get(found.verdict.ruling, "yellow")
    console.print(f"[{colour}]{escape(found.says)}[/]", highlight=False, soft_wrap=True)
    if course.recorded:
        console.print(escape(course.recorded), highlight=False, soft_wrap=True)
