"""Seasons: opaque bodies by name, bounded, and a record book for each."""

from afterparty.store import keys
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.link import Link
from afterparty.store.records import RecordBook
from afterparty.store.servers import Client

MOST_OF_A_SEASON = 500
"""Entries kept in the book of one season, of what is simulated and of what is not."""


class SeasonStore:
    """All seasons over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis, self._link = redis, Link(redis)

    async def add(self, season: str, body: bytes, most: int) -> None:
        """Make a season.

        Raises:
            AlreadyExists: there is one of that name; it is left alone.
            StoreError: ``list_full``: there are ``most`` already.
        """
        name = keys.ident(season)
        added = int(await self._link.on_key("named_add", keys.SEASONS, name, body, most))
        if added < 0:
            raise StoreError("list_full", f"There are {most} seasons already.")
        if not added:
            raise AlreadyExists(f"There is already a season {season}.")

    async def read(self, season: str) -> bytes | None:
        """The body of a season, or None."""
        key = f"{keys.SEASONS}:bodies"
        body: bytes | None = await self._link.command("HGET", key, keys.ident(season))
        return body

    async def all(self) -> list[bytes]:
        """The bodies of all seasons, in no order."""
        return list(await self._link.command("HVALS", f"{keys.SEASONS}:bodies"))

    def book(self, season: str) -> RecordBook:
        """The record book of a season."""
        return RecordBook(self._redis, keys.season(season), MOST_OF_A_SEASON)
