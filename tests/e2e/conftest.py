"""A real server process for each module, on free ports, with a data folder of its own."""

import asyncio
import contextlib
import itertools
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.e2e.pages import shared

from afterparty.client.api import Api
from afterparty.client.ear import Recorder
from afterparty.client.rtp import RtpPacket
from afterparty.client.session import Session
from afterparty.wire.bodies import CreateRoom, CreateShow
from afterparty.wire.messages import ToClient

ROOT = Path(__file__).parent.parent.parent


_numbers = itertools.count(1)
COMMAND = (sys.executable, "-m", "afterparty")


@dataclass
class Server:
    """A running ``afterparty serve``."""

    process: subprocess.Popen[str]
    url: str
    media_port: int
    data: Path

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)


def start_server(
    data: Path,
    *arguments: str,
    dev: bool = True,
    command: Sequence[str] = COMMAND,
    **settings: str,
) -> Server:
    """Start a server and wait until it says where it is; settings by the end of their names.

    What it logs is in a file beside its data folder, ``<name>.log``.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AFTERPARTY_")}
    environment["PYTHONPATH"] = str(ROOT / "server")
    environment |= {f"AFTERPARTY_{name}": value for name, value in settings.items()}
    if dev:
        arguments = ("--dev", *arguments)
    log = (data.parent / f"{data.name}.log").open("a")
    process = subprocess.Popen(
        [*command, "serve", "--port", "0", "--data", data, *arguments],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=environment,
    )
    log.close()
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.match(r"Afterparty is at (\S+) \(sound on UDP port (\d+)\)", line)
    assert found, f"no server: {line!r} {(data.parent / f'{data.name}.log').read_text()}"
    return Server(process, found[1], int(found[2]), data)


def end(server: Server) -> None:
    """Stop what is left of a server."""
    if server.process.poll() is None:
        server.stop()
    if server.process.stdout is not None:
        server.process.stdout.close()


@dataclass
class Nodes:
    """A running ``afterparty serve --nodes N``."""

    process: subprocess.Popen[str]
    urls: list[str]
    pids: list[int]
    """Of each node's process, as it was told last."""

    def read(self) -> None:
        """Take note of the next node that says that it is ready."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := NODE.match(line):
                url, number, pid = found[1], int(found[2]), int(found[3])
                assert number > len(self.urls) or self.urls[number - 1] == url
                self.urls[number - 1 : number], self.pids[number - 1 : number] = [url], [pid]
                return
        raise AssertionError("no node has become ready")

    def kill(self, url: str) -> None:
        """SIGKILL the node at that address. It is started again: ``read``."""
        os.kill(self.pids[self.urls.index(url)], signal.SIGKILL)

    def pause(self, url: str, number: signal.Signals) -> None:
        """SIGSTOP or SIGCONT the node at that address."""
        os.kill(self.pids[self.urls.index(url)], number)


NODE = re.compile(r"Afterparty is at (\S+) \(sound.*\), node (\d+) of \d+, process (\d+)")


@contextmanager
def several_nodes(data: Path, count: int, **settings: str) -> Iterator[Nodes]:
    """Nodes on one store, on free ports; ``settings`` are variables, without ``AFTERPARTY_``."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AFTERPARTY_")}
    environment |= {"PYTHONPATH": str(ROOT / "server")}
    environment |= {f"AFTERPARTY_{k}": v for k, v in settings.items()}
    with (data.parent / f"{data.name}.log").open("a") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--dev", "--nodes", str(count), "--port", "0", "--data", data],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
        )
    nodes = Nodes(process, [], [])
    try:
        for _ in range(count):
            nodes.read()
        yield nodes
    finally:
        for pid in nodes.pids:  # one that is paused could not end
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        process.terminate()
        process.communicate(timeout=60)


@contextmanager
def running(data: Path, *, dev: bool = True, **settings: str) -> Iterator[Server]:
    """A server with that data folder, stopped at the end if it still runs."""
    server = start_server(data, dev=dev, **settings)
    try:
        yield server
    finally:
        end(server)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for a module's tests; each test makes shows of its own."""
    with running(tmp_path_factory.mktemp("node") / "data") as found:
        yield found


