"""A record book in Redis: opaque bodies by identity, the highest kept.

All keys of a book share one tag of its own, so each step is one script. Knows no rule but the
bound: of what is simulated and of what is not, the highest ``most`` each, so neither pushes the
other out. The server has a book of its own, and each season has one.
"""

from dataclasses import dataclass

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

MOST = 1000
"""Entries kept of what is simulated, and of what is not, in the server's own book."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a book has become since a version of it."""

    version: int
    whole: bool
    """Whether ``bodies`` are all that there are, and not those only that were changed or added."""
    bodies: list[bytes]
    """In no order."""


class RecordBook:
    """One book over one client of Redis. ``root``: the stem of its keys."""

    def __init__(self, redis: Client, root: str = keys.RECORDS, most: int = MOST) -> None:
        self._link, self._root, self._most = Link(redis), root, most

    async def add(
        self, entry: str, listeners: int, body: bytes, *, simulated: bool, grows: bool = False
    ) -> bytes | None:
        """Enter ``body``, unless something stands under that identity already.

        If it ``grows``, it takes the place of what stands there with as many listeners or fewer.
        Returns what stands there now: ``body`` itself, what was there before, or ``None`` if the
        book is full of higher counts. Safe to be sent twice.
        """
        kind = "simulated" if simulated else "real"
        ident = keys.ident(entry)
        found: bytes | None = await self._link.on_key(
            "record_add", self._root, ident, kind, listeners, body, self._most, int(grows)
        )
        return found

    async def read(self, known: int = -1) -> Changes:
        """What has changed since the version ``known``; without one, the whole book."""
        answer = await self._link.on_key("record_read", self._root, known)
        return Changes(int(answer[0]), bool(answer[1]), list(answer[2:]))
