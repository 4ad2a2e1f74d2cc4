"""The exact-count check: the server's count beside the swarm's, again and again.

The two are compared where the swarm was at rest, before the server was asked and after.
"""

import asyncio
from collections.abc import Callable

from afterparty.client.errors import ClientError
from afterparty.loadtest.course import CountPoll, Sample
from afterparty.loadtest.crew import Crew
from afterparty.loadtest.rooms import Aim

EVERY = 1.0
"""Seconds between two polls."""

REST = 3.0
"""Seconds without coming or going after which a swarm is at rest."""

REST_AFTER_FAILURE = 25.0
"""The same after a join failed or a listener was lost: a server may take a while to notice."""


class Counting:
    """Polls a room's count as long as ``watch`` runs, and remembers how still the swarm was."""

    def __init__(self, aim: Aim, crew: Crew, clock: Callable[[], float]) -> None:
        """``clock``: seconds since the run began."""
        self._aim, self._crew, self._clock = aim, crew, clock
        self._before: Sample | None = None
        self._rest_at = 0.0

    def see(self, now: Sample) -> None:
        """Take note of the swarm as it is."""
        before, self._before = self._before, now
        if before is None or _moved(before) != _moved(now):
            self._rest_at = max(self._rest_at, now.t + REST)
        if before is not None and _lost(before, now):
            self._rest_at = now.t + REST_AFTER_FAILURE

    @property
    def rests(self) -> bool:
        """Whether nobody has been coming or going for a while."""
        now = self._before
        return now is not None and not now.joining and now.t >= self._rest_at

    async def watch(self, keep: Callable[[CountPoll], None]) -> None:
        """Ask, and give what is found to ``keep``, until cancelled."""
        while True:
            rested = self.rests
            t = self._clock()
            try:
                found = await self._aim.count()
            except ClientError:
                await asyncio.sleep(EVERY)  # it is too busy to say; that it hears is judged anyway
                continue
            await self._crew.next_round()
            if self._before is not None:
                keep(CountPoll(t, found, self._before.connected, rested and self.rests))
            await asyncio.sleep(EVERY)


def _moved(now: Sample) -> tuple[int, ...]:
    return (now.asked, now.joining, now.connected, now.left, now.failed)


def _lost(before: Sample, now: Sample) -> bool:
    gone = before.connected - now.connected
    return now.failed > before.failed or gone > now.left - before.left
