import asyncio
import time

import pytest

from afterparty.store.bus import Bus
from afterparty.store.crowd import STEP, CrowdStore, Step
from afterparty.store.errors import StoreError
from afterparty.store.guestlist import GuestList
from afterparty.store.inbox import Moved, Resync
from afterparty.store.log import RoomLog
from afterparty.store.ops import Counts, Enter, Leave, Ledger, Outcome, Peak
from afterparty.store.presence import Presence
from afterparty.store.servers import Client

MANY = [f"fan-{n}" for n in range(STEP)]


async def test_a_node_is_told_whom_it_holds_however_many_they_are(redis: Client) -> None:
    crowd = CrowdStore(redis)
    for n in range(4):
        await crowd.step("s", f"n{n % 2}", Step(enter={"a": [f"{n}-{one}" for one in MANY]}))
    held = await crowd.held("s", "n1")
    assert sorted(held) == sorted(f"{n}-{one}" for n in (1, 3) for one in MANY)
    assert await crowd.held("s", "nobody") == []


async def test_they_are_counted_like_anybody_and_said_to_be_simulated(redis: Client) -> None:
    presence, crowd = Presence(redis), CrowdStore(redis)
    await presence.apply("s", [Enter("c", "n", "m", "a")])
    done = await crowd.step("s", "n", Step(enter={"a": MANY}))
    assert done.changed == STEP
    both = STEP + 1
    assert done.counts == {"a": Counts(both, both, both, both, simulated=STEP, peak_simulated=STEP)}
    assert done.counts == await presence.counts("s")
    again = await crowd.step("s", "n", Step(enter={"a": MANY}))
    assert (again.changed, again.counts) == (0, done.counts)
    assert sorted(await crowd.held("s", "n")) == sorted(MANY)
    assert await presence.where("s", "sim-fan-0") == {"a"}
    over = await crowd.step("s", "n", Step(enter={"b": MANY[:2]}, leave=[*MANY[2:], "unknown"]))
    assert over.changed == STEP
    assert over.counts == {
        "a": Counts(1, 1, both, both, peak_simulated=STEP),
        "b": Counts(2, 2, 2, 2, simulated=2, peak_simulated=2),
    }
    assert await crowd.located("s", "n", [*MANY[:3], "unknown"]) == {"fan-0": "b", "fan-1": "b"}


async def test_no_list_of_members_names_them(redis: Client) -> None:
    presence, crowd, guests = Presence(redis), CrowdStore(redis), GuestList(redis)
    await presence.apply("s", [Enter("c", "n", "m", "a")])
    await crowd.step("s", "n", Step(enter={"a": MANY}))
    counts, names = await presence.roll("s", 1)
    assert names == {"a": ["m"]}
    assert counts["a"].participants == STEP + 1
    assert await guests.page("s", "a") == ({"m": ["c"]}, 0)
    assert (await presence.roll("s", 0))[1] is None


async def test_the_peak_says_what_of_it_was_simulated_and_when(redis: Client) -> None:
    presence, crowd = Presence(redis), CrowdStore(redis)
    assert await presence.peak("s", "a") == Peak(0, 0, 0.0)
    began = time.time()
    await presence.apply("s", [Enter("c", "n", "m", "a")])
    first = await presence.peak("s", "a")
    assert (first.listeners, first.simulated) == (1, 0)
    await crowd.step("s", "n", Step(enter={"a": ["x", "y"]}))
    most = await presence.peak("s", "a")
    assert (most.listeners, most.simulated) == (3, 2)
    assert began - 1 < first.at < most.at < time.time() + 1
    await crowd.step("s", "n", Step(leave=["x"]))
    await presence.apply("s", [Enter("c2", "n", "k", "a")])
    assert await presence.peak("s", "a") == most  # as many, but not for the first time
    assert (await presence.counts("s"))["a"] == Counts(3, 3, 3, 4, simulated=1, peak_simulated=2)


async def test_a_peak_of_an_earlier_version_had_nobody_simulated(redis: Client) -> None:
    presence, crowd = Presence(redis), CrowdStore(redis)
    await redis.hset("ap:{s}:peak", "old", "2")
    assert await presence.peak("s", "old") == Peak(2, 0, 0.0)
    at_it = await crowd.step("s", "n", Step(enter={"old": ["x", "y"]}))
    assert at_it.counts["old"] == Counts(2, 2, 2, 2, simulated=2)
    beyond = await crowd.step("s", "n", Step(enter={"old": ["z"]}))
    assert beyond.counts["old"] == Counts(3, 3, 3, 3, simulated=3, peak_simulated=3)


