"""Our own server: a room with somebody who speaks, at a lane of so many milliseconds a packet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from afterparty.loadtest.plan import LoadPlan
from afterparty.loadtest.rooms import aimed
from bench.rivals.rival import Rival
from bench.server import running_server


@asynccontextmanager
async def running_ours(lane: int, many_on_one: bool = True) -> AsyncIterator[Rival]:
    """Start a server with its store, and a speaker; RuntimeError or ClientError if that fails."""
    name = f"Afterparty at {lane} ms" + ("" if many_on_one else ", a socket each")
    with running_server(LANE=str(lane)) as server:
        async with aimed(LoadPlan(url=server.url), server.url) as aim:
            yield Rival(name, aim.target, server.pid, aim.token, lane, many_on_one)
