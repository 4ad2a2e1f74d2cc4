"""What falls due in the rooms, done when it does.

Every node does it for every room it knows: compare-and-append lets one of them succeed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from afterparty.core.deadlines import Deadline, deadlines
from afterparty.core.events import Event
from afterparty.core.model import Room
from afterparty.node.ground.refused import Refused
from afterparty.store.errors import StoreError

RETRY_SECONDS = 1.0
"""When to try again what the store could not do."""

log = structlog.get_logger()


class Clockwork:
    """Waits for the next deadline of any room."""

    def __init__(self, act: Callable[[str, Deadline], Awaitable[None]]) -> None:
        self._act = act
        self._due: dict[str, tuple[Deadline, ...]] = {}
        self._changed = asyncio.Event()

    def on_event(self, room: Room, event: Event) -> None:
        """Look again at what falls due in a room."""
        found = deadlines(room)
        if found:
            self._due[room.room] = found
        else:
            self._due.pop(room.room, None)
        self._changed.set()

    async def run(self) -> None:
        """Act on deadlines as they pass, until cancelled."""
        not_before = 0.0
        while True:
            self._changed.clear()
            soonest = min((found[0].at for found in self._due.values()), default=None)
            if soonest is None:
                await self._changed.wait()
                continue
            wait = max(soonest, not_before) - time.time()
            if wait > 0:
                try:
                    async with asyncio.timeout(wait):
                        await self._changed.wait()
                    continue
                except TimeoutError:
                    pass
            if not await self._do_all(time.time()):
                not_before = time.time() + RETRY_SECONDS

    async def _do_all(self, now: float) -> bool:
        """Act on all that is due; False if something has to be tried again."""
        done = True
        for room, found in list(self._due.items()):
            for deadline in found:
                if deadline.at > now:
                    break
                try:
                    await self._act(room, deadline)
                except Refused as refusal:
                    done = False
                    log.info("deadline refused", room=room, due=deadline.due, code=refusal.code)
                except StoreError as error:
                    done = False
                    log.warning("deadline waits for the store", room=room, code=error.code)
                except Exception:  # one room's fault is no other room's
                    done = False
                    log.exception("deadline failed", room=room, due=deadline.due)
        return done