async def test_no_peak_is_of_halfway_through_a_step(redis: Client) -> None:
    presence, crowd = Presence(redis), CrowdStore(redis)
    await crowd.step("s", "n", Step(enter={"a": ["x", "y"], "b": ["z"]}))
    await presence.handoff_open("s", "h", "b", "a")
    step = Step({"a": ["new"], "b": ["x"]}, leave=["y"], follow=["z"], handoffs=["h"])
    done = await crowd.step("s", "n", step)
    assert done.counts == {
        "a": Counts(2, 2, 2, 4, simulated=2, peak_simulated=2),
        "b": Counts(1, 1, 1, 2, simulated=1, peak_simulated=1),
    }


async def test_whoever_has_a_seat_is_no_simulated_listener(redis: Client) -> None:
    presence, crowd, log = Presence(redis), CrowdStore(redis), RoomLog(redis)
    await crowd.step("s", "n", Step(enter={"a": ["x", "y"]}))
    await log.commit("s", "a", 0, [b"seats"], stage=["sim-x", "sim-z", "sim-x"])
    assert (await presence.counts("s"))["a"] == Counts(2, 1, 2, 2, simulated=1, peak_simulated=2)
    done = await crowd.step("s", "n", Step(enter={"a": ["z"]}, leave=["x"]))
    assert done.counts["a"] == Counts(2, 1, 2, 3, simulated=1, peak_simulated=2)


async def test_a_handoff_moves_them_and_its_ledger_has_them(redis: Client) -> None:
    presence, crowd = Presence(redis), CrowdStore(redis)
    await presence.apply("s", [Enter("c", "n", "m", "a")])
    await crowd.step("s", "n", Step(enter={"a": ["x", "y", "z", "gone"]}))
    await crowd.step("s", "other", Step(enter={"a": ["w"]}))
    assert (await crowd.step("s", "n", Step(follow=["x"], stay=["y"]))).changed == 0
    await presence.handoff_open("s", "h", "a", "b")
    await crowd.step("s", "n", Step(enter={"a": ["late"]}))
    for handoffs in ((), ("g",)):  # nobody follows one that leads to no live room
        assert (await crowd.step("s", "n", Step(follow=["x"], handoffs=handoffs))).changed == 0
    answers = Step(follow=["x", "w"], handoffs=("g", "h"), stay=["y", "nobody"], leave=["gone"])
    done = await crowd.step("s", "n", answers)
    assert (done.changed, done.found) == (4, {"x": "b"})
    swept = await presence.handoff_sweep("s", "h", "n")
    assert (swept.moved, sorted(swept.conns)) == (3, [":late", ":z", "c"])
    assert swept.counts["b"] == Counts(5, 5, 5, 5, simulated=4, peak_simulated=4)
    assert await presence.handoff_close("s", "h", "lost") == Ledger(7, 0, 5, 1, 1, open=False)
    outcomes = await presence.handoff_outcomes("s", "h")
    assert outcomes["sim-y"] is Outcome.DECLINED
    assert (outcomes["sim-gone"], outcomes["sim-w"]) == (Outcome.LOST, Outcome.MOVED)


async def test_a_node_may_do_with_what_another_holds_and_that_one_hears(redis: Client) -> None:
    crowd = CrowdStore(redis)
    async with Bus(redis) as bus, bus.listen("s") as inbox:
        assert isinstance(await anext(inbox), Resync)
        await crowd.step("s", "n1", Step(enter={"a": ["x", "y", "z"]}))
        await crowd.step("s", "n2", Step(enter={"a": ["x"], "b": ["y"]}, leave=["z"]))
        async with asyncio.timeout(5):
            news = await anext(event async for event in inbox if isinstance(event, Moved))
        assert (news.node, sorted(news.conns)) == ("n1", [":x", ":y", ":z"])
    assert await crowd.held("s", "n1") == []
    assert await crowd.located("s", "n1", ["x", "y", "z"]) == {}
    assert await crowd.located("s", "n2", ["x", "y", "z"]) == {"x": "a", "y": "b"}
    assert await Presence(redis).live_nodes("s") == set()
    assert await redis.smembers("ap:{s}:nodes") == {b"n2"}


