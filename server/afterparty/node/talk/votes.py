"""Votes for questions on their way to the store: gathered, so that a storm of them costs little.

What very many send in the same moment is one step in Redis, a few times a second. A vote is
answered when the store has counted it.
"""

import asyncio
from collections import defaultdict

from afterparty.node.live.measures import Measures
from afterparty.store.errors import StoreError
from afterparty.store.questions import Came, Questions, Vote

APART_SECONDS = 0.25
"""Steps begin no closer together."""

WAITING_LIMIT = 20_000
"""Votes of one show that may wait for the store."""

_Waiting = list[tuple[Vote, asyncio.Future[Came]]]


class Votes:
    """Gathers the votes of this node's members."""

    def __init__(self, questions: Questions, measures: Measures) -> None:
        self._questions, self._measures = questions, measures
        self._waiting: defaultdict[str, _Waiting] = defaultdict(list)
        self._stirred = asyncio.Event()

    async def cast(self, show: str, vote: Vote) -> Came:
        """Have a vote counted; what came of it.

        Raises:
            StoreError: ``store_unavailable`` if it could not be, or too many wait already.
        """
        waiting = self._waiting[show]
        if len(waiting) >= WAITING_LIMIT:
            raise StoreError("store_unavailable", "Too many votes wait for the store.")
        done: asyncio.Future[Came] = asyncio.get_running_loop().create_future()
        waiting.append((vote, done))
        self._stirred.set()
        return await done

    async def run(self) -> None:
        """Carry votes to the store, until cancelled."""
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            batches, self._waiting = self._waiting, defaultdict(list)
            try:
                await asyncio.gather(*(self._count(show, some) for show, some in batches.items()))
            finally:  # nobody waits for an answer that will not come
                for _, done in (one for batch in batches.values() for one in batch):
                    if not done.done():
                        done.set_exception(StoreError("store_unavailable", "Try again."))
            await asyncio.sleep(APART_SECONDS)

    async def _count(self, show: str, batch: _Waiting) -> None:
        try:
            with self._measures.step("votes"):
                answers = await self._questions.vote(show, [vote for vote, _ in batch])
        except StoreError as error:
            for _, done in batch:
                if not done.done():
                    done.set_exception(StoreError(error.code, error.message))
            return
        for (_, done), came in zip(batch, answers, strict=True):
            if not done.done():
                done.set_result(came)
