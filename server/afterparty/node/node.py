"""One server process: all its parts, as routes and sockets see them. ``opening`` makes it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from afterparty.core.model import Room, Show
from afterparty.node.abroad.news import News, ShowMade
from afterparty.node.abroad.registry import Registry
from afterparty.node.abroad.webhooks import Webhooks
from afterparty.node.access.admission import Admission
from afterparty.node.access.keyring import Keyring
from afterparty.node.access.limits import Limits
from afterparty.node.access.tokens import TokenMint
from afterparty.node.audio.mixing import Mixing
from afterparty.node.audio.sound import Sound
from afterparty.node.books.honours import Honours
from afterparty.node.books.records import Records
from afterparty.node.books.seasons import Seasons
from afterparty.node.foyer.accounts import Accounts
from afterparty.node.foyer.lobby import Lobby
from afterparty.node.foyer.notices import Notices
from afterparty.node.foyer.series import Series
from afterparty.node.ground.pieces import Answers
from afterparty.node.ground.settings import Settings
from afterparty.node.ground.tasks import Tasks
from afterparty.node.live.audience import Audience
from afterparty.node.live.clockwork import Clockwork
from afterparty.node.live.hub import Hub
from afterparty.node.live.measures import Measures
from afterparty.node.live.rooms import Rooms
from afterparty.node.people.blocklists import Blocklists
from afterparty.node.people.crowd import Crowd
from afterparty.node.people.ghosts import Ghosts
from afterparty.node.people.guestlist import GuestList
from afterparty.node.people.handoffs import Handoffs
from afterparty.node.people.hosts import Hosts
from afterparty.node.people.members import Members
from afterparty.node.people.vigil import Vigil
from afterparty.node.people.whereabouts import Whereabouts
from afterparty.node.talk.favourites import Favourites
from afterparty.node.talk.questions import Questions
from afterparty.node.talk.reactions import Reactions
from afterparty.node.talk.votes import Votes
from afterparty.node.tape.clips import Clips
from afterparty.node.tape.recordings import Recordings
from afterparty.store.connect import Store
from afterparty.store.errors import StoreError
from afterparty.store.inbox import (
    CountsChanged,
    Inbox,
    LogGrew,
    Message,
    Moved,
    QuestionsChanged,
    Resync,
)
from afterparty.wire.views import RoomView, ShowView, room_view, show_view

LEASE_MS = 3_000
"""How long a node's lease stands without being renewed."""

RENEW_SECONDS = 1.0
"""How often a lease is renewed."""

log = structlog.get_logger()


@dataclass
class Node:
    """The parts of a running node."""

    name: str
    settings: Settings
    mint: TokenMint
    store: Store
    rooms: Rooms
    hub: Hub
    admission: Admission
    audience: Audience
    sound: Sound
    mixing: Mixing
    handoffs: Handoffs
    members: Members
    whereabouts: Whereabouts
    crowd: Crowd
    reactions: Reactions
    questions: Questions
    favourites: Favourites
    guestlist: GuestList
    records: Records
    seasons: Seasons
    honours: Honours
    lobby: Lobby
    series: Series
    accounts: Accounts
    blocklists: Blocklists
    notices: Notices
    recordings: Recordings
    clips: Clips
    vigil: Vigil
    registry: Registry
    news: News
    webhooks: Webhooks
    hosts: Hosts
    votes: Votes
    clockwork: Clockwork
    ghosts: Ghosts
    keys: Keyring
    tasks: Tasks
    limits: Limits
    measures: Measures
    stopping: bool = False
    """It is going down: nobody is let in."""
    releases: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What it leads, given up one after the other before its members are sent elsewhere."""
    books: Answers[str] = field(default_factory=Answers)
    """Record books, at the dates that were asked for."""
    _followed: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def view(self, room: Room) -> RoomView:
        """A room as clients see it."""
        return room_view(room, simulated=self.rooms.show(room.show).simulated)

    def show_view(self, name: str) -> ShowView:
        """A show as clients see it."""
        return show_view(self.rooms.show(name), self.rooms.rooms_of(name))

    async def create_show(self, show: Show) -> None:
        """Write a show down and follow its news. Raises ``Refused`` (``show_exists``)."""
        await self.rooms.create_show(show)
        self.follow(show.show)
        await self.news.tell(ShowMade(show.show))

    def follow(self, show: str) -> None:
        """Hear of what other nodes do in a show."""
        if show not in self._followed:
            self._followed[show] = self.tasks.keep("follow show", lambda: self._follow(show))

    async def _follow(self, show: str) -> None:
        async with self.store.bus.listen(show) as inbox:
            while True:
                try:
                    await self._hear(show, inbox)
                except StoreError as error:
                    log.warning("news wait for the store", show=show, code=error.code)
                    inbox.put(Resync())  # what was taken out of it was not dealt with
                    await asyncio.sleep(RENEW_SECONDS)

    async def _hear(self, show: str, inbox: Inbox) -> None:
        async for news in inbox:
            match news:
                case Resync():
                    await self.rooms.learn(show)
                    await self.audience.refresh(show)
                    await self.whereabouts.agree(show)
                    await self.crowd.agree(show)
                    self.favourites.missed(show)
                case LogGrew(room, version):
                    if self.rooms.version(room) < version:
                        await self.rooms.catch_up(show, room)
                case CountsChanged(room, counts):
                    self.audience.heard(show, {room: counts})
                case Moved(holder, conns):
                    if holder == self.name:
                        await self.whereabouts.heard(show, conns)
                        await self.crowd.heard(show, conns)
                case QuestionsChanged(room):
                    self.favourites.heard(room)
                case Message(payload):
                    self.reactions.heard(payload)

    async def keep_lease(self) -> None:
        """Stay alive in the store, until cancelled. Nothing else may hold this up."""
        while True:
            try:
                self.vigil.renewed(await self.store.presence.renew(self.name, LEASE_MS))
            except StoreError as error:
                self.vigil.missed()
                log.warning("the lease waits for the store", code=error.code)
            await asyncio.sleep(RENEW_SECONDS)

    async def keep_listed(self) -> None:
        """Tell the other nodes of this one, and hear of them, until cancelled."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self.registry.refresh(LEASE_MS)
            except StoreError as error:
                log.warning("the registry waits for the store", code=error.code)

    async def ready(self) -> bool:
        """Whether store and sound are up."""
        if self.stopping:
            return False
        try:
            await self.store.presence.live_nodes("probe")
        except StoreError:
            return False
        return True
