"""A whole audience handed to another room: how long it takes, what waits meanwhile, who miscounts.

One node in this process with its own store. The members come by WHEP and have no media session, so
this is the node's and the store's part; what the sound's rows cost is told by ``fanout``, and
listeners who really hear are in ``handoff``. The counts are asked for all the time.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from redis.asyncio import Redis

from afterparty.core import commands as c
from afterparty.core.events import Event, HandoffBegun, HandoffClosed
from afterparty.core.model import Person, Room, RoomKind, Show
from afterparty.node.access.tokens import Bearer
from afterparty.node.ground.settings import Settings
from afterparty.node.live.connection import Connection, Via
from afterparty.node.node import Node
from afterparty.node.opening import open_node
from bench.figures import Figure
from bench.handoff import AFTER, Poll, of_counts

MEMBERS = 44_208
DECLINE = 50
AT_ONCE = 2_000
TRICKLE = (300, 3.0)
"""Members a second, and for how many seconds."""
SHOW, FROM, TO = "show", "first", "second"
HOST = Person("host", "host", "Host")


@dataclass(slots=True)
class Holds:
    """How long the event loop could not turn to anything else; seconds."""

    wall: float = 0.0
    cpu: float = 0.0

    async def watch(self) -> None:
        """Ask to be woken again and again, until cancelled."""
        wall, cpu = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            before, spent = wall, cpu
            wall, cpu = time.perf_counter(), time.thread_time()
            self.wall, self.cpu = max(self.wall, wall - before), max(self.cpu, cpu - spent)


@dataclass(slots=True)
class Course:
    """When what happened; monotonic seconds."""

    begun: float = 0.0
    closed: float = 0.0
    sound: float = 0.0
    """When the last one's sound was told to come from the other room."""
    left: set[Connection] = field(default_factory=set)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, room: Room, event: Event) -> None:
        """Take an event of any room."""
        if isinstance(event, HandoffBegun):
            self.begun = time.monotonic()
        elif isinstance(event, HandoffClosed):
            self.closed = time.monotonic()
            self.done.set()

    def follow(self, connections: Iterable[Connection], room: str) -> None:
        """Take note of whose sound is switched, in place of the media plane."""
        if room == TO and self.left:
            self.left.difference_update(connections)
            self.sound = time.monotonic()


async def run(quick: bool) -> list[Figure]:
    """Measure one handoff."""
    members = 300 if quick else MEMBERS
    async with _evening() as node:
        spent = await _trickle(node, *((20, 0.2) if quick else TRICKLE))
        connections = await _fill(node, members)
        redis = node.store.redis
        await redis.config_set("slowlog-log-slower-than", 100)
        await redis.config_set("slowlog-max-len", 4096)
        await redis.slowlog_reset()
        return [spent, *await _hand_over(node, connections, redis)]


@asynccontextmanager
async def _evening() -> AsyncIterator[Node]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_node(Settings(data=Path(folder), dev=True)) as node:
            await node.create_show(Show(SHOW, "A benchmark", True, created_by=HOST.member))
            for room in (FROM, TO):
                await node.rooms.create_room(c.CreateRoom(HOST, room, SHOW, RoomKind.SPACE, room))
                await node.rooms.execute(room, c.OpenRoom(HOST))
            yield node


async def _come(node: Node, member: str) -> Connection:
    connection = node.members.admit(Bearer(Person(member)), FROM, Via.WHEP, HOST.member)
    await node.members.enter(connection)
    return connection


async def _trickle(node: Node, rate: int, seconds: float) -> Figure:
    """What a join costs the node when they come one after the other, a task each."""

    async def nobody(_: str) -> None:
        return

    here: list[Connection] = []

    async def somebody(member: str) -> None:
        here.append(await _come(node, member))

    spent = [await _paced(work, rate, seconds) for work in (nobody, somebody)]
    await asyncio.gather(*(node.members.leave(connection) for connection in here))
    note = f"admitted and counted, {rate} a second; without HTTP and handshake"
    return Figure("CPU of the node per join", (spent[1] - spent[0]) * 1e6, "µs", note)


async def _paced(
    work: Callable[[str], Coroutine[object, object, None]], rate: int, seconds: float
) -> float:
    """CPU seconds of this process per piece of work, whatever else it does included."""
    began, before = time.monotonic(), time.process_time()
    tasks: list[asyncio.Task[None]] = []
    while (passed := time.monotonic() - began) < seconds:
        while len(tasks) < passed * rate:
            tasks.append(asyncio.create_task(work(f"early-{len(tasks)}")))
        await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    return (time.process_time() - before) / len(tasks)


async def _fill(node: Node, members: int) -> list[Connection]:
    found: list[Connection] = []
    for first in range(0, members, AT_ONCE):
        names = [f"sim-{n:08x}" for n in range(first, min(members, first + AT_ONCE))]
        found += await asyncio.gather(*(_come(node, name) for name in names))
    for connection in found:
        connection.session = connection.connection  # the media plane does not know it
    return found


async def _hand_over(node: Node, here: Sequence[Connection], redis: Redis) -> list[Figure]:
    course, holds, polls = Course(), Holds(), list[Poll]()
    node.rooms.listen(course.heard)
    staying = here[: min(DECLINE, len(here) // 4)]
    course.left = set(here[len(staying) :])
    moving = len(course.left)
    with patch.object(node.sound, "follow", course.follow):
        await node.rooms.execute(FROM, c.OfferHandoff(HOST, "h", TO, SHOW, True, 1))
        for connection in staying:
            await node.handoffs.stay(connection)
        tasks = [asyncio.create_task(work) for work in (holds.watch(), _poll(node, polls))]
        cpu = time.process_time()
        async with asyncio.timeout(120):
            await course.done.wait()
        cpu = time.process_time() - cpu
        await asyncio.sleep(AFTER)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if len(node.hub.in_room(TO)) != moving or course.left:
        raise RuntimeError("the handoff is over, and not everybody went")
    ledger = await node.store.presence.handoff_ledger(SHOW, "h")
    slow = [entry for entry in await redis.slowlog_get(4096) if entry["command"][:4] == b"EVAL"]
    taken, note = course.closed - course.begun, "after handoff_begun"
    return [
        Figure("members moved", ledger.moved, "", f"{ledger.declined} stayed, {ledger.lost} lost"),
        Figure("last sound switched", (course.sound - course.begun) * 1e3, "ms", note),
        Figure("everybody moved, and the ledger closed", taken * 1e3, "ms", note),
        Figure("members a second", ledger.moved / taken, "/s"),
        Figure("longest step of the store", max(e["duration"] for e in slow) / 1e3, "ms", "wall"),
        Figure("longest hold of the event loop", holds.cpu * 1e3, "ms", "CPU of its thread"),
        Figure("longest wait for the event loop", holds.wall * 1e3, "ms", "wall, others' work too"),
        Figure("CPU of the node", cpu, "s", "since the offer; the benchmark's own polls too"),
        *of_counts(polls, course.begun, course.closed, len(here)),
    ]


async def _poll(node: Node, polls: list[Poll]) -> None:
    while True:
        asked = time.monotonic()
        counts = await node.audience.counts_now(SHOW)
        rooms = tuple(counts[room].participants for room in (FROM, TO))
        polls.append(Poll(asked, time.monotonic(), rooms))
