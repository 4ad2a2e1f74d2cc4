"""Seasons: which were made, and a record book for each."""

from afterparty.store import keys
from afterparty.store.named import Named
from afterparty.store.records import RecordBook
from afterparty.store.servers import Client

MOST_OF_A_SEASON = 500
"""Entries kept in the book of one season, of what is simulated and of what is not."""


class SeasonStore:
    """All seasons over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self.made = Named(redis, keys.SEASONS, "seasons")

    def book(self, season: str, edition: str) -> RecordBook:
        """The record book of a season; ``edition``: of which, if it is made anew after it went."""
        return RecordBook(self._redis, keys.season(season), MOST_OF_A_SEASON, edition)

    async def drop(self, season: str, edition: str) -> bool:
        """Take a season away with its book; whether it was there. Asked again it goes on."""
        await self.book(season, edition).drop()  # first: a book without a season nobody would find
        return await self.made.drop(season)
