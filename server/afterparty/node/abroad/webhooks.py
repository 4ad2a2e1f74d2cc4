"""Webhooks: made, listed, thrown away; and which of them this node tells.

A node holds a webhook by a lease that it renews every second, and tells it (``deliveries``) for as
long as it does. What a node held that is gone, another one takes when the lease has run out.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Sequence

import structlog

from afterparty.core.events import Event
from afterparty.core.model import OVER, Person, Room
from afterparty.node.abroad.deliveries import LATE_SECONDS, Deliveries, NotHeldError
from afterparty.node.abroad.posting import checked
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.tasks import Tasks
from afterparty.node.live.measures import Measures
from afterparty.node.live.rooms import Rooms
from afterparty.store.errors import StoreError
from afterparty.store.webhooks import MOST, WebhookStore
from afterparty.wire.webhooks import (
    CreateWebhook,
    Webhook,
    WebhookMade,
    WebhookView,
    secret_of,
)

LEASE_MS = 5_000
"""How long a webhook is held without the lease being renewed."""

RENEW_SECONDS = 1.0
"""How often leases are renewed, and new webhooks found."""

KEY_LENGTH = 32
"""Bytes of a webhook's secret."""

log = structlog.get_logger()


class Webhooks:
    """The webhooks of the server, as one node sees them."""

    def __init__(
        self,
        node: str,
        store: WebhookStore,
        rooms: Rooms,
        measures: Measures,
        tasks: Tasks,
        *,
        private: bool,
    ) -> None:
        """``private``: they may be of networks that are not the public Internet."""
        self._node, self._store, self._rooms = node, store, rooms
        self._measures, self._tasks, self._private = measures, tasks, private
        self._telling: dict[str, tuple[Deliveries, asyncio.Task[None]]] = {}
        self._stirred = asyncio.Event()
        self._over = False

    def held(self) -> int:
        """How many this node tells."""
        return len(self._telling)

    def oldest(self) -> float:
        """The age in seconds of the oldest event that one of them is not told yet."""
        waiting = [telling.waiting_since for telling, _ in self._telling.values()]
        now = time.time()
        return max((now - since for since in waiting if since is not None), default=0.0)

    async def add(self, asked: CreateWebhook, by: Person) -> WebhookMade:
        """Make one; it is told what happens from now on.

        Raises:
            Refused: ``bad_webhook``, ``too_many_webhooks``.
            StoreError: the store is away.
        """
        url = checked(asked.url, private=self._private)
        now = time.time()
        made = Webhook(
            webhook=f"wh-{secrets.token_hex(8)}",
            url=str(url),
            show=asked.show,
            events=sorted(set(asked.events)),
            secret=secret_of(secrets.token_bytes(KEY_LENGTH)),
            made_at=now,
            by=by.member,
        )
        begin = {
            room.room: room.version
            for room in self._rooms.all()
            if asked.show in (None, room.show) and not _is_long_over(room, now)
        }
        if not await self._store.add(made.webhook, made.model_dump_json().encode(), begin):
            raise Refused("too_many_webhooks", f"There are {MOST} webhooks already.")
        self._stirred.set()
        return WebhookMade(**(await self._view(made)).model_dump(), secret=made.secret)

    async def all(self) -> list[WebhookView]:
        """All of them, the oldest first. Raises ``StoreError``."""
        kept = [Webhook.model_validate_json(body) for body in (await self._store.all()).values()]
        kept.sort(key=lambda one: (one.made_at, one.webhook))
        return [await self._view(one) for one in kept]

    async def one(self, webhook: str) -> WebhookView:
        """One of them. Raises ``Refused`` (``no_such_webhook``), or ``StoreError``."""
        body = (await self._store.all()).get(webhook)
        if body is None:
            raise Refused("no_such_webhook", f"There is no webhook {webhook!r}.")
        return await self._view(Webhook.model_validate_json(body))

    async def drop(self, webhook: str) -> None:
        """Throw one away. Raises ``Refused`` (``no_such_webhook``), or ``StoreError``."""
        if not await self._store.drop(webhook):
            raise Refused("no_such_webhook", f"There is no webhook {webhook!r}.")
        self._end([webhook])

    async def _view(self, kept: Webhook) -> WebhookView:
        standing = await self._store.standing(kept.webhook)
        return WebhookView(
            **kept.model_dump(exclude={"secret"}),
            delivered=standing.delivered,
            failures=standing.failures,
            failing_since=standing.failing_since,
            next_try=standing.next_at,
            disabled=standing.disabled,
        )

    def on_event(self, room: Room, event: Event) -> None:
        """Something has happened that webhooks may have to be told."""
        for telling, _ in self._telling.values():
            telling.on_event(room)

    async def run(self) -> None:
        """Hold what nobody else holds, and tell it, until cancelled."""
        while True:
            self._stirred.clear()
            try:
                if not self._over:
                    self._tend(await self._store.hold(self._node, LEASE_MS))
            except StoreError as error:
                log.info("webhooks wait for the store", code=error.code)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RENEW_SECONDS):
                    await self._stirred.wait()

    def _tend(self, held: dict[str, bytes]) -> None:
        self._end([one for one, (_, task) in self._telling.items() if task.done()])
        self._end([one for one in self._telling if one not in held])
        for webhook in [] if self._over else held.keys() - self._telling.keys():
            telling = Deliveries(
                Webhook.model_validate_json(held[webhook]),
                self._node,
                self._store,
                self._rooms,
                self._measures,
                private=self._private,
            )
            self._telling[webhook] = telling, self._tasks.spawn("webhook", _tell(telling))

    def _end(self, webhooks: Sequence[str]) -> None:
        for webhook in webhooks:
            found = self._telling.pop(webhook, None)
            if found is not None:
                found[1].cancel()

    async def release(self) -> None:
        """Tell none from now on: another node may at once. Raises ``StoreError``."""
        self._over = True
        tasks = [task for _, task in self._telling.values()]
        self._end(list(self._telling))
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._store.free(self._node)


async def _tell(telling: Deliveries) -> None:
    with contextlib.suppress(NotHeldError):
        await telling.run()


def _is_long_over(room: Room, now: float) -> bool:
    return room.state in OVER and (room.over_at or now) < now - LATE_SECONDS
