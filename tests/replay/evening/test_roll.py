"""replay.evening.roll: where the crowd is, by a server that answers early, late, or not at all.

The server is a `Mimic`. Each of these runs an evening with a handoff on a clock of its own, counts
at moments by chance, and holds the counts against what the roll has written down.
"""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.replay.mimic import Mimic
from tests.replay.plan.test_audience import BASE, with_part

from afterparty.replay.evening.roll import Moving, Roll
from afterparty.replay.plan.agenda import Does, Due
from afterparty.replay.plan.audience import plan
from afterparty.replay.verdict.crowdcheck import counted
from afterparty.replay.verdict.headcount import CrowdRecord, Lost
from afterparty.replay.verdict.record import HandoffRecord, Poll, Record
from afterparty.wire.crowd import CrowdStep
from afterparty.wire.views import CountsView

SPEED = 6.0
OFFERED, MOVES, END = 16.0, 26.0, 40.0
HANDOFF = {"early": 0.2, "follow": 0.4, "stay": 0.2, "leave": 0.2}


def body(due: list[Due]) -> CrowdStep:
    enter: dict[str, list[str]] = {}
    for one in due:
        if one.does is Does.ENTER:
            enter.setdefault(one.room, []).append(one.who)
    named = {kind: [one.who for one in due if one.does is kind] for kind in Does}
    return CrowdStep(
        enter=enter,
        leave=named[Does.LEAVE] + named[Does.QUIT],
        follow=named[Does.FOLLOW],
        stay=named[Does.STAY],
    )


class Evening:
    """One run: the roll, the server, and everything that happens, in order of time."""

    def __init__(
        self,
        seed: int,
        latency: float,
        lost: float = 0.0,
        dies: float | None = None,
        **changes: Any,
    ) -> None:
        self.chance = random.Random(seed)
        self.latency, self.lost = latency, lost
        scenario = with_part(size=60, handoff=HANDOFF, **changes)
        self.roll = Roll(plan(scenario, SPEED, 0))
        self.server = Mimic()
        self.nodes = ["a", "b"]
        self.held: dict[str, str] = {}
        self.dies = dies
        self.polls: list[Poll] = []
        self.events: list[tuple[float, int, Callable[[float], None]]] = []
        self.numbers = itertools.count()
        self.begun = MOVES + self.chance.uniform(0, 0.3)
        self.closed = self.begun + self.chance.uniform(0.1, 2)

    def at(self, when: float, do: Callable[[float], None]) -> None:
        heapq.heappush(self.events, (when, next(self.numbers), do))

    def run(self) -> Record:
        self.at(0.0, self.step)
        self.at(OFFERED, self.offer)
        self.at(self.begun, self.begin)
        self.at(self.closed, self.close)
        if self.dies is not None:
            self.at(self.dies, lambda _: self.nodes.remove("a"))
            self.at(self.dies + self.chance.uniform(0, 3), self.evict)
        for _ in range(200):
            self.at(self.chance.uniform(0, END), self.poll)
        while self.events:
            when, _, do = heapq.heappop(self.events)
            do(when)
        handoff = HandoffRecord("h", "first", "second", OFFERED, self.begun, self.closed)
        crowd = CrowdRecord(
            len(self.roll),
            tuple(self.roll.steps),
            tuple(self.roll.moves),
            tuple(self.roll.doubts),
            tuple(self.roll.lost),
        )
        return Record("s", "u", "v", 0.0, SPEED, 1, polls=tuple(self.polls), crowd=crowd,
                      handoffs=(handoff,))  # fmt: skip

    def step(self, now: float) -> None:
        if self.server.phase == "closed" and not self.roll.moving["first"].over:
            self.roll.moved("first")
        if self.polls:
            poll = self.polls[-1]
            found = {room: one.simulated for room, one in poll.rooms.items()}
            self.roll.counted(found, poll.asked, poll.answered)
        if due := self.roll.gather(now, 2000):
            self.ask(due, now, now, sure=True)
        else:
            self.again(now)

    def ask(self, due: list[Due], asked: float, now: float, *, sure: bool) -> None:
        takes = self.chance.uniform(0.001, self.latency)
        found: list[tuple[int, str]] = []
        done = now + takes * self.chance.random()
        self.at(done, lambda _: found.append(self.take(due)))
        self.at(now + takes, lambda then: self.answer(due, *found[0], asked, then, sure=sure))

    def take(self, due: list[Due]) -> tuple[int, str]:
        """One of the nodes takes a step."""
        node = self.chance.choice(self.nodes)
        self.held.update((one.who, node) for one in due if one.does is Does.ENTER)
        return self.server.step(body(due)), node

    def evict(self, _: float) -> None:
        """All whom the dead node held are gone."""
        for who, node in self.held.items():
            if node not in self.nodes:
                self.server.where.pop(who, None)
                self.server.declined.discard(who)

    def answer(
        self, due: list[Due], changed: int, node: str, asked: float, now: float, *, sure: bool
    ) -> None:
        if self.chance.random() < self.lost:
            self.ask(due, asked, now, sure=False)
        else:
            self.roll.done(due, changed, asked, now, sure=sure, node=node)
            self.again(now)

    def again(self, now: float) -> None:
        if now < END:
            self.at(now + 0.2, self.step)

    def offer(self, now: float) -> None:
        self.server.phase = "offered"
        self.roll.offered("first", Moving("h", "second", MOVES), now)

    def begin(self, now: float) -> None:
        self.server.phase = "moving"
        members = [who for who, room in self.server.where.items() if room == "first"]
        for who in members:
            moment = self.chance.uniform(now, self.closed)
            self.at(moment, lambda _, who=who: self.server.sweep([who]))  # type: ignore[misc]

    def close(self, now: float) -> None:
        # The last sweep: whoever came in the meantime.
        self.server.phase = "closed"
        self.server.sweep(list(self.server.where))

    def poll(self, now: float) -> None:
        found = self.server.counts()
        rooms = {
            room: CountsView(
                participants=found[room],
                listeners=found[room],
                peak=0,
                tuned_in=0,
                simulated=found[room],
            )
            for room in ("first", "second")
        }
        self.polls.append(Poll(now - 0.001, now + 0.001, rooms, {}))


