"""Seasons: what is in an era, and what a moment of a show stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.core.model import Show
from afterparty.core.season import Era, Season, making_place, standing

NIGHT = Show("s", "A night", simulated=True, stands_for=1000.0, speed=20.0)


@pytest.mark.parametrize(
    ("since", "until", "inside", "outside"),
    [
        (None, None, [-1.0, 0.0, 1e12], []),
        (5.0, None, [5.0, 6.0], [4.9]),
        (None, 5.0, [4.9], [5.0, 6.0]),
        (5.0, 7.0, [5.0, 6.9], [4.9, 7.0]),
    ],
)
def test_an_era_begins_with_its_first_moment_and_ends_before_the_next(
    since: float | None, until: float | None, inside: list[float], outside: list[float]
) -> None:
    era = Era("e", "An era", since, until)
    assert all(era.has(at) for at in inside)
    assert not any(era.has(at) for at in outside)


def test_a_show_stands_for_its_time_from_its_first_room_on_and_at_its_speed() -> None:
    assert standing(NIGHT, 500.0, 500.0) == 1000.0
    assert standing(NIGHT, 500.0, 503.0) == 1060.0
    assert standing(NIGHT, 500.0, 499.0) == 980.0
    assert standing(NIGHT, None, 77.0) == 1000.0, "before it begins, for its beginning"


@given(st.floats(0, 4e9), st.none() | st.floats(0, 4e9), st.floats(0.1, 1000))
def test_what_enacts_nothing_stands_for_the_time_it_is_at(
    at: float, opened: float | None, speed: float
) -> None:
    assert standing(Show("s", "A show", speed=speed), opened, at) == at


def made(name: str, by: str, created_at: float) -> Season:
    return Season(name, name, 0.0, 9.0, by=by, created_at=created_at, hosts=("guest",))


def test_a_season_takes_what_its_maker_and_its_hosts_put_into_it() -> None:
    season = made("s", "ann", 1.0)
    assert [season.admits(who) for who in ("ann", "guest", "bob")] == [True, True, False]


def test_of_whoever_has_the_most_seasons_the_one_goes_that_was_not_used_for_the_longest() -> None:
    old = made("old", "ann", 1.0)
    many = [made(f"m{n}", "bob", 10.0 + n) for n in range(3)]
    goes = making_place([*many, old], {}, ())
    assert goes == many[0], "who makes very many pushes out nobody else's"
    assert making_place([*many, old], {"m0": 99.0}, ()) == many[1]
    assert making_place([*many, old], {}, {"m0", "m1"}) == old, "of as many, the oldest"
    assert making_place([old], {}, {"old"}) is None
    assert making_place([], {}, ()) is None
