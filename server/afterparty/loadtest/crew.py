"""The worker processes of a swarm: started, told what to do, listened to, and never left behind.

Knows the pipe and the processes; nothing of ramps, windows or verdicts.
"""

import asyncio
import contextlib
import multiprocessing
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Self

from afterparty.loadtest.tally import Finish, Mark, Order, Outcome, Progress, Wanted, Window

Work = Callable[[Connection, Order], None]
"""What a worker process does until its pipe closes: `worker.worker_main`."""

START_SECONDS = 60.0
"""How long all workers may take to tell of themselves for the first time."""

QUIET_SECONDS = 60.0
"""A worker that says nothing for so long is not counted on any more."""

STOP_SECONDS = 5.0
"""How long a worker may take to end after its pipe was closed."""

Told = Progress | Window | Outcome


class CrewError(Exception):
    """A worker ended, or fell silent; the message is a sentence."""


class Crew:
    """The workers of one run. Use it as an async context manager: on leaving, all are gone."""

    def __init__(
        self, work: Work, orders: Sequence[Order], on_round: Callable[[], None] = lambda: None
    ) -> None:
        """``on_round`` is called whenever every worker has told anew of itself."""
        self._work, self._orders, self._on_round = work, orders, on_round
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._pipes: list[Connection] = []
        self._readers: list[threading.Thread] = []
        # Two messages a second and worker: bounded by the workers, who are ours.
        self._inbox: asyncio.Queue[tuple[int, Told | None]] = asyncio.Queue()
        self._told_since: set[int] = set()
        self._round = asyncio.Event()
        self._windows: dict[str, dict[int, Window]] = {}
        self._heard: dict[int, float] = {}
        self._ended: set[int] = set()
        self.latest: dict[int, Progress] = {}
        """The latest of each worker."""
        self.first_sounds: list[float] = []
        """Seconds of every join so far."""
        self.outcomes: dict[int, Outcome] = {}

    @property
    def reasons(self) -> dict[str, int]:
        """Failures and waits so far, by a stable word."""
        found: Counter[str] = Counter()
        for progress in self.latest.values():
            found.update(progress.reasons)
        return dict(found)

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _start(self) -> None:
        # A fork of this process would take its event loop and its threads along.
        processes = multiprocessing.get_context("spawn")
        loop = asyncio.get_running_loop()
        for order in self._orders:
            ours, theirs = processes.Pipe()
            process = processes.Process(
                target=_run, args=(self._work, theirs, order), name=f"listeners {order.worker}"
            )
            self._pipes.append(ours)
            await asyncio.to_thread(process.start)
            self._processes.append(process)
            theirs.close()
            self._heard[order.worker] = loop.time()
            reader = threading.Thread(
                target=_read, args=(ours, order.worker, loop, self._inbox), daemon=True
            )
            self._readers.append(reader)
            reader.start()
        started = lambda: len(self.latest) == len(self._orders)  # noqa: E731
        await self._until(started, START_SECONDS, "The load test's processes did not start.")

    async def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Take in what comes until ``true()`` or the time is over; which of the two.

        Raises:
            CrewError: as `take` does.
        """
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    await self.take()
        except TimeoutError:
            return False
        return True

    async def _until(self, true: Callable[[], bool], seconds: float, says: str) -> None:
        if not await self.until(true, seconds):
            raise CrewError(says)

    async def next_round(self) -> None:
        """Return when every worker has told anew. Somebody else must be taking in meanwhile."""
        self._told_since.clear()
        self._round.clear()
        await self._round.wait()

    async def take(self) -> None:
        """Take in what comes next from any worker.

        Raises:
            CrewError: a worker ended before it was told to, or has been silent for too long.
        """
        worker, told = await self._inbox.get()
        now = asyncio.get_running_loop().time()
        self._heard[worker] = now
        match told:
            case Progress():
                self.latest[worker] = told
                self.first_sounds.extend(told.first_sound)
                self._told_since.add(worker)
                if len(self._told_since) == len(self._orders):
                    self._told_since.clear()
                    self._round.set()
                    self._on_round()
            case Window():
                self._keep(told)
            case Outcome():
                self.outcomes[worker] = told
                for window in told.windows:
                    self._keep(window)
            case None:
                self._ended.add(worker)
                if worker not in self.outcomes:
                    raise CrewError(f"Process {worker} of the load test ended unexpectedly.")
        for other, heard in self._heard.items():
            if now - heard > QUIET_SECONDS and other not in self._ended:
                raise CrewError(f"Process {other} of the load test has fallen silent.")

    def _keep(self, window: Window) -> None:
        self._windows.setdefault(window.name, {})[window.worker] = window

    def want(self, listeners: int, rate: float, churn: float = 0.0) -> None:
        """Tell all workers how many listeners there should be, joined at which rate, together."""
        many = len(self._orders)
        for order, share in zip(self._orders, shares(listeners, many), strict=True):
            self._send(order.worker, Wanted(share, rate / many, churn / many))

    def mark(self, name: str) -> None:
        """Close the window that is open, and begin one of that name."""
        for order in self._orders:
            self._send(order.worker, Mark(name))

    async def window(self, name: str, seconds: float) -> list[Window]:
        """Each worker's part of a window that was closed by the next mark.

        Raises:
            CrewError: it did not come within ``seconds``.
        """
        await self._until(
            lambda: len(self._windows.get(name, ())) == len(self._orders),
            seconds,
            "The load test did not come to an end with what it measured.",
        )
        return list(self._windows.pop(name).values())

    async def finish(self, seconds: float) -> list[Outcome]:
        """Everybody leaves; what came of it.

        Raises:
            CrewError: it took longer than ``seconds``.
        """
        for order in self._orders:
            self._send(order.worker, Finish())
        await self._until(
            lambda: len(self.outcomes) == len(self._orders),
            seconds,
            "The load test's listeners did not leave in time.",
        )
        return list(self.outcomes.values())

    def _send(self, worker: int, message: Wanted | Mark | Finish) -> None:
        with contextlib.suppress(OSError):  # it is gone: `take` is told so, and says it
            self._pipes[worker].send(message)

    async def _stop(self) -> None:
        """A worker ends by itself once its pipe is closed; if it does not, it is made to."""
        for pipe in self._pipes:
            # The readers block in this descriptor: shutting it down wakes them on both ends.
            with contextlib.suppress(OSError):
                _shut(pipe)
        for process in self._processes:
            await asyncio.to_thread(process.join, STOP_SECONDS)
            if process.is_alive():
                process.kill()
                await asyncio.to_thread(process.join, STOP_SECONDS)
        for reader in self._readers:
            await asyncio.to_thread(reader.join, STOP_SECONDS)
        for pipe in self._pipes:
            pipe.close()


def shares(total: int, many: int) -> list[int]:
    """``total`` shared out so evenly that no two shares differ by more than one."""
    return [total // many + (place < total % many) for place in range(many)]


def _shut(pipe: Connection) -> None:
    """End a duplex pipe, which is a pair of Unix sockets, for whoever reads either end."""
    with socket.socket(fileno=pipe.fileno()) as end:
        try:
            end.shutdown(socket.SHUT_RDWR)
        finally:
            end.detach()


def _run(work: Work, pipe: Connection, order: Order) -> None:
    """In the worker: Ctrl-C is for the parent, which then tells its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(pipe, order)


def _read(
    pipe: Connection,
    worker: int,
    loop: asyncio.AbstractEventLoop,
    inbox: "asyncio.Queue[tuple[int, Told | None]]",
) -> None:
    """In a thread: a large window may take several reads, which must not hold up the loop."""
    told: Told | None = None
    while True:
        try:
            told = pipe.recv()
        except (EOFError, OSError):
            told = None
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(inbox.put_nowait, (worker, told))
        if told is None:
            return
