"""Opens a node: its parts are made, told of each other, and kept at work; and closed in reverse.

What each part is for, its own module says; which of them there are, ``node`` says.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

from afterparty.core.events import Event
from afterparty.core.model import Room
from afterparty.media.between.relay import derive
from afterparty.media.events import MediaConfig
from afterparty.media.tape.recorder import Recorder
from afterparty.node.abroad.news import News
from afterparty.node.abroad.registry import NodeInfo, Registry, relay_of
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
from afterparty.node.ground.settings import Settings, keys_of
from afterparty.node.ground.tasks import Tasks
from afterparty.node.live.audience import Audience
from afterparty.node.live.clockwork import Clockwork
from afterparty.node.live.connection import Connection
from afterparty.node.live.hub import Hub
from afterparty.node.live.measures import Measures
from afterparty.node.live.rooms import Rooms
from afterparty.node.node import LEASE_MS, Node
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
from afterparty.node.tape.shelf import Shelf
from afterparty.store.connect import open_store
from afterparty.store.errors import StoreError
from afterparty.wire.events import event_body
from afterparty.wire.messages import Counts, Nodes, RoomEvent
from afterparty.wire.views import CountsView


@asynccontextmanager
async def open_node(settings: Settings) -> AsyncIterator[Node]:
    """Start a node; leave the block to stop it.

    Raises:
        StoreError: the store cannot be had.
        OSError: the UDP port cannot be bound.
    """
    async with AsyncExitStack() as stack:
        node = await _build(settings, stack)
        await _begin(node)
        try:
            yield node
        finally:
            node.stopping = True
            for release in node.releases:
                with contextlib.suppress(StoreError):
                    await release()
            with contextlib.suppress(StoreError):
                await node.registry.withdraw()
            with contextlib.suppress(StoreError):  # one for all shows: it may be 4 s for each
                for show in list(node.rooms.shows()):
                    await node.store.presence.evict(show.show, node.name)


async def _build(settings: Settings, stack: AsyncExitStack) -> Node:
    """Make the parts and tell them of each other; those that are open are closed by the stack."""
    store = await stack.enter_async_context(open_store(settings.redis_url, settings.data))
    name = f"n-{secrets.token_hex(6)}"
    recorder = Recorder(name, settings.recording_free_mib * 2**20)
    stack.push_async_callback(recorder.close)
    tasks = await stack.enter_async_context(Tasks())
    hub, measures = Hub(), Measures()
    rooms = Rooms(store.catalog, store.log, measures, settings.max_rooms, settings.max_shows)

    def announce(show: str, counts: dict[str, CountsView]) -> None:
        hub.broadcast_latest(rooms.rooms_of(show), "counts", Counts(rooms=counts))
        honours.heard(counts)

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
    blocklists = Blocklists(store.accounts, rooms, tasks)
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
        blocklists,
    )
    crowd = Crowd(
        name,
        rooms,
        store.crowd,
        audience,
        whereabouts,
        blocklists,
        measures,
        tasks,
        most=settings.max_simulated,
    )
    handoffs = Handoffs(
        name, rooms, store.presence, audience, whereabouts, blocklists, crowd, measures, tasks
    )
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
    seasons = Seasons(store.seasons, rooms)
    records = Records(store.records, seasons, rooms, store.presence, tasks)
    honours = Honours(rooms, audience, records, seasons, settings.record_floor)
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
        members.left,
        blocklists,
        lambda room: tasks.spawn("erase a recording", recordings.erase(room)),
        recordings.look_again,
    )
    lobby, series = Lobby(rooms), Series(store.series, rooms)
    accounts = Accounts(store.accounts, store.presence, rooms, blocklists, news, tasks)
    notices = Notices(name, store.notices, store.accounts, rooms, blocklists, tasks)
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
        crowd=crowd,
        reactions=reactions,
        questions=questions,
        favourites=favourites,
        guestlist=GuestList(store.guestlist, rooms, tasks),
        records=records,
        seasons=seasons,
        honours=honours,
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
        hosts=hosts,
        votes=votes,
        clockwork=clockwork,
        ghosts=ghosts,
        keys=keys,
        tasks=tasks,
        limits=limits,
        measures=measures,
    )
    return node


async def _begin(node: Node) -> None:
    """Read what there is, and set everything to work."""
    for of_all_rooms in (
        node.clockwork.on_event,
        node.lobby.on_event,
        node.series.on_event,
        node.recordings.on_event,
    ):
        node.rooms.listen(of_all_rooms)
    await node.rooms.load()

    def tell(room: Room, event: Event) -> None:
        told = RoomEvent(room=room.room, number=room.version, event=event_body(event))
        node.hub.broadcast(room.room, told)

    for listener in (
        tell,
        node.sound.on_event,
        node.handoffs.on_event,
        node.members.on_event,
        node.crowd.on_event,
        node.hosts.on_event,
        node.records.on_event,
        node.honours.on_event,
        node.blocklists.on_event,
        node.accounts.on_event,
        node.notices.on_event,
        node.questions.on_event,
        node.favourites.on_event,
        node.webhooks.on_event,
    ):
        node.rooms.listen(listener)
    node.rooms.on_rewritten = node.whereabouts.begin_anew
    node.releases += [node.mixing.release, node.webhooks.release]
    for room in node.rooms.all():
        node.handoffs.recover(room)
    node.records.recover()
    node.honours.recover()
    node.blocklists.recover()
    node.notices.recover()
    node.questions.recover()
    await node.store.presence.renew(node.name, LEASE_MS)
    node.registry.on_change.append(
        lambda: node.hub.tell_all_latest("nodes", Nodes(nodes=node.registry.urls()))
    )
    node.registry.on_change.append(
        lambda: node.keys.agree(peer.keys for peer in node.registry.peers().values() if peer.keys)
    )
    await node.registry.refresh(LEASE_MS)
    for show in node.rooms.shows():
        node.follow(show.show)

    def measure() -> Coroutine[Any, Any, None]:
        lag = node.measures.loop_lag_seconds
        return node.admission.measure(node.sound.busy, lag.observe)

    for title, work in (
        ("audience", node.audience.run),
        ("clockwork", node.clockwork.run),
        ("reactions", node.reactions.run),
        ("votes", node.votes.run),
        ("questions", node.favourites.run),
        ("honours", node.honours.run),
        ("crowd", node.crowd.run),
        ("recorder", node.recordings.recorder.run),
        ("recordings", node.recordings.run),
        ("deletions", node.recordings.finish_deletions),
        ("lease", node.keep_lease),
        ("registry", node.keep_listed),
        ("keys", node.keys.run),
        ("mixing", node.mixing.run),
        ("vigil", node.vigil.run),
        ("ghosts", node.ghosts.run),
        ("news", node.news.run),
        ("webhooks", node.webhooks.run),
        ("admission", measure),
    ):
        node.tasks.keep(title, work)
