"""A worker: a process that is thousands of listeners, told what to do over a pipe, telling back.

`worker_main` is what the parent starts. It ends by itself when the pipe does.
"""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
import time
from collections import deque
from multiprocessing.connection import Connection
from typing import Any, Protocol
from urllib.parse import urlsplit

from afterparty.loadtest.batch import Sockets
from afterparty.loadtest.crowd import Crowd, State
from afterparty.loadtest.each import EachSocket
from afterparty.loadtest.gate import Gate
from afterparty.loadtest.many import IS_POSSIBLE, ManySocket
from afterparty.loadtest.sessions import SessionSwarm
from afterparty.loadtest.tally import Finish, Mark, Order, Outcome, Progress, Wanted, Window
from afterparty.loadtest.whep import Whep

PROGRESS_SECONDS = 0.5
TICK_SECONDS = 0.02
FAREWELL_SECONDS = 60.0
"""How long leaving may take, all together."""
MAX_WINDOWS = 256
BATCHES = 8
"""Batches read before the loop's other work has its turn."""
RESTS = (0.004, 0.010)
"""Seconds without reading after the socket was found empty: with few listeners, and with many.
Packets then come by the hundred, and cost a fraction of what each would cost alone; when they came
the kernel has written down."""
MANY = 1000


class Swarm(Protocol):
    """Listeners of whatever kind, as the worker runs them."""

    async def run(self) -> None:
        """Do what must be done all the time, until cancelled."""

    def want(self, wanted: Wanted) -> None:
        """Change how many listeners there should be."""

    def mark(self, name: str | None) -> Window | None:
        """End the measuring window and begin another; returns the one that ended."""

    def progress(self) -> Progress:
        """How it stands."""

    async def finish(self, leave: bool) -> None:
        """All leave."""

    def outcome(self, windows: tuple[Window, ...]) -> Outcome:
        """What came of it."""

    def close(self) -> None:
        """Let go of what is left."""


class WhepSwarm:
    """Listeners by WHEP."""

    def __init__(self, order: Order) -> None:
        """Open the sockets. Raises OSError, ValueError."""
        self._order = order
        sockets: Sockets
        if order.loopback and IS_POSSIBLE:
            sockets = ManySocket(order.worker)
        else:
            _raise_descriptor_limit()
            sockets = EachSocket(_address_of(order.target))
        self._sockets = sockets
        self._crowd = Crowd(
            sockets, order.most, decrypt=order.decrypt, decode=order.decode, tone=order.tone
        )
        self._whep = Whep(order.target, order.token)
        self._gate = Gate(self._crowd, self._whep, order.most, order.join_seconds)

    async def run(self) -> None:
        """Read what comes, let in and out, ask for consent; until cancelled."""
        loop = asyncio.get_running_loop()
        self._listen(loop)
        try:
            while True:
                now = time.monotonic()
                self._gate.tick(now)
                self._crowd.sweep(now)
                await asyncio.sleep(TICK_SECONDS)
        finally:
            loop.remove_reader(self._sockets.fileno())

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.add_reader(self._sockets.fileno(), self._readable, loop)

    def _readable(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._crowd.read(BATCHES):
            return
        loop.remove_reader(self._sockets.fileno())
        loop.call_later(RESTS[len(self._crowd.listeners) >= MANY], self._listen, loop)

    def want(self, wanted: Wanted) -> None:
        """Change how many listeners there should be."""
        self._gate.want(wanted)

    def mark(self, name: str | None) -> Window | None:
        """End the measuring window and begin another; returns the one that ended."""
        return self._crowd.mark(self._order.worker, name)

    def progress(self) -> Progress:
        """How it stands."""
        crowd, gate = self._crowd, self._gate
        missing, silence = crowd.so_far()
        return Progress(
            worker=self._order.worker,
            at=time.time(),
            asked=gate.asked,
            joining=gate.joining,
            connected=crowd.count(State.CONNECTED),
            hearing=crowd.hearing,
            left=gate.left,
            failed=gate.failed + crowd.lost,
            waiting=gate.waiting,
            packets=crowd.ledger.packets,
            gaps=missing,
            silence=silence,
            first_sound=crowd.first_sounds(),
            reasons=dict(crowd.reasons),
            cpu=time.process_time(),
            dropped=self._sockets.dropped,
        )

    async def finish(self, leave: bool) -> None:
        """All leave."""
        await self._gate.close(leave=leave, seconds=FAREWELL_SECONDS)
        self._whep.close()
        # A closed connection is told so by the loop, in its next turn.
        await asyncio.sleep(0)

    def outcome(self, windows: tuple[Window, ...]) -> Outcome:
        """What came of it."""
        found = self._crowd.findings
        return Outcome(
            worker=self._order.worker,
            first_sound=self._crowd.all_first_sounds,
            windows=windows,
            checked=found.checked,
            unauthentic=found.unauthentic,
            decoded=found.decoded,
            wrong_sound=found.wrong_sound,
            ticks_missing=found.ticks_missing,
            reasons=dict(self._crowd.reasons),
        )

    def close(self) -> None:
        """Close the sockets."""
        self._sockets.close()


def worker_main(pipe: Connection, order: Order) -> None:
    """Run a worker to its end. `pipe` is this side of `multiprocessing.Pipe()`."""
    # The parent decides when it is over; a terminal's Ctrl-C reaches all of the group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gone = contextlib.suppress(BrokenPipeError, ConnectionResetError)
    with pipe, gone, asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_work(pipe, order))


