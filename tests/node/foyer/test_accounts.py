"""Accounts and rooms in step, over two nodes; and what the core is told of accounts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.node.abroad.test_news import second
from tests.node.conftest import HOST, House, bearer, open_house
from tests.protocol_page import rows

from afterparty.core import commands as c
from afterparty.core.model import HandoffPhase, Role, RoomKind, Speak
from afterparty.node.doors.requests import command_for
from afterparty.node.foyer import accounts, notices, series
from afterparty.node.ground.refused import Refused
from afterparty.node.live.connection import Connection
from afterparty.node.node import Node
from afterparty.store.errors import StoreUnavailable
from afterparty.store.ops import Enter
from afterparty.wire import commands as m


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    # Short, for the store's socket is in it.
    async with open_house(tmp_path / "data") as found:
        yield found


async def listed(node: Node, account: str, wanted: Callable[[frozenset[str]], bool]) -> None:
    """Wait until an account's block list is as wanted."""
    async with asyncio.timeout(20):
        while not wanted(await node.store.accounts.blocks(account)):
            pass


async def test_who_is_blocked_by_an_account_is_blocked_in_all_rooms_it_hosts(house: House) -> None:
    node = house.node
    other = bearer("other").person
    await node.rooms.create_room(c.CreateRoom(other, "others", "show", RoomKind.SPACE, "others"))
    await node.rooms.create_room(c.CreateRoom(HOST, "soon", "show", RoomKind.SPACE, "soon"))
    await node.rooms.execute("post", c.EndRoom(HOST))
    await node.rooms.execute("pre", c.RequestToSpeak(bearer("troll").person))
    await node.rooms.create_room(c.CreateRoom(HOST, "later", "show", RoomKind.SPACE, "later"))
    troll = await house.join("troll", "soon")
    await node.accounts.block(HOST, "troll")
    assert troll.sent_out == "blocked"
    blocked = {room.room for room in node.rooms.all() if "troll" in room.blocked}
    assert blocked == {"pre", "soon"}, "where they are or hold a place; no other log tells of it"
    assert not node.rooms.room("pre").requests
    with pytest.raises(Refused, match="blocked"):
        await house.join("troll", "later")
    await node.accounts.block(HOST, "troll")  # the same again
    await node.accounts.unblock(HOST, "troll")
    assert not any(room.blocked for room in node.rooms.all())
    await listed(node, "host", lambda found: not found)


async def test_whom_a_host_blocks_in_a_room_is_on_the_hosts_list(house: House) -> None:
    async with second(house) as other:
        for member in ("one", "two"):
            await other.rooms.execute("pre", c.Block(HOST, member))
        await listed(house.node, "host", lambda found: found == {"one", "two"})
        await house.node.rooms.execute("pre", c.Unblock(HOST, "one"))
        await listed(other, "host", lambda found: found == {"two"})


async def test_whom_a_cohost_blocks_is_blocked_in_that_room_only(house: House) -> None:
    node, cohost = house.node, bearer("cohost").person
    stage = ((cohost, Role.COHOST),)
    await node.rooms.create_room(
        c.CreateRoom(HOST, "more", "show", RoomKind.SPACE, "more", stage=stage)
    )
    await node.rooms.execute("more", c.Block(cohost, "one"))
    await node.rooms.execute("more", c.Block(HOST, "two"))
    await listed(node, "host", lambda found: "two" in found)
    assert await node.store.accounts.blocks("host") == {"two"}
    assert not await node.store.accounts.blocks("cohost")


