import asyncio
import time
from typing import Any, Literal

import pytest

from afterparty.store import keys
from afterparty.store.bus import Bus
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.inbox import Moved, Resync
from afterparty.store.log import RoomLog
from afterparty.store.ops import Counts, Enter, Lease, Leave, Ledger, Move, Op, Outcome, Swept
from afterparty.store.presence import CHUNK, EVICTION_MS, SWEEP, Presence
from afterparty.store.servers import Client


async def test_a_roll_names_everybody_at_one_instant(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter("1", "n", "m", "a"), Enter("2", "n", "k", "a")])
    await presence.apply("s", [Enter("3", "n", "m", "b")])
    counts, members = await presence.roll("s", 3)
    assert members is not None
    assert {room: sorted(found) for room, found in members.items()} == {"a": ["k", "m"], "b": ["m"]}
    assert {room: found.participants for room, found in counts.items()} == {"a": 2, "b": 1}
    counts, members = await presence.roll("s", 2)
    assert members is None
    assert counts["a"].participants == 2
    assert await presence.roll("nothing", 10) == ({}, {})


async def test_a_member_counts_once_however_many_connections(redis: Client) -> None:
    presence = Presence(redis)
    result = await presence.apply(
        "s", [Enter("c1", "n1", "m", "r"), Enter("c2", "n2", "m", "r"), Enter("c3", "n1", "k", "r")]
    )
    assert result.changed == (True, True, True)
    assert result.counts == {"r": Counts(2, 2, 2, 2)}
    assert (await presence.apply("s", [Leave("c1")])).counts == {"r": Counts(2, 2, 2, 2)}
    assert (await presence.apply("s", [Leave("c2")])).counts == {"r": Counts(1, 1, 2, 2)}
    assert await presence.where("s", "m") == set()
    assert await presence.where("s", "k") == {"r"}


async def test_the_same_again_changes_nothing(redis: Client) -> None:
    presence = Presence(redis)
    enter = Enter("c", "n", "m", "r")
    assert (await presence.apply("s", [enter, enter])).changed == (True, False)
    assert (await presence.apply("s", [Leave("c"), Leave("c")])).changed == (True, False)
    assert await presence.counts("s") == {"r": Counts(0, 0, 1, 1)}


async def test_a_known_connection_changes_room_member_and_node(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter("c", "n1", "m", "a"), Enter("c", "n1", "m", "b")])
    assert await presence.where("s", "m") == {"b"}
    await presence.apply("s", [Enter("c", "n1", "k", "b")])
    assert (await presence.where("s", "m"), await presence.where("s", "k")) == (set(), {"b"})
    await presence.apply("s", [Enter("c", "n2", "k", "b")])
    assert await presence.evict("s", "n1") == 0
    assert await presence.evict("s", "n2") == 1
    assert await presence.counts("s") == {"a": Counts(0, 0, 1, 1), "b": Counts(0, 0, 1, 2)}


async def test_the_stage_is_not_counted_among_listeners(redis: Client) -> None:
    presence, log = Presence(redis), RoomLog(redis)
    await presence.apply("s", [Enter(f"c{n}", "n", f"m{n}", "r") for n in range(3)])
    await log.commit("s", "r", 0, [b"seats"], stage=["m0", "m1", "absent"])
    assert await presence.counts("s") == {"r": Counts(3, 1, 3, 3)}
    await presence.apply("s", [Enter("c3", "n", "m3", "r"), Leave("c0")])
    assert await presence.counts("s") == {"r": Counts(3, 2, 3, 4)}
    await log.commit("s", "r", 1, [b"as before"])
    assert (await presence.counts("s"))["r"].listeners == 2
    await presence.apply("s", [Enter("c0", "n", "m0", "r")])
    await log.commit("s", "r", 2, [b"all down"], stage=[])
    assert await presence.counts("s") == {"r": Counts(4, 4, 4, 4)}


