"""What a packet to a listener costs a server, beside a bare loop of sendto.

One crowd, three times: nobody speaks; somebody speaks in the other room, to one listener (what a
speaking room costs by itself: decoding, mixing, encoding); somebody speaks to the crowd. The bare
loop sends datagrams of the same size to as many sockets, every 20 ms as well.
"""

import asyncio
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench.child import Ask, beside
from bench.evening import Evening, crowd, open_evening, stage
from bench.figures import Figure
from bench.server import Server, running_server

LISTENERS = 300
SECONDS = 6.0
TICK = 0.02


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the server used and sent, a second."""

    cpu: float
    packets: float


async def run(quick: bool) -> list[Figure]:
    """Measure once."""
    count, seconds = (5, 0.5) if quick else (LISTENERS, SECONDS)
    with running_server() as server:
        async with open_evening(server.url) as evening:
            seats = [
                (await evening.token("speaker"), evening.first),
                (await evening.token("guest"), evening.second),
            ]
            few, many = await evening.tokens(1), await evening.tokens(count)
            async with (
                beside(stage, server.url, seats) as on_stage,
                beside(crowd, server.url, evening.second, few),
                beside(crowd, server.url, evening.first, many) as audience,
            ):
                return await _measure(server, evening, on_stage, audience, count, seconds)


async def _measure(
    server: Server, evening: Evening, on_stage: Ask, audience: Ask, count: int, seconds: float
) -> list[Figure]:
    idle = await _stretch(server, evening, seconds)
    await on_stage("+1")
    alone = await _stretch(server, evening, seconds)
    await on_stage("-1")
    await on_stage("+0")
    await asyncio.sleep(1.0)
    before = await audience("heard")
    full = await _stretch(server, evening, seconds)
    after = await audience("heard")
    await on_stage("-0")
    size = round((after[1] - before[1]) / max(1, after[0] - before[0]))
    bare = await asyncio.to_thread(bare_sendto, count, size, seconds)

    packets = full.packets - alone.packets
    each = (full.cpu - alone.cpu) / packets
    room = alone.cpu - idle.cpu
    return [
        Figure("CPU a packet", each * 1e6, "µs", f"{count} listeners, {size} bytes of UDP"),
        Figure("CPU a packet, bare sendto loop", bare * 1e6, "µs", "same sizes and pace"),
        Figure("ratio to the bare loop", each / bare, ""),
        Figure(
            "CPU a packet, the room's own work shared out",
            (full.cpu - idle.cpu) / (full.packets - idle.packets) * 1e6,
            "µs",
            "decode, mix, encode included",
        ),
        Figure("CPU of a speaking room", room * 100, "% of a core", "one voice, one listener"),
        Figure("CPU of the idle crowd", idle.cpu * 100, "% of a core", f"{count} in silence"),
        Figure("packets sent", full.packets, "/s"),
        Figure("packets lost on the way", after[2] - before[2], "", "in the crowd's own count"),
    ]


async def _stretch(server: Server, evening: Evening, seconds: float) -> Stretch:
    await asyncio.sleep(min(1.0, seconds))
    began, usage = time.monotonic(), server.usage()
    sent = await evening.metric("media_packets_out_total")
    await asyncio.sleep(seconds)
    now, after = time.monotonic(), server.usage()
    packets = await evening.metric("media_packets_out_total") - sent
    return Stretch((after.node_cpu - usage.node_cpu) / (now - began), packets / (now - began))


def bare_sendto(count: int, size: int, seconds: float) -> float:
    """CPU seconds a datagram of a plain loop, every tick one to each of ``count`` sockets.

    The sockets are emptied between two ticks, which is not counted.
    """
    with ExitStack() as stack:

        def udp() -> socket.socket:
            return stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

        sinks = [udp() for _ in range(count)]
        for sink in sinks:
            sink.bind(("127.0.0.1", 0))
        addresses = [sink.getsockname() for sink in sinks]
        source, datagram = udp(), bytes(size)
        used, sent, next_tick = 0.0, 0, time.monotonic()
        for _ in range(max(1, round(seconds / TICK))):
            next_tick += TICK
            time.sleep(max(0.0, next_tick - time.monotonic()))
            began = time.thread_time()
            for address in addresses:
                source.sendto(datagram, address)
            used += time.thread_time() - began
            sent += count
            for sink in sinks:
                sink.recv(2048)
    return used / sent
