"""Webhooks in Redis: opaque bodies by identity, how far each is in every room, and who tells it.

One node holds a webhook at a time, by a lease; what it writes down it may only as long as it does.
What is told is in the room logs and not here: here is, for each webhook and room, the number of the
last event that is done with. All keys share one tag, so each step is one script.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

MOST = 50
"""Webhooks of a server."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a webhook stands. Times are seconds since the Unix epoch."""

    delivered: int = 0
    """Events that were told and acknowledged."""
    pending: tuple[str, int] | None = None
    """The event that is being told, by room and number."""
    failures: int = 0
    """Attempts in vain since the last that was not."""
    failing_since: float | None = None
    next_at: float | None = None
    """When the next attempt is due, after one in vain."""
    disabled: str | None = None
    """Why it is told nothing any more."""


class WebhookStore:
    """The webhooks over one client of Redis.

    ``take``, ``done`` and ``failed`` change nothing and say so if the node holds the webhook no
    more. All raise StoreUnavailable if it is not known what became of the request; the same may be
    sent again.
    """

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def add(self, webhook: str, body: bytes, begin: Mapping[str, int]) -> bool:
        """Write a webhook down, which is told no event up to ``begin``; False if there are many."""
        words = [word for room, number in begin.items() for word in (keys.ident(room), number)]
        return bool(await self._run("webhook_add", keys.ident(webhook), body, MOST, *words))

    async def all(self) -> dict[str, bytes]:
        """Every webhook's body by its identity."""
        found = await self._link.command("HGETALL", f"{keys.WEBHOOKS}:bodies")
        return {webhook.decode(): body for webhook, body in found.items()}

    async def standing(self, webhook: str) -> Standing:
        """How a webhook stands."""
        key = f"{keys.WEBHOOKS}:state:{keys.ident(webhook)}"
        found = await self._link.command("HGETALL", key)
        told = {name.decode(): value.decode() for name, value in found.items()}
        room, _, number = told.get("pending", "").partition(" ")
        return Standing(
            delivered=int(told.get("delivered", 0)),
            pending=(room, int(number)) if room else None,
            failures=int(told.get("failures", 0)),
            failing_since=_time(told.get("failing_since")),
            next_at=_time(told.get("next_at")),
            disabled=told.get("disabled"),
        )

    async def cursors(self, webhook: str) -> dict[str, int]:
        """By room, the number of the last event that is done with."""
        key = f"{keys.WEBHOOKS}:cursor:{keys.ident(webhook)}"
        found = await self._link.command("HGETALL", key)
        return {room.decode(): int(number) for room, number in found.items()}

    async def hold(self, node: str, ttl_ms: int) -> dict[str, bytes]:
        """Keep what the node holds for ``ttl_ms`` more, and take what nobody holds; all of it."""
        found = await self._run("webhook_hold", keys.ident(node), ttl_ms)
        return {
            webhook.decode(): body for webhook, body in zip(found[::2], found[1::2], strict=True)
        }

    async def free(self, node: str) -> None:
        """Give up all that the node holds."""
        await self._run("webhook_free", keys.ident(node))

    async def take(self, node: str, webhook: str, room: str, number: int) -> bool:
        """Say which event is told next; whether the node holds the webhook."""
        return bool(await self._run("webhook_take", node, webhook, f"{room} {number}"))

    async def done(
        self, node: str, webhook: str, told: tuple[str, int] | None, cursors: Mapping[str, int]
    ) -> bool:
        """Write down what is done with, and an event that was told; whether the node holds it."""
        words = [word for room, number in cursors.items() for word in (room, number)]
        event = "" if told is None else f"{told[0]} {told[1]}"
        return bool(await self._run("webhook_done", node, webhook, event, *words))

    async def failed(
        self, node: str, webhook: str, now: float, next_at: float, patience: float, why: str = ""
    ) -> bool | None:
        """An attempt was in vain; whether there is another, ``None`` if the node does not hold it.

        There is none if it says ``why``, or if all were in vain for ``patience`` seconds.
        """
        words = (f"{now:.3f}", f"{next_at:.3f}", f"{patience:.0f}", why)
        answer = await self._run("webhook_failed", node, webhook, *words)
        return None if answer == 0 else answer == 1

    async def drop(self, webhook: str) -> bool:
        """Forget a webhook; whether there was one."""
        return bool(await self._run("webhook_drop", keys.ident(webhook)))

    async def _run(self, script: str, *args: str | bytes | int) -> Any:
        return await self._link.on_key(script, keys.WEBHOOKS, *args)


def _time(text: str | None) -> float | None:
    return None if text is None else float(text)