async def test_whoever_comes_in_by_another_node_at_that_moment_is_put_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had not heard of the list yet."""
    monkeypatch.setattr(accounts, "COMING_IN_SECONDS", 0.01)
    node, where = house.node, house.node.store.presence.where

    async def too_early(*asked: str) -> set[str]:
        found = await where(*asked)
        await node.store.presence.apply("show", [Enter("new", "elsewhere", "troll", "pre")])
        return found

    with monkeypatch.context() as patched:
        patched.setattr(type(node.store.presence), "where", lambda _, *asked: too_early(*asked))
        await node.accounts.block(HOST, "troll")
    await house.until(lambda: "troll" in node.rooms.room("pre").blocked)
    assert "troll" not in node.rooms.room("post").blocked


async def test_nobody_is_handed_to_a_room_whose_host_has_blocked_them(house: House) -> None:
    """Whenever they came in, by whichever node; and no log tells of it."""
    star = bearer("star").person
    async with second(house) as other:
        for member in ("early", "late", "eager"):
            await house.node.accounts.block(star, member)
        create = c.CreateRoom(star, "stars", "show", RoomKind.SPACE, "stars")
        await house.node.rooms.create_room(create)
        await house.node.rooms.execute("stars", c.OpenRoom(star))
        await other.news.find(room="stars")
        early, fan = await house.join("early"), await house.join("fan")
        await house.offer("h", seconds=3.0, to="stars")
        late = await other.members.join(bearer("late"), "pre")
        eager = await other.members.join(bearer("eager"), "pre")
        with pytest.raises(Refused, match="blocked"):
            await other.handoffs.follow(eager)
        assert eager.room == "pre"
        async with asyncio.timeout(20):
            while not all(one.outbox.closing for one in (early, late, eager)):
                await other.store.presence.where("show", "fan")
        assert {one.outbox.closing for one in (early, late, eager)} == {(4000, "blocked")}
        async with asyncio.timeout(20):
            while (await house.participants())["stars"] > 1:
                pass
        assert fan.room == "stars"
        assert not house.node.rooms.room("stars").blocked


async def test_whoever_is_on_the_list_does_not_hear_the_other_room_ahead(house: House) -> None:
    star, node = bearer("star").person, house.node
    await node.accounts.block(star, "troll")
    create = c.CreateRoom(star, "stars", "show", RoomKind.SPACE, "stars")
    await node.rooms.create_room(create)
    await node.rooms.execute("stars", c.OpenRoom(star))
    for member in ("fan", "troll"):
        await house.join(member)
    heard: list[str] = []

    def follow(connections: Iterable[Connection], room: str) -> None:
        if room == "stars":
            heard.extend(one.member for one in connections)

    with patch.object(node.sound, "follow", follow):
        await house.offer("h", seconds=0, to="stars")
        await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
        await node.whereabouts.check("show", "pre", "stars")
    assert set(heard) == {"fan"}


async def test_every_node_has_the_list_of_a_host_who_blocks_in_a_room(house: House) -> None:
    """Also where the node that changed it had no answer, or died before it could tell."""
    node = house.node
    async with second(house) as other:
        for one in (node, other):
            await one.blocklists.ready("pre")
        for command, there in ((c.Block, True), (c.Unblock, False)):
            change = node.store.accounts.block if there else node.store.accounts.unblock

            async def lost(*asked: Any, change: Any = change) -> bool:
                await change(*asked)
                return False

            name = "block" if there else "unblock"
            with (
                patch.object(node.store.accounts, name, lost),
                patch.object(other.store.accounts, name, lost),
            ):
                await node.rooms.execute("pre", command(HOST, "troll"))
                async with asyncio.timeout(20):
                    while any(
                        one.blocklists.has(one.rooms.room("post"), "troll") is not there
                        for one in (node, other)
                    ):
                        await node.store.accounts.blocks("nobody")  # as long as any answer takes


async def test_a_list_that_was_right_already_is_no_news(house: House) -> None:
    node, read = house.node, asyncio.Event()
    await node.store.accounts.block("host", "troll", 9)

    async def reading(host: str) -> None:
        read.set()

    with (
        patch.object(node.blocklists, "read", reading),
        patch.object(node.news, "tell", side_effect=AssertionError) as tell,
    ):
        await node.rooms.execute("pre", c.Block(HOST, "troll"))
        async with asyncio.timeout(20):
            await read.wait()
        await asyncio.sleep(0)
        tell.assert_not_called()


async def test_a_list_follows_its_room_when_the_store_is_back(house: House) -> None:
    node, away, store = house.node, asyncio.Event(), house.node.store.accounts
    block = store.block

    async def failing(*asked: object) -> bool:
        if not away.is_set():
            away.set()
            raise StoreUnavailable("away")
        return await block(*asked)  # type: ignore[arg-type]

    with patch.object(store, "block", failing):
        await node.rooms.execute("pre", c.Block(HOST, "one"))
        await away.wait()
        await node.rooms.execute("pre", c.Block(HOST, "two"))
        await node.rooms.execute("pre", c.Unblock(HOST, "two"))
        await listed(node, "host", lambda found: found == {"one"})
    assert await store.blocks("host") == {"one"}


async def test_lists_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = ("FOLLOWS_LIMIT", "BLOCKS_LIMIT", "REMINDERS_LIMIT", "SERIES_FOLLOWED_LIMIT")
    for limit in limits:
        monkeypatch.setattr(accounts, limit, 1)
    node, ours = house.node, house.node.accounts
    rooms = []
    for name in ("one", "two"):
        create = c.CreateRoom(HOST, name, "show", RoomKind.SPACE, name)
        rooms.append(await node.rooms.create_room(create))
    fan = bearer("fan").person
    await ours.follow("fan", "one")
    await ours.block(fan, "one")
    await ours.remind("fan", rooms[0])
    await ours.follow_series("fan", "one")
    for again, code in (
        (ours.follow("fan", "two"), "too_many_followed"),
        (ours.block(fan, "two"), "too_many_blocked"),
        (ours.remind("fan", rooms[1]), "too_many_reminders"),
        (ours.follow_series("fan", "two"), "too_many_followed"),
        (ours.follow("fan", "fan"), "bad_request"),
        (ours.block(fan, "fan"), "bad_request"),
    ):
        with pytest.raises(Refused) as refused:
            await again
        assert refused.value.code == code
    # A host whose list is full still blocks in a room.
    await house.join("one")
    await node.accounts.block(HOST, "one")
    await node.rooms.execute("pre", c.Block(HOST, "two"))
    assert node.rooms.room("pre").blocked == {"one", "two"}
    await node.rooms.execute("pre", c.Unblock(HOST, "one"))
    await listed(node, "host", lambda found: not found)


def test_the_page_tells_the_bounds() -> None:
    said = dict(rows("Limits"))
    mine = (
        accounts.FOLLOWS_LIMIT,
        accounts.BLOCKS_LIMIT,
        accounts.REMINDERS_LIMIT,
        accounts.SERIES_FOLLOWED_LIMIT,
    )
    figures = "; ".join(f"{limit:,}" for limit in mine)
    row = "an account follows; has blocked; has reminders; follows series; has notices"
    assert said[row] == f"{figures}; the newest {notices.NOTICES_KEPT}"
    row = "followers of a host who are told that a room has begun"
    assert said[row] == f"{notices.FOLLOWERS_TOLD:,}"
    row = "series on a server; episodes of one"
    assert said[row] == (f"{series.SERIES_LIMIT:,}; {series.EPISODES_LIMIT}; then `server_full`")


async def test_reminders_are_of_rooms_that_have_not_begun(house: House) -> None:
    node = house.node
    soon = await node.rooms.create_room(c.CreateRoom(HOST, "soon", "show", RoomKind.SPACE, "soon"))
    await node.accounts.remind("fan", soon)
    assert (await node.accounts.me("fan")).reminders == ["soon"]
    with pytest.raises(Refused, match="room_already_live"):
        await node.accounts.remind("fan", node.rooms.room("pre"))
    await node.rooms.execute("pre", c.EndRoom(HOST))
    with pytest.raises(Refused, match="room_over"):
        await node.accounts.remind("fan", node.rooms.room("pre"))
    await node.rooms.execute("soon", c.OpenRoom(HOST))
    assert (await node.accounts.me("fan")).reminders == []


async def test_a_full_list_of_reminders_is_rid_of_what_is_not_scheduled_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "REMINDERS_LIMIT", 3)
    node = house.node
    rooms = {
        name: await node.rooms.create_room(c.CreateRoom(HOST, name, "show", RoomKind.SPACE, name))
        for name in ("begun", "scheduled", "more", "most")
    }
    for name in ("begun", "scheduled"):
        await node.accounts.remind("fan", rooms[name])
    async with second(house) as other:
        create = c.CreateRoom(HOST, "new", "show", RoomKind.SPACE, "new")
        await other.accounts.remind("fan", await other.rooms.create_room(create))
    await node.rooms.execute("begun", c.OpenRoom(HOST))
    async with asyncio.timeout(20):
        while "begun:started" not in await node.store.notices.told("show"):
            pass
    await node.store.accounts.remind("fan", "show", "begun", 9)  # too late for the notice
    await node.accounts.remind("fan", rooms["more"])
    expected = {"scheduled", "new", "more"}
    assert (await node.store.accounts.lists("fan")).reminders == expected
    with pytest.raises(Refused, match="too_many_reminders"):
        await node.accounts.remind("fan", rooms["most"])
    assert (await node.store.accounts.lists("fan")).reminders == expected


async def test_whom_the_host_follows_speaks_without_being_let(house: House) -> None:
    node = house.node
    await node.rooms.execute("pre", c.ChangeSpeak(HOST, Speak.FOLLOWED))
    await node.accounts.follow("host", "friend")
    await node.accounts.follow("stranger", "host")  # the other way round is nothing
    for member in ("friend", "stranger"):
        await node.members.join(bearer(member), "pre")
        await ask(node, member)
    pre = node.rooms.room("pre")
    assert pre.role_of("friend") is Role.SPEAKER
    assert [person.member for person in pre.requests] == ["stranger"]
    await node.accounts.unfollow("host", "friend")
    await node.rooms.execute("pre", c.Demote(HOST, "friend"))
    await ask(node, "friend")
    assert node.rooms.room("pre").role_of("friend") is Role.LISTENER


async def ask(node: Node, member: str) -> None:
    """Somebody asks to speak in ``pre``, as both doors do it."""
    command = command_for(m.Request(type="request"), bearer(member), node.rooms, "pre")
    await node.rooms.execute("pre", await node.accounts.complete("pre", command))


async def test_the_store_is_asked_only_where_it_matters(house: House) -> None:
    node = house.node
    with patch.object(node.store.accounts, "follows") as asked:
        for speak in (Speak.INVITED, Speak.EVERYONE):
            await node.rooms.execute("pre", c.ChangeSpeak(HOST, speak))
            command = c.RequestToSpeak(bearer("fan").person)
            assert await node.accounts.complete("pre", command) == command
        asked.assert_not_called()
