"""afterparty.replay.plan.audience: the plan of who comes, when, and what each will do."""

import json
import tracemalloc
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.replay.texts import SMALL

from afterparty.replay.plan.audience import Fan, Inclination, plan
from afterparty.replay.plan.zones import divided
from afterparty.replay.words.loading import parse
from afterparty.replay.words.scenario import Part, RoomForm, Scenario
from afterparty.wire.views import REACTIONS

BASE = parse(SMALL)
OFFERED, MOVES = 96.0, 156.0  # evening seconds, in the small scenario


def with_part(seed: int = 1, **changes: Any) -> Scenario:
    """The small scenario with its one part changed."""
    part: dict[str, Any] = {"name": "fans", "size": 20, "room": "first"}
    part["arrive"] = {"from": "0:00", "over": "2:00"}
    read = Part.model_validate_json(json.dumps(part | changes))
    return BASE.model_copy(update={"audience": (read,), "seed": seed})


percent = st.integers(0, 100).map(lambda n: n / 100)


@st.composite
def inclinations(draw: st.DrawFn) -> dict[str, float]:
    cuts = sorted(draw(st.integers(0, 100)) for _ in range(3))
    shares = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 100 - cuts[2]]
    return {
        kind: share / 100
        for kind, share in zip(("early", "follow", "stay", "leave"), shares, strict=True)
    }


parts = st.fixed_dictionaries(
    {
        "size": st.integers(1, 300),
        "anonymous": percent,
        "churn": st.fixed_dictionaries(
            {"share": percent, "returns": percent},
            optional={"within": st.sampled_from(["0:00", "0:20", "5:00"])},
        ),
        "handoff": inclinations(),
        "requests": percent,
        "reactions": st.sampled_from([0, 0.5, 3.0]),
        "arrive": st.fixed_dictionaries(
            {
                "from": st.sampled_from(["0:00", "0:30", "1:50", "2:30"]),
                "over": st.sampled_from(["0:00", "0:10", "1:00"]),
                "curve": st.sampled_from(["steady", "burst", "surge", "fandom"]),
            }
        ),
    },
    optional={
        "leak": st.fixed_dictionaries(
            {
                "to": st.just("second"),
                "from": st.sampled_from(["0:30", "1:40", "3:00"]),
                "over": st.sampled_from(["0:00", "0:40"]),
                "curve": st.sampled_from(["steady", "burst"]),
            }
        ),
        "retry": st.fixed_dictionaries(
            {"share": percent, "tries": st.integers(1, 5), "wait": st.sampled_from([0.1, 2.0])}
        ),
        "zones": st.just(
            [
                {"name": "seoul", "utc": "+09:00", "share": 0.6},
                {"name": "lima", "utc": "-05:00", "share": 0.4},
            ]
        ),
    },
)
"""Every model by itself and with any other."""


@settings(max_examples=60, deadline=None)
@given(parts, st.integers(0, 2**31), st.sampled_from([1.0, 6.0, 60.0]))
def test_every_plan_keeps_to_what_was_written(
    changes: dict[str, Any], seed: int, speed: float
) -> None:
    scenario = with_part(seed, **changes)
    part = scenario.audience[0]
    fans = plan(scenario, speed)
    end = scenario.ends_at / speed

    assert fans == plan(scenario, speed)
    assert len(fans) == len({fan.key for fan in fans}) == part.size
    assert [f.visits[0].arrives for f in fans] == sorted(f.visits[0].arrives for f in fans)

    # Shares come out to the nearest member.
    assert abs(sum(fan.anonymous for fan in fans) - part.anonymous * part.size) <= 1
    kinds = Counter(fan.inclination for fan in fans)
    for kind in Inclination:
        assert abs(kinds[kind] - getattr(part.handoff, kind) * part.size) <= 1
    gone = sum(fan.visits[-1].departs is not None for fan in fans)
    assert abs(gone - part.churn.share * (1 - part.churn.returns) * part.size) <= 1
    if part.leak is None:
        back = sum(len(fan.visits) == 2 for fan in fans)
        assert abs(back - part.churn.share * part.churn.returns * part.size) <= 1
    failing = sum(bool(fan.broken) for fan in fans)
    assert failing <= (part.retry.share if part.retry else 0) * part.size + 1
    at = scenario.begins.at if scenario.begins else None
    lives = Counter(fan.zone for fan in fans)
    for zone, share in (divided(part.zones, at) if part.zones else {"": 1.0}).items():
        assert abs(lives[zone] - share * part.size) <= 1
    asking = [fan for fan in fans if fan.requests_at is not None]
    accounts = sum(not fan.anonymous for fan in fans)
    assert len(asking) <= part.requests * accounts + 1
    assert not any(fan.anonymous for fan in asking)

    for fan in fans:
        assert_in_order(fan, end)