@pytest.fixture(scope="module", autouse=True)
def _a_browser_ends_with_its_module() -> Iterator[None]:
    """Whichever tests of a module use a browser share one; nobody else's has it running beside."""
    yield
    shared.close()


@dataclass
class Evening:
    """A show with two rooms, made anew for a test, and whoever joins them."""

    url: str
    show: str
    pre: str
    post: str
    host: Api
    _tokens: Callable[..., Awaitable[str]]
    _stack: AsyncExitStack

    async def token(self, handle: str | None, **more: object) -> str:
        """An access token for a handle, or for somebody anonymous."""
        return await self._tokens(handle, **more)

    async def join(
        self,
        handle: str | None,
        room: str | None = None,
        *,
        url: str | None = None,
        told: Callable[[ToClient], None] | None = None,
    ) -> Session:
        """Join a room, by that node if there are several; left when the test ends."""
        token = await self.token(handle)
        session = await Session.join(url or self.url, token, room or self.pre, on_message=told)
        return await self._stack.enter_async_context(session)


@pytest.fixture
async def evening(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Evening]:
    """Two rooms of one show: a Space that is live, and a Blueroom that is scheduled.

    The Space has ``speaker`` on its stage, the Blueroom ``guest``; ``host`` hosts both.
    """
    title = re.sub(r"[^A-Za-z0-9]+", "-", request.node.name)[:30].strip("-")
    async with open_evening(server.url, f"{title}-{next(_numbers)}") as found:
        yield found


@asynccontextmanager
async def open_evening(url: str, name: str) -> AsyncIterator[Evening]:
    """Make a show with two rooms on a server."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(Api(url))

        async def token(handle: str | None, **more: object) -> str:
            return (await api.token(handle, **more)).token

        host_token = await token("host", grants=["host", "simulate", "admin"])
        host = await stack.enter_async_context(Api(url, host_token))
        await host.create_show(CreateShow(show=name, title="A test evening", simulated=True))
        for room, kind, stage in (("pre", "space", ["speaker"]), ("post", "blueroom", ["guest"])):
            body = {
                "room": f"{name}-{room}",
                "kind": kind,
                "title": f"The {room} room",
                "stage": [{"member": member} for member in stage],
            }
            await host.create_room(name, CreateRoom.model_validate(body))
        await host.command(f"{name}-pre", "open")
        yield Evening(url, name, f"{name}-pre", f"{name}-post", host, token, stack)


class Counting:
    """An ear that lets a test await packets, and keeps what it heard if asked to."""

    def __init__(self, recorder: Recorder | None = None) -> None:
        self.packets = 0
        self.recorder = recorder
        self._heard = asyncio.Event()

    def hear(self, packet: RtpPacket) -> None:
        """Take one packet."""
        self.packets += 1
        if self.recorder is not None:
            self.recorder.hear(packet)
        self._heard.set()

    async def more(self, packets: int, seconds: float = 40.0) -> None:
        """Wait for that many packets more."""
        least = self.packets + packets
        async with asyncio.timeout(seconds):
            while self.packets < least:
                self._heard.clear()
                await self._heard.wait()


def tone(hz: float, seconds: float) -> np.ndarray:
    """A sine, int16 mono at 48 kHz."""
    t = np.arange(int(48_000 * seconds)) / 48_000
    return (np.sin(2 * np.pi * hz * t) * 9000).astype(np.int16)


def loudness(pcm: np.ndarray, hz: float) -> float:
    """How much of the sound's energy lies within 20 Hz of ``hz``: 0 to 1."""
    if not len(pcm):
        return 0.0
    spectrum = np.abs(np.fft.rfft(pcm.astype(float) * np.hanning(len(pcm)))) ** 2
    at = np.fft.rfftfreq(len(pcm), 1 / 48_000)
    return float(spectrum[np.abs(at - hz) < 20].sum() / max(spectrum.sum(), 1e-9))
