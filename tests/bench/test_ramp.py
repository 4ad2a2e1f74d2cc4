import pytest
from bench.ramp import Steady, cpu_each


def test_joins_are_told_from_the_sound_meanwhile() -> None:
    before, after = Steady(10, load=0.1), Steady(30, load=0.3)
    # A second of 10 listeners, then two of 20: 0.1 + 2 x 0.2 of the 2.5 seconds were sound.
    ramp = [(0.0, 10), (1.0, 20), (3.0, 30)]
    assert cpu_each(2.5, ramp, before, after) == pytest.approx(2.0 / 20)


def test_what_a_server_does_anyway_is_no_ones() -> None:
    ramp = [(0.0, 0), (4.0, 10)]
    assert cpu_each(1.0, ramp, Steady(0, load=0.2), Steady(10, load=0.5)) == pytest.approx(0.02)


def test_who_leaves_costs_something_too() -> None:
    before, after = Steady(30, load=0.3), Steady(10, load=0.1)
    ramp = [(0.0, 30), (1.0, 20), (3.0, 10)]
    assert cpu_each(1.5, ramp, before, after) == pytest.approx((1.5 - 0.3 - 0.4) / 20)
