"""A handoff's ledger: every transition by table, and the sum that always holds."""

from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from afterparty.core.handoff import (
    Ledger,
    Outcome,
    close,
    decline,
    lose,
    move,
    offer,
    reconsider,
)

Change = Callable[[Ledger, str], Ledger]


def offer_one(ledger: Ledger, member: str) -> Ledger:
    return offer(ledger, (member,))


CHANGES: dict[str, Change] = {
    "offer": offer_one,
    "move": move,
    "decline": decline,
    "reconsider": reconsider,
    "lose": lose,
}

# From each outcome (a dash: never offered) to which, by what.
TRANSITIONS = """
from      offer    move   decline   reconsider lose
-         offered  -      -         -          -
offered   offered  moved  declined  offered    lost
moved     moved    moved  moved     moved      moved
declined  declined moved  declined  offered    declined
lost      offered  moved  lost      lost       lost
"""
NAMES, *LINES = (line.split() for line in TRANSITIONS.strip().splitlines())


def ledger_with(outcome: str) -> Ledger:
    return Ledger({} if outcome == "-" else {"ann": Outcome(outcome)})


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
def test_every_transition(line: list[str]) -> None:
    before, *cells = line
    for name, expected in zip(NAMES[1:], cells, strict=True):
        ledger = ledger_with(before)
        result = CHANGES[name](ledger, "ann")
        assert result.outcomes.get("ann", "-") == expected, name
        assert ledger == ledger_with(before), "the ledger that was given has not changed"
        if expected == before:
            assert result is ledger, "the same ledger says that nothing happened"


def test_the_table_is_whole() -> None:
    assert {line[0] for line in LINES} == {"-", *Outcome}
    assert set(NAMES[1:]) == set(CHANGES)


@pytest.mark.parametrize("outcome", ["-", *Outcome])
@pytest.mark.parametrize("name", CHANGES)
def test_a_closed_ledger_never_changes(name: str, outcome: str) -> None:
    closed = close(ledger_with(outcome), Outcome.LOST)
    assert CHANGES[name](closed, "ann") is closed
    assert close(closed, Outcome.DECLINED) is closed


@pytest.mark.parametrize("leftover", [Outcome.LOST, Outcome.DECLINED])
def test_closing_settles_those_who_wait_and_nobody_else(leftover: Outcome) -> None:
    ledger = Ledger({outcome.value: outcome for outcome in Outcome})
    closed = close(ledger, leftover)
    assert closed.closed
    assert dict(closed.outcomes) == dict(ledger.outcomes) | {"offered": leftover}
    assert closed.tally.balanced
    assert not ledger.tally.balanced


def test_many_are_offered_at_once_and_the_moved_are_not_called_back() -> None:
    ledger = move(offer(Ledger(), ("ann", "bob")), "ann")
    ledger = offer(lose(ledger, "bob"), ("ann", "bob", "cat"))
    assert dict(ledger.outcomes) == {
        "ann": Outcome.MOVED,
        "bob": Outcome.OFFERED,
        "cat": Outcome.OFFERED,
    }
    assert offer(ledger, ()) is ledger


members = st.sampled_from("abcdef")


class AnyHandoff(RuleBasedStateMachine):
    """Members who come, go and change their minds in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.ever: set[str] = set()
        self.moved: set[str] = set()
        self.final: Ledger | None = None

    @rule(who=st.sets(members))
    def come(self, who: set[str]) -> None:
        self.ledger = offer(self.ledger, sorted(who))
        if not self.ledger.closed:
            self.ever |= who

    @rule(name=st.sampled_from(sorted(CHANGES)), who=members)
    def change(self, name: str, who: str) -> None:
        self.ledger = CHANGES[name](self.ledger, who)
        if name == "offer" and not self.ledger.closed:
            self.ever.add(who)
        if name == "move" and not self.ledger.closed:
            self.moved |= {who} & self.ever

    @rule(leftover=st.sampled_from([Outcome.LOST, Outcome.DECLINED]), luck=st.integers(0, 9))
    def end(self, leftover: Outcome, luck: int) -> None:
        if luck == 0:
            self.ledger = close(self.ledger, leftover)
            self.final = self.final or self.ledger

    @invariant()
    def everyone_offered_has_one_outcome(self) -> None:
        tally = self.ledger.tally
        waiting = sum(o is Outcome.OFFERED for o in self.ledger.outcomes.values())
        assert set(self.ledger.outcomes) == self.ever
        assert tally.offered == len(self.ever)
        assert tally.offered == tally.moved + tally.declined + tally.lost + waiting
        assert tally.balanced is (waiting == 0)
        assert min(tally.moved, tally.declined, tally.lost) >= 0

    @invariant()
    def whoever_has_moved_stays_moved(self) -> None:
        found = {m for m, o in self.ledger.outcomes.items() if o is Outcome.MOVED}
        assert found == self.moved

    @invariant()
    def closed_is_closed(self) -> None:
        if self.final is not None:
            assert self.ledger is self.final
            assert self.ledger.tally.balanced


TestAnyHandoff = AnyHandoff.TestCase
