"""Those who asked are told of a room, each once, whichever node is there to tell them.

Nothing waits for half an hour: a room is scheduled for half an hour and a moment from now.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pydantic import TypeAdapter
from tests.node.abroad.test_news import second
from tests.node.conftest import HOST, House, open_house

from afterparty.core import commands as c
from afterparty.core.decision import decide
from afterparty.core.events import Event, StartsSoon
from afterparty.core.evolution import fold
from afterparty.core.model import Room, RoomKind, Show
from afterparty.core.rules import SOON_SECONDS
from afterparty.node.foyer import notices
from afterparty.node.ground.settings import Settings
from afterparty.node.node import Node
from afterparty.node.opening import open_node
from afterparty.store import keys
from afterparty.store.connect import open_store
from afterparty.store.errors import StoreUnavailable
from afterparty.store.notices import PAGE
from afterparty.wire.accounts import NoticeKind, NoticeView
from afterparty.wire.events import encode_event
from afterparty.wire.series import Series


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    # Short, for the store's socket is in it.
    async with open_house(tmp_path / "data") as found:
        yield found


async def make(node: Node, room: str = "soon", **more: Any) -> Room:
    return await node.rooms.create_room(
        c.CreateRoom(HOST, room, "show", RoomKind.SPACE, "A talk", **more)
    )


async def told(node: Node, member: str, many: int) -> list[NoticeView]:
    """What an account was told, as soon as it is so much."""
    async with asyncio.timeout(30):
        while len(found := await node.notices.read(member, "", 200)) < many:
            pass
    assert len(found) == many
    return found


async def finished(node: Node, *marks: str) -> None:
    """Wait until everybody was told of all of that."""
    async with asyncio.timeout(30):
        while not set(marks) <= await node.store.notices.told("show"):
            pass


async def kinds(node: Node, member: str) -> list[str]:
    return [notice.notice for notice in await node.notices.read(member, "", 200)]


async def test_half_an_hour_before_and_when_it_opens(house: House) -> None:
    node, when = house.node, time.time() + SOON_SECONDS + 0.3
    await make(node, scheduled_for=when)
    await node.accounts.remind("fan", node.rooms.room("soon"))
    assert await node.notices.read("fan", "", 9) == []
    (soon,) = await told(node, "fan", 1)
    assert when - SOON_SECONDS <= soon.at <= time.time()
    expected = NoticeView(
        notice="soon:soon",
        kind=NoticeKind.SOON,
        room="soon",
        title="A talk",
        host="host",
        host_name="Host",
        at=soon.at,
        scheduled_for=when,
        simulated=False,
    )
    assert soon == expected
    assert (await node.accounts.me("fan")).reminders == ["soon"]
    await node.rooms.execute("soon", c.OpenRoom(HOST))
    assert [notice.kind for notice in await told(node, "fan", 2)] == ["soon", "started"]
    assert [one.kind for one in await node.notices.read("fan", "soon:soon", 9)] == ["started"]
    await finished(node, "soon:started")
    lists = await node.store.accounts.lists("fan")
    assert not lists.reminders, "it is done with"
    assert await node.store.notices.reminded("show", "soon") == ([], 0)


async def test_a_room_that_is_put_off_begins_soon_once_more(house: House) -> None:
    node = house.node
    soon = await make(node, scheduled_for=time.time() + 60)
    await finished(node, f"soon:soon-{soon.scheduled_for:.0f}")
    await node.accounts.remind("fan", soon)
    later = time.time() + 120
    await node.rooms.execute("soon", c.EditRoom(HOST, scheduled_for=later))
    (notice,) = await told(node, "fan", 1)
    assert notice.scheduled_for == later


async def test_who_follows_the_series_or_the_host_and_who_does_not(house: House) -> None:
    node = house.node
    await node.series.make(
        Series(series="talks", title="T", description="", by="host", show=None, created_at=1.0)
    )
    room = await make(node, "first", series="talks")
    await make(node, "second")
    await node.accounts.remind("reminded", room)
    await node.accounts.follow_series("viewer", "talks")
    for member in ("fan", "troll"):
        await node.accounts.follow(member, "host")
    await node.accounts.remind("troll", room)
    await node.accounts.block(HOST, "troll")
    await node.accounts.remind("host", room)
    await node.rooms.execute("first", c.OpenRoom(HOST))
    await node.rooms.execute("second", c.CancelRoom(HOST))
    await finished(node, "first:started", "second:canceled")
    assert await kinds(node, "reminded") == ["first:started"]
    assert await kinds(node, "viewer") == ["first:started"]
    assert await kinds(node, "fan") == ["first:started"]
    assert await kinds(node, "troll") == [], "they could not come in"
    assert await kinds(node, "host") == [], "they know it"
    for member in ("troll", "host"):
        lists = await node.store.accounts.lists(member)
        assert not lists.reminders, "without a notice it is done with, too"


async def test_followers_of_a_host_are_told_up_to_a_bound(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "FOLLOWERS_TOLD", PAGE)
    node, many = house.node, 4 * PAGE
    followers = [f"fan{n}" for n in range(many)]
    await node.store.redis.sadd(f"{keys.account('host')}:followers", *followers)
    await make(node, "first")
    await node.rooms.execute("first", c.OpenRoom(HOST))
    await finished(node, "first:started")
    given = [bool(await kinds(node, member)) for member in followers]
    assert PAGE <= sum(given) < 2 * PAGE


async def test_two_nodes_tell_each_account_once(house: House) -> None:
    async with second(house) as other:
        room = await make(house.node)
        for n in range(50):
            await house.node.accounts.remind(f"fan{n}", room)
        await other.rooms.execute("soon", c.CancelRoom(HOST))
        await finished(house.node, "soon:canceled")
        for n in range(50):
            (notice,) = await other.notices.read(f"fan{n}", "", 9)
            assert notice.kind is NoticeKind.CANCELED
        assert not await house.node.store.redis.exists(keys.telling("show", "soon", "canceled"))


async def test_another_node_tells_them_where_one_died_in_the_midst_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "LOOK_AGAIN_SECONDS", 0.05)
    node, store = house.node, house.node.store
    room = await make(node)
    await node.accounts.remind("fan", room)
    assert await store.notices.begin("show", "soon", "started", "n-dead")
    await node.rooms.execute("soon", c.OpenRoom(HOST))
    assert await node.notices.read("fan", "", 9) == []
    await store.redis.pexpire(keys.telling("show", "soon", "started"), 1)
    (notice,) = await told(node, "fan", 1)
    assert notice.kind is NoticeKind.STARTED


async def test_they_are_told_as_soon_as_the_store_is_back(house: House) -> None:
    node, store = house.node, house.node.store.notices
    room = await make(node)
    await node.accounts.remind("fan", room)
    away = asyncio.Event()

    async def failing(*asked: object) -> bool | None:
        away.set()
        raise StoreUnavailable("away")

    with patch.object(store, "begin", failing):
        await node.rooms.execute("soon", c.OpenRoom(HOST))
        await away.wait()
    assert (await told(node, "fan", 1))[0].room == "soon"


async def test_a_node_that_starts_tells_what_was_missed(tmp_path: Path) -> None:
    now = time.time()
    commands: dict[str, tuple[c.Command, ...]] = {
        "waits": (),
        "open": (c.OpenRoom(HOST),),
        "off": (c.CancelRoom(HOST),),
        "old": (c.OpenRoom(HOST), c.EndRoom(HOST)),
    }
    async with open_store(None, tmp_path / "redis") as store:  # and no node at all
        body = Show("show", "A show", simulated=True, created_at=now, created_by="host")
        await store.catalog.create_show("show", _show(body))
        for room, later in commands.items():
            before = 2 * notices.MISSED_SECONDS if room == "old" else 0.0
            events = _events(room, now - before, later)
            await store.catalog.add_room("show", room)
            await store.log.commit("show", room, 0, [encode_event(event) for event in events])
            await store.accounts.remind("fan", "show", room, 9)
        url = f"unix://{tmp_path / 'redis' / 'redis' / 'redis.sock'}"
        for _ in range(2):  # the second one finds it done
            async with open_node(Settings(data=tmp_path / "node", redis_url=url)) as node:
                found = await told(node, "fan", 3)
        assert {notice.notice for notice in found} == {"waits:soon", "open:started", "off:canceled"}
        assert all(notice.simulated for notice in found)


def _show(show: Show) -> bytes:
    return TypeAdapter(Show).dump_json(show)


def _events(room: str, now: float, commands: tuple[c.Command, ...]) -> list[Event]:
    """A log as it is after that, of a room that begins soon."""
    create = c.CreateRoom(
        HOST, room, "show", RoomKind.SPACE, "T", scheduled_for=now + SOON_SECONDS / 2
    )
    events: list[Event] = []
    for command in (create, *commands):
        decided = decide(fold(events), command, now)
        assert isinstance(decided, tuple), decided
        events += decided
        if command is create:
            events.append(StartsSoon(now))
    return events


async def test_very_many_are_told_while_everything_else_goes_on(house: House) -> None:
    node, many = house.node, 1_000
    room = await make(node)
    members = [f"fan{n}" for n in range(many)]
    await node.store.redis.sadd(keys.reminded("show", "soon"), *members)
    turns, over = 0, asyncio.Event()

    async def count() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await node.rooms.execute(room.room, c.OpenRoom(HOST))
    await finished(node, "soon:started")
    over.set()
    await counting
    assert turns > many / notices.AT_ONCE
    assert all([await kinds(node, member) for member in (members[0], members[-1])])
