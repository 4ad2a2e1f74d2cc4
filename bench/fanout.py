"""What sending one packet to one listener costs inside the fan-out, beside the floor.

The floor is a bare `sendmmsg` of ready packets of the same size from the same blocks to the same
listeners: the kernel's part, which nothing here can save. All listeners are one unread socket on
loopback, each with an address of its own, and nothing is paced; only CPU time of the sending
process counts, its kernel time included. Both run on one core: two threads on sibling cores slow
each other down, and the ratio would tell of that.
"""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from afterparty.media.datagrams.port import Address
from afterparty.media.desk.feed import Feed, FeedPacket
from afterparty.media.inward.dtls import SrtpSender
from afterparty.media.outward.fanout import FanOut
from afterparty.media.outward.lanes import LANES, Lane
from afterparty.media.outward.rows import Row
from afterparty.media.outward.sender import ROWS, Block, sockaddr
from afterparty.node.ground import garbage
from bench.crowd import Holds
from bench.figures import Figure

PROFILES = {
    "SRTP_AEAD_AES_128_GCM": (16, 12),
    "SRTP_AEAD_AES_256_GCM": (32, 12),
    "SRTP_AES128_CM_SHA1_80": (16, 14),
}
"""Bytes of the master key and of the master salt."""
LISTENERS = 6144
"""A whole number of blocks, at every lane."""
AUDIENCE = 44_208
FRAME = 100
"""Bytes of Opus a tick, as the encoder makes them."""
SECONDS = 2.0
ROUNDS = 3
"""Floor and fan-out take turns so often; the best of each counts, as noise only adds."""


def row(address: Address, number: int, profile: str) -> Row:
    """Make a listener with keys of its own."""
    key, salt = PROFILES[profile]
    sender = SrtpSender(profile, os.urandom(key), os.urandom(salt))
    return Row(address, sender, number + 1, 111, None)


def addresses(count: int, port: int) -> list[Address]:
    """So many listeners behind one socket that is bound to every address."""
    return [(f"127.16.{i >> 8}.{i & 255}", port) for i in range(count)]


@contextmanager
def one_core() -> Iterator[None]:
    """Run everything that starts inside on one core, where the system lets one choose."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


async def cpu_per_packet(send_all: Callable[[int], Awaitable[int]], seconds: float) -> float:
    """CPU seconds a packet of `send_all(turn)`, which says how many it sent."""
    await send_all(0)
    turns = packets = 0
    began, end = time.process_time(), time.monotonic() + seconds
    while time.monotonic() < end:
        turns += 1
        packets += await send_all(turns)
    return (time.process_time() - began) / max(packets, 1)


async def run(quick: bool) -> list[Figure]:
    """Measure each lane and each profile against the floor, in turns."""
    count, seconds = (ROWS, 0.05) if quick else (LISTENERS, SECONDS)
    figures = []
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours,
        one_core(),
    ):
        sink.bind(("0.0.0.0", 0))
        ours.bind(("127.0.0.1", 0))
        ours.setblocking(False)
        there = addresses(count, sink.getsockname()[1])
        cases: list[tuple[str, Lane]] = [(profile, LANES[0]) for profile in PROFILES]
        cases += [("SRTP_AEAD_AES_128_GCM", lane) for lane in LANES[1:]]
        for profile, lane in cases:
            floors, costs = [], []
            for _ in range(ROUNDS):
                floors.append(await floor(ours, there, lane, seconds / ROUNDS))
                costs.append(await fanout_cost(ours, there, profile, lane, seconds / ROUNDS))
            bare, each = min(floors), min(costs)
            what = f"{profile}, {20 * lane} ms"
            figures.append(Figure(f"floor at {20 * lane} ms", bare * 1e6, "µs"))
            note = f"{each / bare:.2f} times the floor; {lane * 0.02 / each:,.0f} listeners a core"
            figures.append(Figure(f"fan-out, {what}", each * 1e6, "µs", note))
        crowd = addresses(ROWS * 4 if quick else AUDIENCE, sink.getsockname()[1])
        figures += await holds(ours, crowd, 60 if quick else 300)
    return figures


async def holds(sock: socket.socket, there: list[Address], ticks: int) -> list[Figure]:
    """How long the fan-out of a tick holds the event loop, with a great audience at 120 ms."""
    feed, fanout, found = Feed(), FanOut(LANES[-1]), Holds()
    fanout.start(sock, 0)
    try:
        for number, address in enumerate(there):
            fanout.add(str(number), row(address, number, "SRTP_AEAD_AES_128_GCM"), feed)
        garbage.begin()  # as a node does
        watching = asyncio.create_task(found.watch())
        for tick in range(1, ticks):
            feed.push(FeedPacket(tick, b"\xf8" + os.urandom(FRAME - 1), (7,), b"\x14", False))
            fanout.depart(tick)
            await fanout.departed()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    finally:
        await fanout.stop()
    note = f"{len(there):,} listeners at 120 ms, {ticks} ticks"
    return [
        Figure("longest slice of the fan-out", fanout.longest_slice * 1e3, "ms of CPU", note),
        Figure("longest wait of another task", found.cpu * 1e3, "ms of CPU", "two slices may meet"),
    ]


async def floor(sock: socket.socket, there: list[Address], lane: Lane, seconds: float) -> float:
    """CPU seconds a packet of sending ready blocks and nothing else."""
    blocks = []
    for start in range(0, len(there), ROWS):
        block = Block()
        block.addresses = there[start : start + ROWS]
        block.count = len(block.addresses)
        block.lengths[:] = 12 + 4 + lane * FRAME + 16
        for i, address in enumerate(block.addresses):
            name = sockaddr(address)
            block.names[i, : len(name)] = memoryview(name)
            block.name_lengths[i] = len(name)
        blocks.append(block)

    async def send(_: int) -> int:
        for block in blocks:
            block.send(sock)
        return len(there)

    return await cpu_per_packet(send, seconds)


async def fanout_cost(
    sock: socket.socket, there: list[Address], profile: str, lane: Lane, seconds: float
) -> float:
    """CPU seconds a packet of the fan-out, to listeners with keys of one profile."""
    feed, fanout = Feed(), FanOut(lane)
    fanout.start(sock, 0)
    try:
        for number, address in enumerate(there):
            fanout.add(str(number), row(address, number, profile), feed)
        frame = b"\xf8" + os.urandom(FRAME - 1)

        async def send(turn: int) -> int:
            turn += 1
            before = fanout.sent
            feed.push(FeedPacket(turn, frame, (7,), b"\x14", False))
            fanout.depart(turn)
            await fanout.departed()
            return fanout.sent - before

        return await cpu_per_packet(send, seconds)
    finally:
        await fanout.stop()