async def test_the_peak_is_of_each_instant_and_not_of_the_batch_end(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply(
        "s", [Enter("c1", "n", "m1", "r"), Enter("c2", "n", "m2", "r"), Leave("c1")]
    )
    assert await presence.counts("s") == {"r": Counts(1, 1, 2, 2)}


async def test_a_move_takes_all_connections_of_the_room(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply(
        "s", [Enter("c1", "n1", "m", "a"), Enter("c2", "n2", "m", "a"), Enter("c3", "n1", "m", "x")]
    )
    result = await presence.apply(
        "s", [Move("m", "a", "b"), Move("m", "a", "b"), Move("m", "b", "b")]
    )
    assert result.changed == (True, False, False)
    assert result.counts["a"] == Counts(0, 0, 1, 1)
    assert result.counts["b"] == Counts(1, 1, 1, 1)
    assert await presence.where("s", "m") == {"b", "x"}
    await presence.apply("s", [Leave("c1")])
    assert await presence.where("s", "m") == {"b", "x"}
    assert await presence.evict("s", "n2") == 1
    assert await presence.where("s", "m") == {"x"}


async def test_one_who_is_in_both_rooms_ends_in_the_second_alone(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter("c1", "n", "m", "a"), Enter("c2", "n", "m", "b")])
    await presence.apply("s", [Move("m", "a", "b")])
    assert await presence.counts("s") == {"a": Counts(0, 0, 1, 1), "b": Counts(1, 1, 1, 1)}
    await presence.apply("s", [Leave("c2")])
    assert await presence.where("s", "m") == {"b"}


async def test_shows_do_not_touch_each_other(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s1", [Enter("c", "n", "m", "r")])
    await presence.apply("s2", [Enter("c", "n", "m", "r")])
    assert await presence.evict("s1", "n") == 1
    assert await presence.where("s2", "m") == {"r"}
    assert await redis.keys("ap:*") != []
    assert all(b"{s1}" in key or b"{s2}" in key for key in await redis.keys("*"))


@pytest.mark.parametrize(
    "op",
    [Enter("c c", "n", "m", "r"), Enter("c", "n|", "m", "r"), Leave(""), Move("m", "a", "b", "")],
)
async def test_bad_ids_are_refused_and_nothing_is_applied(redis: Client, op) -> None:
    presence = Presence(redis)
    with pytest.raises(StoreError, match="bad_id"):
        await presence.apply("s", [Enter("c", "n", "m", "r"), op])
    assert await presence.counts("s") == {}


async def test_eviction_takes_a_node_and_nothing_else(redis: Client) -> None:
    presence = Presence(redis)
    both = [Enter(f"c{n}", f"n{n % 2}", f"m{n // 2}", "r") for n in range(2 * CHUNK + 2)]
    await presence.apply("s", both)
    await presence.apply("s", [Enter("only", "n0", "alone", "r")])
    assert await presence.evict("s", "n0") == CHUNK + 2
    assert (await presence.counts("s"))["r"].participants == CHUNK + 1
    assert await presence.evict("s", "n0") == 0
    assert await redis.smembers(keys.nodes("s")) == {b"n1"}


async def test_who_lets_their_lease_run_out_is_evicted_once(redis: Client) -> None:
    presence = Presence(redis)
    assert await presence.renew("alive", 60_000) is Lease.NEW
    assert await presence.renew("alive", 60_000) is Lease.KEPT
    await presence.apply("s", [Enter("c1", "alive", "m1", "r"), Enter("c2", "dead", "m2", "r")])
    assert await presence.live_nodes("s") == {"alive"}
    tries = await asyncio.gather(*(presence.evict_dead("s") for _ in range(5)))
    assert sorted(tries) == [[], [], [], [], ["dead"]]
    assert await presence.where("s", "m2") == set()
    assert await presence.where("s", "m1") == {"r"}
    assert await presence.renew("dead", 60_000) is Lease.NEW


async def test_a_lease_runs_out_by_itself(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter("c", "n", "m", "r")])
    await presence.renew("n", 1)
    while await presence.live_nodes("s"):  # Redis' own clock decides
        pass
    assert await presence.evict_dead("s") == ["n"]


async def test_who_is_being_evicted_gets_no_lease_until_it_is_over(redis: Client) -> None:
    presence = Presence(redis)
    await redis.set(keys.lease("n"), "evicting", px=60_000)
    await presence.apply("s", [Enter("c", "n", "m", "r")])
    assert await presence.renew("n", 1000) is Lease.EVICTING
    assert await presence.live_nodes("s") == set()
    assert await presence.evict_dead("s") == []


async def test_who_was_held_up_while_evicting_evicts_nobody_who_is_back(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark runs out while the evictor is stopped between two steps."""
    presence, here = Presence(redis), [Enter(f"c{n}", "n", f"m{n}", "r") for n in range(CHUNK + 9)]
    await presence.apply("s", here)
    other, ask, held_up = Presence(redis), presence._link.on_show, 0.0

    async def stopped(script: str, *asked: Any) -> Any:
        nonlocal held_up
        done = await ask(script, *asked)
        if script == "evict" and not held_up:
            assert await other.renew("n", 60_000) is Lease.EVICTING
            held_up = EVICTION_MS / 1000
            await redis.delete(keys.lease("n"))
            assert await other.renew("n", 60_000) is Lease.NEW
            await other.apply("s", here)
        return done

    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + held_up)
    monkeypatch.setattr(presence._link, "on_show", stopped)
    assert await presence.evict_dead("s") == []
    assert (await presence.counts("s"))["r"].participants == CHUNK + 9
    assert await presence.renew("n", 60_000) is Lease.KEPT, "nor is its lease taken away"


async def test_what_took_too_long_to_evict_is_evicted_the_next_time(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter(f"c{n}", "n", f"m{n}", "r") for n in range(3)])
    monkeypatch.setattr("afterparty.store.presence.EVICTION_S", -1.0)
    assert await presence.evict_dead("s") == []
    assert await presence.renew("n", 60_000) is Lease.EVICTING
    monkeypatch.undo()
    await redis.delete(keys.lease("n"))  # as it runs out
    assert await presence.evict_dead("s") == ["n"]
    assert (await presence.counts("s"))["r"].participants == 0


async def test_no_poll_sees_a_mover_twice_or_not_at_all(redis: Client) -> None:
    presence, people = Presence(redis), [f"m{n}" for n in range(500)]
    await presence.apply("s", [Enter(f"c-{m}", "n", m, "a") for m in people])
    await presence.apply("s", [Enter(f"d-{m}", "n", m, "b") for m in people[:1]])
    await presence.handoff_open("s", "h", "a", "b")
    polls: list[tuple[int, int, Ledger]] = []

    async def poll() -> None:
        while not polls or polls[-1][2].moved < 500:
            counts = await presence.counts("s")
            ledger = await presence.handoff_ledger("s", "h")
            polls.append((counts["a"].participants, counts["b"].participants, ledger))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(poll())
        for first in range(0, 400, 4):
            group = [Move(m, "a", "b", "h") for m in people[first : first + 4]]
            await asyncio.gather(*(presence.apply("s", [one]) for one in group))
        for first in range(400, 500, 20):
            await presence.apply("s", [Move(m, "a", "b", "h") for m in people[first : first + 20]])

    # The first member is in both rooms until they are moved.
    assert {a + b for a, b, _ in polls[1:]} <= {500, 501}
    assert all(a + b == 500 for a, b, _ in polls if a < 490)
    assert len({a for a, _, _ in polls}) > 20, "the poller was there while it happened"
    for _, _, ledger in polls:
        assert ledger.offered == 500 == ledger.pending + ledger.moved
    closed = await presence.handoff_close("s", "h", "lost")
    assert closed == Ledger(500, 0, 500, 0, 0, open=False)


async def test_a_handoff_from_end_to_end(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter(f"c{n}", "n", f"m{n}", "a") for n in range(5)])
    assert await presence.handoff_open("s", "h", "a", "b") == Ledger(5, 5, 0, 0, 0, open=True)
    await presence.apply("s", [Enter("late", "n", "late", "a"), Move("m0", "a", "b", "h")])
    assert await presence.decline("s", "h", "m1") is Outcome.DECLINED
    assert await presence.decline("s", "h", "m0") is Outcome.MOVED
    assert await presence.decline("s", "h", "nobody") is None
    assert await presence.handoff_undecline("s", "h", "m1") is Outcome.OFFERED
    assert await presence.decline("s", "h", "m1") is Outcome.DECLINED
    await presence.apply("s", [Leave("c1"), Leave("c2")])
    assert await presence.handoff_undecline("s", "h", "m1") is Outcome.DECLINED, "they have left"
    outcomes = await presence.handoff_outcomes("s", "h")
    assert {m for m, o in outcomes.items() if o is Outcome.OFFERED} == {"m3", "m4", "late"}
    assert await presence.handoff_declined("s", "h") == {"m1"}
    assert await presence.handoff_ledger("s", "h") == Ledger(6, 3, 1, 1, 1, open=True)
    closed = Ledger(6, 0, 1, 4, 1, open=False)
    assert await presence.handoff_close("s", "h", "declined") == closed
    assert await presence.handoff_close("s", "h", "lost") == closed
    result = await presence.apply("s", [Move("m3", "a", "b", "h"), Leave("c4")])
    assert result.changed == (False, True), "a closed handoff moves nobody"
    assert await presence.handoff_open("s", "h", "a", "b") == closed
    assert await presence.handoff_outcomes("s", "h") == {
        "m0": Outcome.MOVED,
        "m1": Outcome.DECLINED,
        "m2": Outcome.LOST,
        "m3": Outcome.DECLINED,
        "m4": Outcome.DECLINED,
        "late": Outcome.DECLINED,
    }


async def test_handoffs_that_cannot_be(redis: Client) -> None:
    presence = Presence(redis)
    await presence.handoff_open("s", "h", "a", "b")
    with pytest.raises(AlreadyExists):
        await presence.handoff_open("s", "h", "a", "c")
    with pytest.raises(AlreadyExists):
        await presence.handoff_open("s", "h2", "a", "c")
    with pytest.raises(StoreError, match="bad_handoff"):
        await presence.handoff_open("s", "h3", "c", "c")
    with pytest.raises(StoreError, match="unknown_handoff"):
        await presence.handoff_ledger("s", "h2")
    with pytest.raises(StoreError, match="unknown_handoff"):
        await presence.handoff_close("s", "h2", "lost")
    with pytest.raises(StoreError, match="bad_outcome"):
        await presence.handoff_close("s", "h", "moved")  # type: ignore[arg-type] # on purpose
    assert await presence.decline("s", "h2", "m") is None
    assert await presence.handoff_declined("s", "h2") == set()
    assert await presence.handoff_outcomes("s", "h2") == {}
    assert await presence.handoff_sweep("s", "h2", "n") == Swept(0, [], {})


async def test_opening_offers_to_a_large_room(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter(f"c{n}", "n", f"m{n}", "a") for n in range(9001)])
    ledger = await presence.handoff_open("s", "h", "a", "b")
    assert ledger == Ledger(9001, 9001, 0, 0, 0, open=True)
    assert await presence.handoff_close("s", "h", "lost") == Ledger(9001, 0, 0, 0, 9001, open=False)


async def test_where_connections_are_and_who_holds_them(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter("c1", "n", "m", "a"), Enter("c2", "n", "k", "b")])
    await presence.apply("s", [Enter("c3", "other", "m", "a"), Move("m", "a", "b")])
    assert await presence.located("s", ["c1", "c2", "c3", "c4"]) == dict.fromkeys(
        ("c1", "c2", "c3"), "b"
    )
    assert sorted(await presence.held("s", "n")) == ["c1", "c2"]


async def test_a_handoff_may_be_closed_only_if_all_have_answered(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter("c", "n", "m", "a")])
    await presence.handoff_open("s", "h", "a", "b")
    assert (await presence.handoff_close("s", "h", None)).open
    assert await presence.handoff_from("s", "a") == "h"
    await presence.decline("s", "h", "m")
    assert not (await presence.handoff_close("s", "h", None)).open
    assert await presence.handoff_from("s", "a") is None


async def test_a_sweep_moves_a_crowd_step_by_step(redis: Client) -> None:
    presence, log = Presence(redis), RoomLog(redis)
    people = [f"m{n}" for n in range(3 * SWEEP)]
    await log.commit("s", "a", 0, [b"seats"], stage=["m0"])
    await log.commit("s", "b", 0, [b"seats"], stage=["m1", "away"])
    await presence.apply("s", [Enter(f"c-{m}", f"n{n % 2}", m, "a") for n, m in enumerate(people)])
    both: list[Op] = [Enter("second", "n0", "m2", "a"), Enter("there", "n0", "m3", "b")]
    await presence.apply("s", both)
    await presence.handoff_open("s", "h", "a", "b")
    for member in ("m4", "m5"):
        await presence.decline("s", "h", member)
    await presence.apply("s", [Leave("c-m6"), Move("m7", "a", "b", "h")])

    conns: list[str] = []
    steps, moved = 0, 0
    while (swept := await presence.handoff_sweep("s", "h", "n0")).moved:
        counts, ledger = await presence.counts("s"), await presence.handoff_ledger("s", "h")
        assert swept.counts == counts
        steps, moved, conns = steps + 1, moved + swept.moved, conns + swept.conns
        twice = 0 if "m3" in [m for m, _ in await _outcomes(presence, Outcome.MOVED)] else 1
        total = counts["a"].participants + counts["b"].participants
        assert total - twice == len(people) - 1, "everybody but who left is in one room"
        assert ledger == Ledger(len(people), len(people) - 4 - moved, moved + 1, 2, 1, open=True)
    assert steps > 1
    assert moved == len(people) - 4
    swept_n0 = {f"c-{m}" for m in people[::2]} - {"c-m4", "c-m6"}
    assert sorted(conns) == sorted({*swept_n0, "second"}), "each connection of that node, once"
    located = await presence.located("s", [*conns, "c-m7", "there", "c-m4", "c-m5"])
    assert {conn for conn, room in located.items() if room == "a"} == {"c-m4", "c-m5"}
    counts = await presence.counts("s")
    assert (counts["a"].participants, counts["a"].listeners) == (2, 2)
    here = len(people) - 3
    assert counts["b"] == Counts(here, here - 1, here - 1, here)
    closed = await presence.handoff_close("s", "h", None)
    assert closed == Ledger(len(people), 0, len(people) - 3, 2, 1, open=False)
    assert await presence.handoff_sweep("s", "h", "n0") == Swept(0, [], {})
    assert await presence.evict("s", "n0") == len(swept_n0) + 2 + 1


async def _outcomes(presence: Presence, outcome: Outcome) -> list[tuple[str, Outcome]]:
    found = await presence.handoff_outcomes("s", "h")
    return [(member, is_) for member, is_ in found.items() if is_ is outcome]


async def test_who_comes_while_a_sweep_goes_on_is_moved_too(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter(f"c{n}", "n", f"m{n}", "a") for n in range(SWEEP)])
    await presence.handoff_open("s", "h", "a", "b")
    late = 0
    while (await presence.handoff_sweep("s", "h", "n", 100)).moved:
        if late < 40:
            await presence.apply("s", [Enter(f"late{late}", "n", f"late{late}", "a")])
            late += 1
    assert late > 10
    ledger = await presence.handoff_ledger("s", "h")
    assert ledger == Ledger(SWEEP + late, 0, SWEEP + late, 0, 0, open=True)
    assert (await presence.counts("s"))["a"].participants == 0


async def test_who_is_swept_into_a_room_that_hands_on_is_offered_that(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter(f"c{n}", "n", f"m{n}", "a") for n in range(3)])
    await presence.handoff_open("s", "on", "b", "c")
    await presence.handoff_open("s", "h", "a", "b")
    assert (await presence.handoff_sweep("s", "h", "n")).moved == 3
    assert await presence.handoff_ledger("s", "on") == Ledger(3, 3, 0, 0, 0, open=True)
    assert (await presence.handoff_sweep("s", "on", "n")).moved == 3
    assert (await presence.counts("s"))["c"].participants == 3


async def test_a_member_of_very_many_connections_is_swept(redis: Client) -> None:
    presence, conns = Presence(redis), [f"c{n}" for n in range(4500)]
    await presence.apply("s", [Enter(conn, "n", "m", "a") for conn in conns])
    await presence.handoff_open("s", "h", "a", "b")
    swept = await presence.handoff_sweep("s", "h", "n")
    assert (swept.moved, sorted(swept.conns)) == (1, sorted(conns))
    assert set((await presence.located("s", conns)).values()) == {"b"}


async def test_other_nodes_hear_of_their_connections(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter(f"c{n}", f"n{n % 3}", f"m{n}", "a") for n in range(6)])
    await presence.handoff_open("s", "h", "a", "b")
    async with Bus(redis) as bus, bus.listen("s") as inbox:
        assert await inbox.get() == Resync()
        await presence.handoff_sweep("s", "h", "n0")
        moved = [await inbox.get(), await inbox.get()]
    assert all(isinstance(news, Moved) for news in moved)
    assert {news.node: set(news.conns) for news in moved if isinstance(news, Moved)} == {
        "n1": {"c1", "c4"},
        "n2": {"c2", "c5"},
    }


async def test_who_is_gone_has_been_there(redis: Client) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter("1", "n", "here", "r"), Enter("2", "n", "left", "r")])
    await presence.apply("s", [Enter("3", "n", "elsewhere", "r"), Leave("2")])
    await presence.apply("s", [Move("elsewhere", "r", "other")])
    asked = ["here", "left", "elsewhere", "never"]
    assert await presence.gone("s", "r", asked) == {"left", "elsewhere"}
    assert await presence.gone("s", "r", []) == set()
    with pytest.raises(StoreError, match="bad_id"):
        await presence.gone("s", "r", ["a b"])


async def test_a_late_answer_about_leases_evicts_nobody(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may all have run out while the server was paused."""
    presence = Presence(redis)
    await presence.apply("s", [Enter("c", "n", "m", "r")])
    monkeypatch.setattr("afterparty.store.presence.LATE_S", 0.0)
    assert await presence.evict_dead("s") == []
    monkeypatch.undo()
    assert await presence.evict_dead("s") == ["n"]


async def test_whoever_goes_on_with_a_new_connection_is_where_the_older_one_was_moved(
    redis: Client,
) -> None:
    presence = Presence(redis)
    await presence.apply("s", [Enter("old", "n1", "m", "a"), Enter("k", "n1", "k", "a")])
    await presence.handoff_open("s", "h", "a", "b")
    assert await presence.along("s", "m", "a", ["h"]) == "a"
    while (await presence.handoff_sweep("s", "h", "n1")).moved:
        pass
    assert await presence.along("s", "m", "a", ["h"]) == "b"
    assert await presence.along("s", "m", "a", ["none"]) == "a"
    result = await presence.apply("s", [Enter("new", "n2", "m", "a", "old")])
    assert {room: found.participants for room, found in result.counts.items()} == {"b": 2}
    assert await presence.located("s", ["new", "old"]) == {"new": "b", "old": "b"}
    await presence.apply("s", [Leave("old")])
    assert await presence.where("s", "m") == {"b"}
    # What is not known any more, or is another member's, says nothing.
    await presence.apply("s", [Enter("c", "n2", "j", "a", "old"), Enter("d", "n2", "i", "a", "k")])
    assert await presence.located("s", ["c", "d"]) == {"c": "a", "d": "a"}


async def test_who_was_lost_is_entered_where_handoffs_have_led(redis: Client) -> None:
    presence = Presence(redis)

    async def hand(handoff: str, room: str, to: str, leftover: Literal["declined"] | None) -> None:
        """The only node of an audience is evicted, and nobody is left to be moved."""
        await presence.apply("s", [Enter(f"c-{handoff}", "n", "m", room)])
        await presence.handoff_open("s", handoff, room, to)
        await presence.evict("s", "n")
        lost = Enter("lost", "n", "m", room, None, (handoff,))
        await presence.apply("s", [lost])
        assert await presence.located("s", ["lost"]) == {"lost": room}, "it is open"
        assert (await presence.handoff_ledger("s", handoff)).pending == 1, "and offered again"
        await presence.evict("s", "n")
        await presence.handoff_close("s", handoff, leftover)

    async def entered(room: str, *onward: str) -> str:
        result = await presence.apply("s", [Enter("lost", "n", "m", room, None, onward)])
        assert result.changed == (True,)
        [there] = (await presence.located("s", ["lost"])).values()
        assert await presence.where("s", "m") == {there}
        again = await presence.apply("s", [Enter("lost", "n", "m", room, None, ())])
        assert again.changed == (False,), "it is known, and so where it is"
        await presence.evict("s", "n")
        return there

    await hand("one", "a", "b", None)
    await hand("two", "b", "c", None)
    await hand("not", "c", "d", "declined")
    assert await entered("a") == "a"
    assert await entered("a", "one") == "b"
    assert await entered("a", "one", "two") == "c"
    assert await entered("a", "one", "two", "not") == "c", "that was not carried out"
    assert await entered("a", "two") == "a", "that is from another room"
    await presence.apply("s", [Enter("own", "n2", "m", "a")])
    assert await entered("a", "one") == "a", "they came back there"
    await presence.apply("s", [Enter("own", "n2", "m", "b")])
    assert await entered("a", "one", "two") == "b"
    with pytest.raises(StoreError, match="bad_id"):
        await presence.along("s", "m", "a", ["one,two"])
