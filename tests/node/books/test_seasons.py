"""Seasons of a node: each makes place, goes whole, and is known to be gone at every other node."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.node.books.test_honours import NONE, SEASON, evening, in_book, two_nodes
from tests.node.conftest import HOST

from afterparty.core import commands as c
from afterparty.core.model import RoomKind, Show
from afterparty.core.season import Season
from afterparty.node.books.seasons import Seasons
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.settings import Settings
from afterparty.node.node import Node
from afterparty.node.opening import open_node
from afterparty.store import keys
from afterparty.wire.seasons import TellRecord

TOLD = TellRecord(title="Elsewhere", listeners=9, at=1.0)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with open_node(Settings(data=tmp_path / "data", dev=True)) as found:
        yield found


def season(name: str, created_at: float) -> Season:
    return Season(name, name, 0.0, 9.0, by="host", created_at=created_at)


async def names(seasons: Seasons) -> list[str]:
    return [one.season for one in await seasons.all()]


async def show(node: Node, name: str, of: str, *, simulated: bool = True) -> None:
    await node.create_show(Show(name, name, simulated=simulated, created_at=time.time(), season=of))


async def test_one_more_takes_the_place_of_the_oldest_that_nobody_uses(node: Node) -> None:
    few = Seasons(node.store.seasons, node.rooms, most=4)
    for n, name in enumerate(("of-2021", "true", "idle", "new")):
        made = SEASON if name == "of-2021" else season(name, 2.0 + n)
        assert await few.make(made) == (made, True)
        await few.tell(made, TOLD, "host")
    live = await evening(node, "night", SEASON.until)
    await show(node, "true", "true", simulated=False)
    with capture_logs() as logs:
        await few.make(season("newer", 9.0))
    assert [log["season"] for log in logs if "made place" in log["event"]] == ["idle"]
    assert sorted(await names(few)) == ["new", "newer", "of-2021", "true"]
    with pytest.raises(Refused) as refused:
        await few.find("idle")
    assert refused.value.code == "no_such_season"

    await show(node, "used", "new")  # without a room it keeps nothing, but is of now
    await few.make(season("newest", time.time()))
    assert sorted(await names(few)) == ["new", "newest", "of-2021", "true"]

    # An evening that is over keeps nothing, nor does one that broke off before it began.
    await node.rooms.execute(live, c.EndRoom(HOST))
    await node.rooms.create_room(c.CreateRoom(HOST, "never", live, RoomKind.SPACE, "Never opened"))
    await few.make(season("last", time.time()))
    assert sorted(await names(few)) == ["last", "new", "newest", "true"]

    soon = time.time() + 600
    planned = c.CreateRoom(HOST, "soon", "used", RoomKind.SPACE, "Soon", scheduled_for=soon)
    await node.rooms.create_room(planned)
    await few.make(season("very-last", time.time()))
    assert sorted(await names(few)) == ["last", "new", "true", "very-last"]


async def test_where_all_are_used_there_is_no_place(node: Node) -> None:
    few = Seasons(node.store.seasons, node.rooms, most=1)
    await few.make(season("true", 1.0))
    await show(node, "true", "true", simulated=False)
    with pytest.raises(Refused) as refused:
        await few.make(season("more", 2.0))
    assert refused.value.code == "server_full"
    assert await few.make(season("true", 3.0)) == (season("true", 1.0), False)


async def test_of_one_that_is_gone_no_node_keeps_or_writes_anything(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (one, other):
        await one.seasons.make(SEASON)
        await one.seasons.tell(SEASON, TOLD, "host")
        room = await evening(one, "night", SEASON.until)
        await in_book(other, lambda book: book.get("Room night", NONE).live)
        await other.seasons.remove(SEASON)
        for node in (one, other):
            assert await node.seasons.known("of-2021") is None
            for gone in (node.seasons.tell(SEASON, TOLD, "host"), node.seasons.remove(SEASON)):
                with pytest.raises(Refused) as refused:
                    await gone
                assert refused.value.code == "no_such_season"
            await node.records.enter_room(room)
        root = keys.season("of-2021")
        left = [key async for key in one.store.redis.scan_iter() if key.startswith(root.encode())]
        assert left == [f"{root}:gone".encode()], "which goes by itself"


async def test_one_of_the_same_name_begins_anew_on_every_node(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (one, other):
        old, anew = season("again", 1.0), season("again", 2.0)
        await one.seasons.make(old)
        await one.seasons.tell(old, TOLD, "host")
        for node in (one, other):
            assert len((await node.seasons.book(old).read()).entries) == 1
        await one.seasons.remove(old)
        assert await one.seasons.make(anew) == (anew, True)
        told = await one.seasons.tell(anew, TOLD.model_copy(update={"title": "Another"}), "host")
        for node in (one, other):
            found = await node.seasons.find("again")
            assert found == anew
            assert (await node.seasons.book(found).read()).entries == (told,)
