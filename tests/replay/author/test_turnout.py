"""afterparty.replay.author.turnout: a curve of counts as parts that come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.replay.author.turnout import Arrivals, Stretch, arrivals, part
from afterparty.replay.plan.curves import CURVES


def test_nobody_who_came_is_nobody() -> None:
    assert arrivals(Stretch(0, 100, 0, 0)) == ([], 0.0, False)


def test_without_looks_it_is_a_guess_from_totals() -> None:
    found, gone, guessed = arrivals(Stretch(10, 110, 40, 30, [(20, 5)]))
    assert found == [Arrivals(40, 10, 50, "burst")]
    assert (gone, guessed) == (0.25, True)


def test_who_went_is_what_is_not_there_in_the_end() -> None:
    points = [(0, 0), (10, 20), (20, 20), (30, 15), (40, 10)]
    _, gone, guessed = arrivals(Stretch(0, 40, 20, 20, points))
    assert (gone, guessed) == (0.5, False)


@pytest.mark.parametrize("curve", ["steady", "burst", "surge"])
def test_a_curve_is_known_by_its_shape(curve: str) -> None:
    drawn = [n / 20 for n in range(21)]
    moments = [CURVES[curve](one) for one in drawn]  # type: ignore[index]
    points = [(at, float(sum(moment <= at for moment in moments))) for at in drawn]
    (found,), _, _ = arrivals(Stretch(0, 1, 20, 20, points))
    assert found.curve == curve


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 50)), max_size=30),
    st.integers(0, 300),
    st.integers(0, 50),
)
def test_everybody_comes_once_and_in_time(
    seen: list[tuple[int, int]], coming: int, peak: int
) -> None:
    points = [(float(at), float(count)) for at, count in sorted(seen)]
    found, gone, _ = arrivals(Stretch(5, 200, coming, peak, points))
    assert sum(one.size for one in found) == coming
    assert 0 <= gone <= 1
    for one in found:
        written = part("all-1", "room", one, 200)
        assert written["arrive"]["from"]
        assert one.start >= 0
        assert one.over >= 1
