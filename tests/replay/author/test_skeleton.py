"""afterparty.replay.author.skeleton: a new file is a whole evening at once."""

from datetime import date

import pytest
from tests.replay.sample import sample_record

from afterparty.replay.author.skeleton import skeleton
from afterparty.replay.verdict.expect import judge
from afterparty.replay.words.beats import Ask, Offer
from afterparty.replay.words.loading import parse

DAY = date(2021, 6, 30)


@pytest.mark.parametrize("name", ["small-evening", "a", "null", "12", "x" * 64])
def test_a_new_file_is_a_scenario_of_that_name(name: str) -> None:
    found = parse(skeleton(name, DAY))
    assert found.scenario == name
    assert found.begins is not None
    assert found.begins.at.date() == DAY


def test_it_has_a_space_a_blueroom_a_handoff_and_a_fan_who_asks() -> None:
    found = parse(skeleton("small-evening", DAY))
    assert found.title == "Small evening"
    assert [room.kind for room in found.rooms] == ["space", "blueroom"]
    assert any(isinstance(beat, Offer) for beat in found.beats)
    assert any(isinstance(beat, Ask) and beat.who == "fan.c" for beat in found.beats)
    assert all("synthetic" in member.tags for member in found.cast)
    assert {fact.basis for fact in found.facts} == {"synthetic"}
    assert found.ends_at / found.demo_speed <= 60


def test_every_line_of_it_that_is_no_entry_of_a_list_is_explained_or_plain() -> None:
    text = skeleton("small-evening", DAY)
    assert text.startswith("# yaml-language-server: $schema=scenario.schema.json\n")
    assert text.count("#") >= 25


def test_a_run_in_which_all_goes_well_holds_everything() -> None:
    found = parse(skeleton("small-evening", DAY))
    verdicts = judge(found, sample_record(found))
    assert [verdict for verdict in verdicts if not verdict.held] == []


@pytest.mark.parametrize("name", ["", "a b", "..", 'x"', "a/b", "x" * 65, "ü"])
def test_a_name_that_no_scenario_may_have(name: str) -> None:
    with pytest.raises(ValueError, match="a name is"):
        skeleton(name, DAY)