models = st.fixed_dictionaries(
    {},
    optional={
        "churn": st.just({"share": 0.3, "returns": 0.5}),
        "arrive": st.sampled_from(
            [
                {"from": "0:00", "over": "1:00", "curve": "fandom"},
                {"from": "1:00", "over": "2:00", "curve": "steady"},
            ]
        ),
        "leak": st.just({"to": "second", "from": "0:30", "over": "1:00", "curve": "steady"}),
    },
)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([0.01, 0.3, 1.5, 4.0]),
    st.sampled_from([0.0, 0.3]),
    models,
)
def test_however_late_or_lost_the_answers_every_count_is_accounted_for(
    seed: int, latency: float, lost: float, changes: dict[str, Any]
) -> None:
    held, measured = counted(Evening(seed, latency, lost, **changes).run())
    assert held or measured == "no count at a moment when nothing was in flight"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.01, 0.3]), st.floats(6, 34), models)
def test_whom_a_node_takes_along_come_again_and_every_count_is_accounted_for(
    seed: int, latency: float, dies: float, changes: dict[str, Any]
) -> None:
    evening = Evening(seed, latency, dies=dies, **changes)
    held, measured = counted(evening.run())
    assert held, measured
    assert evening.server.where == evening.roll.where


def node_lost(seed: int = 4) -> tuple[Evening, Record]:
    """An evening whose node a takes some along, after all have come and before the handoff."""
    evening = Evening(seed, 0.01, dies=10, arrive={"from": "0:00", "over": "0:48"})
    return evening, evening.run()


