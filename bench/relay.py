"""What one room's sound costs between two nodes: by their UDP ports, and over the store's bus.

The same packet, a thousand times at the pace of ticks, from one task to another of one process: its
CPU, and how long each was on its way. The bus is the other way that was thought of.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from afterparty.media.between.relay import Fed, Relay, derive
from afterparty.media.datagrams.port import Address, Kind, UdpPort
from afterparty.media.desk.clock import TICK_SECONDS
from afterparty.media.desk.feed import FeedPacket
from afterparty.store.connect import open_store
from afterparty.store.inbox import Message
from bench.figures import Figure, percentiles

PACKETS = 1_000
PAYLOAD = bytes(100)
MARKS = {"median": 50.0, "p99": 99.0}

Way = Callable[[int], Awaitable[None]]


async def run(quick: bool) -> list[Figure]:
    """Measure both once."""
    packets = 20 if quick else PACKETS
    arrived: asyncio.Queue[float] = asyncio.Queue()
    found: list[Figure] = []
    async with _by_port(arrived) as way:
        found += await _measure("UDP port to UDP port", way, arrived, packets)
    async with _by_bus(arrived) as way:
        found += await _measure("the store's bus", way, arrived, packets)
    return found


async def _measure(
    name: str, send: Way, arrived: asyncio.Queue[float], packets: int
) -> list[Figure]:
    took: list[float] = []
    cpu = time.process_time()
    for tick in range(packets):
        began = time.perf_counter()
        await send(tick)
        took.append((await arrived.get() - began) * 1e6)
        await asyncio.sleep(TICK_SECONDS / 10)
    each = (time.process_time() - cpu) / packets * 1e6
    return [
        Figure(f"{name}: CPU a packet", each, "µs", "node, both ends; less what the store spends"),
        *percentiles(f"{name}: on its way", took, "µs", MARKS),
    ]


def _fed(tick: int) -> Fed:
    return Fed("room", 1, 0, FeedPacket(tick, PAYLOAD, (1, 2), bytes(2), False))


@asynccontextmanager
async def _by_port(arrived: asyncio.Queue[float]) -> AsyncIterator[Way]:
    relay, tick = Relay(derive("a secret of the house, long enough")), 0

    def take(kind: Kind, data: bytes, address: Address) -> None:
        relay.open(data, tick)
        arrived.put_nowait(time.perf_counter())

    here, there = UdpPort(take), UdpPort(take)
    for port in (here, there):
        port.open("127.0.0.1", 0)

    async def send(at: int) -> None:
        nonlocal tick
        tick = at
        here.send(relay.seal(_fed(at), at), ("127.0.0.1", there.number))

    try:
        yield send
    finally:
        here.close()
        there.close()


@asynccontextmanager
async def _by_bus(arrived: asyncio.Queue[float]) -> AsyncIterator[Way]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(None, Path(folder)) as store, store.bus.listen("show") as inbox:
            await inbox.get()  # from now on nothing is missed

            async def hear() -> None:
                async for news in inbox:
                    if isinstance(news, Message):
                        arrived.put_nowait(time.perf_counter())

            hearing = asyncio.create_task(hear())

            async def send(tick: int) -> None:
                await store.bus.publish("show", PAYLOAD)

            try:
                yield send
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)
