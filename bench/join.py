"""What it costs a server when a listener joins, and what one takes while they stay.

First all come in by WebSocket, then all bring up their sound; so the two are told apart. What the
server does for those who are there already (news of the counts, comfort packets) is counted in.
"""

import asyncio
import time
from contextlib import AsyncExitStack

from afterparty.client.peer import Peer
from afterparty.client.session import Session
from bench.evening import AT_ONCE, VERIFY_EVERY, Evening, for_each, open_evening
from bench.figures import Figure
from bench.server import Server, Usage, running_server

LISTENERS = 300
WARM_UP = 10
"""Listeners who come before: what is loaded once is no listener's cost."""

LINES = 30
"""Said one after the other: within what one socket may send at once."""

SETTLE_SECONDS = 1.0
"""For what a join leaves to be done, such as telling the counts."""


async def run(quick: bool) -> list[Figure]:
    """Measure once."""
    with running_server() as server:
        async with open_evening(server.url) as evening, AsyncExitStack() as stack:
            return await _measure(server, evening, stack, 8 if quick else LISTENERS)


async def _measure(
    server: Server, evening: Evening, stack: AsyncExitStack, count: int
) -> list[Figure]:
    sessions: list[Session] = []

    async def come_in(token: str) -> None:
        session = await Session.join(server.url, token, evening.first)
        sessions.append(await stack.enter_async_context(session))

    async def listen(session: Session) -> None:
        await session.listen(lambda: Peer(verify_every=VERIFY_EVERY))

    for token in await evening.tokens(WARM_UP):
        await come_in(token)
        await listen(sessions[-1])
    tokens = await evening.tokens(count)
    marks = [await _settled(server)]
    began = time.monotonic()
    await for_each(tokens, come_in)
    came_in = time.monotonic() - began
    marks.append(await _settled(server))
    began = time.monotonic()
    await for_each(sessions[WARM_UP:], listen)
    listening = time.monotonic() - began
    marks.append(await _settled(server))

    message = await _message_cost(server, evening)

    def of(before: Usage, after: Usage, what: str) -> float:
        return float(getattr(after, what) - getattr(before, what)) / count

    start, there, heard = marks
    together = f"{count} listeners, {AT_ONCE} at a time"
    return [
        Figure("CPU a join by WebSocket", of(start, there, "node_cpu") * 1e3, "ms", together),
        Figure("CPU a join's sound", of(there, heard, "node_cpu") * 1e3, "ms", "offer, ICE, DTLS"),
        Figure("CPU a join, both", of(start, heard, "node_cpu") * 1e3, "ms"),
        Figure(
            "CPU a WebSocket message, of one to all",
            message / len(sessions) * 1e6,
            "µs",
            f"{LINES} captions to {len(sessions)} sockets",
        ),
        Figure("CPU of the store a join", of(start, heard, "store_cpu") * 1e3, "ms"),
        Figure("joins by WebSocket", count / came_in, "/s", "clients on the same cores"),
        Figure("sounds brought up", count / listening, "/s", "clients on the same cores"),
        Figure("memory a WebSocket", of(start, there, "node_memory") / 1024, "KiB", "of the node"),
        Figure("memory a sound", of(there, heard, "node_memory") / 1024, "KiB", "of the node"),
        Figure("memory a listener", of(start, heard, "node_memory") / 1024, "KiB", "both"),
        Figure("memory of the store a listener", of(start, heard, "store_memory") / 1024, "KiB"),
        Figure("memory of the node, nobody there", start.node_memory / 2**20, "MiB"),
    ]


async def _settled(server: Server) -> Usage:
    await asyncio.sleep(SETTLE_SECONDS)
    return server.usage()


async def _message_cost(server: Server, evening: Evening) -> float:
    """CPU seconds of telling one line to everybody in the room, beyond what silence costs."""
    token = await evening.token("speaker")
    async with await Session.join(server.url, token, evening.first) as speaker:
        await speaker.command("unmute")
        await speaker.command("consent", captions=True)
        before = await _settled(server)
        began = time.monotonic()
        for number in range(LINES):
            await speaker.command("say", text=f"This is line {number}, and everybody reads it.")
        after = await _settled(server)
        await asyncio.sleep(time.monotonic() - began)
        idle = server.usage()
    return (after.node_cpu - before.node_cpu - (idle.node_cpu - after.node_cpu)) / LINES
