"""A node that stood still for longer than its lease: where its connections are; seats given up."""

from typing import Any

import pytest
from tests.node.conftest import HOST, House, bearer

from afterparty.core import commands as c
from afterparty.core.model import HandoffPhase, Person
from afterparty.store.ops import Enter, Leave


async def lapse(house: House, node: str = "") -> None:
    """What a node holds was evicted: that of this one, which does not know it, if none is named."""
    await house.node.store.presence.evict("show", node or house.node.name)


async def hand_over(house: House, handoff: str = "h") -> None:
    """The audience of ``pre`` goes to ``post``."""
    await house.offer(handoff, seconds=0)
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)


async def come_elsewhere(house: House, member: str, room: str, older: str | None = None) -> None:
    """Another node lets somebody in."""
    enter = Enter(f"new-{member}", "elsewhere", member, room, older)
    await house.node.store.presence.apply("show", [enter])


@pytest.mark.parametrize("offered", [0, 5])
async def test_an_audience_that_missed_its_handoff_goes_after_it(
    house: House, offered: int
) -> None:
    fans = [await house.join(f"fan{n}") for n in range(5)]
    if offered:
        await house.offer("h", seconds=0.5)
        await house.node.handoffs._open(house.node.rooms.room("pre"))
        await lapse(house)
    else:
        await lapse(house)
        await house.offer("h", seconds=0)
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
    assert {fan.room for fan in fans} == {"pre"}
    await house.node.whereabouts.agree("show")
    assert {fan.room for fan in fans} == {"post"}
    assert house.held() == await house.participants() == {"pre": 0, "post": 5}
    ledger = await house.node.store.presence.handoff_ledger("show", "h")
    assert (ledger.offered, ledger.moved, ledger.lost) == (offered, 0, offered)


async def test_whose_client_was_moved_elsewhere_counts_in_one_room(house: House) -> None:
    """Nor did this node hear that their connection was taken up: they are where that is."""
    fans = [await house.join(f"fan{n}") for n in range(5)]
    for fan in fans:
        await come_elsewhere(house, fan.member, "pre", fan.connection)
    await lapse(house)
    await hand_over(house)
    await house.node.whereabouts.agree("show")
    assert {fan.room for fan in fans} == {"post"}
    assert await house.participants() == {"pre": 0, "post": 5}


async def test_whose_client_came_back_to_the_old_room_counts_there(house: House) -> None:
    fan = await house.join("fan")
    await lapse(house)
    await hand_over(house)
    await come_elsewhere(house, "fan", "pre")
    fan.past = ""
    await house.node.whereabouts.agree("show")
    assert fan.room == "pre"
    assert await house.participants() == {"pre": 1, "post": 0}


async def test_who_declined_or_came_afterwards_stays(house: House) -> None:
    declined, moved = await house.join("declined"), await house.join("moved")
    await house.offer("h", seconds=0.5)
    await house.node.handoffs.stay(declined)
    await house.until(lambda: house.phase() is HandoffPhase.CLOSED)
    back = await house.join("back")
    again = await house.join("moved")
    await lapse(house)
    await house.node.whereabouts.agree("show")
    assert [one.room for one in (declined, moved, back, again)] == ["pre", "post", "pre", "pre"]
    assert house.held() == await house.participants() == {"pre": 3, "post": 1}


@pytest.mark.parametrize("end", ["canceled", "open"])
async def test_nobody_goes_after_a_handoff_that_was_not_carried_out(house: House, end: str) -> None:
    fan, early = await house.join("fan"), await house.join("early")
    await house.offer("h", seconds=60)
    await house.node.handoffs.follow(early)
    await lapse(house)
    presence = house.node.store.presence
    if end == "canceled":
        await house.node.rooms.execute("pre", c.CancelHandoff(HOST, "h"))
        while (await presence.handoff_ledger("show", "h")).open:
            pass
    await house.node.whereabouts.agree("show")
    assert (fan.room, early.room) == ("pre", "post")
    assert house.held() == await house.participants() == {"pre": 1, "post": 1}
    ledger = await presence.handoff_ledger("show", "h")
    assert (ledger.pending, ledger.lost) == ((1, 0) if end == "open" else (0, 1))


