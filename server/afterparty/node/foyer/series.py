"""Series of rooms: which there are, and which rooms are their episodes.

A series is made once and never changes; a room says itself of which it is an episode, from when it
is made. So nothing here has to be kept in step.
"""

from afterparty.core.events import Event, RoomCreated
from afterparty.core.model import Room
from afterparty.node.access.tokens import Bearer
from afterparty.node.ground.refused import Refused
from afterparty.node.live.rooms import Rooms
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.series import SeriesBook
from afterparty.wire.series import Series as Made
from afterparty.wire.series import SeriesSummary, decode_series, encode_series

SERIES_LIMIT = 1_000
"""Series on a server."""

EPISODES_LIMIT = 500
"""Rooms of one series."""


class Series:
    """All series. What reads or makes raises ``StoreError`` if the store is away."""

    def __init__(self, store: SeriesBook, rooms: Rooms) -> None:
        self._store, self._rooms = store, rooms
        self._episodes: dict[str, list[str]] = {}

    def on_event(self, room: Room, event: Event) -> None:
        """Note an episode."""
        if isinstance(event, RoomCreated) and event.series is not None:
            self._episodes.setdefault(event.series, []).append(room.room)

    async def make(self, series: Made) -> None:
        """Make a series. Raises ``Refused``: ``series_exists``, ``server_full``."""
        try:
            await self._store.made.add(series.series, encode_series(series), SERIES_LIMIT)
        except AlreadyExists:
            message = f"There is a series {series.series!r} already."
            raise Refused("series_exists", message) from None
        except StoreError as error:
            if error.code == "list_full":
                raise Refused("server_full", "This server carries no more series.") from None
            raise

    async def find(self, name: str) -> Made:
        """The series of that name. Raises ``Refused`` (``no_such_series``)."""
        body = await self._store.made.read(name)
        if body is None:
            raise Refused("no_such_series", f"There is no series {name!r}.")
        return decode_series(body)

    async def all(self) -> list[Made]:
        """Every series, the newest first."""
        found = [decode_series(body) for body in await self._store.made.all()]
        return sorted(found, key=lambda series: (-series.created_at, series.series))

    async def followers(self, name: str) -> int:
        """How many accounts follow it."""
        return await self._store.followers(name)

    def episodes(self, name: str) -> list[Room]:
        """Its episodes, in the order in which they take place."""
        found = (self._rooms.room(room) for room in self._episodes.get(name, ()))
        return sorted(found, key=lambda room: (room.scheduled_for or room.created_at, room.room))

    def summary(self, series: Made) -> SeriesSummary:
        """A series as a list shows it."""
        episodes = self._episodes.get(series.series, [])
        shows = {self._rooms.room(room).show for room in episodes} | {series.show} - {None}
        simulated = any(self._rooms.show(show).simulated for show in shows if show is not None)
        return SeriesSummary(**series.model_dump(), simulated=simulated, count=len(episodes))

    async def admit(self, name: str, who: Bearer, show: str) -> None:
        """Whether a room of a show may become an episode, if that bearer makes it.

        Raises ``Refused``: ``no_such_series``, ``forbidden``, ``server_full``.
        """
        series = await self.find(name)
        if series.by != who.person.member:
            raise Refused("forbidden", "Only whoever made a series adds to it.")
        if series.show not in (None, show):
            raise Refused("forbidden", "The episodes of this series are of another show.")
        if len(self._episodes.get(name, ())) >= EPISODES_LIMIT:
            raise Refused("server_full", "This series has as many episodes as a series may have.")
