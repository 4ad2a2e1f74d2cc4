"""Seasons: which there are, and the record book of each.

A season is made once, never changes, and goes whole. Which shows are of one, each show says
itself; what says so of a season that is gone is of none.
"""

import hashlib
import time
from collections import OrderedDict
from dataclasses import replace

import structlog

from afterparty.core.model import Room, RoomKind, RoomState
from afterparty.core.records import Entry, RecordKind
from afterparty.core.season import Season, making_place
from afterparty.node.access.tokens import Bearer
from afterparty.node.books.book import KnownBook
from afterparty.node.ground.pieces import gently
from afterparty.node.ground.refused import Refused
from afterparty.node.live.rooms import Rooms
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.seasons import SeasonStore
from afterparty.wire.seasons import TellRecord, decode_season, encode_season

SEASONS_LIMIT = 1_000
"""Seasons on a server; one more takes the place of one that nobody uses."""

ATTEMPTS = 8
"""How often a place is made for a new season that another was faster to take."""

BOOKS_KNOWN = 32
"""Books of seasons that a node remembers, those that were asked for last."""

log = structlog.get_logger()


class Seasons:
    """All seasons. What reads or makes raises ``StoreError`` if the store is away."""

    def __init__(self, store: SeasonStore, rooms: Rooms, most: int = SEASONS_LIMIT) -> None:
        self._store, self._rooms, self._most = store, rooms, most
        self._books: OrderedDict[Season, KnownBook] = OrderedDict()

    async def make(self, season: Season) -> tuple[Season, bool]:
        """Make a season; it, and whether it is new. The same again is the one that there is.

        Raises ``Refused``: ``season_exists``; ``server_full`` if all that there are are used.
        """
        for _ in range(ATTEMPTS):
            try:
                await self._store.made.add(season.season, encode_season(season), self._most)
            except AlreadyExists:
                there = await self.find(season.season)
                if replace(season, created_at=there.created_at) != there:
                    message = f"There is another season {season.season!r} already."
                    raise Refused("season_exists", message) from None
                return there, False
            except StoreError as error:
                if error.code != "list_full":
                    raise
                if not await self._make_place():
                    break
            else:
                return season, True
        raise Refused("server_full", "This server carries no more seasons.")

    async def _make_place(self) -> bool:
        """Take away the season that is missed the least; whether there is one.

        One stays while a show of it is not simulated, or has a room that is live or to come.
        """
        now = time.time()
        used: dict[str, float] = {}
        kept: set[str] = set()
        for show in self._rooms.shows():
            if not show.season:
                continue
            used[show.season] = max(used.get(show.season, 0.0), show.created_at)
            rooms = (self._rooms.room(name) for name in self._rooms.rooms_of(show.show))
            if not show.simulated or any(_used(room, now) for room in rooms):
                kept.add(show.season)
        goes = making_place(await self.all(), used, kept)
        if goes is None:
            return False
        await self._drop(goes)
        log.info("a season made place for another", season=goes.season)
        return True

    async def remove(self, season: Season) -> None:
        """Take a season away, and its book. Raises ``Refused`` (``no_such_season``)."""
        if not await self._drop(season):
            raise Refused("no_such_season", f"There is no season {season.season!r}.")

    async def _drop(self, season: Season) -> bool:
        self._books.pop(season, None)
        return await self._store.drop(season.season, _edition(season))

    async def known(self, name: str) -> Season | None:
        """The season of that name; ``None`` if there is none, or it is gone."""
        body = await self._store.made.read(name) if name else None
        return None if body is None else decode_season(body)

    async def find(self, name: str) -> Season:
        """The season of that name. Raises ``Refused`` (``no_such_season``)."""
        found = await self.known(name)
        if found is None:
            raise Refused("no_such_season", f"There is no season {name!r}.")
        return found

    def admit(self, season: Season, who: Bearer) -> None:
        """Whether that bearer may put a show, or a room, into it. Raises ``Refused``."""
        if not season.admits(who.person.member) and "admin" not in who.grants:
            message = "Only whoever made a season, its hosts and admins put something into it."
            raise Refused("forbidden", message)

    async def all(self) -> list[Season]:
        """Every season, the newest first."""
        found = [decode_season(body) async for body in gently(await self._store.made.all())]
        return sorted(found, key=lambda season: (-season.created_at, season.season))

    def book(self, season: Season) -> KnownBook:
        """The record book of a season, which takes nothing more when that is gone."""
        book = self._books.pop(season, None)
        if book is None:
            book = KnownBook(self._store.book(season.season, _edition(season)))
        self._books[season] = book
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
        found = await self.book(season).enter(entry)
        if found is None:
            await self.find(season.season)  # it may be gone since
            raise Refused("record_too_low", "The record book is full of higher counts.")
        return found


def _used(room: Room, now: float) -> bool:
    """Whether a room is live, or will be. A replay that broke off leaves some that nobody opens."""
    if room.state is RoomState.SCHEDULED:
        return room.scheduled_for is not None and room.scheduled_for > now
    return room.state is RoomState.LIVE


def _edition(season: Season) -> str:
    """What tells a season from one of the same name that was before it."""
    return repr(season.created_at)
