"""What enters the record book by itself: rooms that are over, once each, by whichever node."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.node.conftest import HOST, House, bearer, open_house

from afterparty.core import commands as c
from afterparty.core.model import RoomKind
from afterparty.core.records import Entry, RecordKind, top
from afterparty.node.books.book import KnownBook
from afterparty.node.ground.settings import Settings
from afterparty.node.node import Node
from afterparty.node.opening import open_node
from afterparty.store import keys
from afterparty.store.embedded import EmbeddedStore


async def entries(node: Node, wanted: int) -> tuple[Entry, ...]:
    """The book, the highest first, as soon as it has so many entries."""
    async with asyncio.timeout(40):
        while len(found := top(await node.records.book(), 100)) < wanted:
            pass
    assert len(found) == wanted
    return found


async def test_a_room_enters_with_its_peak_when_it_is_over(house: House) -> None:
    fans = [await house.join(f"fan{n}") for n in range(3)]
    await house.join("fan0")  # the same one again is no second listener
    await house.node.members.leave(fans[2])
    assert await entries(house.node, 0) == ()
    await house.node.rooms.execute("pre", c.EndRoom(HOST))
    (entry,) = await entries(house.node, 1)
    peak, room = await house.node.store.presence.peak("show", "pre"), house.node.rooms.room("pre")
    assert (room.opened_at or 0) < peak.at < (room.over_at or 0)
    assert entry == Entry(
        entry=":room:pre",
        kind=RecordKind.ROOM,
        title="pre",
        listeners=3,
        at=peak.at,
        simulated=False,
        by="host",
        room="pre",
        show="show",
        room_kind=RoomKind.SPACE,
        host="Host",
    )


async def test_who_heard_nobody_and_what_never_opened_do_not_enter(house: House) -> None:
    rooms = house.node.rooms
    await rooms.create_room(c.CreateRoom(HOST, "never", "show", RoomKind.SPACE, "never"))
    await house.node.members.join(bearer("early"), "never")
    await rooms.execute("never", c.CancelRoom(HOST))
    await rooms.execute("post", c.EndRoom(HOST))
    await house.join("fan")
    await rooms.execute("pre", c.EndRoom(HOST))  # the others would have entered before
    assert [entry.room for entry in await entries(house.node, 1)] == ["pre"]


async def test_what_was_missed_enters_when_a_node_starts(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        await house.join("fan")
        await house.node.rooms.execute("pre", c.EndRoom(HOST))
        (before,) = await entries(house.node, 1)
        redis = house.node.store.redis
        await redis.delete(*(await redis.keys(f"{keys.RECORDS}:*")))
    async with open_node(Settings(data=tmp_path / "data", dev=True)) as node:
        assert await entries(node, 1) == (before,)


@pytest.mark.parametrize(
    "was",
    [{"at": 1.0, "room_kind": None, "host": ""}, {"listeners": 0, "live": True}],
    ids=["by an earlier version", "while it was live"],
)
async def test_what_was_entered_before_is_made_good_when_a_node_starts(
    tmp_path: Path, was: dict[str, Any]
) -> None:
    async with open_house(tmp_path / "data") as house:
        await house.join("fan")
        await house.node.rooms.execute("pre", c.EndRoom(HOST))
        (entry,) = await entries(house.node, 1)
        redis = house.node.store.redis
        await redis.delete(*(await redis.keys(f"{keys.RECORDS}:*")))
        await KnownBook(house.node.store.records).enter(replace(entry, **was))
    async with open_node(Settings(data=tmp_path / "data", dev=True)) as node:
        async with asyncio.timeout(40):
            while await entries(node, 1) != (entry,):
                pass


async def test_two_nodes_enter_a_room_once(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    url = await store.start()
    try:
        async with (
            open_house(tmp_path / "one", redis_url=url) as house,
            open_node(Settings(data=tmp_path / "two", dev=True, redis_url=url)) as other,
        ):
            await house.join("fan")
            ended = asyncio.Event()
            other.rooms.listen(lambda room, event: ended.set())
            await house.node.rooms.execute("pre", c.EndRoom(HOST))
            async with asyncio.timeout(40):
                await ended.wait()
            assert await entries(other, 1) == await entries(house.node, 1)
            assert (await house.node.store.records.read()).version == 1
    finally:
        await store.stop()
