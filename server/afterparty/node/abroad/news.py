"""What nodes tell each other over the bus: that a show was made, that a client went on elsewhere,
that a member left a room, that a block list has changed, that a recording was deleted.

All may be lost, as whatever travels by pub/sub. Shows, block lists and deletions are read from the
store when something may have been missed; a connection whose client went on elsewhere runs out by
itself. What takes long is begun here and not awaited, as other news would wait for it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from pydantic import TypeAdapter, ValidationError

from afterparty.node.live.rooms import Rooms
from afterparty.node.people.blocklists import Blocklists
from afterparty.store.bus import Bus
from afterparty.store.catalog import Catalog
from afterparty.store.errors import StoreError
from afterparty.store.inbox import Message, Resync

CHANNEL = ":nodes"
"""No show has that name."""

WAITING_LIMIT = 4096
"""Pieces of news that may wait for this node; the oldest are lost."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ShowMade:
    """A node made a show."""

    show: str


@dataclass(frozen=True, slots=True)
class TakenUp:
    """The client of a connection, which another node may hold yet, went on at the teller's."""

    connection: str
    member: str


@dataclass(frozen=True, slots=True)
class Left:
    """A member left a room by a request to that node, whichever hold their connections."""

    room: str
    member: str
    node: str


@dataclass(frozen=True, slots=True)
class BlocksChanged:
    """The block list of an account is another one now."""

    account: str


@dataclass(frozen=True, slots=True)
class RecordingDeleted:
    """A room's recording was deleted: whatever any node has of it goes."""

    room: str


Told = ShowMade | TakenUp | Left | BlocksChanged | RecordingDeleted
_news: TypeAdapter[Told] = TypeAdapter(Told)


class News:
    """Tells, and hears: ``follow`` is given each show that is new, ``let_go`` a connection,
    ``see_off`` who left a room, ``erase`` a room whose recording is to go; ``look_again`` is called
    where such rooms may have been missed."""

    def __init__(
        self,
        bus: Bus,
        catalog: Catalog,
        rooms: Rooms,
        follow: Callable[[str], None],
        let_go: Callable[[str, str], None],
        see_off: Callable[[str, str, str], None],
        blocklists: Blocklists,
        erase: Callable[[str], object],
        look_again: Callable[[], None],
    ) -> None:
        self._bus, self._catalog, self._rooms = bus, catalog, rooms
        self._follow, self._let_go, self._see_off = follow, let_go, see_off
        self._blocklists, self._erase, self._look_again = blocklists, erase, look_again

    async def tell(self, news: Told) -> None:
        """Tell every node, this one too. If the store is away, nobody hears of it."""
        try:
            await self._bus.publish(CHANNEL, _news.dump_json(news))
        except StoreError as error:
            log.info("news lost", code=error.code)

    async def run(self) -> None:
        """Act on what other nodes tell, until cancelled."""
        async with self._bus.listen(CHANNEL, WAITING_LIMIT) as inbox:
            lost = 0
            async for told in inbox:
                match told:
                    case Resync():
                        await self._all_anew()
                    case Message(payload):
                        await self._hear(payload)
                if inbox.lost != lost and not inbox.waiting:
                    lost = inbox.lost
                    log.warning("more news than may wait")
                    await self._all_anew()

    async def _all_anew(self) -> None:
        self._blocklists.refresh()
        self._look_again()
        await self._all_shows()

    async def _hear(self, payload: bytes) -> None:
        try:
            told = _news.validate_json(payload)
        except ValidationError:
            log.warning("news that is not understood is left aside")
            return
        match told:
            case ShowMade(show):
                await self._learn(show)
            case TakenUp(connection, member):
                self._let_go(connection, member)
            case Left(room, member, node):
                self._see_off(room, member, node)
            case BlocksChanged(account):
                self._blocklists.changed(account)
            case RecordingDeleted(room):
                self._erase(room)

    async def find(self, show: str | None = None, room: str | None = None) -> None:
        """Know a show or room that another node made this moment, if there is one.

        Raises ``StoreError``: the store is away.
        """
        try:
            if room is not None:
                known = self._rooms.version(room) > 0
                show = None if known else await self._catalog.show_of(room)
            if show is not None and (room is not None or not self._rooms.knows(show)):
                await self._learn(show)
        except StoreError as error:
            if error.code != "bad_id":  # nothing has a name like that
                raise

    async def _all_shows(self) -> None:
        for show, _ in await self._catalog.shows():
            if not self._rooms.knows(show):
                await self._learn(show)

    async def _learn(self, show: str) -> None:
        await self._rooms.learn(show)
        if self._rooms.knows(show):
            self._follow(show)
