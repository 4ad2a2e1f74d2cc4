"""What a node does about others' leases, and after its own could not be kept.

A node whose lease has run out is evicted by whoever notices. When the store was away that is said
of all of them, so a node evicts nobody until it has kept its own lease for a while. And whatever
was asked of the store in that time may be done or not: each show concerned is looked at anew, by a
``Resync`` on the bus. Shows with members here come first, and those whose rooms are all over are
looked at seldom. It renews no lease; that must not wait for anything here.
"""

import asyncio
import math
import time
from collections.abc import Callable, Collection

import structlog

from afterparty.core.model import OVER
from afterparty.node.live.audience import Audience
from afterparty.node.live.hub import Hub
from afterparty.node.live.rooms import Rooms
from afterparty.store.bus import Bus
from afterparty.store.errors import StoreError
from afterparty.store.ops import Lease
from afterparty.store.presence import Presence

LOOK_SECONDS = 1.0
"""How often the leases of others are looked at."""

QUIET_SECONDS = 30.0
"""How often they are looked at in shows whose rooms are all over."""

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
        rooms: Rooms,
        hub: Hub,
        followed: Callable[[], Collection[str]],
    ) -> None:
        self._presence, self._audience, self._bus = presence, audience, bus
        self._rooms, self._hub, self._followed = rooms, hub, followed
        self._all_at = -math.inf
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
        began = time.monotonic()
        everywhere = began - self._all_at >= QUIET_SECONDS
        shows = self._in_order(everywhere)
        for first in range(0, len(shows), AT_ONCE):
            if self._lapsed or time.monotonic() - self._kept_since < PATIENCE_SECONDS:
                return
            await asyncio.gather(*map(self._evict, shows[first : first + AT_ONCE]))
        if everywhere:
            self._all_at = began

    def _in_order(self, everywhere: bool) -> list[str]:
        """The shows to look at, those with members here first."""
        here = {self._rooms.room(room).show for room in self._hub.occupied()}
        on = {room.show for room in self._rooms.all() if room.state not in OVER}
        shows = [show for show in self._followed() if everywhere or show in on or show in here]
        return sorted(shows, key=lambda show: show not in here)

    async def _evict(self, show: str) -> None:
        try:
            for dead in await self._presence.evict_dead(show):
                log.info("evicted a dead node", node=dead, show=show)
        except StoreError as error:
            self._doubted.add(show)
            self._kept_since = time.monotonic()  # others may not have been able to renew theirs
            log.warning("leases wait for the store", show=show, code=error.code)
