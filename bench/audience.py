"""A whole audience of real WHEP listeners: coming in, replaced, busier, and handed over.

The swarm of ``afterparty loadtest`` fills one of two rooms of a server of its own, with somebody
speaking in both. Then many leave and are replaced while the others are watched; then more come
until the node is busy, and requests are timed. The counts are asked for while everybody is handed
over; some more listeners by WebSocket are there to say when the other room's sound came.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from afterparty.client.peer import Peer
from afterparty.client.session import Session
from afterparty.loadtest.crew import Crew, shares
from afterparty.loadtest.summary import packets, silences, spread
from afterparty.loadtest.tally import Order, Window
from afterparty.loadtest.worker import worker_main
from bench.child import beside
from bench.evening import Evening, for_each, open_evening, stage
from bench.figures import Figure, percentiles
from bench.handoff import News, Poll, of_counts, poll
from bench.ramp import Steady, cpu_each
from bench.server import Server, Usage, running_server

LISTENERS = 10_000
MOST = 2.5
"""How many times as many may come to make the node busy."""
RATE = 300.0
"""Joins a second that are asked for: while the room fills, and while people are replaced."""
BUSY = 0.7
"""Of a core, all that the node does."""
LOOK_SECONDS = 3.0
"""How long its load is looked at."""
PROBES = 20
SECONDS = 10.0
COUNTDOWN = 2
AFTER = 5.0
"""Seconds that are watched after the countdown of the handoff."""
JOIN_SECONDS = 120.0
PEOPLE = 2
"""Who speak; they count as participants, too."""
MARKS = {"p50": 50.0, "p99": 99.0}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    listeners: int
    most: int
    rate: float
    probes: int
    seconds: float
    look: float


async def run(quick: bool) -> list[Figure]:
    """Measure once. AFTERPARTY_BENCH_LISTENERS asks for another number of listeners."""
    listeners = int(os.environ.get("AFTERPARTY_BENCH_LISTENERS", LISTENERS))
    most = int(MOST * listeners)
    sizes = (
        Sizes(10, 12, 10.0, 2, 2.0, 0.5)
        if quick
        else Sizes(listeners, most, RATE, PROBES, SECONDS, LOOK_SECONDS)
    )
    with running_server() as server:
        async with open_evening(server.url) as evening, AsyncExitStack() as stack:
            speaker = (await evening.token("speaker"), evening.first)
            guest = (await evening.token("guest"), evening.second)
            on_stage = await stack.enter_async_context(beside(stage, server.url, [speaker, guest]))
            await on_stage("+0")
            await on_stage("+1")
            token = (await evening.host.token("swarm", grants=["simulate"])).token
            orders = [
                Order(
                    worker=worker, target=f"{server.url}/v1/rooms/{evening.first}/whep",
                    token=token, most=share + 64, loopback=True, via="whep",
                    room=None, decrypt=0.01, decode=0, tone=(), join_seconds=JOIN_SECONDS,
                )
                for worker, share in enumerate(shares(sizes.most, 2))
            ]  # fmt: skip
            there: Ramp = []
            crew = Crew(
                worker_main, orders, lambda: there.append((time.monotonic(), _hearing(crew)))
            )
            await stack.enter_async_context(crew)
            return await _measure(server, evening, crew, sizes, there)


Ramp = list[tuple[float, int]]
"""When, in monotonic seconds, and how many heard something."""


async def _measure(
    server: Server, evening: Evening, crew: Crew, sizes: Sizes, there: Ramp
) -> list[Figure]:
    many = sizes.listeners
    nobody = Steady(0, await _load(server, crew, sizes.look))
    empty, began = server.usage(), time.monotonic()
    each = await _change(server, crew, sizes, there, many)
    took = time.monotonic() - began
    first = spread(crew.first_sounds) or (0.0, 0.0, 0.0)
    steady, load = await _stretch(server, crew, "steady", sizes.seconds)
    memory = (server.usage().node_memory - empty.node_memory) / many / 1024
    full = Steady(many, load)
    note = "the node's, less the sound of those who were there"
    found = [
        Figure(
            "joins while the room fills", many / took, "a second", f"{sizes.rate:.0f} asked for"
        ),
        Figure("time to first sound, p99", first[1] * 1e3, "ms", "waits at the door included"),
        Figure("memory of the node a listener", memory, "KiB"),
        Figure("CPU of a WHEP join", each(nobody, full) * 1e3, "ms", note),
        *steady,
        *await _replaced(server, crew, sizes),
    ]
    more = await _busier(server, crew, sizes)
    busy, load = await _stretch(server, crew, "busy", sizes.seconds, _asking(evening))
    found += busy
    if more > many:
        each = await _change(server, crew, sizes, there, many)
        left = each(Steady(more, load), full)
        found.append(Figure("CPU of a WHEP listener's leaving", left * 1e3, "ms", note))
    return found + await _handoff(server, evening, crew, sizes)


Cost = Callable[[Steady, Steady], float]


async def _change(server: Server, crew: Crew, sizes: Sizes, there: Ramp, many: int) -> Cost:
    """Let listeners come or go until there are so many; what each of them cost, in seconds of CPU,
    to be asked when it is known what the sound of those before and after costs."""
    before, cpu, ramp = _hearing(crew), server.usage().node_cpu, len(there)
    began = time.monotonic()
    crew.want(many, sizes.rate)
    await _there(crew, many, abs(many - before) / sizes.rate + JOIN_SECONDS)
    spent = server.usage().node_cpu - cpu
    course = [(began, before), *there[ramp:]]
    return lambda then, now: cpu_each(spent, course, then, now)


async def _there(crew: Crew, listeners: int, seconds: float) -> None:
    if not await crew.until(lambda: _hearing(crew) == listeners, seconds):
        raise RuntimeError(f"{_hearing(crew)}, not {listeners}, are there: {crew.reasons}")


async def _load(server: Server, crew: Crew, seconds: float) -> float:
    """Cores that the node uses now."""
    before, began = server.usage().node_cpu, time.monotonic()
    await crew.until(lambda: False, seconds)
    return (server.usage().node_cpu - before) / (time.monotonic() - began)


async def _replaced(server: Server, crew: Crew, sizes: Sizes) -> list[Figure]:
    """As many come as the room was filled with, and as many go; those who stay are watched."""
    joined, turned_away = len(crew.first_sounds), _turned_away(crew)
    began = time.monotonic()
    crew.want(sizes.listeners, sizes.rate, sizes.rate)
    found, _ = await _stretch(server, crew, "with people replaced", sizes.seconds)
    seconds = time.monotonic() - began
    crew.want(sizes.listeners, sizes.rate)
    waits = crew.first_sounds[joined:]
    turned_away = _turned_away(crew) - turned_away
    first = spread(waits) or (0.0, 0.0, 0.0)
    note = f"{sizes.rate:.0f} asked for, {turned_away} told to come later"
    await _there(crew, sizes.listeners, JOIN_SECONDS)
    return [
        Figure("joins with people replaced", len(waits) / seconds, "a second", note),
        Figure("with people replaced: time to first sound, p99", first[1] * 1e3, "ms"),
        *found,
    ]


def _turned_away(crew: Crew) -> int:
    return crew.reasons.get("http_503", 0)


async def _busier(server: Server, crew: Crew, sizes: Sizes) -> int:
    """Let more come until the node is busy, or they are as many as may be; how many they are."""
    listeners = sizes.listeners
    while True:
        load = await _load(server, crew, sizes.look)
        if load >= BUSY or listeners >= sizes.most:
            return listeners
        listeners = min(sizes.most, int(listeners * BUSY / max(load, 0.01)) + 1)
        crew.want(listeners, sizes.rate)
        await _there(crew, listeners, JOIN_SECONDS)


def _hearing(crew: Crew) -> int:
    return sum(worker.hearing for worker in crew.latest.values())


Asking = Callable[[list[float], list[float]], Awaitable[None]]


def _asking(evening: Evening) -> Asking:
    """Somebody who asks the server all the time, and notes how long it took (seconds)."""

    async def ask(rest: list[float], socket: list[float]) -> None:
        token = (await evening.host.token()).token
        async with await Session.join(evening.url, token, evening.first) as session:
            while True:
                began = time.monotonic()
                await evening.host.room(evening.first)
                rest.append(time.monotonic() - began)
                began = time.monotonic()
                await session.command("ping")
                socket.append(time.monotonic() - began)
                await asyncio.sleep(0.02)

    return ask


async def _stretch(
    server: Server, crew: Crew, name: str, seconds: float, asking: Asking | None = None
) -> tuple[list[Figure], float]:
    """A while with everybody there: what they got, what it cost; and the cores in use."""
    rest: list[float] = []
    socket: list[float] = []
    asks = [asyncio.ensure_future(asking(rest, socket))] if asking else []
    usage, began = server.usage(), time.monotonic()
    crew.mark(name)
    await crew.until(lambda: False, seconds)
    crew.mark(f"after {name}")
    then, ended = server.usage(), time.monotonic()
    for task in asks:
        task.cancel()
    await asyncio.gather(*asks, return_exceptions=True)
    windows = await crew.window(name, JOIN_SECONDS)
    load = (then.node_cpu - usage.node_cpu) / (ended - began)
    return [*_heard(name, windows, usage, then, ended - began), *_asked(rest, socket, load)], load


def _asked(rest: Sequence[float], socket: Sequence[float], load: float) -> list[Figure]:
    if not rest or not socket:
        return []
    note = f"the node takes {load:.0%} of a core"
    return [
        *percentiles("REST request", [s * 1e3 for s in rest], "ms", MARKS, note),
        *percentiles("WebSocket message and answer", [s * 1e3 for s in socket], "ms", MARKS, note),
    ]


def _heard(
    name: str, windows: Sequence[Window], before: Usage, after: Usage, seconds: float
) -> list[Figure]:
    expected, received = packets(windows)
    cpu = after.node_cpu - before.node_cpu
    waits = spread(silences(windows)) or (0.0, 0.0, 0.0)
    whole = sum(len(window.expected) for window in windows)
    return [
        Figure(f"{name}: listeners all through", whole, ""),
        Figure(
            f"{name}: packets received", received / max(1, expected) * 100, "%", f"{received:,}"
        ),
        Figure(
            f"{name}: longest wait of anyone", waits[2] * 1e3, "ms", f"p99 {waits[1] * 1e3:.0f}"
        ),
        Figure(f"{name}: node", cpu / seconds * 100, "% of a core"),
        Figure(f"{name}: CPU a packet", cpu / max(1, received) * 1e6, "µs", "all the node does"),
    ]


async def _handoff(server: Server, evening: Evening, crew: Crew, sizes: Sizes) -> list[Figure]:
    """Everybody is handed to the other room."""
    news = News()
    async with AsyncExitStack() as stack:
        probes: list[Session] = []

        async def come_in(token: str) -> None:
            joined = await Session.join(evening.url, token, evening.first, on_message=news.told)
            probes.append(await stack.enter_async_context(joined))
            await joined.listen(Peer)

        await for_each(await evening.tokens(sizes.probes), come_in)
        new = {seat.csrc for seat in (await evening.host.room(evening.second)).room.seats}
        new -= {seat.csrc for seat in (await evening.host.room(evening.first)).room.seats}
        people = sizes.listeners + sizes.probes + PEOPLE
        polls: list[Poll] = []
        polling = asyncio.create_task(poll(evening, polls))
        crew.mark("handoff")
        await evening.host.command(
            evening.first, "offer_handoff", to_room=evening.second, seconds=COUNTDOWN
        )
        await crew.until(lambda: False, COUNTDOWN + AFTER)
        crew.mark("after the handoff")
        windows = await crew.window("handoff", JOIN_SECONDS)
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        heard = [session.peer.stats().sources for session in probes if session.peer is not None]
        times = [at[csrc].first_at for at in heard for csrc in new if csrc in at]
        if news.begun is None or len(times) < sizes.probes:
            raise RuntimeError(f"{len(times)} of {sizes.probes} heard the other room")
        moved = [(one.answered - news.begun) * 1e3 for one in polls if one.rooms[0] <= 1]
        switched = [(at - news.begun) * 1e3 for at in times]
        gaps = sum(int(window.gaps.sum()) for window in windows)
        waits = spread(silences(windows)) or (0.0, 0.0, 0.0)
        note = f"after handoff_begun, {people} people"
        return [
            *percentiles("first packet of the other room", switched, "ms", {"last": 100.0}, note),
            Figure("nobody counted in the old room", min(moved, default=float("nan")), "ms", note),
            Figure("handoff: sequence gaps", gaps, "", f"{sizes.listeners} listeners"),
            Figure("handoff: longest wait of anyone", waits[2] * 1e3, "ms"),
            *of_counts(polls, news.begun, news.begun + AFTER, people),
        ]
