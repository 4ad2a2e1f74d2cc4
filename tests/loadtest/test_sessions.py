"""Listeners by WebSocket, in a worker of their own, against a server in a process of its own."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.client.devserver import devserver
from tests.loadtest.test_worker import Worker

from afterparty.client.api import Api
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer
from afterparty.client.session import Session
from afterparty.loadtest import sessions
from afterparty.loadtest.sessions import SessionSwarm
from afterparty.loadtest.tally import Mark, Order, Wanted
from afterparty.wire.bodies import CreateRoom, CreateShow


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with devserver(tmp_path) as url:
        yield url


def listen(url: str) -> None:
    swarm = Worker(url, target=url, token=None, via="ws", room="evening.main")
    try:
        swarm.pipe.send(Wanted(3, 20.0))
        joined = swarm.progress(lambda said: said.hearing == 3)
        assert (joined.asked, joined.failed) == (3, 0)
        swarm.pipe.send(Mark("window"))
        start = joined.packets
        swarm.progress(lambda said: said.packets > start + 60)
        swarm.pipe.send(Wanted(2, 20.0))
        swarm.progress(lambda said: said.left == 1 and said.connected == 2)
        outcome = swarm.finish()
        (window,) = outcome.windows
        assert len(window.expected) == 2
        assert (window.received > 0).all()
        assert (window.received <= window.expected).all()
        assert len(outcome.first_sound) == 3
        assert outcome.checked > 0
        assert outcome.unauthentic == 0
        assert outcome.reasons == {}
    finally:
        swarm.close()


class Full:
    """A session whose socket had no room for seven packets."""

    ending = None
    there: asyncio.Event
    gone: asyncio.Event

    def __init__(self) -> None:
        self.peer = Peer()

    @classmethod
    async def join(cls, *_: object) -> "Full":
        return cls()

    async def listen(self, _: object) -> None:
        stats = replace(self.peer.stats(), dropped=7)
        self.peer.stats = lambda: stats
        self.there.set()

    async def close(self) -> None:
        self.gone.set()


async def test_what_found_no_room_is_told_of_those_who_left_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Full.there, Full.gone = asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(sessions, "Session", Full)
    swarm = SessionSwarm(
        Order(
            worker=0, target="", token="t", most=1, loopback=True, via="ws", room="r",
            decrypt=0.0, decode=0, tone=(), join_seconds=9.0,
        )
    )  # fmt: skip
    running = asyncio.create_task(swarm.run())
    swarm.want(Wanted(1, 1000.0))
    async with asyncio.timeout(20):
        await Full.there.wait()
        assert swarm.progress().dropped == 7
        swarm.want(Wanted(0, 1000.0))
        await Full.gone.wait()
    assert (swarm.progress().connected, swarm.progress().dropped) == (0, 7)
    running.cancel()


async def test_members_come_hear_and_leave(url: str) -> None:
    async with Api(url) as nobody:
        await nobody.wait_ready()
        token = (await nobody.token("host", grants=["host", "simulate"])).token
    async with Api(url, token) as api:
        await api.create_show(CreateShow(show="evening", title="An evening", simulated=True))
        room = {"room": "evening.main", "kind": "space", "title": "A room"}
        await api.create_room("evening", CreateRoom.model_validate(room))
        await api.command("evening.main", "open")
    async with await Session.join(url, token, "evening.main") as host:
        peer = await host.listen()
        await host.command("unmute")
        n = np.arange(48_000 * 100)
        tone = (8000 * np.sin(2 * np.pi * 440 * n / 48_000)).astype(np.int16)
        talk = asyncio.create_task(Mouth().say(peer, tone))
        await asyncio.to_thread(listen, url)
        talk.cancel()
