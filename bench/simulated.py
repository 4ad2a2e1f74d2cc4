"""A whole audience of simulated members: how long they take to come, be handed on, and go.

A server of its own, asked over HTTP as whoever replays an evening asks it, two thousand a step. The
counts are asked for all the time, and are wrong if they ever disagree with what was done.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from afterparty.client.api import Api
from afterparty.wire.bodies import CreateRoom, CreateShow
from afterparty.wire.crowd import STEP_LIMIT, CrowdReply, CrowdStep
from bench.figures import Figure
from bench.server import Server, running_server

MEMBERS = 44_208
SHOW, FROM, TO = "show", "first", "second"
EVERY_S = 0.05


@dataclass(slots=True)
class Watched:
    """What the counts said all the while."""

    polls: int = 0
    wrong: int = 0
    least: int = 0
    most: int = 0

    async def watch(self, api: Api) -> None:
        """Ask again and again, until cancelled; ``least`` and ``most`` say what may be."""
        while True:
            least = self.least
            rooms = (await api.counts(SHOW)).rooms.values()
            self.polls += 1
            self.wrong += not least <= sum(room.simulated for room in rooms) <= self.most
            await asyncio.sleep(EVERY_S)


async def run(quick: bool) -> list[Figure]:
    """Measure all of it once."""
    ids = [f"fan-{n}" for n in range(100 if quick else MEMBERS)]
    steps = [ids[first : first + STEP_LIMIT] for first in range(0, len(ids), STEP_LIMIT)]
    with running_server() as server:
        async with _evening(server) as api:
            watched, found = Watched(), list[Figure]()
            watching = asyncio.create_task(watched.watch(api))
            memory = server.usage()

            async def come() -> None:
                for step in steps:
                    watched.most += len(step)
                    reply = await api.crowd(SHOW, CrowdStep(enter={FROM: step}))
                    watched.least = _counted(reply)

            async def be_handed_on() -> None:
                await api.command(FROM, "offer_handoff", to_room=TO, seconds=1)
                while True:
                    handoff = (await api.room(FROM)).room.handoff
                    if handoff is not None and handoff.phase == "closed":
                        break
                    await asyncio.sleep(EVERY_S)
                if (await api.counts(SHOW)).rooms[TO].simulated != len(ids):
                    raise RuntimeError("the handoff is over, and not everybody went")

            async def go() -> None:
                for step in steps:
                    watched.least -= len(step)
                    reply = await api.crowd(SHOW, CrowdStep(leave=step))
                    watched.most = _counted(reply)

            found += await _taken(server, "come", len(ids), come())
            after = server.usage()
            found += await _taken(
                server, "be handed on, a second's offer included", 0, be_handed_on()
            )
            found += await _taken(server, "go", len(ids), go())
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            peak = (await api.counts(SHOW)).rooms[TO].peak
    return [
        *found,
        Figure(
            "memory of the node a member", _each(after.node_memory, memory.node_memory, ids), "B"
        ),
        Figure(
            "memory of the store a member", _each(after.store_memory, memory.store_memory, ids), "B"
        ),
        Figure("polls of the counts meanwhile", watched.polls, ""),
        Figure("polls with a wrong total", watched.wrong, "", f"peak in the end: {peak:,}"),
    ]


@asynccontextmanager
async def _evening(server: Server) -> AsyncIterator[Api]:
    async with Api(server.url) as nobody:
        token = (await nobody.token("host", grants=("host", "simulate"))).token
    async with Api(server.url, token) as api:
        await api.create_show(CreateShow(show=SHOW, title="A benchmark", simulated=True))
        for room in (FROM, TO):
            made = {"room": room, "kind": "space", "title": room}
            await api.create_room(SHOW, CreateRoom.model_validate(made))
            await api.command(room, "open")
        yield api


def _counted(reply: CrowdReply) -> int:
    return sum(room.simulated for room in reply.rooms.values())


def _each(after: int, before: int, ids: list[str]) -> float:
    return (after - before) / len(ids)


async def _taken(server: Server, what: str, count: int, work: Awaitable[None]) -> list[Figure]:
    before, began = server.usage(), time.perf_counter()
    await work
    seconds, after = time.perf_counter() - began, server.usage()
    note = f"{count / seconds:,.0f} a second" if count else ""
    return [
        Figure(f"all {what}", seconds, "s", note),
        Figure("CPU of the node", after.node_cpu - before.node_cpu, "s", "the polls' too"),
        Figure("CPU of the store", after.store_cpu - before.store_cpu, "s", "the polls' too"),
    ]
