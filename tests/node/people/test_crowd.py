"""Simulated members without a connection, at a whole node on a real store."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.node.conftest import HOST, House, bearer, open_house

from afterparty.core import commands as c
from afterparty.core.model import HandoffPhase, RoomKind, RoomState, Show
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.settings import Settings
from afterparty.node.opening import open_node
from afterparty.node.people.crowd import STEPS_LIMIT
from afterparty.store.crowd import Step, Stepped
from afterparty.store.errors import StoreUnavailable
from afterparty.store.ops import Counts, Move, Swept
from afterparty.wire.crowd import CrowdStep

FANS = [f"fan-{n}" for n in range(300)]


@asynccontextmanager
async def open_sim(data: Path) -> AsyncIterator[House]:
    """A house with a simulated show beside its own: rooms ``a`` and ``b``, both live."""
    async with open_house(data, max_simulated=400) as found:
        show = Show("sim", "A show", simulated=True, created_at=time.time(), created_by="host")
        await found.node.create_show(show)
        for room in ("a", "b"):
            await found.node.rooms.create_room(
                c.CreateRoom(HOST, room, "sim", RoomKind.SPACE, room)
            )
            await found.node.rooms.execute(room, c.OpenRoom(HOST))
        yield found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_sim(tmp_path / "data") as found:
        yield found


async def step(house: House, **what: object) -> int:
    """Take a step; for how many it changed anything."""
    handoffs = await house.node.handoffs.to_follow("sim")
    return (await house.node.crowd.step("sim", CrowdStep.model_validate(what), handoffs)).changed


async def elsewhere(house: House, step: Step) -> None:
    """Another node takes a step."""
    await house.node.store.crowd.step("sim", "elsewhere", step)


async def counts(house: House) -> dict[str, Counts]:
    return await house.node.store.presence.counts("sim")


async def simulated(house: House) -> dict[str, int]:
    """How many are in each room, and this node says the same."""
    found = {room: found.simulated for room, found in (await counts(house)).items()}
    assert {room: len(house.node.crowd._in("sim", room)) for room in found} == found
    return found


async def holds(house: House, members: int) -> None:
    """Wait until this node holds so many."""
    async with asyncio.timeout(20):
        while len(house.node.crowd) != members:
            await counts(house)


async def offer(house: House, seconds: float) -> None:
    await house.node.rooms.execute("a", c.OfferHandoff(HOST, "h", "b", "sim", True, seconds))


async def closed(house: House) -> None:
    await house.until(lambda: house.phase("a") is HandoffPhase.CLOSED)


async def test_they_come_over_and_go(house: House) -> None:
    await house.join("somebody", "a")
    assert await step(house, enter={"a": FANS}) == 300
    assert await step(house, enter={"a": FANS}) == 0
    assert await step(house, enter={"b": FANS[:100]}, leave=[*FANS[100:150], "nobody"]) == 150
    assert await simulated(house) == {"a": 150, "b": 100}
    assert (await counts(house))["a"] == Counts(
        151, 151, 301, 301, simulated=150, peak_simulated=300
    )
    assert len(house.node.crowd) == 250
    told = house.node.audience.counts("a")
    assert (told.listeners, told.simulated) == (151, 150)


async def test_a_handoff_takes_them_along_by_their_answers(house: House) -> None:
    fan = await house.join("somebody", "a")
    await step(house, enter={"a": FANS})
    await offer(house, 600)
    assert await step(house, follow=FANS[:10], stay=FANS[10:20], leave=FANS[20:30]) == 30
    assert await simulated(house) == {"a": 280, "b": 10}
    await house.node.rooms.execute("a", c.CancelHandoff(HOST, "h"))
    await house.node.rooms.execute("a", c.OfferHandoff(HOST, "h2", "b", "sim", True, 0.5))
    assert await step(house, stay=FANS[10:20]) == 10
    await closed(house)
    handoff = house.node.rooms.room("a").handoff
    assert handoff is not None
    assert handoff.tally is not None
    assert (handoff.tally.moved, handoff.tally.declined, handoff.tally.lost) == (271, 10, 0)
    assert fan.room == "b"
    assert await simulated(house) == {"a": 10, "b": 280}


async def test_a_room_that_is_over_forgets_those_who_are_in_it(house: House) -> None:
    await step(house, enter={"a": FANS[:200], "b": FANS[200:]})
    house.node.crowd._held["sim"][FANS[200]] = ("a", "")  # as if news of a move came late
    await house.node.rooms.execute("a", c.EndRoom(HOST))
    await holds(house, 100)
    assert await simulated(house) == {"a": 0, "b": 100}
    with pytest.raises(Refused) as refused:
        await step(house, enter={"b": FANS[:5], "a": FANS[5:6]})
    assert refused.value.code == "room_over"
    assert await simulated(house) == {"a": 0, "b": 100}


async def test_who_comes_as_the_room_ends_is_not_left_in_it(house: House) -> None:
    real = house.node.store.crowd.step

    async def late(show: str, node: str, step: Step) -> object:
        await house.node.rooms.execute("a", c.EndRoom(HOST))
        return await real(show, node, step)

    house.node.store.crowd.step = late  # type: ignore[method-assign, assignment]
    await step(house, enter={"a": FANS})
    await holds(house, 0)
    assert await simulated(house) == {"a": 0, "b": 0}


async def test_nobody_waits_for_ever_in_a_room_that_does_not_open(house: House) -> None:
    await house.node.rooms.create_room(c.CreateRoom(HOST, "later", "sim", RoomKind.SPACE, "Later"))
    began = time.monotonic()
    await step(house, enter={"later": FANS[:200], "a": FANS[200:]})
    house.node.crowd.tire(began)
    assert len(house.node.crowd) == 300, "it was asked for since"
    house.node.crowd.tire(time.monotonic())
    await holds(house, 100)
    assert await simulated(house) == {"later": 0, "a": 100, "b": 0}
    assert await step(house, enter={"later": FANS[:200]}) == 200


async def test_the_rules_of_the_room_are_theirs(house: House) -> None:
    node = house.node
    await step(house, enter={"a": ["x", "y"]})
    await node.rooms.execute("a", c.Remove(HOST, "sim-x"))
    await holds(house, 1)
    await node.rooms.execute("a", c.Block(HOST, "sim-y"))
    await holds(house, 0)
    assert await step(house, enter={"a": ["x"]}) == 1
    for what, code in (
        ({"a": ["z", "y"]}, "blocked"),
        ({"pre": ["z"]}, "no_such_room"),
        ({"nowhere": ["z"]}, "no_such_room"),
    ):
        with pytest.raises(Refused) as refused:
            await step(house, enter=what)
        assert refused.value.code == code
    await node.rooms.execute("a", c.SetLock(HOST, True))
    with pytest.raises(Refused) as refused:
        await step(house, enter={"a": ["z"]})
    assert refused.value.code == "room_locked"
    assert await simulated(house) == {"a": 1, "b": 0}


async def test_a_node_holds_no_more_than_it_is_set_to(house: House) -> None:
    await step(house, enter={"a": FANS})
    with pytest.raises(Refused) as refused:
        await step(house, enter={"b": [f"more-{n}" for n in range(101)]})
    assert refused.value.code == "too_many_simulated"
    instead = [f"more-{n}" for n in range(101)]
    assert await step(house, enter={"b": instead, "a": FANS[5:]}, leave=FANS[:1]) == 102
    assert len(house.node.crowd) == 400
    assert await step(house, leave=FANS[1:3]) == 2


async def test_who_was_lost_with_the_store_is_entered_again(house: House) -> None:
    await step(house, enter={"a": FANS})
    await house.node.store.presence.evict("sim", house.node.name)
    await elsewhere(house, Step(enter={"b": ["fan-0"]}, leave=["fan-1"]))
    await house.node.crowd.agree("sim")
    assert (await counts(house))["b"].simulated == 1, "it is another node's now"
    assert len(house.node.crowd) == (await counts(house))["a"].simulated == 298


async def test_what_the_store_has_beyond_that_goes(house: House) -> None:
    """As when the answer to a step is lost."""
    await step(house, enter={"a": FANS[:2]})
    await house.node.store.crowd.step("sim", house.node.name, Step(enter={"a": ["late"]}))
    await house.node.whereabouts.agree("sim")
    assert (await counts(house))["a"].simulated == 3
    await house.node.crowd.agree("sim")
    assert await simulated(house) == {"a": 2, "b": 0}


async def test_a_step_whose_answer_is_lost_has_the_show_looked_at(house: House) -> None:
    async def lost(*_: object) -> None:
        raise StoreUnavailable("gone")

    house.node.store.crowd.step = lost  # type: ignore[method-assign, assignment]
    with pytest.raises(StoreUnavailable):
        await step(house, enter={"a": FANS})
    assert "sim" in house.node.audience.doubted
    assert len(house.node.crowd) == 0


async def test_who_missed_a_handoff_goes_after_it_but_who_stayed_stays(house: House) -> None:
    await step(house, enter={"a": ["stays", "lost"]})
    await offer(house, 0.5)
    assert await step(house, stay=["stays"]) == 1
    await closed(house)
    await step(house, enter={"a": ["new"]})
    house.node.crowd._held["sim"]["lost"] = ("a", "")
    await house.node.store.presence.evict("sim", house.node.name)
    await house.node.crowd.agree("sim")
    assert await simulated(house) == {"a": 2, "b": 1}
    assert house.node.crowd._held["sim"]["lost"] == ("b", "")


async def test_another_node_may_take_them(house: House) -> None:
    await step(house, enter={"a": FANS})
    await elsewhere(house, Step(enter={"b": FANS[:100]}, leave=FANS[100:200]))
    await holds(house, 100)
    await house.node.crowd.agree("sim")
    assert {room: found.simulated for room, found in (await counts(house)).items()} == {
        "a": 100,
        "b": 100,
    }


async def test_they_are_on_no_list(house: House) -> None:
    await house.node.members.join(bearer("mina"), "a")
    await step(house, enter={"a": FANS})
    found = await house.node.guestlist.look("a", "", 1000)
    assert [guest.member for guest in found.guests] == ["mina"]
    assert (found.roll.anonymous, found.roll.simulated, found.more) == (0, 300, 0)


async def test_they_go_with_the_node_and_the_peak_stays(tmp_path: Path) -> None:
    async with open_sim(tmp_path / "data") as house:
        await house.join("mina", "a")
        await step(house, enter={"a": FANS})
    async with open_node(Settings(data=tmp_path / "data", dev=True)) as node:
        found = (await node.audience.counts_now("sim"))["a"]
        assert (found.listeners, found.peak, found.peak_simulated) == (0, 301, 300)


async def test_shows_that_grow_together_hold_no_more_either(house: House) -> None:
    show = Show("sim2", "Another", simulated=True, created_at=time.time(), created_by="host")
    await house.node.create_show(show)
    await house.node.rooms.create_room(c.CreateRoom(HOST, "c", "sim2", RoomKind.SPACE, "c"))
    wanted = ("sim", "a"), ("sim2", "c")
    steps = [
        house.node.crowd.step(show, CrowdStep(enter={room: FANS}), []) for show, room in wanted
    ]
    done = await asyncio.gather(*steps, return_exceptions=True)
    assert [getattr(one, "code", "") for one in done] == ["", "too_many_simulated"]
    assert len(house.node.crowd) == 300


async def test_steps_that_wait_for_a_store_that_is_away_are_bounded(house: House) -> None:
    away = asyncio.Event()
    real = house.node.store.crowd.step

    async def late(*asked: Any) -> Stepped:
        await away.wait()
        return await real(*asked)

    house.node.store.crowd.step = late  # type: ignore[method-assign]
    steps = [asyncio.create_task(step(house, leave=["x"])) for _ in range(STEPS_LIMIT + 1)]
    [refused], _ = await asyncio.wait(steps, return_when=asyncio.FIRST_COMPLETED)
    assert isinstance(error := refused.exception(), Refused)
    assert error.code == "rate_limited"
    away.set()
    assert await asyncio.gather(*(one for one in steps if one is not refused)) == [0] * STEPS_LIMIT
    assert await step(house, enter={"a": ["x"]}) == 1


async def test_who_is_blocked_while_they_come_in_does_not_stay(house: House) -> None:
    real = house.node.store.crowd.step

    async def late(show: str, node: str, step: Step) -> Stepped:
        await house.node.rooms.execute("a", c.Block(HOST, "sim-fan-0"))
        return await real(show, node, step)

    house.node.store.crowd.step = late  # type: ignore[method-assign]
    assert await step(house, enter={"a": FANS}) == 300
    await holds(house, 299)
    assert await simulated(house) == {"a": 299, "b": 0}


async def test_no_handoff_takes_anybody_where_they_are_blocked(house: House) -> None:
    await step(house, enter={"a": FANS})
    for one in (0, 1):
        await house.node.rooms.execute("b", c.Block(HOST, f"sim-fan-{one}"))
    await offer(house, 0.5)
    assert await step(house, follow=FANS[:1]) == 1
    await closed(house)
    await holds(house, 298)
    assert await simulated(house) == {"a": 0, "b": 298}


async def test_a_room_that_ends_as_a_handoff_moves_them_there_keeps_nobody(house: House) -> None:
    real = house.node.store.presence.handoff_sweep

    async def swept(*asked: Any) -> Swept:
        found = await real(*asked)
        if house.node.rooms.room("b").state is RoomState.LIVE:
            await house.node.rooms.execute("b", c.EndRoom(HOST))
            async with house.node.crowd._turns["sim"]:  # nobody of them is known to be there yet
                pass
        return found

    house.node.store.presence.handoff_sweep = swept  # type: ignore[method-assign]
    await step(house, enter={"a": FANS})
    await offer(house, 0.2)
    await closed(house)
    await holds(house, 0)
    assert await simulated(house) == {"a": 0, "b": 0}


async def test_another_node_moves_nobody_into_a_room_that_is_over(house: House) -> None:
    await step(house, enter={"a": ["x", "y"]})
    await house.node.rooms.execute("b", c.EndRoom(HOST))
    await house.node.store.presence.apply("sim", [Move("sim-x", "a", "b")])
    await holds(house, 1)
    assert await simulated(house) == {"a": 1, "b": 0}


async def test_whom_another_node_takes_meanwhile_is_left_to_it(house: House) -> None:
    """A step here was done and its answer lost; it is asked for again elsewhere."""
    node, real = house.node.name, house.node.store.crowd.held
    await house.node.store.crowd.step("sim", node, Step(enter={"a": ["x", "y"]}))

    async def held(*asked: str) -> list[str]:
        found = await real(*asked)
        await elsewhere(house, Step(enter={"a": ["x"]}))
        return found

    house.node.store.crowd.held = held  # type: ignore[method-assign]
    await house.node.crowd.agree("sim")
    assert (await counts(house))["a"].simulated == 1
    assert await house.node.store.crowd.located("sim", "elsewhere", ["x"]) == {"x": "a"}