async def test_whoever_is_taken_where_they_stand_is_missed_by_no_node(redis: Client) -> None:
    crowd = CrowdStore(redis)
    async with Bus(redis) as bus, bus.listen("s") as inbox:
        assert isinstance(await anext(inbox), Resync)
        await crowd.step("s", "n1", Step(enter={"a": ["x"]}))
        assert (await crowd.step("s", "n2", Step(enter={"a": ["x"]}))).changed == 0
        async with asyncio.timeout(5):
            news = await anext(event async for event in inbox if isinstance(event, Moved))
        assert (news.node, news.conns) == ("n1", (":x",))


async def test_a_node_that_was_evicted_enters_its_own_again(redis: Client) -> None:
    presence, crowd = Presence(redis), CrowdStore(redis)
    await crowd.step("s", "n1", Step(enter={"a": ["kept", "left", "taken", "x", "y"]}))
    assert await presence.evict("s", "n1") == 5
    await crowd.step("s", "n2", Step(enter={"b": ["taken"]}, leave=["left"]))
    mine = ["kept", "left", "taken", "x", "y"]
    done = await crowd.again("s", "n1", "a", mine, ())
    assert (done.changed, done.found) == (3, dict.fromkeys(("kept", "x", "y"), "a"))
    assert done.counts["a"].simulated == 3
    again = await crowd.again("s", "n1", "a", mine, ())
    assert (again.changed, again.found) == (0, done.found)
    await crowd.step("s", "n2", Step(enter={"a": ["left"]}))  # told to go, and to come again
    assert (await crowd.again("s", "n2", "a", ["left"], ())).found == {"left": "a"}
    await presence.evict("s", "n2")
    assert (await crowd.again("s", "n2", "a", ["left"], ())).found == {"left": "a"}


async def test_whom_a_handoff_left_behind_is_taken_along(redis: Client) -> None:
    presence, crowd = Presence(redis), CrowdStore(redis)
    await crowd.step("s", "n1", Step(enter={"a": ["x", "stayed"]}))
    await presence.handoff_open("s", "h", "a", "b")
    await crowd.step("s", "n1", Step(stay=["stayed"]))
    await presence.evict("s", "n1")
    await presence.handoff_close("s", "h", "lost")
    done = await crowd.again("s", "n1", "a", ["x", "stayed", "unheard-of"], ("h",))
    assert done.found == {"x": "b", "stayed": "a", "unheard-of": "b"}
    assert {room: found.simulated for room, found in done.counts.items()} == {"a": 1, "b": 2}


async def test_one_who_hears_the_sound_as_well_counts_once(redis: Client) -> None:
    presence, crowd = Presence(redis), CrowdStore(redis)
    await presence.apply("s", [Enter("whep", "n", "sim-x", "a")])
    done = await crowd.step("s", "n", Step(enter={"a": ["x", "y"]}))
    assert done.counts["a"] == Counts(2, 2, 2, 2, simulated=2, peak_simulated=2)
    gone = await crowd.step("s", "n", Step(leave=["x", "y"]))
    assert (gone.changed, gone.counts["a"].simulated) == (2, 1)
    last = (await presence.apply("s", [Leave("whep")])).counts["a"]
    assert last == Counts(0, 0, 2, 2, peak_simulated=2)


async def test_whoever_went_over_does_not_leave_with_a_room(redis: Client) -> None:
    crowd = CrowdStore(redis)
    await crowd.step("s", "n", Step(enter={"a": MANY}))
    await crowd.step("s", "n", Step(enter={"b": MANY[:3]}))
    more = [*MANY, *(f"more-{n}" for n in range(STEP))]
    assert await crowd.leave("s", "n", more, room="a") == STEP - 3
    assert sorted(await crowd.held("s", "n")) == MANY[:3]
    assert (await crowd.again("s", "n", "b", MANY[3:5], ())).changed == 2  # nobody told these to go


async def test_no_id_is_two(redis: Client) -> None:
    with pytest.raises(StoreError) as caught:
        await CrowdStore(redis).step("s", "n", Step(leave=["a b"]))
    assert caught.value.code == "bad_id"
