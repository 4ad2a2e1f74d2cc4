"""What a node does about others' leases, and after its own could not be kept.

A node whose lease has run out is evicted by whoever notices. When the store was away that is said
of all of them, so a node evicts nobody until it has kept its own lease for a while. And whatever
was asked of the store in that time may be done or not: each show concerned is looked at anew, by a
``Resync`` on the bus. It renews no lease; that must not wait for anything here.
"""

import asyncio
import time
from collections.abc import Callable, Collection

import structlog

from afterparty.node.audience import Audience
from afterparty.store.bus import Bus
from afterparty.store.errors import StoreError
from afterparty.store.ops import Lease
from afterparty.store.presence import Presence

LOOK_SECONDS = 1.0
"""How often the leases of others are looked at."""

PATIENCE_SECONDS = 2.5
"""How long this node must have kept its lease before it evicts others: they need a moment too."""

AT_ONCE = 50
"""Shows that are looked at together: one that has to wait holds up few others."""

log = structlog.get_logger()


class Vigil:
    """Told of each renewal of this node's lease; ``run`` does the rest."""

    def __init__(
        self,
        presence: Presence,
        audience: Audience,
        bus: Bus,
        followed: Callable[[], Collection[str]],
    ) -> None:
        self._presence, self._audience, self._bus = presence, audience, bus
        self._followed = followed
        self._kept_since = time.monotonic()
        self._lapsed = False
        self._doubted: set[str] = set()

    def renewed(self, lease: Lease) -> None:
        """This node has asked for its lease, and the store has answered."""
        if lease is Lease.EVICTING:
            self.missed()
        elif lease is Lease.NEW or self._lapsed:
            self._lapsed, self._kept_since = False, time.monotonic()
            self._doubted.update(self._followed())

    def missed(self) -> None:
        """This node's lease could not be renewed."""
        self._lapsed = True

    async def run(self) -> None:
        """Look after all shows, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Have doubted shows looked at again, and evict what dead nodes hold."""
        doubted = self._doubted | self._audience.doubted
        self._doubted.clear()
        self._audience.doubted.clear()
        for show in doubted:
            self._bus.resync(show)
        shows = list(self._followed())
        for first in range(0, len(shows), AT_ONCE):
            if self._lapsed or time.monotonic() - self._kept_since < PATIENCE_SECONDS:
                return
            await asyncio.gather(*map(self._evict, shows[first : first + AT_ONCE]))

    async def _evict(self, show: str) -> None:
        try:
            for dead in await self._presence.evict_dead(show):
                log.info("evicted a dead node", node=dead, show=show)
        except StoreError as error:
            self._doubted.add(show)
            self._kept_since = time.monotonic()  # others may not have been able to renew theirs
            log.warning("leases wait for the store", show=show, code=error.code)
