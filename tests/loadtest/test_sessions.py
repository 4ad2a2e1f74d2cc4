"""Listeners by WebSocket, in a worker of their own, against a server in a process of its own."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.client.devserver import devserver
from tests.loadtest.test_worker import Worker

from afterparty.client.api import Api
from afterparty.client.mouth import Mouth
from afterparty.client.session import Session
from afterparty.loadtest.tally import Mark, Wanted
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
