"""afterparty.replay.plan.course: when rooms open, are handed over, and end, by the script."""

from tests.replay.texts import SMALL

from afterparty.replay.plan.course import END_MARGIN, MOVE_MARGIN, Move, course
from afterparty.replay.words.loading import parse

COURSE = course(parse(SMALL), 2)


def test_the_script_s_times_in_wall_seconds() -> None:
    assert COURSE.opens == {"first": 0, "second": 45}
    assert COURSE.moves == {"first": Move("second", 48, 78)}
    assert COURSE.ends == {"first": 110, "second": 120}
    assert COURSE.end == 120


def test_around_the_move_and_after_it_one_comes_in_by_the_other_room() -> None:
    assert COURSE.entrance("first", 60) == ("first", 60)
    assert COURSE.entrance("first", 78 - MOVE_MARGIN) == ("first", 78 - MOVE_MARGIN)
    assert COURSE.entrance("first", 77) == ("second", 78 + MOVE_MARGIN)
    assert COURSE.entrance("first", 100) == ("second", 100)
    assert COURSE.entrance("second", 77) == ("second", 77)


def test_one_goes_before_the_offer_or_before_the_end_of_where_one_was_moved() -> None:
    assert COURSE.until("first", 10) == 48
    assert COURSE.until("first", 50) == 120 - END_MARGIN
    assert COURSE.until("second", 90) == 120 - END_MARGIN
    assert COURSE.latest("first") == 110 - END_MARGIN
    assert COURSE.latest("nowhere") == 120 - END_MARGIN


def test_margins_are_a_small_part_of_an_evening_however_fast_it_goes() -> None:
    fast = course(parse(SMALL), 240)
    assert fast.end == 1.0
    assert fast.entrance("first", 0.5) == ("first", 0.5)
    assert fast.entrance("first", 0.64) == ("second", 0.65 + 0.05)
    assert fast.latest("second") == 0.95
