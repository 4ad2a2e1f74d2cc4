"""docs/scenarios.md says every word of the format, and its tutorial leads where it says."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import typer.main
from pydantic import BaseModel

from afterparty.cli import app
from afterparty.replay.plan.curves import Curve
from afterparty.replay.words import expectation, scenario, seasonform, seasonload
from afterparty.replay.words.forms import Form
from afterparty.replay.words.loading import ScenarioError, parse
from afterparty.replay.words.scenario import Scenario

TEXT = (Path(__file__).parent.parent.parent / "docs" / "scenarios.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
EXAMPLE = BLOCKS[0]
STEPS = [block for block in BLOCKS[1:] if not block.startswith("season:")]
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]


def words(form: type[BaseModel]) -> set[str]:
    fields = {field.alias or name for name, field in form.model_fields.items()}
    return fields.union(*(words(below) for below in form.__subclasses__()))


def sections(text: str) -> dict[str, str]:
    """A file's parts by their keys, as they stand there."""
    return {part.partition(":")[0]: part for part in re.split(r"^(?=[a-z_]+:)", text, flags=re.M)}


def tutorial() -> Iterator[Scenario]:
    """The evening after each step."""
    file = sections(EXAMPLE)
    for step in STEPS:
        file |= sections(step)
        yield parse("".join(file.values()))


def test_the_example_is_a_scenario() -> None:
    assert parse(EXAMPLE).listeners == 20


def test_the_tutorial_ends_in_an_evening_with_a_living_audience_and_a_handoff() -> None:
    audience, fan, rooms = tutorial()
    assert audience.audience[0].retry is not None
    assert audience.begins is not None
    assert {beat.do for beat in fan.beats} >= {"join", "request", "accept", "demote"}
    assert [room.kind for room in rooms.rooms] == ["space", "blueroom"]
    assert {expected.kind for expected in rooms.expect} >= {"handoff", "counted_once", "answered"}
    assert rooms.listeners == 50


def test_what_the_tutorial_has_one_break_is_noticed() -> None:
    without = EXAMPLE.replace('  - {at: "0:30", who: host.a, do: unmute}\n', "")
    with pytest.raises(ScenarioError, match=r"'host\.a' has a closed microphone at 0:36"):
        parse(without)


def test_the_season_shown_is_one() -> None:
    [shown] = [block for block in BLOCKS if block.startswith("season:")]
    assert seasonload.parse(shown).season == "small-season"


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_the_tutorial_can_be_typed(line: str) -> None:
    name, *typed = shlex.split(line, comments=True)
    assert name == "afterparty"
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[typed.pop(0)]
    with command.make_context(name, typed) as context:
        assert context.params


def test_the_error_shown_is_the_error_made() -> None:
    [shown] = re.findall(r"```\n(scenarios/.*?)\n```", TEXT, re.DOTALL)
    with pytest.raises(ScenarioError) as caught:
        parse(EXAMPLE.replace("do: unmute", "do: unmut"), "scenarios/small-evening.yaml")
    begins, ends = shown.split("…")
    assert str(caught.value).startswith(begins)
    assert str(caught.value).endswith(ends)


@pytest.mark.parametrize("base", [Form, seasonform.Season])
def test_every_key_is_explained(base: type[BaseModel]) -> None:
    said = set(re.findall(r"`([a-z_]+)\??`", TEXT)) | set(re.findall(r"([a-z_]+)\??[,}]", TEXT))
    assert words(base) <= said


def test_every_kind_every_step_and_every_curve_is_explained() -> None:
    said = set(re.findall(r"`([a-z_]+)`", TEXT))
    unions = (
        (expectation.Expectation, "kind"),
        (scenario.Beat, "do"),
        (seasonform.Claim, "kind"),
    )
    for union, key in unions:
        for form in get_args(get_args(union)[0]):
            assert set(get_args(form.model_fields[key].annotation)) <= said
    assert set(get_args(Curve)) <= said
