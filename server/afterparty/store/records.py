"""The record book in Redis: opaque bodies by identity, the highest kept.

All keys share one tag of their own, so each step is one script. Knows no rule but the bound: of
what is simulated and of what is not, the highest ``MOST`` each, so neither pushes the other out.
"""

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

MOST = 1000
"""Entries kept of what is simulated, and of what is not."""


class RecordBook:
    """The book over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def add(
        self, entry: str, listeners: int, body: bytes, *, simulated: bool
    ) -> bytes | None:
        """Enter ``body``, unless something stands under that identity already.

        Returns what stands there now: ``body`` itself, what was there before, or ``None`` if the
        book is full of higher counts. Safe to be sent twice.
        """
        kind = "simulated" if simulated else "real"
        ident = keys.ident(entry)
        found: bytes | None = await self._link.on_key(
            "record_add", keys.RECORDS, ident, kind, listeners, body, MOST
        )
        return found

    async def read(self, known: int = -1) -> tuple[int, list[bytes] | None]:
        """The book's version and its bodies, in no order; ``None`` if ``known`` is the version."""
        answer = await self._link.on_key("record_read", keys.RECORDS, known)
        return int(answer[0]), list(answer[1]) if len(answer) > 1 else None
