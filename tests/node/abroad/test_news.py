"""Two nodes on one store, inside the test's own process."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from tests.node.conftest import HOST, House, bearer, open_house

from afterparty.core import commands as c
from afterparty.core.model import Role, RoomKind, Show
from afterparty.node.abroad import news as module
from afterparty.node.abroad.news import CHANNEL, Left, TakenUp, Told
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.settings import Settings
from afterparty.node.node import Node
from afterparty.node.opening import open_node
from afterparty.store import keys
from afterparty.store.inbox import Message


@asynccontextmanager
async def second(house: House) -> AsyncIterator[Node]:
    """Another node on the house's store."""
    embedded = house.node.store.embedded
    assert embedded is not None
    url = f"unix://{house.node.settings.data / 'redis' / 'redis.sock'}"
    data = house.node.settings.data.parent / "second"
    async with open_node(Settings(data=data, redis_url=url, resume_seconds=60.0)) as node:
        yield node


async def make(node: Node, show: str, room: str) -> None:
    await node.create_show(Show(show, "A show", created_at=time.time(), created_by="host"))
    await node.rooms.create_room(c.CreateRoom(HOST, room, show, RoomKind.SPACE, room))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    # Short, for the store's socket is in it.
    async with open_house(tmp_path / "data", resume_seconds=60.0) as found:
        yield found


async def test_what_one_node_makes_the_other_one_finds_at_once(house: House) -> None:
    async with second(house) as other:
        await make(house.node, "evening", "space")
        await other.news.find(room="space")
        assert other.rooms.room("space").show == "evening"
        await make(house.node, "morning", "blueroom")
        await other.news.find(show="morning")
        assert other.rooms.show("morning").created_by == "host"
        await other.news.find("nothing", "nowhere")
        await other.news.find("no such: name", "no such: name")
        with pytest.raises(Refused, match="no_such_show"):
            other.rooms.show("nothing")


async def test_what_one_node_makes_the_other_one_hears_of(house: House) -> None:
    async with second(house) as other:
        await make(house.node, "evening", "space")
        await house.node.rooms.execute("space", c.OpenRoom(HOST))
        await House(other).until(lambda: other.rooms.version("space") == 2)
        assert other.rooms.room("space").opened_at


async def test_a_client_that_went_on_elsewhere_is_let_go_of(house: House) -> None:
    async with second(house) as other:
        fan = await house.join("fan")
        await house.node.rooms.execute("pre", c.RequestToSpeak(fan.person))
        await house.node.rooms.execute("pre", c.AcceptRequest(HOST, "fan"))
        house.node.members.detach(fan, fan.outbox)
        there = await other.members.join(bearer("fan"), "pre")
        await other.news.tell(TakenUp(fan.connection, "somebody else"))
        await other.news.tell(TakenUp(fan.connection, "fan"))
        async with asyncio.timeout(20):
            while len(await house.node.store.presence.located("show", [fan.connection])):
                assert await house.participants() == {"pre": 1, "post": 0}
        assert house.node.rooms.room("pre").role_of("fan") is Role.SPEAKER
        await other.members.leave(there)
        await house.until(lambda: house.node.rooms.room("pre").role_of("fan") is Role.LISTENER)
        assert await house.participants() == {"pre": 0, "post": 0}


async def test_who_leaves_by_a_request_to_another_node_is_gone_from_both(house: House) -> None:
    async with second(house) as other:
        fan, stays = await house.join("fan"), await house.join("stays")
        own = await other.members.join(bearer("fan"), "pre")
        await other.news.tell(Left("pre", "fan", other.name))
        async with asyncio.timeout(20):
            while await house.node.store.presence.located("show", [fan.connection]):
                pass
        assert fan.outbox.closing == (1000, "left")
        assert other.hub.holds(own), "a node that was asked has seen to its own already"
        assert house.node.hub.holds(stays)


async def test_who_leaves_one_of_two_nodes_keeps_the_seat(house: House) -> None:
    async with second(house) as other:
        here, there = await house.join("fan"), await other.members.join(bearer("fan"), "pre")
        await house.node.rooms.execute("pre", c.RequestToSpeak(here.person))
        await house.node.rooms.execute("pre", c.AcceptRequest(HOST, "fan"))
        await house.node.members.leave(here)
        assert await house.participants() == {"pre": 1, "post": 0}
        assert house.node.rooms.room("pre").role_of("fan") is Role.SPEAKER
        await other.members.leave(there)
        await house.until(lambda: house.node.rooms.room("pre").role_of("fan") is Role.LISTENER)


async def test_what_was_lost_is_read_from_the_store(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More news than may wait: whose list has changed is not known any more."""
    monkeypatch.setattr(module, "WAITING_LIMIT", 4)
    async with second(house) as other:
        await make(house.node, "evening", "space")
        await House(other).until(lambda: other.rooms.version("space") > 0)
        lists, recordings, both = [], [], asyncio.Event()

        def looked_again() -> None:
            recordings.append(True)
            both.set()

        monkeypatch.setattr(other.blocklists, "refresh", lambda: lists.append(True))
        monkeypatch.setattr(other.news, "_look_again", looked_again)
        [inbox] = other.store.bus._inboxes[keys.channel(CHANNEL).encode()]
        told = Message(TypeAdapter(Told).dump_json(TakenUp("nobody's", "nobody")))
        for _ in range(4):
            inbox.put(told)
        while inbox.waiting:  # noqa: ASYNC110 - what a task does
            await asyncio.sleep(0)
        assert (lists, recordings) == ([], []), "nothing was lost yet"
        for _ in range(10):
            inbox.put(told)
        async with asyncio.timeout(20):
            await both.wait()
        assert (lists, recordings) == ([True], [True])


async def test_news_that_nobody_understands_harms_nobody(house: House) -> None:
    async with second(house) as other:
        for payload in (b"", b"{}", b'{"show": 7}', b'{"show": "a b"}'):
            await house.node.store.bus.publish(CHANNEL, payload)
        await make(house.node, "evening", "space")
        await House(other).until(lambda: other.rooms.version("space") > 0)
        assert other.tasks.faults == 0
