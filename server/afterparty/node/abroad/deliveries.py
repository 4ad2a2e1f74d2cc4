"""One webhook's events, told one after the other by the node that holds it.

What to tell is read from the room logs, beyond what the store has written down as done with. Before
an event is told the store knows that it is the next, so whoever takes over tells the same again,
under the same sequence number: every event at least once, in order, no number left out.
"""

import asyncio
import heapq
import random
import time
from typing import NamedTuple

import structlog

from afterparty import __version__
from afterparty.core.events import Event
from afterparty.core.model import OVER, Room
from afterparty.node.abroad.posting import Outcome, Poster
from afterparty.node.live.measures import Measures
from afterparty.node.live.rooms import Rooms
from afterparty.store.webhooks import WebhookStore
from afterparty.wire.events import event_body
from afterparty.wire.webhooks import Delivery, Webhook, signature

PAGE = 100
"""Events of a room that are read at a time."""

ROOMS_AT_ONCE = 50
"""Rooms whose events are read at a time."""

BACKOFF = (1.0, 600.0)
"""Seconds from the first attempt in vain to the next, twice as many each time, and the most; up to
half of it is taken off by chance."""

PATIENCE_SECONDS = 5 * 24 * 3600.0
"""A webhook that fails for so long is told nothing more."""

LATE_SECONDS = 60.0
"""For how long after its end a room may have one more event."""

CLOCKS_DIFFER_SECONDS = 5.0
"""By how much at most the clocks of two nodes do."""

log = structlog.get_logger()


class Told(NamedTuple):
    """An event to be told."""

    room: str
    number: int
    event: Event


class NotHeldError(Exception):
    """Another node tells the webhook now, or nobody does any more."""


