"""The store pauses, dies, comes back, and may have forgotten: what goes on, what is put right."""

import asyncio
import shutil
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import RedisCluster
from tests.node.conftest import HOST, House, open_house
from tests.store.servers import Cluster, Server, free_ports

from afterparty.core import commands as c
from afterparty.core.events import Event, MemberInvited
from afterparty.core.model import HandoffPhase, Person, Role, RoomKind
from afterparty.node import node as node_module
from afterparty.node.ground.settings import Settings
from afterparty.node.opening import open_node
from afterparty.store import keys, servers
from afterparty.store.errors import StoreUnavailable
from afterparty.store.log import RoomLog
from afterparty.store.ops import Enter, Lease
from afterparty.store.servers import client, close
from afterparty.wire.events import encode_event
from afterparty.wire.messages import Moved, Reactions, to_client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "redis", free_ports(1)[0]) as found:
        yield found


@pytest.fixture
async def house(server: Server, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", redis_url=server.url) as found:
        yield found


@asynccontextmanager
async def another(server: Server, data: Path) -> AsyncIterator[House]:
    """One more node of the same show."""
    async with open_node(Settings(data=data, dev=True, redis_url=server.url)) as node:
        yield House(node)


@pytest.fixture(params=["killed", "paused"])
def away(request: pytest.FixtureRequest, server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the store goes away; requests give up soon."""
    monkeypatch.setattr(servers, "ANSWER_S", 0.5)
    return str(request.param)


def go(server: Server, how: str) -> None:
    server.kill() if how == "killed" else server.signal(signal.SIGSTOP)


def come_back(server: Server, how: str) -> None:
    server.start() if how == "killed" else server.signal(signal.SIGCONT)


async def soon(done: Callable[[], Awaitable[object]], seconds: float = 20.0) -> None:
    """Ask the store again until it is so."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                if await done():
                    return
            except StoreUnavailable:
                pass
            await asyncio.sleep(0.02)


async def test_what_goes_on_and_what_is_refused(house: House, server: Server, away: str) -> None:
    node, fan, other = house.node, await house.join("fan"), await house.join("other")
    go(server, away)
    with pytest.raises(StoreUnavailable):
        await node.rooms.execute("pre", c.RequestToSpeak(fan.person))
    assert not node.rooms.room("pre").requests
    with pytest.raises(Exception, match="store_unavailable"):
        await house.join("late")
    assert house.held() == {"pre": 2, "post": 0}, "who is in the room is known all the while"
    node.reactions.add("show", "pre", "fan", "💯")
    assert await _told(other, Reactions) == Reactions(room="pre", reactions=[("fan", "💯", 1)])
    gone = asyncio.create_task(node.members.leave(other))
    await asyncio.sleep(0)
    assert house.held() == {"pre": 1, "post": 0}

    come_back(server, away)
    await soon(lambda: node.rooms.execute("pre", c.RequestToSpeak(fan.person)))
    await gone
    await soon(lambda: _is(house, {"pre": 1, "post": 0}))
    late = await house.join("late")
    assert (late.room, await house.participants()) == ("pre", {"pre": 2, "post": 0})
    events = await node.store.log.read("show", "pre")
    assert [number for number, _ in events] == list(range(1, len(events) + 1))
    assert node.rooms.version("pre") == len(events)


async def _is(house: House, counted: dict[str, int]) -> bool:
    return await house.participants() == counted


async def _told(connection, kind: type) -> object:
    """The next message of that kind."""
    async with asyncio.timeout(20):
        while True:
            for text in await connection.outbox.next():
                message = to_client.validate_json(text)
                if isinstance(message, kind):
                    return message


async def test_a_join_that_could_not_be_costs_nobody_their_seat(
    house: House, server: Server, away: str
) -> None:
    """A speaker whose node died tries this one, and then another, while the store is away."""
    speaker = Person("speaker", "speaker", "speaker")
    await _on_stage(house, speaker)
    go(server, away)
    with pytest.raises(Exception, match="store_unavailable"):
        await house.join("speaker")
    come_back(server, away)
    leaving = [task for task in asyncio.all_tasks() if task.get_name() == "leave"]
    assert leaving
    await asyncio.gather(*leaving)
    assert await house.participants() == {"pre": 0, "post": 0}
    assert "speaker" in house.node.rooms.room("pre").seats
    assert house.held() == {"pre": 0, "post": 0}


async def _on_stage(house: House, person: Person) -> None:
    rooms = house.node.rooms
    await rooms.execute("pre", c.RequestToSpeak(person))
    await rooms.execute("pre", c.AcceptRequest(HOST, person.member))


async def test_all_leases_ran_out_and_nobody_is_evicted(
    house: House, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes back first would evict all others, who were there all the time."""
    monkeypatch.setattr(node_module, "LEASE_MS", 300)
    monkeypatch.setattr(node_module, "RENEW_SECONDS", 0.1)
    async with another(server, tmp_path / "two") as two:
        for n in range(5):
            await house.join(f"a{n}")
            await two.join(f"b{n}")
        presence, evicted = house.node.store.presence, []
        monkeypatch.setattr(presence, "evict", lambda *held: evicted.append(held))
        first, second = Turns(house, monkeypatch), Turns(two, monkeypatch)
        server.signal(signal.SIGSTOP)
        await asyncio.sleep(0.5)  # longer than a lease
        second.hold()
        server.signal(signal.SIGCONT)
        await first.more(5)
        await house.node.vigil.look()
        second.go_on()
        await second.more(3)
        await soon(lambda: _is(house, {"pre": 10, "post": 0}))
        monkeypatch.undo()
        assert not evicted
        assert house.held() == two.held() == {"pre": 5, "post": 0}


class Turns:
    """The renewals of a node's lease, counted, and held up if need be."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self._renew = house.node.store.presence.renew
        self._may, self._done = asyncio.Event(), asyncio.Semaphore(0)
        self._may.set()
        monkeypatch.setattr(house.node.store.presence, "renew", self._turn)

    async def _turn(self, node: str, ttl_ms: int) -> Lease:
        await self._may.wait()
        found = await self._renew(node, ttl_ms)
        self._done.release()
        return found

    def hold(self) -> None:
        self._may.clear()

    def go_on(self) -> None:
        self._may.set()

    async def more(self, count: int) -> None:
        """Wait for that many more."""
        while not self._done.locked():
            await self._done.acquire()
        async with asyncio.timeout(20):
            for _ in range(count):
                await self._done.acquire()


class Forgetful:
    """A server that comes back with what it had at an earlier moment."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._kept = server.folder.with_name("kept")

    def remember(self) -> None:
        """From now on everything is forgotten."""
        self._server.signal(signal.SIGSTOP)  # nothing is written in the midst of the copy
        shutil.copytree(self._server.folder, self._kept)
        self._server.signal(signal.SIGCONT)

    async def write(self, room: str, expected: int, event: Event) -> None:
        """Let something happen that the running server does not know."""
        with Server(self._kept, free_ports(1)[0]) as elsewhere:
            redis = client(elsewhere.url)
            await RoomLog(redis).commit("show", room, expected, [encode_event(event)])
            await close(redis)

    def restart(self) -> None:
        self._server.kill()
        shutil.rmtree(self._server.folder)
        shutil.copytree(self._kept, self._server.folder)
        self._server.start().ready()


async def test_what_the_store_forgot_is_given_back(
    house: House, server: Server, tmp_path: Path
) -> None:
    """Members, an event that was acknowledged, and a whole room: as after a lost fsync."""
    async with another(server, tmp_path / "two") as two:
        fan, _ = await house.join("fan"), await two.join("guest")
        forgetful = Forgetful(server)
        forgetful.remember()
        late = await house.join("late")
        await _on_stage(house, fan.person)
        rooms = house.node.rooms
        await rooms.create_room(c.CreateRoom(HOST, "new", "show", RoomKind.SPACE, "New"))
        await rooms.execute("new", c.OpenRoom(HOST))
        version = rooms.version("pre")
        await _until_known(two, "new", 2)
        forgetful.restart()
        expected = {"pre": 3, "post": 0, "new": 0}
        await soon(lambda: _is(house, expected))
        await soon(lambda: _has(two, "pre", version))
        await soon(lambda: _has(house, "new", 2))
        assert await house.node.store.catalog.show_of("new") == "show"
        counts = (await house.node.audience.counts_now("show"))["pre"]
        assert (counts.participants, counts.listeners) == (3, 2), "the stage is not counted as such"
        assert await rooms.execute("pre", c.RequestToSpeak(late.person)) == version + 1
        await _until_known(two, "pre", version + 1)
        assert rooms.room("pre") == two.node.rooms.room("pre")


async def _has(house: House, room: str, version: int) -> bool:
    return await house.node.store.log.version("show", room) == version


async def _until_known(house: House, room: str, version: int) -> None:
    await house.until(lambda: house.node.rooms.version(room) >= version)


async def test_a_log_that_went_another_way_is_followed(house: House, server: Server) -> None:
    """Another node, which had not seen the last event, wrote its own in that place."""
    node, fan = house.node, await house.join("fan")
    forgetful = Forgetful(server)
    forgetful.remember()
    await node.rooms.execute("pre", c.RequestToSpeak(fan.person))
    seen = node.rooms.version("pre")
    invited = MemberInvited(time.time(), "host", "fan", Role.SPEAKER, time.time() + 60)
    await forgetful.write("pre", seen - 1, invited)
    forgetful.restart()
    moved = await _told(fan, Moved)
    assert isinstance(moved, Moved)
    assert (moved.room.room, moved.room.number, moved.room.requests) == ("pre", seen, [])
    room = node.rooms.room("pre")
    assert (list(room.invitations), room.requests) == (["fan"], ())
    await node.rooms.execute("pre", c.AcceptInvitation(fan.person))
    await soon(lambda: _has(house, "pre", seen + 1))
    await soon(lambda: _is(house, {"pre": 1, "post": 0}))


async def test_news_that_could_not_be_dealt_with_is_not_lost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, learned = 0, asyncio.Event()

    async def learn(show: str) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise StoreUnavailable("The bus is back, and nothing else yet.")
        learned.set()

    monkeypatch.setattr(house.node.rooms, "learn", learn)
    house.node.store.bus.resync("show")
    async with asyncio.timeout(20):
        await learned.wait()


async def test_what_was_done_after_its_answer_was_given_up_is_undone(house: House) -> None:
    """A server that was paused does what it had been sent, whoever has gone meanwhile."""
    node = house.node
    await house.join("fan")
    late = Enter("given-up", node.name, "late", "pre")
    await node.store.presence.apply("show", [late])
    node.audience.doubted.add("show")
    await soon(lambda: _is(house, {"pre": 1, "post": 0}))


async def test_a_node_on_a_cluster_of_which_a_master_dies(tmp_path: Path) -> None:
    with Cluster(tmp_path / "cluster") as cluster:
        async with open_house(tmp_path / "data", redis_url=cluster.url) as house:
            fans = [await house.join(f"fan{n}") for n in range(5)]
            await house.offer("h", seconds=0)
            await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
            assert house.held() == await house.participants() == {"pre": 0, "post": 5}
            redis = house.node.store.redis
            assert isinstance(redis, RedisCluster)
            port = redis.get_node_from_key(keys.root("show")).port
            master = next(one for one in cluster.masters if one.port == port)
            master.kill()
            with pytest.raises(StoreUnavailable):
                await house.node.rooms.execute("post", c.RequestToSpeak(fans[0].person))
            leaving = asyncio.create_task(house.node.members.leave(fans[4]))
            master.start()
            await soon(lambda: house.node.rooms.execute("post", c.Invite(HOST, "fan0")))
            await leaving
            await house.join("late", "post")
            await soon(lambda: _is(house, {"pre": 0, "post": 5}))
