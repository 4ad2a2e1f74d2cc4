"""afterparty.replay.plan.zones: who of the world is awake."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.replay.plan.zones import awake, divided, local_hour
from afterparty.replay.words.scenario import Zone

EVENING = datetime.fromisoformat("2021-06-09T22:53:00+09:00")
WORLD = (
    Zone(name="seoul", utc="+09:00", share=0.5),
    Zone(name="sao-paulo", utc="-03:00", share=0.25),
    Zone(name="berlin", utc="+02:00", share=0.25),
)


def test_the_hour_there() -> None:
    assert local_hour(EVENING, "+09:00") == pytest.approx(22 + 53 / 60)
    assert local_hour(EVENING, "-03:00") == pytest.approx(10 + 53 / 60)
    assert local_hour(EVENING, "+05:30") == pytest.approx(19 + 23 / 60)


@given(st.floats(-48, 48))
def test_somebody_is_always_awake_and_a_day_later_it_is_the_same(hour: float) -> None:
    assert 0 < awake(hour) <= 1
    assert awake(hour) == pytest.approx(awake(hour + 24))


def test_between_two_hours_it_is_in_between() -> None:
    assert awake(3) == 0.10
    assert awake(4) == 0.06
    assert awake(3.5) == pytest.approx(0.08)
    assert awake(23.5) == pytest.approx((0.70 + 0.45) / 2)


def test_whoever_sleeps_does_not_come() -> None:
    found = divided(WORLD, EVENING)
    assert sum(found.values()) == pytest.approx(1)
    assert found["berlin"] / found["seoul"] == pytest.approx(
        0.5 * awake(15 + 53 / 60) / awake(22 + 53 / 60)
    )
    at_night = divided(WORLD, datetime.fromisoformat("2021-06-09T02:00:00+09:00"))
    assert at_night["seoul"] < 0.25, "half of those who would come, but it is two in the morning"


def test_without_a_date_nobody_sleeps() -> None:
    assert divided(WORLD, None) == {"seoul": 0.5, "sao-paulo": 0.25, "berlin": 0.25}
