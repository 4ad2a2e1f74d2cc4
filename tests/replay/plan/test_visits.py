"""afterparty.replay.plan.visits: the stays of one of the audience."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.replay.texts import SMALL

from afterparty.replay.plan.course import MOVE_MARGIN, course
from afterparty.replay.plan.visits import Leaning, Visit, attempts, visits
from afterparty.replay.words.loading import parse

SCENARIO = parse(SMALL)
COURSE = course(SCENARIO, 2)  # "first" is offered at 48 s, moves at 78 s to "second"; over at 120 s
ALONE = course(SCENARIO.model_copy(update={"beats": SCENARIO.beats[:1]}), 2)

times = st.floats(0, 119)


def stays(
    leaning: Leaning,
    arrives: float,
    goes: str = "stays",
    within: float | None = None,
    seed: int = 1,
) -> tuple[Visit, ...]:
    return visits(random.Random(seed), leaning, arrives, goes, within, COURSE)


def test_who_stays_is_there_to_the_end() -> None:
    assert stays(Leaning("first"), 10) == (Visit("first", 10, None),)
    assert stays(Leaning("first"), 100) == (Visit("second", 100, None),)


def test_a_leak_goes_over_by_itself() -> None:
    over = Leaning("first", "second", 30)
    assert stays(over, 10) == (Visit("first", 10, 30), Visit("second", 30, None))
    assert stays(over, 40) == (Visit("second", 40, None),), "whoever is late goes there at once"


def test_where_the_handoff_comes_first_nobody_leaks() -> None:
    assert stays(Leaning("first", "second", 60), 10) == (Visit("first", 10, None),)


@given(
    times,
    st.sampled_from(["stays", "goes", "returns"]),
    st.sampled_from([None, 0.0, 5.0, 500.0]),
    st.one_of(st.just(math.inf), times),
    st.sampled_from([("first", "second"), ("second", "first")]),
    st.integers(0, 1000),
)
def test_nobody_is_in_two_rooms_and_nobody_goes_in_a_countdown(
    arrives: float,
    goes: str,
    within: float | None,
    leaks: float,
    rooms: tuple[str, str],
    seed: int,
) -> None:
    leaning = Leaning(rooms[0], rooms[1] if leaks < math.inf else "", leaks)
    found = stays(leaning, arrives, goes, within, seed)
    assert found == stays(leaning, arrives, goes, within, seed)
    before = 0.0
    for visit in found:
        assert before <= visit.arrives
        assert not 78 - MOVE_MARGIN < visit.arrives < 78 + MOVE_MARGIN or visit.room == "second"
        if visit.departs is not None:
            assert visit.arrives <= visit.departs <= 120
            before = visit.departs
            in_countdown = visit.room == "first" and 48 < visit.departs < 78
            assert not in_countdown or visit.arrives >= 48
    assert (found[-1].departs is not None) == (goes == "goes")
    assert all(visit.departs is not None for visit in found[:-1])


def test_who_goes_soon_after_coming_goes_about_as_soon_as_said() -> None:
    gone = [stays(Leaning("second"), 0, "goes", 5, seed)[0].departs or 0 for seed in range(2000)]
    assert sum(gone) / len(gone) == pytest.approx(5, rel=0.1)
    assert max(gone) <= 119


def test_who_comes_late_goes_in_time_all_the_same() -> None:
    gone = [stays(Leaning("second"), 115, "goes", 60, seed)[0].departs or 0 for seed in range(300)]
    assert 115 <= min(gone) <= max(gone) <= 119


def test_attempts_break_and_are_made_again_each_time_after_twice_as_long() -> None:
    assert attempts(10, 3, 0.5, 100) == ((10, 10.5, 11.5), 13.5)
    assert attempts(10, 0, 0.5, 100) == ((), 10)


@given(times, st.integers(0, 5), st.floats(0.1, 30))
def test_nobody_tries_until_it_is_too_late(at: float, tries: int, wait: float) -> None:
    broken, comes = attempts(at, tries, wait, 100)
    assert len(broken) <= tries
    assert all(at <= one < comes for one in broken)
    assert comes <= max(at, 100)
