"""Listeners who come through the front door: a WebSocket each, and the sound over it.

Far fewer than by WHEP, since each is a whole client; told of in the same words. Every packet is
counted by the client's own `Reception`, and of some every one is decrypted.
"""

import asyncio
import math
import random
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from afterparty.client.api import Api
from afterparty.client.errors import ClientError
from afterparty.client.peer import Peer, PeerError, PeerStats
from afterparty.client.session import Session
from afterparty.loadtest.tally import Order, Outcome, Progress, Wanted, Window

TICK_SECONDS = 0.02
MAX_JOINING = 64
VERIFY_EVERY = 50
"""Packets of which one is decrypted, for those who are not in the sample."""


@dataclass(slots=True)
class _Member:
    """One listener, and what was so when the window began."""

    session: Session
    decided: float
    sampled: bool
    heard: bool = False
    before: PeerStats | None = None


class SessionSwarm:
    """Listeners by WebSocket, as `worker.py` runs them."""

    def __init__(self, order: Order) -> None:
        """ValueError if the order names no room."""
        if order.room is None:
            raise ValueError("listeners by WebSocket come into a room")
        self._order, self._room = order, order.room
        self._wanted = Wanted(0, 0.0)
        self._members: list[_Member] = []
        self._joins: set[asyncio.Task[None]] = set()
        self._leaves: set[asyncio.Task[None]] = set()
        self._reasons: Counter[str] = Counter()
        self._asked = self._failed = self._left = 0
        self._packets_gone = self._dropped_gone = 0
        self._checked = self._unauthentic = 0
        self._first_sound: list[float] = []
        self._reported = 0
        self._window: str | None = None

    async def run(self) -> None:
        """Let in and out as wanted, until cancelled."""
        allowance = churn = 0.0
        before = time.monotonic()
        while True:
            now = time.monotonic()
            wanted, passed, before = self._wanted, now - before, now
            allowance = min(allowance + wanted.rate * passed, max(1.0, wanted.rate / 4))
            churn = min(churn + wanted.churn * passed, max(1.0, wanted.churn / 4))
            self._notice(now)
            lacking = min(wanted.listeners, self._order.most) - len(self._members)
            lacking -= len(self._joins)
            while lacking > 0 and allowance >= 1 and len(self._joins) < MAX_JOINING:
                allowance, lacking = allowance - 1, lacking - 1
                self._asked += 1
                self._start(self._joins, now)
            if churn >= 1 and wanted.churn > 0:
                churn -= 1
                self._let_go()
            if lacking < 0 and allowance >= 1:
                allowance -= 1
                self._let_go()
            await asyncio.sleep(TICK_SECONDS)

    def want(self, wanted: Wanted) -> None:
        """Change how many listeners there should be."""
        self._wanted = wanted

    def mark(self, name: str | None) -> Window | None:
        """End the measuring window and begin another; returns the one that ended."""
        readings: list[tuple[int, int, int, float]] = []
        for member in self._members:
            stats = member.session.peer.mark() if member.session.peer is not None else None
            if stats is not None and member.before is not None:
                readings.append(_between(member.before, stats))
            member.before = stats if member.heard else None
        ended, self._window = self._window, name
        if ended is None:
            return None
        columns = np.array(readings, np.float64).reshape(-1, 4).T
        return Window(
            worker=self._order.worker,
            name=ended,
            expected=columns[0].astype(np.int64),
            received=columns[1].astype(np.int64),
            gaps=columns[2].astype(np.int64),
            longest_silence=columns[3],
        )

    def progress(self) -> Progress:
        """How it stands."""
        self._notice(time.monotonic())
        present = [(m, m.session.peer.stats()) for m in self._members if m.session.peer]
        window = [_between(m.before, stats) for m, stats in present if m.before is not None]
        fresh = tuple(self._first_sound[self._reported :])
        self._reported = len(self._first_sound)
        return Progress(
            worker=self._order.worker,
            at=time.time(),
            asked=self._asked,
            joining=len(self._joins),
            connected=len(self._members),
            hearing=sum(member.heard for member in self._members),
            left=self._left,
            failed=self._failed,
            waiting=0,
            packets=self._packets_gone + sum(stats.reception.packets for _, stats in present),
            gaps=sum(expected - received for expected, received, _, _ in window),
            silence=max((silence for _, _, _, silence in window), default=0.0),
            first_sound=fresh,
            reasons=dict(self._reasons),
            cpu=time.process_time(),
            dropped=self._dropped_gone + sum(stats.dropped for _, stats in present),
        )

    async def finish(self, leave: bool) -> None:
        """All leave; there is no other way, a broken WebSocket is as good as a farewell."""
        self._wanted = Wanted(0, 0.0)
        for task in self._joins:
            task.cancel()
        while self._members:
            self._let_go()
        await asyncio.gather(*self._joins, *self._leaves, return_exceptions=True)

    def outcome(self, windows: tuple[Window, ...]) -> Outcome:
        """What came of it. Nothing is decoded here."""
        return Outcome(
            worker=self._order.worker,
            first_sound=np.array(self._first_sound),
            windows=windows,
            checked=self._checked,
            unauthentic=self._unauthentic,
            decoded=0,
            wrong_sound=0,
            ticks_missing=0,
            reasons=dict(self._reasons),
        )

    def close(self) -> None:
        """Nothing is left to be closed after `finish`."""

    def _start(self, tasks: set[asyncio.Task[None]], decided: float) -> None:
        task = asyncio.get_running_loop().create_task(self._join(decided))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _join(self, decided: float) -> None:
        session: Session | None = None
        sampled = sum(m.sampled for m in self._members) < math.ceil(
            self._order.decrypt * (len(self._members) + 1)
        )
        try:
            async with asyncio.timeout(self._order.join_seconds):
                session = await Session.join(self._order.target, await self._token(), self._room)
                await session.listen(lambda: Peer(verify_every=1 if sampled else VERIFY_EVERY))
        except (ClientError, PeerError) as error:
            self._fail(error.code)
        except TimeoutError:
            self._fail("join_timeout")
        else:
            self._members.append(_Member(session, decided, sampled))
            return
        if session is not None:
            await session.close()

    async def _token(self) -> str:
        if self._order.token is not None:
            return self._order.token
        async with Api(self._order.target) as api:
            return (await api.token()).token

    def _fail(self, reason: str) -> None:
        self._failed += 1
        self._reasons[reason] += 1

    def _notice(self, now: float) -> None:
        """Who hears for the first time, and who is over."""
        for member in list(self._members):
            peer = member.session.peer
            if member.session.ending is not None:
                self._fail(member.session.ending.code)
                self._close(member)
            elif not member.heard and peer is not None:
                first = peer.stats().reception.first_packet_at
                if first is not None:
                    member.heard = True
                    self._first_sound.append(first - member.decided)

    def _let_go(self) -> None:
        if self._members:
            self._left += 1
            self._close(random.choice(self._members))  # noqa: S311 - no secret

    def _close(self, member: _Member) -> None:
        self._members.remove(member)
        if member.session.peer is not None:
            stats = member.session.peer.stats()
            self._packets_gone += stats.reception.packets
            self._dropped_gone += stats.dropped
            self._unauthentic += stats.rejected
            if member.sampled:
                self._checked += stats.reception.packets + stats.rejected
        task = asyncio.get_running_loop().create_task(member.session.close())
        self._leaves.add(task)
        task.add_done_callback(self._leaves.discard)


def _between(before: PeerStats, now: PeerStats) -> tuple[int, int, int, float]:
    """Packets expected and received, gaps, and the longest wait since the window began."""
    then, here = before.reception, now.reception
    # A new peer after a drop counts from nothing; what it heard is all there is to tell.
    if here.packets < then.packets:
        return here.packets + here.missing, here.packets, here.gaps, here.longest_wait
    received = here.packets - here.duplicates - then.packets + then.duplicates
    expected = received + here.missing - then.missing
    return expected, received, here.gaps - then.gaps, here.longest_wait
