"""Workers as processes, against a WHEP server that is not ours."""

import asyncio
import json
import multiprocessing
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvloop

from afterparty.loadtest.many import IS_POSSIBLE
from afterparty.loadtest.tally import Finish, Mark, Order, Outcome, Progress, Wanted, Window
from afterparty.loadtest.worker import Orders, worker_main

SERVER = Path(__file__).parent / "whepserver.py"
SECONDS = 60.0
"""For anything that is to happen, on however slow a machine."""


class Worker:
    """A worker and this end of its pipe; everything it said is kept."""

    def __init__(self, url: str, **changed: Any) -> None:
        order: dict[str, Any] = {
            "worker": 2, "target": f"{url}/whep", "token": "a-token", "most": 10, "loopback": True,
            "via": "whep", "room": None, "decrypt": 0.4, "decode": 1, "tone": (),
            "join_seconds": 30.0,
        }  # fmt: skip
        context = multiprocessing.get_context("spawn")
        self.pipe: Connection
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=worker_main, args=(theirs, Order(**order | changed))
        )
        self.process.start()
        theirs.close()
        self.said: list[Any] = []

    def until(self, true: Callable[[Any], bool]) -> Any:
        """Read on until something it says is so."""
        deadline = time.monotonic() + SECONDS
        while True:
            assert self.pipe.poll(max(0.0, deadline - time.monotonic())), self.said[-3:]
            self.said.append(self.pipe.recv())
            if true(self.said[-1]):
                return self.said[-1]
            assert time.monotonic() < deadline, self.said[-3:]

    def progress(self, true: Callable[[Progress], bool]) -> Progress:
        found: Progress = self.until(lambda said: isinstance(said, Progress) and true(said))
        return found

    def finish(self, leave: bool = True) -> Outcome:
        self.pipe.send(Finish(leave))
        outcome: Outcome = self.until(lambda said: isinstance(said, Outcome))
        self.process.join(SECONDS)
        assert self.process.exitcode == 0
        return outcome

    def close(self) -> None:
        self.pipe.close()
        self.process.join(SECONDS)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        self.process.close()


class Server:
    def __init__(self, **options: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SERVER), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url

    def sessions(self) -> dict[str, int]:
        with urllib.request.urlopen(self.url, timeout=SECONDS) as response:
            found: dict[str, int] = json.load(response)
            return found

    def close(self) -> None:
        self.process.communicate("", timeout=SECONDS)


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def make(**options: Any) -> Server:
        made.append(Server(**options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def worker() -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def make(url: str, **changed: Any) -> Worker:
        made.append(Worker(url, **changed))
        return made[-1]

    yield make
    for one in made:
        one.close()


Servers = Callable[..., Server]
Workers = Callable[..., Worker]

KINDS = [
    pytest.param(True, {}, id="many-on-one-socket"),
    pytest.param(True, {"setup": "passive"}, id="dtls-client"),
    pytest.param(False, {}, id="a-socket-each"),
]


@pytest.mark.parametrize(("loopback", "options"), KINDS)
def test_listeners_come_hear_and_leave(
    server: Servers, worker: Workers, loopback: bool, options: dict[str, Any]
) -> None:
    there = server(**options)
    swarm = worker(there.url, loopback=loopback)
    swarm.pipe.send(Wanted(4, 20.0))
    joined = swarm.progress(lambda said: said.hearing == 4)
    assert (joined.asked, joined.failed, joined.left) == (4, 0, 0)
    swarm.pipe.send(Mark("first"))
    start = joined.packets
    swarm.progress(lambda said: said.packets > start + 4 * 100)
    swarm.pipe.send(Mark("second"))
    first: Window = swarm.until(lambda said: isinstance(said, Window))
    assert first.name == "first"
    assert (first.expected >= 50).all()
    assert (first.received <= first.expected).all()
    assert len(first.received) == len(first.gaps) == len(first.longest_silence) == 4
    assert (first.longest_silence > 0).all()
    assert there.sessions() == {"open": 4, "deleted": 0}
    outcome = swarm.finish()
    assert [window.name for window in outcome.windows] == ["first", "second"]
    assert len(outcome.first_sound) == 4
    assert (outcome.first_sound > 0).all()
    assert outcome.checked >= 2 * 50
    assert (outcome.unauthentic, outcome.wrong_sound) == (0, 0)
    assert outcome.reasons == {}
    assert there.sessions() == {"open": 0, "deleted": 4}
    told = [said for said in swarm.said if isinstance(said, Progress)]
    assert sorted(one for said in told for one in said.first_sound) == sorted(outcome.first_sound)


def test_who_leaves_is_replaced_and_fewer_are_wanted(server: Servers, worker: Workers) -> None:
    there = server()
    swarm = worker(there.url)
    swarm.pipe.send(Wanted(3, 20.0))
    swarm.progress(lambda said: said.hearing == 3)
    swarm.pipe.send(Mark("churn"))
    swarm.pipe.send(Wanted(3, 20.0, churn=2.0))
    swarm.progress(lambda said: said.left >= 3 and said.asked >= 6)
    swarm.pipe.send(Wanted(1, 20.0))
    last = swarm.progress(lambda said: said.connected == said.hearing == 1 and not said.joining)
    assert last.failed == 0
    outcome = swarm.finish()
    (window,) = outcome.windows
    assert len(window.expected) <= 1, "who was not there all the time is not in the window"
    assert there.sessions()["open"] == 0


def test_a_busy_server_is_asked_again(server: Servers, worker: Workers) -> None:
    swarm = worker(server(busy=3).url)
    swarm.pipe.send(Wanted(2, 20.0))
    done = swarm.progress(lambda said: said.hearing == 2)
    assert (done.asked, done.failed, done.waiting) == (2, 0, 0)
    assert done.reasons == {"http_503": 3}
    outcome = swarm.finish()
    assert (outcome.first_sound > 1.0).any(), "the wait is part of the time to the first sound"


def test_a_certificate_not_promised_is_a_failed_join(server: Servers, worker: Workers) -> None:
    there = server(wrong=True)
    swarm = worker(there.url)
    swarm.pipe.send(Wanted(1, 5.0))
    failed = swarm.progress(lambda said: said.failed >= 2)
    assert set(failed.reasons) == {"dtls_fingerprint"}
    assert failed.connected == 0
    outcome = swarm.finish()
    assert len(outcome.first_sound) == 0
    assert there.sessions()["open"] == 0, "a session that was no use is deleted"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"token": "wrong"}, "http_401"),
        ({"target": "http://127.0.0.1:9/whep"}, "http_unreachable"),
    ],
)
def test_refusals_have_a_word(
    server: Servers, worker: Workers, changed: dict[str, Any], reason: str
) -> None:
    swarm = worker(server().url, **changed)
    swarm.pipe.send(Wanted(2, 20.0))
    failed = swarm.progress(lambda said: said.failed >= 2)
    assert set(failed.reasons) == {reason}
    assert failed.joining <= 2
    swarm.finish(leave=False)


