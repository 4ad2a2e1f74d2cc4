"""An audience of another size keeps its parts, and bounds on counts go with it."""

import pytest
from tests.replay.littleseason import FIRST, SECOND

from afterparty.replay.words.loading import parse
from afterparty.replay.words.scaling import scaled
from afterparty.replay.words.scenario import Scenario

LARGE = SECOND.replace("size: 8", "size: 8000")


def bounds(text: str, scale: float) -> tuple[int | None, int | None, int | None]:
    expected = f"  - {{kind: listeners, room: second-space, {text}}}\n"
    found = scaled(parse(LARGE.replace("expect:\n", "expect:\n" + expected)), scale).expect[0]
    assert found.kind == "listeners"
    return found.at_least, found.at_most, found.exactly


def test_every_part_comes_in_its_share_and_none_is_empty() -> None:
    assert [part.size for part in scaled(parse(LARGE), 0.25).audience] == [2000]
    assert [part.size for part in scaled(parse(FIRST), 0.01).audience] == [1]


def test_the_whole_is_the_same_scenario() -> None:
    scenario = parse(LARGE)
    assert scaled(scenario, 1.0) is scenario


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("at_least: 8000", (797, None, None)),
        ("at_most: 8000", (None, 803, None)),
        ("exactly: 8000", (797, 803, None)),
        ("at_least: 100, at_most: 8000", (7, 803, None)),
        ("at_least: 1", (0, None, None)),
    ],
)
def test_bounds_have_room_for_a_listener_of_each_part_and_the_cast(
    text: str, found: tuple[int | None, int | None, int | None]
) -> None:
    assert bounds(text, 0.1) == found


def test_what_is_no_count_is_left_as_it_is() -> None:
    scenario: Scenario = parse(SECOND)
    assert scaled(scenario, 0.5).expect == scenario.expect


def test_it_is_said_of_a_sentence() -> None:
    scenario = parse(FIRST.replace("at_least: 3}", "at_least: 3, says: Three listened.}"))
    (found, *_) = scaled(scenario, 0.5).expect
    assert found.says == "Three listened. (scaled)"


@pytest.mark.parametrize("scale", [0.0, 0.0009, 1.1, -1.0])
def test_a_scale_has_bounds(scale: float) -> None:
    with pytest.raises(ValueError, match=r"from 0\.001 to 1"):
        scaled(parse(FIRST), scale)