def assert_in_order(fan: Fan, end: float) -> None:
    latest = end + 1.5  # a handoff's move may be just before the end
    assert 0 < fan.decides_after < 1
    before = 0.0
    assert list(fan.broken) == sorted(fan.broken)
    assert all(0 <= at < fan.visits[0].arrives for at in fan.broken)
    for visit in fan.visits:
        assert before <= visit.arrives <= latest
        before = visit.departs if visit.departs is not None else latest
        assert visit.arrives <= before <= latest
    assert all(visit.departs is not None for visit in fan.visits[:-1])
    for at, _ in fan.reactions:
        assert at > 0.5
        assert any(v.arrives <= at < (end if v.departs is None else v.departs) for v in fan.visits)
    if fan.requests_at is not None:
        first = fan.visits[0]
        assert max(first.arrives, 0.5) <= fan.requests_at
        assert fan.requests_at <= (end if first.departs is None else first.departs)
    if fan.withdraws_at is not None:
        assert fan.requests_at is not None
        assert fan.requests_at < fan.withdraws_at < (fan.visits[0].departs or end)


@settings(max_examples=30, deadline=None)
@given(parts, st.sampled_from([1.0, 6.0]))
def test_nobody_comes_or_goes_by_churn_during_a_countdown_nor_comes_to_the_room_after(
    changes: dict[str, Any], speed: float
) -> None:
    for fan in plan(with_part(**changes), speed):
        for visit in fan.visits:
            if visit.room == "first":
                assert visit.arrives <= MOVES / speed - 1.5
            elif "leak" not in changes:
                assert visit.arrives >= MOVES / speed + 1.5 - 1e-9
            if visit.departs is not None and visit.room == "first":
                assert visit.departs <= OFFERED / speed or visit.arrives >= OFFERED / speed


@settings(max_examples=30, deadline=None)
@given(parts, st.integers(0, 300), st.sampled_from([1.0, 6.0]))
def test_who_is_simulated_comes_as_they_would_have_come_with_a_connection(
    changes: dict[str, Any], real: int, speed: float
) -> None:
    """Fewer connections change what is done with them, not who is where when."""
    scenario = with_part(**changes)
    all_real, some = plan(scenario, speed), plan(scenario, speed, real)
    assert sum(not fan.simulated for fan in some) == min(real, len(all_real))
    assert [fan.visits for fan in some] == [fan.visits for fan in all_real]
    for fan, connected in zip(some, all_real, strict=True):
        assert not connected.simulated
        assert not fan.simulated or (fan.reactions, fan.requests_at) == ((), None)
        assert fan.simulated or fan.reactions == connected.reactions


def test_the_connected_are_spread_over_the_evening() -> None:
    fans = plan(with_part(size=100), 6, 4)
    assert [place for place, fan in enumerate(fans) if not fan.simulated] == [0, 25, 50, 75]


def test_a_part_that_leaks_is_in_the_other_room_in_the_end() -> None:
    leak = {"to": "second", "from": "1:00", "over": "0:20", "curve": "steady"}
    fans = plan(with_part(size=50, leak=leak), 6)
    assert {fan.visits[-1].room for fan in fans} == {"second"}
    over = [fan.visits[1].arrives for fan in fans if len(fan.visits) == 2]
    assert over
    assert 10 <= min(over) <= max(over) <= 80 / 6