def test_a_server_that_ends_is_told_of(server: Servers, worker: Workers) -> None:
    there = server()
    swarm = worker(there.url)
    swarm.pipe.send(Wanted(2, 20.0))
    swarm.progress(lambda said: said.hearing == 2)
    swarm.pipe.send(Mark("the end"))
    there.process.kill()
    # Until consent is gone they stay, and what they wait is held against the server.
    assert swarm.progress(lambda said: said.silence > 1.0).connected == 2
    (window,) = swarm.finish(leave=False).windows
    assert (window.longest_silence > 1.0).all()
    assert len(window.expected) == 2


def test_a_worker_ends_with_its_parent(server: Servers, worker: Workers) -> None:
    swarm = worker(server().url)
    swarm.pipe.send(Wanted(1, 20.0))
    swarm.progress(lambda said: said.hearing == 1)
    swarm.pipe.close()
    swarm.process.join(SECONDS)
    assert swarm.process.exitcode == 0


@pytest.mark.skipif(not IS_POSSIBLE, reason="takes 64-bit Linux")
def test_two_workers_do_not_meet(server: Servers, worker: Workers) -> None:
    there = server()
    swarms = [worker(there.url, worker=number) for number in (0, 15)]
    for swarm in swarms:
        swarm.pipe.send(Wanted(2, 20.0))
    for swarm in swarms:
        assert swarm.progress(lambda said: said.hearing == 2).failed == 0
    for swarm in swarms:
        assert swarm.finish().reasons == {}


def test_a_window_of_thousands_goes_through_a_pipe_that_is_read_late() -> None:
    ours, theirs = multiprocessing.Pipe()
    listeners = np.arange(200_000)
    window = Window(0, "w", listeners, listeners, listeners, listeners.astype(float))

    async def tell() -> None:
        orders = Orders(theirs)
        await asyncio.to_thread(theirs.send, window)
        orders.close()

    with ours, theirs, ThreadPoolExecutor(1) as beside:
        reading = beside.submit(lambda: ours.poll(SECONDS) and ours.recv())
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(tell())
        assert len(reading.result().expected) == len(listeners)