def test_a_loss_is_known_by_its_node_and_between_two_counts() -> None:
    evening, record = node_lost()
    [lost] = record.crowd.lost
    assert lost.nodes == ("a",)
    assert 9 < lost.since < lost.until < 14
    [back] = [step for step in record.crowd.steps if step.asked >= lost.until][:1]
    assert back.came == lost.rooms
    assert back.node == "b"
    assert back.changed == back.members == lost.rooms["first"] > 0
    assert len(evening.server.where) == 48, "without those who leave during the countdown"
    assert f"{back.members} went with a node that was lost by" in counted(record)[1]


def test_who_is_lost_while_their_node_lives_is_lost_by_a_fault() -> None:
    _, record = node_lost()
    [lost] = record.crowd.lost
    steps = tuple(
        replace(step, node="a") if step.asked > lost.until + 2 else step
        for step in record.crowd.steps
    )
    held, measured = counted(replace(record, crowd=replace(record.crowd, steps=steps)))
    assert not held
    assert "that node took another step at" in measured


def test_one_less_than_a_node_held_is_no_loss_of_a_node() -> None:
    roll = Evening(1, 0.01, arrive={"from": "0:00", "over": "0:10"}).roll
    roll.done(roll.gather(5.0, 2000), 60, 5.0, 5.1, sure=True, node="a")
    roll.counted({"first": 60, "second": 0}, 5.2, 5.3)
    for found in ({"first": 1}, {"first": 59}, {"first": 61}, {"first": 0, "second": 60}):
        roll.counted(found, 6.0, 6.1)
    roll.counted({"first": 0, "second": 0}, 5.0, 5.2)
    assert roll.lost == [], "the last was counted while they came"
    roll.counted({"first": 0, "second": 0}, 6.2, 6.3)
    assert roll.lost == [Lost(("a",), 5.2, 6.3, {"first": 60})]
    assert roll.where == {}
    assert len(roll.gather(6.4, 25)) == 25, "in steps like any other"


def test_of_two_nodes_that_held_as_many_the_one_is_asked_for_that_was_silent_longer() -> None:
    roll = Evening(1, 0.01, arrive={"from": "0:00", "over": "0:10"}).roll
    for at, node in ((5.0, "a"), (5.2, "b")):
        roll.done(roll.gather(5.0, 30), 30, at, at + 0.1, sure=True, node=node)
    mine = set(list(roll.where)[:30])
    roll.counted({"first": 30, "second": 0}, 6.0, 6.1)
    assert roll.lost == [Lost(("a", "b"), 0.0, 6.1, {"first": 30})]
    assert {one.who for one in roll.gather(6.2, 2000)} == mine


def test_who_had_stayed_comes_again_to_where_they_stayed() -> None:
    roll = Evening(1, 0.01, arrive={"from": "0:00", "over": "0:10"}).roll
    roll.done(roll.gather(5.0, 2000), 60, 5.0, 5.1, sure=True, node="a")
    roll.offered("first", Moving("h", "second", MOVES), OFFERED)
    due = roll.gather(MOVES - 1, 2000)
    roll.done(due, len(due), MOVES - 1, MOVES - 0.9, sure=True, node="b")
    roll.moved("first")
    where = dict(roll.where)
    assert sorted(set(where.values())) == ["first", "second"]
    roll.counted({"first": 0, "second": 0}, MOVES + 1, MOVES + 1.1)
    again = {one.who: one.room for one in roll.gather(MOVES + 2, 2000)}
    assert again == where


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), models, st.sampled_from([-1, 1]))
def test_where_answers_are_quick_one_too_many_or_too_few_is_seen(
    seed: int, changes: dict[str, Any], by: int
) -> None:
    record = Evening(seed, 0.01, **changes).run()
    quiet = next(
        place
        for place, poll in enumerate(record.polls)
        if poll.asked > MOVES + 4
        and not any(
            step.asked <= poll.answered and (step.answered or 99) >= poll.asked
            for step in record.crowd.steps
        )
    )
    polls = list(record.polls)
    found = polls[quiet].rooms["second"]
    wrong = found.model_copy(update={"simulated": found.simulated + by})
    polls[quiet] = replace(polls[quiet], rooms=polls[quiet].rooms | {"second": wrong})
    held, measured = counted(replace(record, polls=tuple(polls)))
    assert not held
    assert measured.startswith("1 of ")


