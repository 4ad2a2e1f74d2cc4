"""A record book in Redis: opaque bodies by identity, the highest kept.

All keys of a book share one tag of its own, so each step is one script. Knows no rule but the
bound: of what is simulated and of what is not, the highest ``most`` each, so neither pushes the
other out. The server has a book of its own, and each season has one, which goes when that does.
"""

from dataclasses import dataclass

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

MOST = 1000
"""Entries kept of what is simulated, and of what is not, in the server's own book."""

GONE_SECONDS = 60
"""How long a book that is gone refuses what comes late: longer than any request takes."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a book has become since a version of it."""

    version: int
    whole: bool
    """Whether ``bodies`` are all that there are, and not those only that were changed or added."""
    bodies: list[bytes]
    """In no order."""


class RecordBook:
    """One book over one client of Redis. ``root``: the stem of its keys.

    ``edition`` tells it from a book that lay there before and was dropped.
    """

    def __init__(
        self, redis: Client, root: str = keys.RECORDS, most: int = MOST, edition: str = ""
    ) -> None:
        self._link, self._root, self._most, self._edition = Link(redis), root, most, edition

    async def add(
        self, entry: str, listeners: int, body: bytes, *, simulated: bool, grows: bool = False
    ) -> bytes | None:
        """Enter ``body``, unless something stands under that identity already.

        If it ``grows``, it takes the place of what stands there with as many listeners or fewer.
        Returns what stands there now: ``body`` itself, what was there before, or ``None`` if the
        book is full of higher counts, or was dropped. Safe to be sent twice.
        """
        kind = "simulated" if simulated else "real"
        ident = keys.ident(entry)
        bounds = self._most, int(grows), self._edition
        found: bytes | None = await self._link.on_key(
            "record_add", self._root, ident, kind, listeners, body, *bounds
        )
        return found

    async def drop(self) -> None:
        """Leave nothing of the book; again is no change."""
        await self._link.on_key("record_drop", self._root, self._edition, GONE_SECONDS)

    async def read(self, known: int = -1) -> Changes:
        """What has changed since the version ``known``; without one, the whole book."""
        answer = await self._link.on_key("record_read", self._root, known)
        return Changes(int(answer[0]), bool(answer[1]), list(answer[2:]))
