"""afterparty.replay.plan.curves: how a crowd comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.replay.plan.curves import CURVES, Curve, moment

even = st.floats(0, 1)
curves = st.sampled_from(sorted(CURVES))


@given(curves, even, even)
def test_a_curve_keeps_to_its_stretch_and_never_turns_back(
    curve: Curve, a: float, b: float
) -> None:
    first, second = (moment(curve, 10, 5, drawn) for drawn in sorted((a, b)))
    assert 10 <= first <= second <= 15 + 1e-9


@pytest.mark.parametrize("curve", sorted(CURVES))
def test_a_curve_takes_all_of_its_stretch(curve: Curve) -> None:
    assert moment(curve, 0, 100, 0) == pytest.approx(0)
    assert moment(curve, 0, 100, 1) == pytest.approx(100)


def by(curve: Curve, until: float) -> float:
    """The part of a crowd that is there by that part of the stretch."""
    return sum(moment(curve, 0, 1, (n + 0.5) / 10_000) <= until for n in range(10_000)) / 10_000


def test_each_curve_leans_to_its_side() -> None:
    assert by("steady", 0.5) == pytest.approx(0.5, abs=0.001)
    assert by("burst", 0.125) == pytest.approx(0.5, abs=0.001)
    assert by("surge", 0.5) == pytest.approx(0.125, abs=0.001)


def test_a_fandom_hears_of_it_slowly_then_all_at_once_and_some_late() -> None:
    tenths = [by("fandom", (n + 1) / 10) - by("fandom", n / 10) for n in range(10)]
    assert tenths[0] < 0.1, "few at once"
    assert sum(tenths[1:4]) > 0.6, "most as word spreads"
    assert tenths[1] > 3 * tenths[0]
    assert tenths[1:] == sorted(tenths[1:], reverse=True), "ever fewer afterwards"
    assert 0.005 < sum(tenths[7:]) < 0.1, "a long tail"