def test_requests_are_apart_from_beats_and_from_each_other() -> None:
    """So the log of the room is the same however the machine is busy: at 6 times the speed."""
    arrive = {"from": "0:10", "over": "0:10"}
    fans = plan(with_part(size=100, requests=0.1, arrive=arrive), 6)
    asked = [fan.requests_at for fan in fans if fan.requests_at is not None]
    back = [fan.withdraws_at for fan in fans if fan.withdraws_at is not None]
    assert len(asked) == 10
    assert len(back) == 10, "the audience is offered another room, so everybody takes it back"
    assert max(back) < OFFERED / 6
    for at in (*asked, *back):
        others = [*(beat.at / 6 for beat in BASE.beats), *asked, *back]
        others.remove(at)
        assert min(abs(at - other) for other in others) > 0.25


def test_a_large_audience_takes_little_memory() -> None:
    tracemalloc.start()
    try:
        fans = plan(with_part(size=5_000, requests=0.04, reactions=1.0), 6, 200)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept / len(fans) < 1000


def test_another_seed_is_another_audience() -> None:
    changes = {"size": 50, "anonymous": 0.5}
    assert plan(with_part(1, **changes), 6) != plan(with_part(2, **changes), 6)


def test_a_faster_evening_is_the_same_evening() -> None:
    slow, fast = (
        {fan.key: fan for fan in plan(with_part(size=40, anonymous=0.4), speed)}
        for speed in (1.0, 2.0)
    )
    for key, fan in slow.items():
        assert fast[key].visits[0].arrives == pytest.approx(fan.visits[0].arrives / 2)
        assert (fast[key].anonymous, fast[key].inclination) == (fan.anonymous, fan.inclination)


@pytest.mark.parametrize(("curve", "low", "high"), [("burst", 0, 45), ("surge", 75, 120)])
def test_curves_lean_to_their_side(curve: str, low: float, high: float) -> None:
    arrive = {"from": "0:00", "over": "2:00", "curve": curve}
    arrivals = [f.visits[0].arrives for f in plan(with_part(size=400, arrive=arrive), 1)]
    assert low < sum(arrivals) / len(arrivals) < high
    assert max(arrivals) <= 120


def test_reactions_come_at_about_their_rate() -> None:
    arrive = {"from": "0:00", "over": "0:00"}
    fans = plan(with_part(size=300, reactions=2.0, arrive=arrive), 6)
    each_minute = sum(len(fan.reactions) for fan in fans) / 300 / (BASE.ends_at / 60)
    assert 1.8 < each_minute < 2.2


def test_reactions_are_those_of_every_room_on_the_way() -> None:
    """By the rules of 2021 there, by those of today here: what both have, or what one has alone."""
    today = BASE.model_copy(update={"rooms": (BASE.rooms[0], with_rules("current"))})
    for room, known in (("first", {"💯", "✊", "👋"}), ("second", set(REACTIONS["current"]))):
        arrive = {"from": "0:00", "over": "0:00"}
        scenario = with_part(size=60, reactions=5.0, arrive=arrive, room=room)
        fans = plan(scenario.model_copy(update={"rooms": today.rooms}), 6)
        assert {reaction for fan in fans for _, reaction in fan.reactions} == known


def with_rules(rules: str) -> RoomForm:
    """The small scenario's second room by other rules."""
    return BASE.rooms[1].model_copy(update={"rules": rules})


def test_as_many_ask_to_speak_as_written_once_the_room_is_live() -> None:
    arrive = {"from": "0:10", "over": "0:30"}
    fans = plan(with_part(size=100, anonymous=0.2, requests=0.25, arrive=arrive), 6)
    times = [fan.requests_at for fan in fans if fan.requests_at is not None]
    assert len(times) == 20
    assert all(time <= OFFERED / 6 for time in times)


def test_one_more_listener_changes_nobody_else_s_arrival() -> None:
    few = {f.key: f.visits[0].arrives for f in plan(with_part(size=10), 6)}
    more = {f.key: f.visits[0].arrives for f in plan(with_part(size=11), 6)}
    assert few.items() <= more.items()


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_is_above_nothing(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        plan(BASE, speed)
