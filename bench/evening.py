"""An evening to measure: a show with two live rooms, those who speak, and those who listen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TypeVar

import httpx
import numpy as np

from afterparty.client.api import Api
from afterparty.client.mouth import Mouth
from afterparty.client.opus import RATE, Pcm
from afterparty.client.peer import Peer
from afterparty.client.session import Session
from afterparty.wire.bodies import CreateRoom, CreateShow
from bench.child import asked

T = TypeVar("T")

AT_ONCE = 20
"""Clients who come in together."""

VERIFY_EVERY = 50
"""A listener of a crowd checks one packet in so many; all are counted."""


@dataclass(frozen=True, slots=True)
class Evening:
    """A show with two live rooms: ``first`` has ``speaker`` on its stage, ``second`` ``guest``."""

    url: str
    show: str
    first: str
    second: str
    host: Api

    async def tokens(self, count: int) -> list[str]:
        """Tokens of people who are nobody in particular."""
        return [(await self.host.token()).token for _ in range(count)]

    async def token(self, handle: str) -> str:
        """The token of somebody by name."""
        return (await self.host.token(handle)).token

    async def metric(self, name: str) -> float:
        """One figure of the server's own, as it tells Prometheus."""
        async with httpx.AsyncClient(trust_env=False) as http:
            text = (await http.get(f"{self.url}/metrics")).text
        lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
        return float(next(value for key, value in lines if key == f"afterparty_{name}"))


@asynccontextmanager
async def open_evening(url: str) -> AsyncIterator[Evening]:
    """Make the show, and open both rooms."""
    async with AsyncExitStack() as stack:
        nobody = await stack.enter_async_context(Api(url))
        token = (await nobody.token("host", grants=["host", "simulate"])).token
        host = await stack.enter_async_context(Api(url, token))
        await host.create_show(CreateShow(show="bench", title="A benchmark", simulated=True))
        for room, kind, member in (("first", "blueroom", "speaker"), ("second", "space", "guest")):
            body = {"room": room, "kind": kind, "title": room, "stage": [{"member": member}]}
            await host.create_room("bench", CreateRoom.model_validate(body))
            await host.command(room, "open")
        yield Evening(url, "bench", "first", "second", host)


async def for_each(items: Sequence[T], work: Callable[[T], Awaitable[object]]) -> None:
    """Do the work for all items, `AT_ONCE` at a time, the first ones first."""
    waiting = list(reversed(items))

    async def worker() -> None:
        while waiting:
            await work(waiting.pop())

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(worker())


def speech(seconds: float) -> Pcm:
    """What costs an encoder as much as a voice does: vowels in syllables, never quite silent."""
    t = np.arange(int(RATE * seconds)) / RATE
    pitch = 2 * np.pi * np.cumsum(140 + 25 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    vowel = np.zeros(len(t))
    for n in range(1, 24):
        vowel += np.sin(n * pitch) / n * (1 + np.sin(2 * np.pi * 1.3 * t + n))
    breath = np.random.default_rng(1).normal(0, 0.15, len(t))
    syllables = 0.15 + 0.85 * np.clip(np.sin(2 * np.pi * 3.5 * t), 0, 1)
    loud = (vowel + breath) * syllables
    sound: Pcm = (loud / np.max(np.abs(loud)) * 20_000).astype(np.int16)
    return sound


async def stage(pipe: Connection, url: str, seats: Sequence[tuple[str, str]]) -> None:
    """Child process: people with a token and a room each, who speak when asked by their number.

    Asked ``+0`` the first of them speaks on and on; asked ``-0`` they fall silent.
    """
    voice = speech(10)
    async with AsyncExitStack() as stack:
        peers: list[Peer] = []
        for token, room in seats:
            session = await stack.enter_async_context(await Session.join(url, token, room))
            await session.command("unmute")
            peers.append(await session.listen())
        speaking: dict[int, asyncio.Task[None]] = {}
        pipe.send("here")
        async for question in asked(pipe):
            number = int(question[1:])
            if question[0] == "+":
                speaking[number] = asyncio.create_task(_speak_on(peers[number], voice))
            else:
                task = speaking.pop(number)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            pipe.send("done")
        for task in speaking.values():
            task.cancel()
        await asyncio.gather(*speaking.values(), return_exceptions=True)


async def _speak_on(peer: Peer, voice: Pcm) -> None:
    mouth = Mouth()
    while True:
        await mouth.say(peer, voice)


async def crowd(pipe: Connection, url: str, room: str, tokens: Sequence[str]) -> None:
    """Child process: listeners in a room; asked anything, tells packets, bytes and losses."""
    async with AsyncExitStack() as stack:
        peers: list[Peer] = []

        async def come_in(token: str) -> None:
            session = await stack.enter_async_context(await Session.join(url, token, room))
            peers.append(await session.listen(lambda: Peer(verify_every=VERIFY_EVERY)))

        await for_each(tokens, come_in)
        pipe.send("here")
        async for _ in asked(pipe):
            heard = [peer.stats().reception for peer in peers]
            pipe.send([sum(s.packets for s in heard), sum(s.bytes for s in heard),
                       sum(s.missing for s in heard)])  # fmt: skip
