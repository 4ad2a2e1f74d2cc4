"""afterparty.loadtest.level and ruling: each clause can break, and nothing unmeasured is held."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.loadtest.course import Bins, Course, Step
from afterparty.loadtest.level import (
    Counted,
    Measured,
    Ruling,
    ServiceLevel,
    Sound,
    judge,
)
from afterparty.loadtest.plan import LoadPlan
from afterparty.loadtest.ruling import BROKEN, HELD, INTERRUPTED, NOT_JUDGED, result

LEVEL = ServiceLevel()
GOOD = Measured(
    wanted=1000, asked=1000, failed=0, hearing=1000, measured=1000,
    expected=1_500_000, received=1_499_999, silences=(0.02, 0.06, 0.08),
    first_sound=(0.05, 0.2, 0.4), dropped=0, counts=(Counted(9, 1000, 1000),),
)  # fmt: skip
SOUND = Sound(checked=100, unauthentic=0, decoded=100, wrong_sound=0, ticks_missing=0)


def step(found: Measured, because: str = "") -> Step:
    verdict = judge(LEVEL, found, because)
    return Step("hold", found.wanted, 0, 10, 40, found, verdict, Bins(0.02, (0, 1000)), None)


def course(*steps: Step, **fields: object) -> Course:
    made = Course(started_at=0.0, steps=list(steps), sound=SOUND)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_what_is_good_holds() -> None:
    verdict = judge(LEVEL, GOOD)
    assert verdict.ruling is Ruling.HELD
    names = [clause.name for clause in verdict.clauses]
    assert names == ["joins", "hearing", "received", "silence", "first_sound", "count"]


@pytest.mark.parametrize(
    ("clause", "changes", "says"),
    [
        ("joins", {"failed": 2}, "2 of 1,000 failed"),
        ("hearing", {"hearing": 998}, "998 of 1,000 heard"),
        ("received", {"received": 1_498_499}, "99.900 %"),
        ("received", {"expected": 0, "received": 0}, "nobody"),
        ("silence", {"silences": (0.02, 0.06, 0.2501)}, "250 ms at worst"),
        ("first_sound", {"first_sound": (0.1, 2.01, 3)}, "2.01 s"),
        ("first_sound", {"first_sound": None}, "nobody heard"),
        ("count", {"counts": (Counted(9, 1000, 1000), Counted(10, 999, 1000))}, "999 listeners"),
        ("count", {"counts": (Counted(9, 1001, 1000),)}, "1,001 listeners"),
    ],
)
def test_each_clause_can_break(clause: str, changes: dict[str, object], says: str) -> None:
    verdict = judge(LEVEL, replace(GOOD, **changes))  # type: ignore[arg-type]
    assert verdict.ruling is Ruling.BROKEN
    (broken,) = verdict.broken
    assert broken.name == clause
    assert says in broken.measured


def test_nobody_there_is_no_success() -> None:
    nobody = Measured(
        wanted=1000, asked=1000, failed=0, hearing=0, measured=0, expected=0, received=0,
        silences=(0, 0, 0), first_sound=None, dropped=0,
    )  # fmt: skip
    broken = {clause.name for clause in judge(LEVEL, nobody).broken}
    assert broken == {"hearing", "received", "silence", "first_sound"}


@given(st.integers(1, 10**9), st.data())
def test_received_is_judged_by_the_exact_share(expected: int, data: st.DataObject) -> None:
    received = data.draw(st.integers(max(0, int(expected * 0.99)), expected))
    verdict = judge(LEVEL, replace(GOOD, expected=expected, received=received))
    clause = next(clause for clause in verdict.clauses if clause.name == "received")
    assert clause.held == (received / expected * 100 >= 99.9)
    assert ("100 %" in clause.measured) == (received == expected)


def test_packets_lost_on_our_own_sockets_are_never_judged() -> None:
    for found in (GOOD, replace(GOOD, received=0)):
        verdict = judge(LEVEL, replace(found, dropped=1))
        assert verdict.ruling is Ruling.NOT_JUDGED
        assert "fell behind" in verdict.because


def test_a_run_that_held() -> None:
    found = result(LoadPlan(), course(step(GOOD)))
    assert (found.code, found.verdict.ruling) == (HELD, Ruling.HELD)
    assert found.verdict.clauses[-1].name == "sound"
    assert "held with 1,000 simulated listeners" in found.says


def test_wrong_sound_breaks_a_run() -> None:
    for changes in ({"unauthentic": 1}, {"wrong_sound": 6}, {"unauthentic": 1, "stutters": 9}):
        found = result(LoadPlan(), course(step(GOOD), sound=replace(SOUND, **changes)))
        assert found.code == BROKEN
        assert found.says.endswith(": sound.")
        limit = result(
            LoadPlan(find_limit=True), course(step(GOOD), sound=replace(SOUND, **changes))
        )
        assert limit.code == BROKEN


def test_a_little_wrong_sound_and_that_of_a_late_speaker_are_borne() -> None:
    for changes in ({"wrong_sound": 5}, {"wrong_sound": 21, "stutters": 2, "decoders": 4}):
        found = result(LoadPlan(), course(step(GOOD), sound=replace(SOUND, **changes)))
        assert found.code == HELD
    assert "came late, which may explain up to 16 s" in found.verdict.clauses[-1].measured
    much = replace(SOUND, wrong_sound=22, stutters=2, decoders=4)
    assert result(LoadPlan(), course(step(GOOD), sound=much)).code == BROKEN


def test_counts_that_were_never_compared_are_no_success_and_no_failure() -> None:
    never = replace(GOOD, counts=())
    assert judge(LEVEL, never).ruling is Ruling.NOT_JUDGED
    assert "--hold" in judge(LEVEL, never).because
    assert judge(LEVEL, replace(never, failed=2)).ruling is Ruling.BROKEN
    assert judge(LEVEL, replace(GOOD, counts=None)).ruling is Ruling.HELD


def test_a_limit_is_told_with_what_broke() -> None:
    bad = replace(GOOD, wanted=2000, asked=1000, hearing=2000, silences=(0, 0, 1))
    found = result(LoadPlan(find_limit=True, listeners=9000), course(step(GOOD), step(bad)))
    assert found.code == HELD
    assert found.says == (
        "The service level held with 1,000 simulated listeners, and broke with 2,000 (silence)."
    )
    first = result(LoadPlan(find_limit=True), course(step(bad)))
    assert (first.code, first.good) == (BROKEN, None)
    top = result(LoadPlan(find_limit=True), course(step(GOOD)))
    assert "the limit is higher" in top.says


@pytest.mark.parametrize("limit", [False, True])
def test_what_was_not_measured_is_not_judged(limit: bool) -> None:
    plan = LoadPlan(find_limit=limit)
    assert result(plan, course()).code == NOT_JUDGED
    assert result(plan, course(trouble="It broke.")).says == "Not judged. It broke."
    assert result(plan, course(step(GOOD), trouble="It broke.")).code == NOT_JUDGED
    dropped = result(plan, course(step(replace(GOOD, dropped=3))))
    assert dropped.code == NOT_JUDGED
    assert "3 packets" in dropped.says
    interrupted = result(plan, course(step(GOOD, "broken off"), interrupted=True))
    assert interrupted.code == INTERRUPTED
    assert interrupted.verdict.ruling is Ruling.NOT_JUDGED
    assert [clause.name for clause in interrupted.verdict.clauses][:1] == ["joins"]
