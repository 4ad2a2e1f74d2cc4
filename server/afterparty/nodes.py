"""Several nodes on one machine: one store, and a process with a UDP port of its own for each node.

``afterparty serve --nodes N``. A node that dies is started again at the same address. SIGTERM or
Ctrl-C takes the nodes down one after the other; SIGHUP starts them anew one after the other, while
the others serve. No process outlives this one. It serves nothing itself.
"""

import asyncio
import contextlib
import errno
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from afterparty.node.doors.serving import notices
from afterparty.node.ground.settings import Settings, SettingsError
from afterparty.store import lifeline
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import StoreError

BACKOFF = (0.2, 10.0)
"""Seconds until a node that died is started again: at first, and at most."""

STEADY_SECONDS = 10.0
"""A node that ran so long is started again at once."""

START_SECONDS = 60.0
"""How long a node may take to be ready."""

FREE_PORTS = range(16_384, 32_768)
"""Where free ports are looked for: below those that the kernel gives to whoever asks for any, so
that nobody takes a node's port while it is being started again."""

STOP_SECONDS = 20.0
"""How long a node may take to end, beyond what it may take to send its members on."""


class NodeFailedError(Exception):
    """A node did not become ready; it has said why on standard error."""


@dataclass
class _Node:
    """A node of this machine, whichever process it is now."""

    number: int
    environment: Mapping[str, str]
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    process: asyncio.subprocess.Process | None = None


def run(settings: Settings, count: int) -> int:
    """Serve with ``count`` nodes until told to stop; the process's exit code."""
    try:
        asyncio.run(_Nodes(settings, count).serve())
    except (NodeFailedError, StoreError, SettingsError, OSError) as error:
        print(f"afterparty: {error}", file=sys.stderr)
        return 1
    return 0


def environments(settings: Settings, count: int, redis_url: str) -> list[dict[str, str]]:
    """What each node is told in its environment, beside what this process was told.

    Raises:
        SettingsError: a setting that cannot be the same for several nodes.
        OSError: no port is free.
    """
    if settings.url:
        raise SettingsError("AFTERPARTY_URL is of one node; with --nodes each has its own")
    if ":" in settings.relay:
        raise SettingsError("with --nodes AFTERPARTY_RELAY has no port: each node has its own")
    ports = _ports(settings.port, count, socket.SOCK_STREAM, settings.host)
    media = _ports(settings.media_port, count, socket.SOCK_DGRAM, settings.media_host)
    everywhere = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
    host = settings.host if settings.host not in ("127.0.0.1", *everywhere) else "localhost"
    if settings.host in everywhere and settings.announce:
        host = settings.announce[0]
    relay = "127.0.0.1" if settings.media_host in everywhere else settings.media_host
    common = {
        "HOST": settings.host,
        "MEDIA_HOST": settings.media_host,
        "ANNOUNCE": ",".join(settings.announce),
        "DATA": str(settings.data.absolute()),
        "RECORDINGS": str(settings.recordings_in().absolute()),
        "REDIS_URL": redis_url,
        "RELAY": settings.relay or relay,
        "DEV": "yes" if settings.dev else "",
    }
    return [
        {
            f"AFTERPARTY_{name}": value
            for name, value in {
                **common,
                "PORT": str(port),
                "MEDIA_PORT": str(media_port),
                "URL": f"http://{host}:{port}",
            }.items()
        }
        for port, media_port in zip(ports, media, strict=True)
    ]


def _ports(first: int, count: int, kind: socket.SocketKind, host: str) -> list[int]:
    """``first`` and those after it; for 0, as many as are free."""
    if first:
        if first + count > 65536:
            raise SettingsError(f"there are no {count} ports from {first} on")
        return list(range(first, first + count))
    free: list[int] = []
    for port in random.sample(FREE_PORTS, len(FREE_PORTS)):
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind) as probe:
            probe.bind((host, port))
            free.append(port)
        if len(free) == count:
            return free
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


class _Nodes:
    """Owns the store and the nodes' processes."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._settings, self._count = settings, count
        self._nodes: list[_Node] = []
        self._stop = asyncio.Event()
        self._anew = asyncio.Event()

    async def serve(self) -> None:
        """Run until told to stop. Raises what ``run`` catches."""
        async with AsyncExitStack() as stack:
            stack.enter_context(_signals(self._asked_to_stop, self._anew.set))
            url = self._settings.redis_url
            if url is None:
                store = EmbeddedStore(self._settings.data / "redis")
                stack.push_async_callback(store.stop)
                url = await store.start()
            each = environments(self._settings, self._count, url)
            self._nodes = [_Node(number, told) for number, told in enumerate(each, start=1)]
            stack.push_async_callback(self._end_all)
            for node in self._nodes:
                await self._start(node)
            for notice in notices(self._settings):
                print(notice, flush=True)
            keepers = [asyncio.create_task(self._keep(node)) for node in self._nodes]
            keepers.append(asyncio.create_task(self._begin_anew()))
            await self._stop.wait()
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():  # for the second time
            for node in self._nodes:
                if node.process is not None and node.process.returncode is None:
                    node.process.kill()
        self._stop.set()

    async def _keep(self, node: _Node) -> None:
        """Start a node again whenever it has ended."""
        clock = asyncio.get_running_loop().time
        pause, most = BACKOFF
        while node.process is not None:
            began = clock()
            code = await node.process.wait()
            print(f"Node {node.number} has ended with {code}.", flush=True)
            pause = BACKOFF[0] if clock() - began > STEADY_SECONDS else min(2 * pause, most)
            await asyncio.sleep(pause)
            try:
                await self._start(node)
            except (NodeFailedError, OSError) as error:
                print(f"afterparty: {error}", file=sys.stderr, flush=True)

    async def _begin_anew(self) -> None:
        """Whenever asked to: end node after node, each when the one before is up again."""
        while True:
            await self._anew.wait()
            self._anew.clear()
            for node in self._nodes:
                node.ready.clear()
                await self._end(node)
                await node.ready.wait()

    async def _start(self, node: _Node) -> None:
        """Start a node, and wait until it is ready.

        Raises:
            NodeFailedError: it did not become ready.
            OSError: the machine has no process or descriptor left for it.
        """
        program = (sys.executable, "-m", "afterparty", "serve")
        node.process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", lifeline.__file__, str(os.getpid()), *program),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **node.environment},
            start_new_session=True,  # a Ctrl-C at the terminal is ours to handle
        )
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            async with asyncio.timeout(START_SECONDS):
                line = (await process.stdout.readline()).decode().strip()
        except TimeoutError:
            process.kill()
            line = ""
        if not line.startswith("Afterparty is at "):
            await process.wait()
            raise NodeFailedError(f"Node {node.number} did not start.")
        print(f"{line}, node {node.number} of {self._count}, process {process.pid}", flush=True)
        node.ready.set()

    async def _end_all(self) -> None:
        for node in self._nodes:
            await self._end(node)

    async def _end(self, node: _Node) -> None:
        """End a node in order: it sends its members on."""
        process = node.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(self._settings.drain_seconds + STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@contextlib.contextmanager
def _signals(stop: Callable[[], None], restart: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    acts = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: restart}
    for number, act in acts.items():
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in acts:
            loop.remove_signal_handler(number)