async def _work(pipe: Connection, order: Order) -> None:
    swarm = _swarm_of(order)
    windows: deque[Window] = deque(maxlen=MAX_WINDOWS)
    orders = Orders(pipe)
    running = asyncio.create_task(swarm.run())
    try:
        leave = await _obey(pipe, orders, swarm, windows, running)
        if leave is None:
            return  # the parent is gone: so is everything
        ended = swarm.mark(None)
        if ended is not None:
            windows.append(ended)
        await swarm.finish(leave)
        pipe.send(swarm.progress())
        pipe.send(swarm.outcome(tuple(windows)))
    finally:
        orders.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        swarm.close()


async def _obey(
    pipe: Connection,
    orders: "Orders",
    swarm: Swarm,
    windows: "deque[Window]",
    running: "asyncio.Task[None]",
) -> bool | None:
    """Do as told until told to finish; whether to leave properly, or None if the parent is gone."""
    report_at = time.monotonic()
    while True:
        if running.done():
            running.result()
        if time.monotonic() >= report_at:
            pipe.send(swarm.progress())
            report_at = time.monotonic() + PROGRESS_SECONDS
        order = await orders.next(report_at - time.monotonic())
        match order:
            case Wanted():
                swarm.want(order)
            case Mark():
                ended = swarm.mark(order.name)
                if ended is not None:
                    windows.append(ended)
                    pipe.send(ended)
            case Finish():
                return order.leave
            case EOFError():
                return None


class Orders:
    """What comes over the pipe, awaited."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._came = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(pipe.fileno(), self._came.set)
        # The loop has made it non-blocking, and a window of thousands does not go in one piece.
        os.set_blocking(pipe.fileno(), True)

    async def next(self, seconds: float) -> Any:
        """The next order; EOFError (returned) at the end, None if none comes in time."""
        if not self._pipe.poll():
            self._came.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, seconds)):
                    await self._came.wait()
        try:
            return self._pipe.recv() if self._pipe.poll() else None
        except (EOFError, OSError):
            return EOFError()

    def close(self) -> None:
        """Await no more."""
        self._loop.remove_reader(self._pipe.fileno())


def _swarm_of(order: Order) -> Swarm:
    return SessionSwarm(order) if order.via == "ws" else WhepSwarm(order)


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def _address_of(url: str) -> str:
    """The server's IPv4 address. Raises OSError."""
    parts = urlsplit(url)
    found = socket.getaddrinfo(parts.hostname, parts.port or 80, socket.AF_INET, socket.SOCK_DGRAM)
    host: str = found[0][4][0]  # type: ignore[assignment]
    return host


def _raise_descriptor_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
