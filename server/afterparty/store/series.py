"""Series of rooms: which were made, and who follows them. Which rooms are of one, the rooms say."""

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.named import Named
from afterparty.store.servers import Client


class SeriesBook:
    """All series over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)
        self.made = Named(redis, keys.SERIES, "series")

    async def followers(self, series: str) -> int:
        """How many accounts follow a series."""
        return int(await self._link.command("SCARD", keys.series_followers(series)))
