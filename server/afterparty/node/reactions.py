"""Reactions on their way to everybody in a room: gathered, so that many cost little.

They travel over the bus, so that every node's members see them; none is ever stored. While the
store is away, those of this node see them.
"""

import asyncio
import json
from collections import Counter, defaultdict

import structlog

from afterparty.node.hub import Hub
from afterparty.node.measures import Measures
from afterparty.store.bus import Bus
from afterparty.store.errors import StoreError
from afterparty.wire.messages import Reactions as Told

GATHER_SECONDS = 0.25
"""Reactions are told at most this often."""

KINDS_LIMIT = 200
"""Pairs of sender and reaction in one message; in a rush the rest is not shown."""

log = structlog.get_logger()


class Reactions:
    """Gathers what members of this node send, and tells what comes over the bus."""

    def __init__(self, bus: Bus, hub: Hub, measures: Measures) -> None:
        self._bus, self._hub, self._measures = bus, hub, measures
        self._gathered: defaultdict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(
            Counter
        )
        self._news = asyncio.Event()

    def add(self, show: str, room: str, member: str, reaction: str) -> None:
        """A member reacts."""
        gathered = self._gathered[show, room]
        if len(gathered) < KINDS_LIMIT or (member, reaction) in gathered:
            gathered[member, reaction] += 1
        else:
            self._measures.dropped("reactions")
        self._news.set()

    async def run(self) -> None:
        """Send what is gathered, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            gathered, self._gathered = self._gathered, defaultdict(Counter)
            for (show, room), counted in gathered.items():
                body = {
                    "room": room,
                    "reactions": [[member, what, n] for (member, what), n in counted.items()],
                }
                payload = json.dumps(body).encode()
                try:
                    await self._bus.publish(show, payload)
                except StoreError as error:
                    log.info("reactions stay on this node", room=room, code=error.code)
                    self.heard(payload)
            await asyncio.sleep(GATHER_SECONDS)

    def heard(self, payload: bytes) -> None:
        """Tell this node's members what came over the bus."""
        told = Told.model_validate_json(payload)
        self._hub.broadcast(told.room, told)