async def test_who_comes_back_after_a_handoff_that_lost_them_is_where_it_led(house: House) -> None:
    """Their node has died, and presence knows their connection no more."""
    presence = house.node.store.presence
    await presence.apply("show", [Enter("old", "dead", "fan", "pre")])
    await house.offer("h", seconds=60)
    await house.node.handoffs._open(house.node.rooms.room("pre"))
    await presence.apply("show", [Leave("old")])
    whereabouts = house.node.whereabouts
    assert await whereabouts.after("pre", "old", "fan") == "pre", "they are offered it again"
    await presence.handoff_close("show", "h", None)
    assert await whereabouts.after("pre", "old", "fan") == "post"
    assert await whereabouts.after("pre", "old", "another") == "pre"
    await house.node.rooms.execute("post", c.EndRoom(HOST))
    assert await whereabouts.after("pre", "old", "fan") == "pre"


async def test_two_lost_connections_of_one_member_are_in_one_room(house: House) -> None:
    fan, again = await house.join("fan"), await house.join("fan")
    await hand_over(house)
    await house.node.whereabouts.check("show", "pre", "post")
    for one in (fan, again):  # as they would be if this node had stood still all the while
        house.node.hub.move(one, "pre")
    await lapse(house)
    await house.node.whereabouts.agree("show")
    assert (fan.room, again.room) == ("post", "post")
    assert await house.participants() == {"pre": 0, "post": 1}


async def test_there_and_back_again(house: House) -> None:
    fan, execute = await house.join("fan"), house.node.rooms.execute
    whereabouts = house.node.whereabouts
    await hand_over(house)
    await execute("post", c.OfferHandoff(HOST, "back", "pre", "show", True, 0))
    await house.until(lambda: house.phase("post") is HandoffPhase.CLOSED)
    assert (whereabouts.onward("pre"), whereabouts.onward("post")) == (("h", "back"), ("back",))
    await whereabouts.check("show", "post", "pre")
    for room in ("pre", "post"):  # where this node knew them when it stood still
        house.node.hub.move(fan, room)
        fan.past = ""
        await lapse(house)
        await whereabouts.agree("show")
        assert fan.room == "pre"
        assert house.held() == await house.participants() == {"pre": 1, "post": 0}


async def test_who_comes_back_as_their_seat_is_given_up_keeps_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, log = house.node, house.node.store.log
    await come_elsewhere(house, "speaker", "pre")
    person = Person("speaker", "speaker", "speaker")
    await node.rooms.execute("pre", c.RequestToSpeak(person))
    await node.rooms.execute("pre", c.AcceptRequest(HOST, "speaker"))
    await lapse(house, "elsewhere")
    commit = log.commit

    async def too_late(*asked: Any) -> int:
        """The log is asked when they have just come in by another node."""
        await come_elsewhere(house, "speaker", "pre")
        return await commit(*asked)

    with monkeypatch.context() as patched:
        patched.setattr(type(log), "commit", lambda _, *asked: too_late(*asked))
        await node.whereabouts.vacate("pre", "speaker")
    assert "speaker" in node.rooms.room("pre").seats
    await lapse(house, "elsewhere")
    await node.whereabouts.vacate("pre", "speaker")
    assert "speaker" not in node.rooms.room("pre").seats


async def test_who_comes_back_as_a_handoff_is_closed_is_where_it_led(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was open yet when this node asked where they belong."""
    presence = house.node.store.presence
    await presence.apply("show", [Enter("old", "dead", "fan", "pre")])
    await house.offer("h", seconds=60)
    await house.node.handoffs._open(house.node.rooms.room("pre"))
    await presence.apply("show", [Leave("old")])
    after = house.node.whereabouts.after

    async def just_before(*asked: str) -> str:
        found = await after(*asked)
        await presence.handoff_close("show", "h", None)
        return found

    monkeypatch.setattr(house.node.whereabouts, "after", just_before)
    fan = await house.node.members.join(bearer("fan"), "pre", "old")
    assert fan.room == "post"
    assert house.held() == await house.participants() == {"pre": 0, "post": 1}