class Deliveries:
    """Tells one webhook, for as long as this node holds it."""

    def __init__(
        self,
        webhook: Webhook,
        node: str,
        store: WebhookStore,
        rooms: Rooms,
        measures: Measures,
        *,
        private: bool,
    ) -> None:
        self._webhook, self._node = webhook, node
        self._store, self._rooms, self._measures = store, rooms, measures
        self._private = private
        self._cursors: dict[str, int] = {}
        self._passed: dict[str, int] = {}
        """Those of them that the store does not know yet."""
        self._stirred: set[str] = set()
        self._news = asyncio.Event()
        self._delivered = self._failures = 0
        self._next_at = 0.0
        self.waiting_since: float | None = None
        """When the oldest event happened that is not told yet."""

    def on_event(self, room: Room) -> None:
        """A room has an event more."""
        if self._concerns(room):
            self._stirred.add(room.room)
            self._news.set()

    def _concerns(self, room: Room) -> bool:
        return self._webhook.show in (None, room.show)

    def _is_past(self, room: Room) -> bool:
        """Whether the room was over before there was the webhook."""
        over_at = room.over_at if room.state in OVER else None
        return over_at is not None and over_at < self._webhook.made_at - LATE_SECONDS

    async def run(self) -> None:
        """Tell whatever is to be told, until cancelled.

        Raises:
            NotHeldError: this node does not hold the webhook any more.
            StoreError: the store is away; begin anew when it is back.
        """
        poster = Poster(self._webhook.url, private=self._private)
        try:
            pending = await self._begin()
            while True:
                self._news.clear()
                some = pending or await self._some()
                pending = []
                for told in some:
                    await self._pass_on(told, poster)
                await self._write_down(None)
                if not some:
                    self.waiting_since = None
                    await self._news.wait()
        finally:
            self.waiting_since = None
            await poster.close()

    async def _begin(self) -> list[Told]:
        """Learn how far the webhook is; the event that was being told when it was left."""
        self._cursors = await self._store.cursors(self._webhook.webhook)
        standing = await self._store.standing(self._webhook.webhook)
        self._delivered, self._failures = standing.delivered, standing.failures
        self._next_at = standing.next_at or 0.0
        for room in list(self._rooms.all()):
            if self._concerns(room) and not self._is_past(room):
                self._stirred.add(room.room)
        if standing.pending is None:
            return []
        name, number = standing.pending
        found = await self._rooms.events(name, number - 1, 1)
        return [Told(name, *one) for one in found if one[0] == number]

    async def _some(self) -> list[Told]:
        """The next events of the rooms that have any, in order of time as far as that is known."""
        pages: list[list[Told]] = []
        for name in sorted(self._stirred)[:ROOMS_AT_ONCE]:
            self._stirred.discard(name)
            after = self._cursors.get(name, 0)
            if self._rooms.version(name) > after:
                page = await self._rooms.events(name, after, PAGE)
                pages.append([Told(name, *one) for one in page])
                if len(page) == PAGE:
                    self._stirred.add(name)
        if self._stirred:
            self._news.set()
        return list(heapq.merge(*pages, key=lambda told: told.event.at))

    def _is_wanted(self, event: Event) -> bool:
        types, since = self._webhook.events, self._webhook.made_at - CLOCKS_DIFFER_SECONDS
        return event.at >= since and (not types or event_body(event)["type"] in types)

    async def _pass_on(self, told: Told, poster: Poster) -> None:
        """Tell an event that is wanted, and be done with it either way."""
        if told.number <= self._cursors.get(told.room, 0):
            return
        wanted = self._is_wanted(told.event)
        if wanted:
            self.waiting_since = told.event.at
            name = self._webhook.webhook
            _need(await self._store.take(self._node, name, told.room, told.number))
            await self._tell(told, poster)
        self._passed[told.room] = self._cursors[told.room] = told.number
        if wanted:
            await self._write_down(told)
            self._delivered += 1
            self._failures, self._next_at = 0, 0.0

    async def _write_down(self, told: Told | None) -> None:
        """Let the store know how far this is."""
        passed, self._passed = self._passed, {}
        if passed:
            event = None if told is None else (told.room, told.number)
            _need(await self._store.done(self._node, self._webhook.webhook, event, passed))

    async def _tell(self, told: Told, poster: Poster) -> None:
        """Tell an event again and again until it is acknowledged."""
        ident, body = self._body(told)
        while True:
            await asyncio.sleep(min(BACKOFF[1], max(0.0, self._next_at - time.time())))
            now = int(time.time())
            headers = {
                "content-type": "application/json",
                "user-agent": f"Afterparty/{__version__}",
                "webhook-id": ident,
                "webhook-timestamp": str(now),
                "webhook-signature": signature(self._webhook.secret, ident, now, body),
            }
            outcome = await poster.post(body, headers, self._failures)
            self._measures.webhook_deliveries.labels(outcome).inc()
            if outcome is Outcome.DELIVERED:
                return
            await self._failed(outcome)

    def _body(self, told: Told) -> tuple[str, bytes]:
        event = event_body(told.event)
        show = self._rooms.show(self._rooms.room(told.room).show)
        delivery = Delivery(
            id=f"{told.room}:{told.number}",
            sequence=self._delivered + 1,
            type=event["type"],
            at=told.event.at,
            show=show.show,
            room=told.room,
            simulated=show.simulated,
            number=told.number,
            event=event,
        )
        return delivery.id, delivery.model_dump_json().encode()

    async def _failed(self, outcome: Outcome) -> None:
        """Write down that an attempt was in vain. Raises NotHeldError if there is no other."""
        name, now = self._webhook.webhook, time.time()
        least, most = BACKOFF
        pause = min(most, least * 2 ** min(self._failures, 20))
        self._failures += 1
        self._next_at = now + pause * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        why = "gone" if outcome is Outcome.GONE else ""
        again = await self._store.failed(
            self._node, name, now, self._next_at, PATIENCE_SECONDS, why
        )
        log.info("a delivery failed", webhook=name, outcome=outcome, times=self._failures)
        if again is False:
            log.warning("a webhook is told nothing more", webhook=name, why=why or "failing")
        _need(bool(again))


def _need(held: bool) -> None:
    if not held:
        raise NotHeldError
