"""afterparty.replay.plan.foresight: what a replay can be expected to reach."""

from tests.replay.texts import SMALL, spoiled

from afterparty.replay.plan.foresight import Turnout, foreseen
from afterparty.replay.words.loading import parse


def test_everybody_comes_and_is_handed_over() -> None:
    assert foreseen(parse(SMALL)) == {"first": Turnout(20, 20), "second": Turnout(20, 20)}


def test_who_stays_or_leaves_is_not_in_the_other_room() -> None:
    inclined = "    room: first\n    handoff: {follow: 0.5, stay: 0.25, leave: 0.25}\n    arrive"
    found = foreseen(parse(spoiled("    room: first\n    arrive", inclined)))
    assert found == {"first": Turnout(20, 20), "second": Turnout(10, 10)}


def test_a_peak_is_of_those_there_at_one_time() -> None:
    churning = "    room: first\n    churn: {share: 1}\n    arrive"
    found = foreseen(parse(spoiled("    room: first\n    arrive", churning)))
    assert found["first"].tuned_in == 20
    assert found["first"].peak < 20
