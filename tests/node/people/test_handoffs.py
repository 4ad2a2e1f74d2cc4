"""Handoffs at their edges: one after the other, rooms that end, answers that come late."""

import asyncio
from collections import Counter
from collections.abc import Iterable

import pytest
from tests.node.conftest import HOST, House

from afterparty.core import commands as c
from afterparty.core.events import HandoffCanceled
from afterparty.core.model import HandoffPhase
from afterparty.node.ground.refused import Refused
from afterparty.node.live.connection import Connection
from afterparty.store.errors import StoreUnavailable
from afterparty.store.ops import Enter, Swept


async def test_a_ledger_left_open_does_not_stop_the_next_handoff(house: House) -> None:
    """As when the store was away at the moment the former was canceled."""
    await house.join("fan")
    await house.node.store.presence.handoff_open("show", "stale", "pre", "post")
    await house.offer("fresh", seconds=0)
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
    assert await house.participants() == {"pre": 0, "post": 1}
    assert house.held() == {"pre": 0, "post": 1}


async def test_canceled_and_offered_anew_at_once(house: House) -> None:
    fan = await house.join("fan")
    for n in range(5):
        await house.offer(f"h{n}", seconds=60)
        await house.node.rooms.execute("pre", c.CancelHandoff(HOST, f"h{n}"))
    await house.offer("last", seconds=60)
    await house.node.handoffs.stay(fan)
    ledger = await house.node.store.presence.handoff_ledger("show", "last")
    assert (ledger.open, ledger.offered, ledger.declined) == (True, 1, 1)


async def test_nobody_is_moved_into_a_room_that_is_over(house: House) -> None:
    fan, other = await house.join("fan"), await house.join("other")
    await house.offer("h", seconds=60)
    await house.node.rooms.execute("post", c.EndRoom(HOST))
    with pytest.raises(Refused) as refused:
        await house.node.handoffs.follow(fan)
    assert refused.value.code == "handoff_target_not_live"
    assert (fan.room, other.room) == ("pre", "pre")
    assert await house.participants() == {"pre": 2, "post": 0}


async def test_the_other_room_ends_as_the_audience_moves(house: House) -> None:
    for n in range(30):
        await house.join(f"fan{n}")
    events: list[object] = []
    house.node.rooms.listen(lambda room, event: events.append(event))
    await house.offer("h", seconds=0)
    await house.until(lambda: house.phase() is HandoffPhase.MOVING)
    await house.node.rooms.execute("post", c.EndRoom(HOST))
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
    async with asyncio.timeout(10):
        while (await house.participants())["post"]:
            pass
    held, counted = house.held(), await house.participants()
    assert held == counted
    assert held["post"] == 0, "nobody stays in a room that is over"
    handoff = house.node.rooms.room("pre").handoff
    assert handoff is not None
    assert handoff.tally is not None
    assert handoff.tally.balanced
    assert not any(isinstance(event, HandoffCanceled) for event in events)


async def test_who_moved_already_cannot_stay(house: House) -> None:
    fan, _ = await house.join("fan"), await house.join("other")
    await house.offer("h", seconds=60)
    await house.node.handoffs.follow(fan)
    again = await house.join("fan")
    with pytest.raises(Refused) as refused:
        await house.node.handoffs.stay(again)
    assert refused.value.code == "no_such_handoff"


async def test_a_second_browser_that_comes_back_to_the_old_room_is_where_it_came(
    house: House,
) -> None:
    """News of the move arrives when the second browser is in the old room: it is old news."""
    fan = await house.join("fan")
    await house.offer("h", seconds=60)
    await house.node.handoffs.follow(fan)
    again = await house.join("fan")
    await house.node.whereabouts.heard("show", [fan.connection, again.connection])
    assert (fan.room, again.room) == ("post", "pre")
    assert house.held() == await house.participants() == {"pre": 1, "post": 1}


async def test_who_moves_takes_back_their_request(house: House) -> None:
    fan = await house.join("fan")
    await house.node.rooms.execute("pre", c.RequestToSpeak(fan.person))
    await house.node.rooms.execute("pre", c.Invite(HOST, "fan"))
    await house.offer("h", seconds=60)
    await house.node.handoffs.follow(fan)
    room = house.node.rooms.room
    await house.until(lambda: not room("pre").requests and not room("pre").invitations)


async def test_moves_nobody_told_of_are_found_when_the_store_is_back(house: House) -> None:
    """As when the answer to a move, and the news of it, are both lost with the store."""
    fan, gone = await house.join("fan"), await house.join("gone")
    house.node.hub.remove(gone)
    script = house.node.store.presence._link
    await script._redis.hset("ap:{show}:conns", fan.connection, f"{house.node.name}|fan|post")
    await script._redis.hdel("ap:{show}:in:pre", "fan")
    await script._redis.hset("ap:{show}:in:post", "fan", fan.connection)
    await house.node.whereabouts.agree("show")
    assert fan.room == "post"
    assert house.held() == await house.participants() == {"pre": 0, "post": 1}


