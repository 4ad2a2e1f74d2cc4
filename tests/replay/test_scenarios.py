"""The scenarios that ship, and the published schema."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.replay.sample import sample_record
from tests.replay.sentences import SENTENCES

from afterparty.replay.verdict.expect import judge
from afterparty.replay.verdict.record import Record
from afterparty.replay.words.beats import Offer
from afterparty.replay.words.expectation import HandedOver, Heard, NotHeard
from afterparty.replay.words.loading import load
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.schema import SCHEMAS, schema_text

FOLDER = Path(__file__).parent.parent.parent / "scenarios"
FILES = sorted(set(FOLDER.glob("*.yaml")) - {FOLDER / "season.yaml"})
SCHEMA = FOLDER / "scenario.schema.json"


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def scenario(path: Path) -> Scenario:
    return load(path)


def test_there_are_scenarios() -> None:
    assert {"enhypen-preshow", "astro-after-party"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schemas_are_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == schema_text(SCHEMAS[name]), (
        "write them anew: python -m afterparty.replay.words.schema scenarios"
    )


def test_the_schema_of_seasons_knows_the_season() -> None:
    schema = json.loads((FOLDER / "season.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    text = (FOLDER / "season.yaml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=season.schema.json\n")
    Draft202012Validator(schema).validate(yaml.safe_load(text))


def test_the_schema_is_one_and_knows_the_file(path: Path) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    text = path.read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=scenario.schema.json\n")
    Draft202012Validator(schema).validate(yaml.safe_load(text))


@pytest.mark.parametrize("file", SCHEMAS)
def test_every_key_of_the_schemas_says_what_it_means(file: str) -> None:
    schema = json.loads((FOLDER / file).read_text("utf-8"))
    forms = {file: schema, **schema["$defs"]}
    for name, form in forms.items():
        assert form.get("description"), name
        for key, found in form.get("properties", {}).items():
            below = found.get("$ref", "").rpartition("/")[2]
            assert found.get("description") or forms[below]["description"], f"{name}: {key}"
    assert "``" not in (FOLDER / file).read_text("utf-8")


def test_a_file_is_named_like_its_scenario(path: Path, scenario: Scenario) -> None:
    assert scenario.scenario == path.stem


def test_an_evening_enacts_a_sentence_of_the_source_word_for_word(scenario: Scenario) -> None:
    assert scenario.source in SENTENCES


def test_a_showing_is_a_hundred_listeners_and_a_minute_or_two(scenario: Scenario) -> None:
    assert scenario.listeners >= 110
    assert 30 <= scenario.ends_at / scenario.demo_speed <= 150


def test_an_evening_stands_for_a_time_and_says_how_far_that_is_known(scenario: Scenario) -> None:
    assert scenario.begins is not None
    assert scenario.begins.at.isoformat().startswith(scenario.date)
    if scenario.begins.basis == "synthetic":
        told = [fact.says for fact in scenario.facts if fact.basis == "synthetic"]
        assert any(re.search(r"\b(When|day|hour|minute)\b", says) for says in told)


def test_what_is_invented_is_labelled(scenario: Scenario) -> None:
    assert {"seed", "synthetic"} <= {fact.basis for fact in scenario.facts}
    assert any("invented" in fact.says for fact in scenario.facts)
    assert "simulation" in scenario.show.title
    for member in scenario.cast:
        assert ("synthetic" in member.tags) == ("(synthetic)" in member.name)


def test_somebody_speaks_who_may_not_and_every_room_is_over_in_the_end(
    scenario: Scenario,
) -> None:
    assert {NotHeard, Heard} <= {type(expected) for expected in scenario.expect}
    ended = [beat.room for beat in scenario.beats if beat.do == "end"]
    assert set(ended) == {room.id for room in scenario.rooms}


def test_a_handoff_leaves_time_to_decide_and_is_judged(scenario: Scenario) -> None:
    judged = {expected.room for expected in scenario.expect if isinstance(expected, HandedOver)}
    offers = [beat for beat in scenario.beats if isinstance(beat, Offer)]
    assert judged == {offer.room for offer in offers}
    assert all(offer.seconds / scenario.demo_speed >= 5 for offer in offers)


def test_a_run_in_which_all_goes_well_holds_everything(scenario: Scenario) -> None:
    verdicts = judge(scenario, sample_record(scenario))
    assert [verdict for verdict in verdicts if not verdict.held] == []


def test_a_run_in_which_nothing_happened_holds_nothing_but_that_nothing_was_refused(
    scenario: Scenario,
) -> None:
    empty = Record(
        scenario=scenario.scenario,
        url="http://127.0.0.1:8080",
        server_version="0.1.0",
        started_at=1_800_000_000.0,
        speed=scenario.demo_speed,
        seed=scenario.seed,
    )
    held = {verdict.expectation.kind for verdict in judge(scenario, empty) if verdict.held}
    assert held == {"no_refusals"}
