"""Seasons: which there are, and the record book of each.

A season is made once and never changes. Which shows are of one, each show says itself.
"""

import hashlib
from collections import OrderedDict
from dataclasses import replace

from afterparty.core.model import RoomKind
from afterparty.core.records import Entry, RecordKind
from afterparty.core.season import Season
from afterparty.node.book import KnownBook
from afterparty.node.pieces import gently
from afterparty.node.refused import Refused
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.seasons import SeasonStore
from afterparty.wire.seasons import TellRecord, decode_season, encode_season

SEASONS_LIMIT = 1_000
"""Seasons on a server."""

BOOKS_KNOWN = 32
"""Books of seasons that a node remembers, those that were asked for last."""


class Seasons:
    """All seasons. What reads or makes raises ``StoreError`` if the store is away."""

    def __init__(self, store: SeasonStore) -> None:
        self._store = store
        self._found: dict[str, Season] = {}
        self._books: OrderedDict[str, KnownBook] = OrderedDict()

    async def make(self, season: Season) -> tuple[Season, bool]:
        """Make a season; it, and whether it is new. The same again is the one that there is.

        Raises ``Refused``: ``season_exists``, ``server_full``.
        """
        try:
            await self._store.made.add(season.season, encode_season(season), SEASONS_LIMIT)
        except AlreadyExists:
            there = await self.find(season.season)
            if replace(season, created_at=there.created_at) != there:
                message = f"There is another season {season.season!r} already."
                raise Refused("season_exists", message) from None
            return there, False
        except StoreError as error:
            if error.code == "list_full":
                raise Refused("server_full", "This server carries no more seasons.") from None
            raise
        return season, True

    async def find(self, name: str) -> Season:
        """The season of that name. Raises ``Refused`` (``no_such_season``)."""
        found = self._found.get(name)
        if found is None:
            body = await self._store.made.read(name)
            if body is None:
                raise Refused("no_such_season", f"There is no season {name!r}.")
            found = self._found[name] = decode_season(body)
        return found

    async def all(self) -> list[Season]:
        """Every season, the newest first."""
        found = [decode_season(body) async for body in gently(await self._store.made.all())]
        return sorted(found, key=lambda season: (-season.created_at, season.season))

    def book(self, name: str) -> KnownBook:
        """The record book of a season."""
        book = self._books.pop(name, None) or KnownBook(self._store.book(name))
        self._books[name] = book
        if len(self._books) > BOOKS_KNOWN:
            self._books.popitem(last=False)
        return book

    async def tell(self, season: Season, told: TellRecord, by: str) -> Entry:
        """Enter what is told of elsewhere. Raises ``Refused`` (``record_too_low``)."""
        said = f"{told.title}\0{told.listeners}\0{told.at!r}".encode()
        entry = Entry(
            entry=f":told:{hashlib.sha256(said).hexdigest()[:32]}",
            kind=RecordKind.TOLD,
            title=told.title,
            listeners=told.listeners,
            at=told.at,
            simulated=True,
            by=by,
            season=season.season,
            room_kind=RoomKind.SPACE,
        )
        found = await self.book(season.season).enter(entry)
        if found is None:
            raise Refused("record_too_low", "The record book is full of higher counts.")
        return found
