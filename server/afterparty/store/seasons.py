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

    def book(self, season: str) -> RecordBook:
        """The record book of a season."""
        return RecordBook(self._redis, keys.season(season), MOST_OF_A_SEASON)