async def test_the_sound_goes_first_and_whoever_stays_hears_their_own_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    fans = [await house.join(f"fan{n}") for n in range(5)]
    heard: list[tuple[str, bool, str]] = []
    follow = house.node.sound.follow

    def followed(connections: Iterable[Connection], room: str) -> None:
        told = list(connections)
        heard.extend((one.member, one.room == room, room) for one in told)
        follow(told, room)

    monkeypatch.setattr(house.node.sound, "follow", followed)
    await house.node.rooms.execute("pre", c.RequestToSpeak(fans[4].person))
    await house.node.rooms.execute("pre", c.Invite(HOST, "fan4"))
    await house.node.rooms.execute("pre", c.AcceptInvitation(fans[4].person))
    await house.offer("h", seconds=0.5)
    await house.node.handoffs.stay(fans[0])
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
    async with asyncio.timeout(20):
        while ("fan0", True, "pre") not in heard:
            await house.participants()
    for n in (1, 2, 3):
        told = [(there, room) for member, there, room in heard if member == f"fan{n}"]
        assert told == [(False, "post"), (True, "post")], "before presence, and with it"
    assert [one for one in heard if one[0] == "fan0"] == [("fan0", True, "pre")]
    told = [(there, room) for member, there, room in heard if member == "fan4"]
    assert told == [(True, "post")], "who has a seat is never heard where they are not"
    assert house.held() == await house.participants() == {"pre": 1, "post": 4}


async def test_after_every_step_of_a_move_everybody_counts_in_one_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An audience of several steps, looked at after each and all the time besides."""
    everybody = {f"fan{n}" for n in range(2500)}
    presence = house.node.store.presence
    await presence.apply(
        "show", [Enter(f"c-{member}", house.node.name, member, "pre") for member in everybody]
    )
    sweep, closed = presence.handoff_sweep, asyncio.Event()
    between = 0

    async def look() -> set[str]:
        """See that everybody is in one room; the rooms that somebody is in."""
        counts, members = await presence.roll("show", 5000)
        assert members is not None
        there = Counter(member for found in members.values() for member in found)
        assert there == dict.fromkeys(everybody, 1)
        assert all(counts[room].participants == len(found) for room, found in members.items())
        return {room for room, found in members.items() if found}

    async def step(show: str, handoff: str, node: str) -> Swept:
        nonlocal between
        swept = await sweep(show, handoff, node, 500)
        between += await look() == {"pre", "post"}
        return swept

    async def keep_looking() -> None:
        while not closed.is_set():
            await look()

    monkeypatch.setattr(presence, "handoff_sweep", step)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_looking())
        await house.offer("h", seconds=0)
        await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
        closed.set()
    assert between >= 3, "it took several steps, and between them both rooms had somebody"
    assert await look() == {"post"}


async def test_a_lost_answer_to_a_sweep_leaves_nobody_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The members of that step are moved, and their connections hear of it in the end."""
    fans = [await house.join(f"fan{n}") for n in range(20)]
    presence = house.node.store.presence
    sweep, lost = presence.handoff_sweep, []

    async def unlucky(show: str, handoff: str, node: str) -> Swept:
        swept = await sweep(show, handoff, node)
        if swept.moved and not lost:
            lost.append(swept.moved)
            raise StoreUnavailable("The answer is lost.")
        return swept

    monkeypatch.setattr(presence, "handoff_sweep", unlucky)
    await house.offer("h", seconds=0)
    async with asyncio.timeout(20):
        while any(fan.room == "pre" for fan in fans):
            await house.participants()
    assert lost == [20]
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
    assert house.held() == await house.participants() == {"pre": 0, "post": 20}


async def test_who_comes_in_as_the_audience_goes_is_taken_along(house: House) -> None:
    for n in range(30):
        await house.join(f"fan{n}")
    await house.offer("h", seconds=0.2)
    late = await asyncio.gather(*(house.join(f"late{n}") for n in range(100)))
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
    async with asyncio.timeout(20):
        while house.held() != await house.participants():
            pass
    found = await house.node.store.presence.located("show", [one.connection for one in late])
    assert {one.connection: one.room for one in late} == found
    handoff = house.node.rooms.room("pre").handoff
    assert handoff is not None
    assert handoff.tally is not None
    assert handoff.tally.balanced
    assert house.held()["post"] == handoff.tally.moved


async def test_another_node_has_moved_them(house: House) -> None:
    fan = await house.join("fan")
    presence = house.node.store.presence
    await presence.handoff_open("show", "h", "pre", "post")
    assert (await presence.handoff_sweep("show", "h", "another")).conns == []
    async with asyncio.timeout(20):
        while fan.room != "post":
            await house.participants()
