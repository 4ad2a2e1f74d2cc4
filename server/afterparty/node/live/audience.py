"""The audience of this node in the store: entering, leaving, moving; counts as they change.

What many members do in the same moment is one step in Redis. An operation is done when the store
has done it, so a member who was welcomed is counted.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable

import structlog

from afterparty.node.live.measures import Measures
from afterparty.store.errors import StoreError
from afterparty.store.ops import Counts, Op
from afterparty.store.presence import Presence
from afterparty.wire.views import NOBODY, CountsView

GATHER_SECONDS = 0.002
"""How long operations are gathered into one step when it is quiet."""

APART_SECONDS = 0.05
"""Steps begin no closer together: a request to the store costs what twenty operations in it do."""

ANNOUNCE_SECONDS = 0.25
"""Counts are told at most this often."""

WAITING_LIMIT = 120_000
"""Operations that may wait for the store: a full node may come in and go at once."""

log = structlog.get_logger()

_Waiting = list[tuple[Op, asyncio.Future[bool]]]


def counts_view(counts: Counts) -> CountsView:
    """Counts of the store as they travel."""
    return CountsView(
        participants=counts.participants,
        listeners=counts.listeners,
        peak=counts.peak,
        tuned_in=counts.tuned_in,
        plays=counts.plays,
        simulated=counts.simulated,
        peak_simulated=counts.peak_simulated,
    )


class Audience:
    """Gathers presence operations, and remembers the latest counts."""

    def __init__(
        self,
        presence: Presence,
        measures: Measures,
        announce: Callable[[str, dict[str, CountsView]], None],
    ) -> None:
        self._presence, self._measures, self._announce = presence, measures, announce
        self._waiting: defaultdict[str, _Waiting] = defaultdict(list)
        self._stirred = asyncio.Event()
        self._counts: dict[str, CountsView] = {}
        self._changed: set[str] = set()
        self._news = asyncio.Event()
        self.doubted: set[str] = set()
        """Shows of which an answer was lost: what was asked may be done or not, or yet be."""

    async def do(self, show: str, op: Op) -> bool:
        """Have one operation done; whether it changed anything.

        Raises:
            StoreError: ``store_unavailable`` if it could not be, or too many wait already.
        """
        waiting = self._waiting[show]
        if len(waiting) >= WAITING_LIMIT:
            raise StoreError("store_unavailable", "Too many wait for the store.")
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiting.append((op, done))
        self._stirred.set()
        return await done

    def counts(self, room: str) -> CountsView:
        """The counts of a room as this node heard of them last."""
        return self._counts.get(room, NOBODY)

    async def counts_now(self, show: str) -> dict[str, CountsView]:
        """Counts of all rooms of a show at one instant, from the store."""
        found = await self._presence.counts(show)
        return {room: counts_view(counts) for room, counts in found.items()}

    def heard(self, show: str, counts: dict[str, Counts]) -> None:
        """Take note of counts, and have them announced if they are new."""
        for room, found in counts.items():
            view = counts_view(found)
            if self._counts.get(room) != view:
                self._counts[room] = view
                self._changed.add(show)
                self._news.set()

    async def was_in(self, show: str, room: str, member: str) -> bool:
        """Whether a member has ever been in a room. Raises ``StoreError``."""
        return bool(await self._presence.been(show, room, [member]))

    async def refresh(self, show: str) -> None:
        """Ask the store for all counts of a show, and announce what is new."""
        self.heard(show, await self._presence.counts(show))

    async def run(self) -> None:
        """Carry operations to the store, and counts to the members, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._carry())
            tasks.create_task(self._tell())

    async def _carry(self) -> None:
        clock, next_at = asyncio.get_running_loop().time, 0.0
        while True:
            await self._stirred.wait()
            await asyncio.sleep(max(GATHER_SECONDS, next_at - clock()))
            next_at = clock() + APART_SECONDS
            self._stirred.clear()
            batches, self._waiting = self._waiting, defaultdict(list)
            try:  # at once: while the store is away each takes as long as a request may
                await asyncio.gather(*(self._apply(show, some) for show, some in batches.items()))
            finally:  # nobody waits for an answer that will not come
                for _, done in (one for batch in batches.values() for one in batch):
                    if not done.done():
                        done.set_exception(StoreError("store_unavailable", "Try again."))

    async def _apply(self, show: str, batch: _Waiting) -> None:
        try:
            with self._measures.step("presence"):
                result = await self._presence.apply(show, [op for op, _ in batch])
        except StoreError as error:
            self.doubted.add(show)
            for _, done in batch:
                if not done.done():
                    done.set_exception(StoreError(error.code, error.message))
            return
        self.heard(show, dict(result.counts))
        for (_, done), changed in zip(batch, result.changed, strict=True):
            if not done.done():
                done.set_result(changed)

    async def _tell(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            changed, self._changed = self._changed, set()
            for show in changed:
                await self._tell_show(show)
            await asyncio.sleep(ANNOUNCE_SECONDS)

    async def _tell_show(self, show: str) -> None:
        """Tell the counts of all the show's rooms, as they are at one instant.

        They are asked for again: answers and news come in any order, so the last one heard need not
        be the latest. All are told, because a newer message replaces one that was not sent yet.
        """
        try:
            found = await self.counts_now(show)
        except StoreError as error:
            log.info("counts wait for the store", show=show, code=error.code)
            self._changed.add(show)
            self._news.set()
            return
        self._counts |= found
        self._announce(show, found)