def test_a_handoff_goes_as_each_is_inclined() -> None:
    evening = Evening(1, 0.01, arrive={"from": "0:00", "over": "0:10"})
    record = evening.run()
    assert evening.server.counts() == {"second": 36, "first": 12}
    [move] = record.crowd.moves
    assert (move.room, move.to_room, move.members) == ("first", "second", 24)
    assert record.crowd.doubts == ()
    asked = [step.members for step in record.crowd.steps if OFFERED < step.asked < MOVES]
    assert sum(asked) == 36, "early, stay and leave; who follows waits to be moved"


def test_around_the_move_nothing_is_asked_of_the_room() -> None:
    evening = Evening(1, 0.01, arrive={"from": "0:00", "over": "0:10"})
    roll = evening.roll
    roll.done(roll.gather(5.0, 2000), 60, 5.0, 5.1, sure=True)
    roll.offered("first", Moving("h", "second", MOVES), OFFERED)
    roll.agenda.add(MOVES - 0.2, Does.LEAVE, "fans-001")
    held = roll.gather(MOVES - 0.2, 2000)
    assert "fans-001" not in {one.who for one in held if one.does is Does.LEAVE}
    roll.moved("first")
    assert [one.who for one in roll.gather(MOVES + 1, 2000)] == ["fans-001"]


def test_a_decision_that_comes_too_late_is_not_asked_for() -> None:
    evening = Evening(1, 0.01, arrive={"from": "0:00", "over": "0:10"})
    roll = evening.roll
    roll.done(roll.gather(5.0, 2000), 60, 5.0, 5.1, sure=True)
    roll.offered("first", Moving("h", "second", MOVES), OFFERED)
    assert roll.gather(MOVES - 0.01, 2000) == []


def test_however_short_the_countdown_all_decide_while_there_is_time() -> None:
    roll = Evening(1, 0.01, arrive={"from": "0:00", "over": "0:10"}).roll
    roll.done(roll.gather(5.0, 2000), 60, 5.0, 5.1, sure=True)
    roll.offered("first", Moving("h", "second", OFFERED + 0.5), OFFERED)
    assert len(roll.gather(OFFERED + 0.1, 2000)) == 36, "two steps before the last call"


def test_a_room_that_is_over_has_nobody_and_lets_nobody_in() -> None:
    roll = Evening(1, 0.01, arrive={"from": "0:00", "over": "1:00"}).roll
    due = roll.gather(5.0, 2000)
    roll.done(due, len(due), 5.0, 5.1, sure=True)
    assert 0 < len(due) < 60
    roll.room_over("first")
    assert roll.where == {}
    assert roll.gather(11.0, 2000) == []


@pytest.mark.parametrize("limit", [1, 7])
def test_no_more_than_asked_for_and_nobody_twice(limit: int) -> None:
    roll = Evening(1, 0.01, churn={"share": 1.0, "returns": 1.0}).roll
    while due := roll.gather(39.0, limit):
        assert len(due) <= limit
        assert len({one.who for one in due}) == len(due)
        roll.done(due, len(due), 39.0, 39.1, sure=True)
    assert len(roll.where) == 60


def test_a_canceled_handoff_moves_nobody() -> None:
    roll = Evening(1, 0.01, arrive={"from": "0:00", "over": "0:10"}).roll
    roll.done(roll.gather(5.0, 2000), 60, 5.0, 5.1, sure=True)
    roll.offered("first", Moving("h", "second", MOVES), OFFERED)
    roll.canceled("first")
    assert roll.gather(MOVES, 2000) == []
    assert set(roll.where.values()) == {"first"}
    assert BASE.rooms[0].id == "first"
