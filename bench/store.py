"""What the store does in a second, on an embedded server with an append-only file synced always.

Time is that of the wall, from request to reply, and holds for the disk that it was taken on.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from redis.asyncio import Redis

from afterparty.store.connect import open_store
from afterparty.store.errors import Conflict
from afterparty.store.log import RoomLog
from afterparty.store.ops import Enter, Leave, Move, Op
from afterparty.store.presence import Presence
from bench.figures import Figure

MEMBERS = 44_208


async def timed(what: str, count: int, work: Awaitable[object]) -> Figure:
    """Await the work; how many of its ``count`` parts a second brought."""
    began = time.perf_counter()
    await work
    seconds = time.perf_counter() - began
    return Figure(what, count / seconds, "/s", f"{seconds / count * 1e6:,.1f} µs each")


async def in_batches(presence: Presence, ops: list[Op], size: int) -> None:
    """Apply the operations one batch after the other."""
    for first in range(0, len(ops), size):
        await presence.apply("s", ops[first : first + size])


async def write(log: RoomLog, room: str, commits: int) -> None:
    """Commit one event after the other, catching up on conflicts."""
    version = 0
    for _ in range(commits):
        while True:
            try:
                version = await log.commit("s", room, version, [b"x" * 200])
                break
            except Conflict as conflict:
                version = conflict.actual


async def run(quick: bool) -> list[Figure]:
    """Measure all of it once."""
    members, times = (200, 20) if quick else (MEMBERS, 1000)
    found: list[Figure] = []

    async def take(what: str, count: int, work: Awaitable[object]) -> None:
        found.append(await timed(what, count, work))

    with tempfile.TemporaryDirectory() as folder:
        async with open_store(None, Path(folder)) as store:
            presence, people = store.presence, [f"member-{n}" for n in range(members)]
            enters: list[Op] = [Enter(f"conn-{m}", "node", m, "blueroom") for m in people]
            await take("enter, 500 a batch", members, in_batches(presence, enters, 500))
            await take("counts of the show", times, counts(presence, times))
            await take("open a handoff, per member", members, handoff_open(presence))
            moves: list[Op] = [Move(m, "blueroom", "space", "h") for m in people]
            await take("move one by one, 500 a batch", members, in_batches(presence, moves, 500))
            await presence.handoff_close("s", "h", None)
            found += await sweep(store.redis, presence, members)
            leaves: list[Op] = [Leave(f"conn-{m}") for m in people[: members // 2]]
            await take("leave, 500 a batch", len(leaves), in_batches(presence, leaves, 500))
            await take("evict a node", members - len(leaves), presence.evict("s", "node"))
            singly = enters[:times]
            await take("enter, one by one", len(singly), in_batches(presence, singly, 1))
            await take("commit, one writer", times, write(store.log, "one", times))
            each = times // 8
            crowd = asyncio.gather(*(write(store.log, "eight", each) for _ in range(8)))
            await take("commit, eight writers on one room", 8 * each, crowd)
            apart = asyncio.gather(*(write(store.log, f"r{n}", each) for n in range(8)))
            await take("commit, eight writers on eight rooms", 8 * each, apart)
    return found


async def sweep(redis: Redis, presence: Presence, members: int) -> list[Figure]:
    """Move everybody on by a handoff's sweeps, while the counts are asked for all the time."""
    await redis.config_set("slowlog-log-slower-than", 100)
    await redis.config_set("slowlog-max-len", 4096)
    await redis.slowlog_reset()
    wrong: list[bool] = []

    async def poll() -> None:
        while True:
            rooms = (await presence.counts("s")).values()
            wrong.append(sum(room.participants for room in rooms) != members)

    async def swept() -> None:
        await presence.handoff_open("s", "all", "space", "lounge")
        while (await presence.handoff_sweep("s", "all", "node")).moved:
            pass
        await presence.handoff_close("s", "all", None)

    polling = asyncio.create_task(poll())
    rate = await timed("move in sweeps, opened and closed", members, swept())
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    steps = [e["duration"] for e in await redis.slowlog_get(4096) if e["command"][:4] == b"EVAL"]
    return [
        rate,
        Figure("longest step of it", max(steps) / 1e3, "ms", "wall, in the server"),
        Figure("polls of the counts meanwhile", len(wrong), ""),
        Figure("polls with a wrong total", sum(wrong), "", f"{members} people"),
    ]


async def counts(presence: Presence, times: int) -> None:
    """Ask for the counts, one request after the other."""
    for _ in range(times):
        await presence.counts("s")


async def handoff_open(presence: Presence) -> None:
    """Offer a handoff to everyone."""
    await presence.handoff_open("s", "h", "blueroom", "space")
