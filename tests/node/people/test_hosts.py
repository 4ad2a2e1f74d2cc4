"""Hosts who drop, come back, are followed by a co-host or waited for in vain: on two real nodes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.node.conftest import HOST, House, bearer, open_house

from afterparty.core import commands as c
from afterparty.core.model import HandoffPhase, Person, Role, RoomState
from afterparty.node.ground.settings import Settings
from afterparty.node.live.connection import Connection, Via
from afterparty.node.opening import open_node
from afterparty.node.people.ghosts import Ghosts
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.ops import Enter

SECRET = "two nodes of one house share this secret"


class Pair:
    """Two nodes on one store."""

    def __init__(self, one: House, other: House) -> None:
        self.one, self.other = one, other

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to be so after an event of any room at either node."""
        happened = asyncio.Event()
        for house in (self.one, self.other):
            house.node.rooms.listen(lambda room, event: happened.set())
        async with asyncio.timeout(20):
            while not true():
                happened.clear()
                await happened.wait()

    async def level(self, room: str = "pre") -> None:
        """Wait until both nodes know as much of a room."""
        versions = [house.node.rooms.version for house in (self.one, self.other)]
        await self.until(lambda: versions[0](room) == versions[1](room))

    def away(self, room: str = "pre") -> list[bool]:
        """Whether its host is away, as each node knows it."""
        rooms = (house.node.rooms.room(room) for house in (self.one, self.other))
        return [found.away is not None for found in rooms]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async for found in _pair(tmp_path):
        yield found


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[Pair]:
    async for found in _pair(tmp_path, host_grace_seconds=0.5):
        yield found


async def _pair(tmp_path: Path, **more: Any) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        store = EmbeddedStore(tmp_path / "redis")
        stack.push_async_callback(store.stop)
        common = {"redis_url": await store.start(), "secret": SECRET, "resume_seconds": 0.3} | more
        one = await stack.enter_async_context(open_house(tmp_path / "one", **common))
        settings = Settings(data=tmp_path / "two", dev=True, **common)
        other = House(await stack.enter_async_context(open_node(settings)))
        yield Pair(one, other)


async def drop(house: House, connection: Connection) -> None:
    """The socket breaks, and its client does not come back."""
    house.node.members.detach(connection, connection.outbox)


async def seat(house: House, member: str, role: Role = Role.COHOST) -> None:
    person, execute = Person(member, member, member), house.node.rooms.execute
    await execute("pre", c.Invite(HOST, member, role))
    await execute("pre", c.AcceptInvitation(person))


async def test_a_host_who_drops_is_waited_for_and_returns_by_another_node(pair: Pair) -> None:
    host = await pair.one.join("host")
    await drop(pair.one, host)
    for room in ("pre", "post"):
        await pair.until(lambda room=room: pair.away(room) == [True, True])
        away = pair.one.node.rooms.room(room).away
        assert away is not None
        assert away.until - away.since == pytest.approx(300)
        assert "host" in pair.one.node.rooms.room(room).seats
    await pair.other.join("host", "post")
    for room in ("pre", "post"):
        await pair.until(lambda room=room: pair.away(room) == [False, False])


async def test_a_host_who_does_not_return_ends_the_room_for_everybody(impatient: Pair) -> None:
    pair = impatient
    fan, host = await pair.other.join("fan"), await pair.one.join("host")
    whep = pair.other.node.members.admit(bearer("ear"), "pre", Via.WHEP, "ear")
    await pair.other.node.members.enter(whep)
    await drop(pair.one, host)
    await pair.until(lambda: pair.other.node.rooms.room("pre").state is RoomState.TIMED_OUT)
    told = ""
    async with asyncio.timeout(20):
        while (texts := await fan.outbox.next()) is not None:
            told += "".join(texts)
        while any((await pair.one.participants()).values()):  # noqa: ASYNC110 - asked of the store
            await asyncio.sleep(0.02)
        while not (await pair.one.node.records.book()).entries:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.02)
    assert '"room_timed_out"' in told
    assert '"closing","code":"room_over"' in told
    assert not pair.other.node.sound.plane.has_room("pre")
    assert [e.room for e in (await pair.one.node.records.book()).entries] == ["pre"]


async def test_a_host_in_another_room_of_the_show_is_not_away(pair: Pair) -> None:
    first, second = await pair.one.join("host"), await pair.other.join("host", "post")
    await pair.one.node.members.leave(first)
    assert pair.away() == pair.away("post") == [False, False]
    await pair.other.node.members.leave(second)
    await pair.until(lambda: pair.away() == pair.away("post") == [True, True])


