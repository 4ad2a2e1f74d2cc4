"""Presence and the handoff's ledger against a model of them that a page can hold.

The model knows nothing of counters: it compares who is where before and after each operation.
"""

import asyncio
import itertools
from collections import defaultdict
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from afterparty.store.crowd import CrowdStore, Step
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import AlreadyExists
from afterparty.store.guestlist import GuestList
from afterparty.store.log import RoomLog
from afterparty.store.ops import Counts, Enter, Leave, Ledger, Move, Op, Outcome, Swept
from afterparty.store.presence import Presence
from afterparty.store.servers import client

ROOMS = ["a", "b", "c"]
CONNS = [f"c{n}" for n in range(5)]
IDS = ["x", "y", "z"]
MEMBERS = [*(f"m{n}" for n in range(3)), "sim-x"]
NODES = ["n0", "n1"]
HANDOFFS = ["h0", "h1"]

rooms, members = st.sampled_from(ROOMS), st.sampled_from(MEMBERS)
handoffs = st.sampled_from(HANDOFFS)
nodes = st.sampled_from(NODES)
ids = st.lists(st.sampled_from(IDS), unique=True)
names = st.sampled_from(["", "One", "Two"])
enters = st.builds(
    Enter, st.sampled_from(CONNS), st.sampled_from(NODES), members, rooms, name=names
)
leaves = st.builds(Leave, st.sampled_from(CONNS))
moves = st.builds(Move, members, rooms, rooms, st.none() | handoffs)
doings = st.sampled_from([*ROOMS, "leave", "follow", "stay", ""])
batches = st.lists(st.one_of(enters, enters, leaves, moves, moves), min_size=1, max_size=4)


class Handoff:
    def __init__(self, source: str, to: str, present: set[str]) -> None:
        self.source, self.to, self.open = source, to, True
        self.outcomes = dict.fromkeys(present, "offered")

    def ledger(self) -> Ledger:
        found = list(self.outcomes.values())
        rest = [found.count(outcome) for outcome in ("offered", "moved", "declined", "lost")]
        return Ledger(len(found), *rest, open=self.open)


