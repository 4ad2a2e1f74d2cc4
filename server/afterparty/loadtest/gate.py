"""Coming and going by WHEP: as many listeners as are wanted, as fast as they are wanted.

A join is one task for as long as it lasts. Those whom the server asks to come again later do so,
each at a moment of its own, until their time is up.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Coroutine
from typing import Any

import numpy as np

from afterparty.loadtest.crowd import Crowd, State
from afterparty.loadtest.http import HttpError
from afterparty.loadtest.listener import JoinError, Listener
from afterparty.loadtest.tally import Wanted
from afterparty.loadtest.whep import LaterError, Session, Whep, WhepError

MAX_JOINING = 256
"""Joins under way at a time, without those who wait. A server that has so many before it is behind
already; more would only time out in the queue, and keep it busy with people who have left."""
MAX_WAITING = 4096
"""Those whom the server asked to come again later."""
MAX_LEAVING = 4096
UNDER_WAY_SECONDS = 3.0
"""How long joins under way may take in the end before they are called off."""
GOODBYES = 16
"""Sessions deleted at a time."""
BURST = 0.25
"""Seconds' worth of joins that may be made up for at once."""


class Gate:
    """Lets listeners in and out of a crowd. `tick` it many times a second; `close` it at last."""

    def __init__(self, crowd: Crowd, whep: Whep, most: int, join_seconds: float) -> None:
        self.asked = self.failed = self.left = self.waiting = 0
        self._crowd, self._whep, self._most = crowd, whep, most
        self._join_seconds = join_seconds
        self._wanted = Wanted(0, 0.0)
        self._joins: set[asyncio.Task[None]] = set()
        self._leaves: set[asyncio.Task[None]] = set()
        self._goodbye = asyncio.Semaphore(GOODBYES)
        self._allowance = self._churn = 0.0
        self._ticked_at = time.monotonic()

    @property
    def joining(self) -> int:
        """Joins under way, those who wait included."""
        return self._crowd.count(State.JOINING)

    def want(self, wanted: Wanted) -> None:
        """Change how many there should be."""
        self._wanted = wanted

    def tick(self, now: float) -> None:
        """Begin the joins and departures that are due at this monotonic time."""
        passed, self._ticked_at = now - self._ticked_at, now
        rate, churn = self._wanted.rate, self._wanted.churn
        self._allowance = min(self._allowance + rate * passed, max(1.0, rate * BURST))
        self._churn = min(self._churn + churn * passed, max(1.0, churn * BURST))
        connected = self._crowd.count(State.CONNECTED)
        lacking = min(self._wanted.listeners, self._most) - connected - self.joining
        while lacking > 0 and self._allowance >= 1 and self._has_room():
            self._allowance -= 1
            lacking -= 1
            self._begin()
        leavers = int(min(self._churn, connected)) if churn > 0 else 0
        self._churn -= leavers
        if lacking < 0:
            more = int(min(-lacking, self._allowance))
            self._allowance -= more
            leavers += more
        if leavers:
            self._let_go(leavers)

    async def close(self, *, leave: bool, seconds: float) -> None:
        """End all joins; all `leave`, as many as can in so many seconds, or just vanish."""
        self._wanted = Wanted(0, 0.0)
        if leave and self._joins:
            # Whoever has asked already may be in before we could take it back.
            await asyncio.wait(self._joins, timeout=UNDER_WAY_SECONDS)
        for task in self._joins:
            task.cancel()
        await asyncio.gather(*self._joins, return_exceptions=True)
        everybody = deque(self._present() if leave else ())
        for listener in everybody:
            self._crowd.retire(listener)

        async def see_off() -> None:
            while everybody:
                await self._leave(everybody.popleft())

        tasks = [*self._leaves, *(asyncio.create_task(see_off()) for _ in range(GOODBYES))]
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _has_room(self) -> bool:
        under_way = len(self._joins) - self.waiting
        return under_way < MAX_JOINING and self.waiting < MAX_WAITING

    def _start(self, tasks: "set[asyncio.Task[None]]", work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _begin(self) -> None:
        self.asked += 1
        try:
            listener = self._crowd.open(time.time_ns())
        except (OSError, RuntimeError):
            self._fail("no_socket")
        else:
            self._start(self._joins, self._join(listener))

    async def _join(self, listener: Listener) -> None:
        try:
            async with asyncio.timeout(self._join_seconds):
                session = await self._post(listener)
                listener.url = session.url
                listener.accept(session.answer, time.monotonic())
                await listener.joined
        except TimeoutError:
            await self._give_up(listener, f"{_WAITED_FOR[listener.stage]}_timeout")
        except (WhepError, HttpError, JoinError) as error:
            await self._give_up(listener, error.code)
        except asyncio.CancelledError:
            # Nobody wants it any more; a session that is there already is not left behind.
            self._crowd.close(listener)
            await self._delete(listener)
            raise

    async def _post(self, listener: Listener) -> Session:
        while True:
            try:
                return await self._whep.post(listener.offer())
            except LaterError as later:
                self._crowd.reasons[later.code] += 1
                self.waiting += 1
                try:
                    # Spread, so that those who were turned away together do not return together.
                    spread = random.uniform(1.0, 1.5)  # noqa: S311 - no secret
                    await asyncio.sleep(later.seconds * spread)
                finally:
                    self.waiting -= 1

    async def _give_up(self, listener: Listener, reason: str) -> None:
        self._fail(reason)
        self._crowd.close(listener)
        await self._delete(listener)

    def _fail(self, reason: str) -> None:
        self.failed += 1
        self._crowd.reasons[reason] += 1

    def _let_go(self, count: int) -> None:
        """This many, by lot, leave."""
        present = self._present()
        count = min(count, len(present), MAX_LEAVING - len(self._leaves))
        for listener in random.sample(present, max(0, count)):
            self._crowd.retire(listener)
            self._start(self._leaves, self._leave(listener))

    def _present(self) -> list[Listener]:
        rows = np.flatnonzero(self._crowd.state == State.CONNECTED)
        return [self._crowd.listeners[int(row)] for row in rows]

    async def _leave(self, listener: Listener) -> None:
        self.left += 1
        await self._delete(listener)
        listener.leave()
        self._crowd.sockets.flush()
        self._crowd.close(listener)

    async def _delete(self, listener: Listener) -> None:
        if listener.url is None:
            return
        try:
            async with self._goodbye, asyncio.timeout(self._join_seconds):
                await self._whep.delete(listener.url)
        except (WhepError, HttpError) as error:
            self._crowd.reasons[f"leave_{error.code}"] += 1
        except TimeoutError:
            self._crowd.reasons["leave_timeout"] += 1


_WAITED_FOR = {"offer": "http", "ice": "ice", "dtls": "dtls", "joined": "dtls"}
