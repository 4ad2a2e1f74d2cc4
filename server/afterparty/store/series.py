"""Series of rooms: opaque bodies by name, bounded. Which rooms are of one, the rooms say."""

from afterparty.store import keys
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.link import Link
from afterparty.store.servers import Client


class SeriesBook:
    """All series over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def add(self, series: str, body: bytes, most: int) -> None:
        """Make a series.

        Raises:
            AlreadyExists: there is one of that name; it is left alone.
            StoreError: ``list_full``: there are ``most`` already.
        """
        name = keys.ident(series)
        added = int(await self._link.on_key("named_add", keys.SERIES, name, body, most))
        if added < 0:
            raise StoreError("list_full", f"There are {most} series already.")
        if not added:
            raise AlreadyExists(f"There is already a series {series}.")

    async def read(self, series: str) -> bytes | None:
        """The body of a series, or None."""
        key = f"{keys.SERIES}:bodies"
        body: bytes | None = await self._link.command("HGET", key, keys.ident(series))
        return body

    async def all(self) -> list[bytes]:
        """The bodies of all series, in no order."""
        return list(await self._link.command("HVALS", f"{keys.SERIES}:bodies"))

    async def followers(self, series: str) -> int:
        """How many accounts follow a series."""
        return int(await self._link.command("SCARD", keys.series_followers(series)))
