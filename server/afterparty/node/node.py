"""One server process: everything it is made of, opened in order and closed in reverse.

The routes and sockets see only this.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import structlog

from afterparty.core.events import Event
from afterparty.core.model import Room, Show
from afterparty.media.events import MediaConfig
from afterparty.media.recorder import Recorder
from afterparty.media.relay import derive
from afterparty.node.accounts import Accounts
from afterparty.node.admission import Admission
from afterparty.node.audience import Audience
from afterparty.node.blocklists import Blocklists
from afterparty.node.clips import Clips
from afterparty.node.clockwork import Clockwork
from afterparty.node.connection import Connection
from afterparty.node.favourites import Favourites
from afterparty.node.ghosts import Ghosts
from afterparty.node.guestlist import GuestList
from afterparty.node.handoffs import Handoffs
from afterparty.node.hosts import Hosts
from afterparty.node.hub import Hub
from afterparty.node.keyring import Keyring
from afterparty.node.limits import Limits
from afterparty.node.lobby import Lobby
from afterparty.node.measures import Measures
from afterparty.node.members import Members
from afterparty.node.mixing import Mixing
from afterparty.node.news import News, ShowMade
from afterparty.node.notices import Notices
from afterparty.node.questions import Questions
from afterparty.node.reactions import Reactions
from afterparty.node.recordings import Recordings
from afterparty.node.records import Records
from afterparty.node.registry import NodeInfo, Registry, relay_of
from afterparty.node.rooms import Rooms
from afterparty.node.series import Series
from afterparty.node.settings import Settings, keys_of
from afterparty.node.shelf import Shelf
from afterparty.node.sound import Sound
from afterparty.node.tasks import Tasks, insist
from afterparty.node.tokens import TokenMint
from afterparty.node.vigil import Vigil
from afterparty.node.votes import Votes
from afterparty.node.webhooks import Webhooks
from afterparty.node.whereabouts import Whereabouts
from afterparty.store.connect import Store, open_store
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
from afterparty.wire.events import event_body
from afterparty.wire.messages import Counts, Nodes, RoomEvent
from afterparty.wire.views import CountsView, RoomView, ShowView, room_view, show_view

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
    reactions: Reactions
    questions: Questions
    favourites: Favourites
    guestlist: GuestList
    records: Records
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
    tasks: Tasks
    limits: Limits
    measures: Measures
    stopping: bool = False
    """It is going down: nobody is let in."""
    releases: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """What it leads, given up one after the other before its members are sent elsewhere."""
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
                    self.favourites.missed(show)
                case LogGrew(room, version):
                    if self.rooms.version(room) < version:
                        await self.rooms.catch_up(show, room)
                case CountsChanged(room, counts):
                    self.audience.heard(show, {room: counts})
                case Moved(holder, conns):
                    if holder == self.name:
                        await self.whereabouts.heard(show, conns)
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


@asynccontextmanager
async def open_node(settings: Settings) -> AsyncIterator[Node]:
    """Start a node; leave the block to stop it.

    Raises:
        StoreError: the store cannot be had.
        OSError: the UDP port cannot be bound.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.redis_url, settings.data))
        name = f"n-{secrets.token_hex(6)}"
        recorder = Recorder(name, settings.recording_free_mib * 2**20)
        stack.push_async_callback(recorder.close)
        tasks = await stack.enter_async_context(Tasks())
        hub, measures = Hub(), Measures()
        rooms = Rooms(store.catalog, store.log, measures, settings.max_rooms, settings.max_shows)

        def announce(show: str, counts: dict[str, CountsView]) -> None:
            hub.broadcast_latest(rooms.rooms_of(show), "counts", Counts(rooms=counts))

        audience = Audience(store.presence, measures, announce)
        admission = Admission(settings.handshakes_per_second, settings.joins_in_progress)

        def depart(connection: Connection) -> None:
            tasks.spawn("leave without sound", members.depart(connection))

        def find_mixer() -> None:
            mixing.stir()

        secret = settings.secret
        keys = Keyring(keys_of(secret)) if secret else Keyring.in_folder(settings.data)
        sound = Sound(
            MediaConfig(
                lane=settings.lane,
                relay_key=derive(keys.sealing().text),
                host=settings.media_host,
                port=settings.media_port,
                announce=settings.announced(),
                max_sessions=settings.max_members,
                session_timeout=settings.session_timeout,
            ),
            rooms,
            hub,
            admission,
            depart,
            find_mixer,
        )
        sound.plane.rooms.tap = recorder.take

        await sound.start()
        stack.push_async_callback(sound.stop)
        relay = relay_of(settings, sound.port)
        mixing = Mixing(name, relay, store.leads, rooms, hub, sound)

        def expel(connection: Connection) -> None:
            members.expel(connection)

        hosts = Hosts(rooms, hub, tasks, settings.host_grace_seconds)
        whereabouts = Whereabouts(
            name,
            rooms,
            store.presence,
            audience,
            hub,
            sound,
            tasks,
            expel,
            hosts,
        )
        handoffs = Handoffs(name, rooms, store.presence, audience, whereabouts, measures, tasks)
        blocklists = Blocklists(store.accounts, rooms, tasks)
        members = Members(
            name,
            rooms,
            audience,
            hub,
            sound,
            whereabouts,
            blocklists,
            hosts,
            tasks,
            most=settings.max_members,
            resume_seconds=settings.resume_seconds,
        )
        reactions = Reactions(store.bus, hub, lambda room: rooms.room(room).seats)
        limits, votes = Limits(settings), Votes(store.questions, measures)
        questions = Questions(store.questions, rooms, votes, limits, tasks)
        favourites = Favourites(questions, rooms, hub)
        whereabouts.on_moved = favourites.greet
        records = Records(store.records, rooms, audience, tasks)
        shelf, most = Shelf(settings.recordings_in(), rooms), settings.recording_hours * 3600.0
        recordings = Recordings(recorder, shelf, store.recordings, rooms, most)
        private = settings.dev or settings.private_webhooks
        webhooks = Webhooks(name, store.webhooks, rooms, measures, tasks, private=private)
        clockwork = Clockwork(handoffs.act)
        vigil = Vigil(store.presence, audience, store.bus, rooms, hub, lambda: node._followed)
        ghosts = Ghosts(rooms, store.presence, hub, whereabouts, settings.resume_seconds)
        registry = Registry(store.nodes, NodeInfo(name, settings.url, relay, keys=keys.kids()))

        def rekey() -> None:
            registry.mine = replace(registry.mine, keys=keys.kids())
            if sound.plane.relay is not None:
                understood = [derive(key.text) for key in keys.understood()]
                sound.plane.relay.rekey(derive(keys.sealing().text), understood)

        keys.on_change.append(rekey)
        rekey()

        def follow(show: str) -> None:
            node.follow(show)

        news = News(
            store.bus,
            store.catalog,
            rooms,
            follow,
            members.taken_up,
            blocklists,
            recordings.erase,
        )
        lobby, series = Lobby(rooms), Series(store.series, rooms)
        accounts = Accounts(store.accounts, rooms, hub, blocklists, news, tasks)
        notices = Notices(name, store.notices, rooms, blocklists, tasks)
        node = Node(
            name=name,
            settings=settings,
            mint=TokenMint(keys),
            store=store,
            rooms=rooms,
            hub=hub,
            admission=admission,
            audience=audience,
            sound=sound,
            mixing=mixing,
            handoffs=handoffs,
            members=members,
            whereabouts=whereabouts,
            reactions=reactions,
            questions=questions,
            favourites=favourites,
            guestlist=GuestList(store.guestlist, rooms, tasks),
            records=records,
            lobby=lobby,
            series=series,
            accounts=accounts,
            blocklists=blocklists,
            notices=notices,
            recordings=recordings,
            clips=Clips(recordings, store.recordings, rooms),
            vigil=vigil,
            registry=registry,
            news=news,
            webhooks=webhooks,
            tasks=tasks,
            limits=limits,
            measures=measures,
        )
        for of_all_rooms in (
            clockwork.on_event,
            lobby.on_event,
            series.on_event,
            recordings.on_event,
        ):
            rooms.listen(of_all_rooms)
        await rooms.load()

        def tell(room: Room, event: Event) -> None:
            told = RoomEvent(room=room.room, number=room.version, event=event_body(event))
            hub.broadcast(room.room, told)

        for listener in (
            tell,
            sound.on_event,
            handoffs.on_event,
            members.on_event,
            hosts.on_event,
            records.on_event,
            blocklists.on_event,
            accounts.on_event,
            notices.on_event,
            questions.on_event,
            favourites.on_event,
            webhooks.on_event,
        ):
            rooms.listen(listener)
        rooms.on_rewritten = whereabouts.begin_anew
        node.releases += [mixing.release, webhooks.release]
        for room in rooms.all():
            handoffs.recover(room)
        records.recover()
        blocklists.recover()
        notices.recover()
        questions.recover()
        tasks.spawn("recover recordings", insist("recover recordings", recordings.recover))
        await store.presence.renew(name, LEASE_MS)
        registry.on_change.append(
            lambda: hub.tell_all_latest("nodes", Nodes(nodes=registry.urls()))
        )
        registry.on_change.append(
            lambda: keys.agree(peer.keys for peer in registry.peers().values() if peer.keys)
        )
        await registry.refresh(LEASE_MS)
        for show in rooms.shows():
            node.follow(show.show)
        for title, work in (
            ("audience", audience.run),
            ("clockwork", clockwork.run),
            ("reactions", reactions.run),
            ("votes", votes.run),
            ("questions", favourites.run),
            ("recorder", recorder.run),
            ("recordings", recordings.run),
            ("lease", node.keep_lease),
            ("registry", node.keep_listed),
            ("keys", keys.run),
            ("mixing", mixing.run),
            ("vigil", vigil.run),
            ("ghosts", ghosts.run),
            ("news", news.run),
            ("webhooks", webhooks.run),
            ("admission", lambda: admission.measure(sound.busy, measures.loop_lag_seconds.observe)),
        ):
            tasks.keep(title, work)
        try:
            yield node
        finally:
            node.stopping = True
            for release in node.releases:
                with contextlib.suppress(StoreError):
                    await release()
            with contextlib.suppress(StoreError):
                await registry.withdraw()
            with contextlib.suppress(StoreError):  # one for all shows: it may be 4 s for each
                for show in list(rooms.shows()):
                    await store.presence.evict(show.show, name)
