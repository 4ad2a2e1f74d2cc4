"""Series: made once, added to by who made them, and read with their episodes in order."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.node.abroad.test_news import second
from tests.node.conftest import HOST, House, bearer, open_house

from afterparty.core import commands as c
from afterparty.core.model import RoomKind, Show
from afterparty.node.foyer import series as module
from afterparty.node.ground.refused import Refused
from afterparty.node.node import Node
from afterparty.wire.series import Series


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    # Short, for the store's socket is in it.
    async with open_house(tmp_path / "data") as found:
        yield found


def series(name: str = "talks", **more: Any) -> Series:
    plain = {"title": "T", "description": "", "by": "host", "show": None, "created_at": 1.0}
    return Series.model_validate({"series": name, **plain, **more})


async def episode(node: Node, room: str, name: str = "talks", **more: Any) -> None:
    show = more.pop("show", "show")
    create = c.CreateRoom(HOST, room, show, RoomKind.SPACE, room, series=name, **more)
    await node.rooms.create_room(create)


async def test_episodes_are_in_the_order_in_which_they_take_place(house: House) -> None:
    node, now = house.node, time.time()
    await node.series.make(series())
    await episode(node, "third", scheduled_for=now + 5000)
    await episode(node, "second", scheduled_for=now + 4000)
    await episode(node, "first")
    await episode(node, "another", name="other")
    assert [room.room for room in node.series.episodes("talks")] == ["first", "second", "third"]
    assert node.series.summary(series()).count == 3
    assert node.series.episodes("none") == []


async def test_another_node_knows_them_as_well_and_one_that_starts(house: House) -> None:
    await house.node.series.make(series())
    await episode(house.node, "before")
    async with second(house) as other:
        assert await other.series.find("talks") == series()
        assert [room.room for room in other.series.episodes("talks")] == ["before"]
        await episode(house.node, "after")
        await other.news.find(room="after")
        assert [room.room for room in other.series.episodes("talks")] == ["before", "after"]
        with pytest.raises(Refused, match="series_exists"):
            await other.series.make(series(by="somebody else"))
        with pytest.raises(Refused, match="no_such_series"):
            await other.series.find("none")


async def test_only_who_made_it_adds_to_it_and_only_of_its_show(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = house.node
    await node.series.make(series())
    await node.series.make(series("of-a-show", show="show"))
    await node.series.admit("talks", bearer("host"), "any")
    await node.series.admit("of-a-show", bearer("host"), "show")
    for name, who, show, code in (
        ("none", "host", "show", "no_such_series"),
        ("talks", "stranger", "show", "forbidden"),
        ("of-a-show", "host", "any", "forbidden"),
    ):
        with pytest.raises(Refused) as refused:
            await node.series.admit(name, bearer(who), show)
        assert refused.value.code == code
    await episode(node, "one")
    monkeypatch.setattr(module, "EPISODES_LIMIT", 1)
    with pytest.raises(Refused, match="server_full"):
        await node.series.admit("talks", bearer("host"), "show")


async def test_there_are_so_many(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SERIES_LIMIT", 3)
    for n in range(3):
        await house.node.series.make(series(f"s{n}", created_at=float(n)))
    with pytest.raises(Refused, match="server_full"):
        await house.node.series.make(series("s3"))
    assert [one.series for one in await house.node.series.all()] == ["s2", "s1", "s0"]


async def test_what_is_simulated_says_so(house: House) -> None:
    node = house.node
    simulated = Show("sim", "A simulated show", simulated=True, created_at=1.0, created_by="host")
    await node.create_show(simulated)
    await node.create_show(replace(simulated, show="real", simulated=False))
    assert node.series.summary(series(show="sim")).simulated
    assert not node.series.summary(series(show="real")).simulated
    await node.series.make(series())
    await episode(node, "real-one", show="real")
    assert not node.series.summary(series()).simulated
    await episode(node, "sim-one", show="sim")
    assert node.series.summary(series()).simulated
