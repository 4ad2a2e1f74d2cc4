"""Whoever a host has blocked comes into none of the host's rooms, on whichever node."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.node.abroad.test_news import second
from tests.node.conftest import HOST, House, bearer, open_house

from afterparty.core import commands as c
from afterparty.core.model import Role, RoomKind
from afterparty.node.ground.refused import Refused
from afterparty.node.live.connection import Via
from afterparty.node.node import Node
from afterparty.store.errors import StoreError, StoreUnavailable


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    # Short, for the store's socket is in it.
    async with open_house(tmp_path / "data") as found:
        yield found


async def make(node: Node, room: str) -> None:
    await node.rooms.create_room(c.CreateRoom(HOST, room, "show", RoomKind.SPACE, room))


async def refusal(node: Node, member: str, room: str) -> str:
    """Why somebody is not let in."""
    with pytest.raises(Refused) as refused:
        await node.members.join(bearer(member), room)
    return refused.value.code


async def settled(node: Node, member: str, room: str, blocked: bool) -> None:
    """Wait until a node's list says so."""
    async with asyncio.timeout(20):
        while node.blocklists.has(node.rooms.room(room), member) is not blocked:
            await node.store.accounts.blocks("nobody")  # as long as any answer takes


async def test_a_list_holds_in_rooms_that_are_made_later(house: House) -> None:
    node = house.node
    await node.accounts.block(HOST, "troll")
    await make(node, "later")
    assert await refusal(node, "troll", "later") == "blocked"
    await node.members.join(bearer("fan"), "later")
    await node.blocklists.ready("later")
    for via in (Via.WHEP, Via.WHIP):
        with pytest.raises(Refused) as refused:
            node.members.admit(bearer("troll"), "later", via)
        assert refused.value.code == "blocked"
    await node.accounts.unblock(HOST, "troll")
    await node.members.join(bearer("troll"), "later")


async def test_another_node_hears_of_a_list_that_changes(house: House) -> None:
    async with second(house) as other:
        await make(house.node, "later")
        await other.news.find(room="later")
        await other.blocklists.ready("later")
        await house.node.store.accounts.block("host", "troll", 9)
        await house.node.accounts._tell("host")
        await settled(other, "troll", "later", True)
        assert await refusal(other, "troll", "later") == "blocked"
        await house.node.accounts.unblock(HOST, "troll")
        await settled(other, "troll", "later", False)
        await other.members.join(bearer("troll"), "later")


async def test_a_node_that_starts_has_the_lists_it_needs(house: House) -> None:
    await house.node.store.accounts.block("host", "troll", 9)
    async with second(house) as other:
        assert await refusal(other, "troll", "pre") == "blocked"
        assert await refusal(house.node, "nobody", "nowhere") == "no_such_room"


async def test_what_was_missed_is_read_when_the_bus_is_back(house: House) -> None:
    async with second(house) as other:
        await other.blocklists.ready("pre")
        await house.node.store.accounts.block("host", "troll", 9)  # and nobody tells
        other.store.bus.resync(":nodes")
        await settled(other, "troll", "pre", True)


async def test_the_list_is_that_of_whoever_hosts_now(house: House) -> None:
    node = house.node
    await node.store.accounts.block("heir", "troll", 9)
    stage = ((bearer("heir").person, Role.COHOST),)
    await node.rooms.create_room(
        c.CreateRoom(HOST, "left", "show", RoomKind.SPACE, "left", stage=stage)
    )
    await node.rooms.execute("left", c.OpenRoom(HOST))
    await node.members.join(bearer("troll"), "left")
    await node.rooms.execute("left", c.Leave(HOST, "heir"))
    assert await refusal(node, "troll", "left") == "blocked"


async def test_a_log_that_was_folded_anew_may_have_another_host(house: House) -> None:
    """Only its last event is told then, which need not be the change of host."""
    node = house.node
    await node.store.accounts.block("heir", "troll", 9)
    stage = ((bearer("heir").person, Role.COHOST),)
    await node.rooms.create_room(
        c.CreateRoom(HOST, "left", "show", RoomKind.SPACE, "left", stage=stage)
    )
    await node.rooms.execute("left", c.OpenRoom(HOST))
    node.rooms._listeners.remove(node.blocklists.on_event)
    await node.rooms.execute("left", c.Leave(HOST, "heir"))
    assert await refusal(node, "troll", "left") == "blocked"
    assert node.blocklists.hosted_by("heir") == ["left"]


async def test_nobody_is_let_in_while_a_list_cannot_be_read(house: House) -> None:
    node, star = house.node, bearer("star")
    with patch.object(node.store.accounts, "blocks", side_effect=StoreUnavailable("away")):
        create = c.CreateRoom(star.person, "later", "show", RoomKind.SPACE, "later")
        await node.rooms.create_room(create)
        with pytest.raises(StoreError):
            await node.members.join(bearer("fan"), "later")
    await node.members.join(bearer("fan"), "later")


async def test_an_older_answer_does_not_undo_a_newer_one(house: House) -> None:
    node, release = house.node, asyncio.Event()
    await node.blocklists.ready("pre")

    async def late(member: str) -> frozenset[str]:
        await release.wait()
        return frozenset({"forgiven"})

    with patch.object(node.store.accounts, "blocks", late):
        reading = asyncio.create_task(node.blocklists.read("host"))
        await asyncio.sleep(0)
    await node.blocklists.read("host")
    release.set()
    await reading
    assert not node.blocklists.has(node.rooms.room("pre"), "forgiven")


async def test_lists_of_whose_rooms_are_over_are_let_go(house: House) -> None:
    node = house.node
    await node.store.accounts.block("host", "troll", 9)
    await node.blocklists.read("host")
    pre = node.rooms.room("pre")
    assert node.blocklists.has(pre, "troll")
    await node.rooms.execute("pre", c.EndRoom(HOST))
    assert node.blocklists.has(pre, "troll"), "there is another room"
    await node.rooms.execute("post", c.EndRoom(HOST))
    assert not node.blocklists.has(pre, "troll")
    node.blocklists.changed("host")
    await node.blocklists.ready("pre")
    assert not node.blocklists.has(pre, "troll")