class Model:
    """The rules: ``conns`` says all of presence, and the rest follows from its changes."""

    def __init__(self) -> None:
        self.conns: dict[str, tuple[str, str, str]] = {}
        self.stage: dict[str, set[str]] = defaultdict(set)
        self.peak: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        self.tuned: dict[str, set[str]] = defaultdict(set)
        self.known: set[str] = set()
        self.handoffs: dict[str, Handoff] = {}
        self.names: dict[str, str] = {}
        self.left: set[str] = set()

    def present(self, room: str) -> set[str]:
        return {member for _, member, at in self.conns.values() if at == room}

    def change(self, conns: dict[str, tuple[str, str, str]], via: str | None = None) -> None:
        before = {room: self.present(room) for room in ROOMS}
        self.conns = conns
        for room in ROOMS:
            after = self.present(room)
            self.tuned[room] |= after
            if after:
                self.known.add(room)
            for name, handoff in self.handoffs.items():
                if handoff.open and handoff.source == room:
                    for member in after - before[room]:
                        if handoff.outcomes.get(member, "lost") == "lost":
                            handoff.outcomes[member] = "offered"
                    for member in before[room] - after:
                        if name == via:
                            handoff.outcomes[member] = "moved"
                        elif handoff.outcomes[member] == "offered":
                            handoff.outcomes[member] = "lost"

    def settle(self) -> None:
        for room in ROOMS:
            found = self.listeners(room)
            self.peak[room] = max(self.peak[room], found, key=lambda count: count[0])

    def listeners(self, room: str) -> tuple[int, int]:
        """How many there are, and how many of them are simulated."""
        found = self.present(room) - self.stage[room]
        return len(found), sum(member.startswith("sim-") for member in found)

    def apply(self, op: Op) -> bool:
        changed = self.act(op)
        self.settle()
        return changed

    def act(self, op: Op) -> bool:
        """Do it, and keep no peak: others may do something at the same instant."""
        match op:
            case Enter(conn, node, member, room, name=name):
                if self.conns.get(conn, ())[1:] != (member, room):
                    self.names[conn] = name
                now = self.conns | {conn: (node, member, room)}
            case Leave(conn):
                self.names.pop(conn, None)
                now = {one: at for one, at in self.conns.items() if one != conn}
            case Move(member, source, to, via):
                handoff = self.handoffs.get(via) if via else None
                if via and not (
                    handoff and handoff.open and (handoff.source, handoff.to) == (source, to)
                ):
                    return False
                now = {
                    conn: (node, who, to if (who, room) == (member, source) else room)
                    for conn, (node, who, room) in self.conns.items()
                }
                changed = now != self.conns
                self.change(now, via)
                return changed
        changed = now != self.conns
        self.change(now)
        return changed

    def step(self, node: str, step: Step) -> tuple[int, dict[str, str]]:
        changed, found = 0, {}
        for room, entering in step.enter.items():
            self.known.add(room)
            self.left -= set(entering)
            for one in entering:
                _, _, at = self.conns.get(f":{one}", ("", "", ""))
                changed += at != room
                self.act(Enter(f":{one}", node, f"sim-{one}", room))
        changed += sum(self.act(Leave(f":{one}")) for one in step.leave)
        self.left |= set(step.leave)
        for one in step.follow:
            holder, member, at = self.conns.get(f":{one}", ("", "", ""))
            handoff = self.open_from(at)
            if handoff and handoff in step.handoffs:
                to = self.handoffs[handoff].to
                assert self.act(Move(member, at, to, handoff))
                changed += 1
                if holder == node:
                    found[one] = to
        for one in step.stay:
            _, member, at = self.conns.get(f":{one}", ("", "", ""))
            handoff = self.open_from(at)
            if handoff and self.handoffs[handoff].outcomes.get(member) == "offered":
                self.handoffs[handoff].outcomes[member] = "declined"
                changed += 1
        self.settle()
        return changed, found

    def again(self, node: str, room: str, ids: list[str]) -> tuple[int, dict[str, str]]:
        lost = [one for one in ids if f":{one}" not in self.conns and one not in self.left]
        for one in lost:
            self.act(Enter(f":{one}", node, f"sim-{one}", room))
        self.settle()
        held = {one: self.conns[f":{one}"] for one in ids if f":{one}" in self.conns}
        return len(lost), {one: at for one, (holder, _, at) in held.items() if holder == node}

    def open_from(self, room: str) -> str | None:
        return next(
            (h for h, one in self.handoffs.items() if one.open and one.source == room), None
        )

    def evict(self, node: str) -> int:
        gone = [conn for conn, (holder, _, _) in self.conns.items() if holder == node]
        for conn in gone:
            self.apply(Leave(conn))
        return len(gone)

    def counts(self) -> dict[str, Counts]:
        return {
            room: Counts(
                len(self.present(room)),
                self.listeners(room)[0],
                self.peak[room][0],
                len(self.tuned[room]),
                simulated=self.listeners(room)[1],
                peak_simulated=self.peak[room][1],
            )
            for room in self.known
        }