async def test_a_host_who_goes_along_with_the_audience_is_not_away(pair: Pair) -> None:
    await pair.one.join("host")
    await pair.one.join("fan")
    await pair.one.offer("h", seconds=0)
    await pair.until(lambda: pair.one.phase() is HandoffPhase.CLOSED)
    assert pair.one.held() == {"pre": 0, "post": 2}
    for now in (0.0, 100.0):
        await _look(pair.one, now)
    assert pair.one.node.rooms.room("pre").away is None


async def test_who_never_came_is_not_missed(pair: Pair) -> None:
    await pair.one.join("fan")
    for now in (0.0, 100.0):
        await _look(pair.other, now)
    assert pair.away() == pair.away("post") == [False, False]


async def _look(house: House, now: float) -> None:
    """Look for ghosts as of another time, beside those that look by themselves."""
    node = house.node
    await Ghosts(node.rooms, node.store.presence, node.hub, node.whereabouts, 10.0).look(now)


async def test_a_host_whose_node_was_killed_is_waited_for(pair: Pair) -> None:
    presence = pair.one.node.store.presence
    await presence.apply("show", [Enter("c-host", "killed", "host", "pre")])
    await pair.one.join("fan")
    await presence.evict("show", "killed")
    await pair.until(lambda: pair.away() == [True, True])
    await pair.until(lambda: pair.away("post") == [True, True])


async def test_who_comes_in_as_they_are_missed_is_not_away(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, log = await pair.one.join("host"), pair.one.node.store.log
    commit = log.commit
    asked: list[bool] = []

    async def too_late(*args: Any) -> int:
        asked.append(args[-1])
        await pair.other.join("host", "post")
        return await commit(*args)

    with monkeypatch.context() as patched:
        patched.setattr(type(log), "commit", lambda _, *args: too_late(*args))
        await pair.one.node.members.leave(host)
    assert asked[0] is True, "looked for in every room of the show"
    await pair.level()
    assert pair.away() == pair.away("post") == [False, False]


async def test_who_came_in_before_it_was_heard_that_they_are_away_is_back(pair: Pair) -> None:
    """The other node hears late that the host is away, whom it has let in meanwhile."""
    host = await pair.one.join("host")
    rooms = pair.other.node.rooms
    deaf = rooms.catch_up
    waiting = asyncio.Event()

    async def later(show: str, room: str) -> None:
        await waiting.wait()
        await deaf(show, room)

    rooms.catch_up = later  # type: ignore[method-assign]
    await pair.one.node.members.leave(host)
    assert pair.away() == [True, False]
    await pair.other.join("host")
    assert pair.away() == [True, False]
    rooms.catch_up = deaf  # type: ignore[method-assign]
    waiting.set()
    await pair.until(lambda: pair.away() == [False, False])


async def test_a_cohost_takes_over_and_the_host_who_returns_is_a_cohost(pair: Pair) -> None:
    host, cohost = await pair.one.join("host"), await pair.other.join("cohost")
    await seat(pair.one, "cohost")
    await pair.level()
    await drop(pair.one, host)
    await pair.until(lambda: pair.away() == [True, True])
    await pair.other.node.rooms.execute("pre", c.TakeOver(cohost.person))
    await pair.level()
    room = pair.one.node.rooms.room
    assert (room("pre").host.member, room("pre").away) == ("cohost", None)
    assert room("pre").role_of("host") is Role.COHOST
    assert (room("post").host.member, room("post").away is None) == ("host", False)
    back = await pair.other.join("host")
    await pair.until(lambda: pair.away("post") == [False, False])
    assert room("pre").host.member == "cohost"
    await drop(pair.other, back)
    await pair.until(lambda: "host" not in room("pre").seats)


async def test_a_host_leaves_the_room_to_a_cohost_and_the_sound_stays_as_it_is(pair: Pair) -> None:
    host, fan = await pair.one.join("host"), await pair.other.join("fan")
    for house in (pair.one, pair.other):  # so that each node needs the room all the while
        await house.join("cohost")
    await seat(pair.one, "cohost")
    await pair.level()
    mixing = [house.node.mixing._mine for house in (pair.one, pair.other)]
    async with asyncio.timeout(20):
        while not any("pre" in mine for mine in mixing):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)
    before = [mine.get("pre") for mine in mixing]
    await pair.one.node.rooms.execute("pre", c.Leave(host.person, "cohost"))
    await pair.one.node.members.leave(host)
    await pair.level()
    room = pair.other.node.rooms.room("pre")
    assert (room.state, room.host.member, room.away) == (RoomState.LIVE, "cohost", None)
    assert list(room.seats) == ["cohost"]
    told = "".join(await fan.outbox.next() or [])
    assert '"type":"host_changed"' in told
    assert [mine.get("pre") for mine in mixing] == before
