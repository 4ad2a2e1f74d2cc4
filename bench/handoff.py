"""What a handoff costs those who are moved: the time it takes, and whether sound or counts tear.

Somebody speaks in both rooms all the while, in a process of their own. The listeners are clients
in this process, so what they need to read their messages is in the times; the gaps in ticks are
told by RTP timestamps and hold whoever is slow. Meanwhile the counts are asked for all the time.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from afterparty.client.peer import Peer
from afterparty.client.reception import ReceptionStats
from afterparty.client.session import Session
from afterparty.wire.messages import Moved, RoomEvent, ToClient
from bench.child import Ask, beside
from bench.evening import VERIFY_EVERY, Evening, for_each, open_evening, stage
from bench.figures import Figure, percentiles
from bench.server import Server, running_server

LISTENERS = 200
COUNTDOWN = 2
POLLERS = 2
AFTER = 1.0
"""Seconds after the last was told, in which all must have heard the other room."""


@dataclass(slots=True)
class News:
    """When what happened; monotonic seconds."""

    begun: float | None = None
    moved: list[float] = field(default_factory=list)

    def told(self, message: ToClient) -> None:
        """Take a message of one listener."""
        now = time.monotonic()
        match message:
            case Moved():
                self.moved.append(now)
            case RoomEvent(event={"type": "handoff_begun", "at": float(at)}) if not self.begun:
                self.begun = at - time.time() + now


@dataclass(frozen=True, slots=True)
class Poll:
    """One reading of the show's counts."""

    asked: float
    answered: float
    rooms: tuple[int, ...]


async def run(quick: bool) -> list[Figure]:
    """Measure one handoff."""
    with running_server() as server:
        async with open_evening(server.url) as evening, AsyncExitStack() as stack:
            speaker = (await evening.token("speaker"), evening.first)
            guest = (await evening.token("guest"), evening.second)
            on_stage = await stack.enter_async_context(beside(stage, server.url, [speaker, guest]))
            return await _measure(server, evening, on_stage, stack, 6 if quick else LISTENERS)


async def _measure(
    server: Server, evening: Evening, on_stage: Ask, stack: AsyncExitStack, count: int
) -> list[Figure]:
    news = News()
    sessions: list[Session] = []

    async def come_in(token: str) -> None:
        joined = await Session.join(server.url, token, evening.first, on_message=news.told)
        sessions.append(await stack.enter_async_context(joined))
        await joined.listen(lambda: Peer(verify_every=VERIFY_EVERY))

    tokens = await evening.tokens(count)
    await for_each(tokens, come_in)
    peers = [session.peer for session in sessions if session.peer is not None]
    await on_stage("+0")
    await on_stage("+1")
    await asyncio.sleep(1.5)
    before = [peer.mark().reception for peer in peers]
    old = {csrc for peer in peers for csrc in peer.sources.current()}
    new = {seat.csrc for seat in (await evening.host.room(evening.second)).room.seats} - old
    usage, late = server.usage(), await evening.metric("media_ticks_late_total")

    polls: list[Poll] = []
    pollers = [asyncio.create_task(poll(evening, polls)) for _ in range(POLLERS)]
    await evening.host.command(
        evening.first, "offer_handoff", to_room=evening.second, seconds=COUNTDOWN
    )
    async with asyncio.timeout(COUNTDOWN + 60):
        await asyncio.gather(*(session.until(lambda s: bool(s.moves)) for session in sessions))
    await asyncio.sleep(AFTER)
    then = server.usage()
    late = await evening.metric("media_ticks_late_total") - late
    for poller in pollers:
        poller.cancel()
    await asyncio.gather(*pollers, return_exceptions=True)
    heard = [peer.stats() for peer in peers]
    if news.begun is None:
        raise RuntimeError("nobody was told that the handoff began")
    first = [
        stats.sources[csrc].first_at for stats in heard for csrc in new if csrc in stats.sources
    ]
    if len(first) < count:
        raise RuntimeError(f"{count - len(first)} listeners did not hear the other room")
    return [
        *_times(news, news.begun, first, count),
        *_gaps([(was, stats.reception) for was, stats in zip(before, heard, strict=True)]),
        *of_counts(polls, news.begun, max(news.moved), count + 2),
        Figure(
            "CPU of the node", then.node_cpu - usage.node_cpu, "s", "since the offer, all of it"
        ),
        Figure(
            "node kept from a core",
            (then.node_kept_waiting - usage.node_kept_waiting) * 1e3,
            "ms",
            "by other processes, in the same time",
        ),
        Figure("late ticks of the node", late, "", "begun 20 ms or more too late"),
        Figure("new peer connections", sum(s.peers_made - 1 for s in sessions), ""),
    ]


async def poll(evening: Evening, polls: list[Poll]) -> None:
    """Ask for the counts of both rooms all the time, until cancelled."""
    while True:
        asked = time.monotonic()
        counts = (await evening.host.counts(evening.show)).rooms
        rooms = tuple(counts[room].participants for room in (evening.first, evening.second))
        polls.append(Poll(asked, time.monotonic(), rooms))


def _times(news: News, begun: float, first: list[float], count: int) -> list[Figure]:
    def after(times: list[float], what: str) -> list[Figure]:
        since = [(at - begun) * 1e3 for at in times]
        note = f"after handoff_begun, {count} listeners"
        return percentiles(what, since, "ms", {"median": 50.0, "last": 100.0}, note)

    return [*after(news.moved, "told moved"), *after(first, "first packet of the new room")]


def _gaps(readings: list[tuple[ReceptionStats, ReceptionStats]]) -> list[Figure]:
    """What was torn between two readings of each listener."""
    silences = [float(now.longest_silence_ticks) for _, now in readings]
    marks = {"p50": 50.0, "p99": 99.0, "max": 100.0}

    def total(name: str) -> int:
        return sum(getattr(now, name) - getattr(was, name) for was, now in readings)

    waits = [now.longest_wait * 1e3 for _, now in readings]
    return [
        *percentiles("longest silence of a listener", silences, "ticks", marks, "by RTP timestamp"),
        *percentiles("longest wait for a packet", waits, "ms", marks, "by the client's clock"),
        Figure("sequence numbers missing", total("missing"), "", "all listeners"),
        Figure("ticks missed", total("missed_ticks"), "", "all listeners"),
        Figure("timestamps backwards", total("backward_jumps"), "", "all listeners"),
        Figure("changes of SSRC", total("ssrc_changes"), "", "all listeners"),
    ]


def of_counts(polls: list[Poll], begun: float, moved: float, people: int) -> list[Figure]:
    """What the polls found between the offer and the end, if ``people`` were there all the time."""
    during = [poll for poll in polls if poll.answered >= begun and poll.asked <= moved]
    between = sum(all(poll.rooms) and poll.rooms[0] > 0 and poll.rooms[1] > 1 for poll in during)
    wrong = [poll for poll in polls if sum(poll.rooms) != people]
    return [
        Figure("polls of the counts", len(polls), "", "offer to a second after the move"),
        Figure("polls while people moved", len(during), "", f"{between} with people in both rooms"),
        Figure("polls with a wrong total", len(wrong), "", f"{people} people"),
    ]