class Against(RuleBasedStateMachine):
    """Every step is taken by the model and by the server, and then all is compared."""

    runner: asyncio.Runner
    presence: Presence
    guests: GuestList
    crowd: CrowdStore
    log: RoomLog
    shows = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.show = f"show{next(self.shows)}"
        self.model = Model()
        self.versions: dict[str, int] = defaultdict(int)

    @rule(ops=batches)
    def apply(self, ops: list[Op]) -> None:
        result = self.runner.run(self.presence.apply(self.show, ops))
        assert result.changed == tuple(self.model.apply(op) for op in ops)
        assert result.counts.items() >= {
            (room, counts) for room, counts in self.model.counts().items() if room in result.counts
        }

    @rule(node=nodes, does=st.tuples(doings, doings, doings), handoffs=st.sets(handoffs))
    def step(self, node: str, does: tuple[str, str, str], handoffs: set[str]) -> None:
        """What each of the simulated members does, all in one moment."""

        def who(what: str) -> list[str]:
            return [one for one, doing in zip(IDS, does, strict=True) if doing == what]

        enter = {room: who(room) for room in ROOMS if room in does}
        step = Step(enter, who("leave"), who("follow"), sorted(handoffs), who("stay"))
        done = self.runner.run(self.crowd.step(self.show, node, step))
        assert (done.changed, done.found) == self.model.step(node, step)
        known = self.model.counts()
        assert done.counts.keys() >= enter.keys()
        assert done.counts == {room: known[room] for room in done.counts}

    @rule(node=nodes, room=rooms, ids=ids)
    def again(self, node: str, room: str, ids: list[str]) -> None:
        done = self.runner.run(self.crowd.again(self.show, node, room, ids, ()))
        assert (done.changed, done.found) == self.model.again(node, room, ids)

    @rule(node=nodes, ids=ids)
    def disown(self, node: str, ids: list[str]) -> None:
        self.runner.run(self.crowd.disown(self.show, node, ids))
        for one in ids:
            if self.model.conns.get(f":{one}", ("",))[0] == node:
                self.model.apply(Leave(f":{one}"))

    @rule(name=handoffs, who=members, first=st.none() | st.sampled_from(CONNS))
    def take_part(self, name: str, who: str, first: str | None) -> None:
        """What random rooms would seldom hit: enter where a handoff is open, and be moved by it."""
        handoff = self.model.handoffs.get(name)
        if handoff is None:
            return
        if first:
            self.apply([Enter(first, "n0", who, handoff.source)])
        else:
            self.apply([Move(who, handoff.source, handoff.to, name)])

    @rule(name=handoffs, node=nodes)
    def sweep(self, name: str, node: str) -> None:
        """Rooms this small are moved in one step: all who are offered, or nobody."""
        swept = self.runner.run(self.presence.handoff_sweep(self.show, name, node))
        handoff = self.model.handoffs.get(name)
        if handoff is None or not handoff.open:
            assert swept == Swept(0, [], {})
            return
        offered = {m for m, outcome in handoff.outcomes.items() if outcome == "offered"}
        own = {
            conn
            for conn, (holder, who, room) in self.model.conns.items()
            if (holder, room) == (node, handoff.source) and who in offered
        }
        for member in offered:
            assert self.model.apply(Move(member, handoff.source, handoff.to, name))
        assert swept.moved == len(offered)
        assert sorted(swept.conns) == sorted(own)
        known = self.model.counts()
        assert swept.counts == {room: known[room] for room in (handoff.source, handoff.to)}

    @rule(node=nodes)
    def evict(self, node: str) -> None:
        assert self.runner.run(self.presence.evict(self.show, node)) == self.model.evict(node)

    @rule(room=rooms, stage=st.sets(members))
    def seat(self, room: str, stage: set[str]) -> None:
        done = self.log.commit(self.show, room, self.versions[room], [b"{}"], stage)
        self.versions[room] = self.runner.run(done)
        self.model.stage[room] = stage
        self.model.known.add(room)
        self.model.settle()

    @rule(name=handoffs, source=rooms, to=rooms)
    def handoff_open(self, name: str, source: str, to: str) -> None:
        if source == to:
            return
        known = self.model.handoffs.get(name)
        busy = any(h.open and h.source == source for h in self.model.handoffs.values())
        try:
            self.runner.run(self.presence.handoff_open(self.show, name, source, to))
        except AlreadyExists:
            assert (known.source, known.to) != (source, to) if known else busy
        else:
            assert (known.source, known.to) == (source, to) if known else not busy
            if known is None:
                self.model.handoffs[name] = Handoff(source, to, self.model.present(source))
                self.model.known |= {source, to}

    @rule(name=handoffs, member=members, back=st.booleans())
    def answer(self, name: str, member: str, back: bool) -> None:
        ask = self.presence.handoff_undecline if back else self.presence.decline
        outcome = self.runner.run(ask(self.show, name, member))
        handoff = self.model.handoffs.get(name)
        if handoff and handoff.open:
            here = member in self.model.present(handoff.source)
            if back and handoff.outcomes.get(member) == "declined" and here:
                handoff.outcomes[member] = "offered"
            if not back and handoff.outcomes.get(member) == "offered":
                handoff.outcomes[member] = "declined"
        assert outcome == (handoff.outcomes.get(member) if handoff else None)

    @rule(name=handoffs, leftover=st.sampled_from(["lost", "declined"]), now=st.integers(0, 3))
    def handoff_close(self, name: str, leftover, now: int) -> None:
        handoff = self.model.handoffs.get(name)
        if handoff is None or now:  # seldom: little happens to a ledger once it is closed
            return
        ledger = self.runner.run(self.presence.handoff_close(self.show, name, leftover))
        if handoff.open:
            handoff.open = False
            for member, outcome in handoff.outcomes.items():
                if outcome == "offered":
                    handoff.outcomes[member] = leftover
        assert ledger == handoff.ledger()
        assert ledger.pending == 0

    @invariant()
    def same(self) -> None:
        self.runner.run(self.compare())

    async def compare(self) -> None:
        presence, show = self.presence, self.show
        assert await presence.counts(show) == self.model.counts()
        pages = await asyncio.gather(*(self.guests.page(show, room) for room in ROOMS))
        named = [{m for m in self.model.present(r) if not m.startswith("sim-")} for r in ROOMS]
        assert [set(page) for page, _ in pages] == named
        _, roll = await presence.roll(show, 100)
        assert roll is not None
        assert {room: set(found) for room, found in roll.items() if found} == {
            room: found for room, found in zip(ROOMS, named, strict=True) if found
        }
        peaks = [await presence.peak(show, room) for room in ROOMS]
        assert [(p.listeners, p.simulated) for p in peaks] == [self.model.peak[r] for r in ROOMS]
        for node in NODES:
            held = {
                conn[1:]: room
                for conn, (holder, _, room) in self.model.conns.items()
                if holder == node and conn.startswith(":")
            }
            assert await self.crowd.located(show, node, IDS) == held
            assert set(await self.crowd.held(show, node)) == held.keys()
        called = await self.guests.names(show, CONNS)
        assert called == [self.model.names.get(conn) or None for conn in CONNS]
        for name, handoff in self.model.handoffs.items():
            ledger, outcomes, declined = await asyncio.gather(
                presence.handoff_ledger(show, name),
                presence.handoff_outcomes(show, name),
                presence.handoff_declined(show, name),
            )
            assert ledger == handoff.ledger()
            assert ledger.offered == ledger.pending + ledger.moved + ledger.declined + ledger.lost
            assert outcomes == {m: Outcome(o) for m, o in handoff.outcomes.items()}
            if handoff.open:  # asked only then
                assert {m for m, o in outcomes.items() if o is Outcome.DECLINED} == declined


@pytest.mark.slow
def test_presence_keeps_to_the_model(tmp_path: Path, binary: Path) -> None:
    embedded = EmbeddedStore(tmp_path / "data", binary)
    with asyncio.Runner() as runner:
        redis = client(runner.run(embedded.start()))
        try:
            # Thousands of steps, none of them about the disk.
            runner.run(redis.config_set("appendfsync", "no"))
            machine = type(
                "Machine",
                (Against,),
                {
                    "runner": runner,
                    "presence": Presence(redis),
                    "guests": GuestList(redis),
                    "crowd": CrowdStore(redis),
                    "log": RoomLog(redis),
                },
            )
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=60,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(redis.aclose())
            runner.run(embedded.stop())
