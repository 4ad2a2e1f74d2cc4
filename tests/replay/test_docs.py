"""docs/scenarios.md says every word of the format, and its example is one."""

import re
from pathlib import Path
from typing import get_args

import pytest

from afterparty.replay import expectation, scenario
from afterparty.replay.forms import Form
from afterparty.replay.loading import ScenarioError, parse

TEXT = (Path(__file__).parent.parent.parent / "docs" / "scenarios.md").read_text("utf-8")


def words(form: type[Form]) -> set[str]:
    fields = {field.alias or name for name, field in form.model_fields.items()}
    return fields.union(*(words(below) for below in form.__subclasses__()))


def test_the_example_is_a_scenario() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert parse(example).listeners == 20


def test_the_error_shown_is_the_error_made() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    [shown] = re.findall(r"```\n(scenarios/.*?)\n```", TEXT, re.DOTALL)
    with pytest.raises(ScenarioError) as caught:
        parse(example.replace("do: unmute", "do: unmut"), "scenarios/small-evening.yaml")
    begins, ends = shown.split("…")
    assert str(caught.value).startswith(begins)
    assert str(caught.value).endswith(ends)


def test_every_key_is_explained() -> None:
    said = set(re.findall(r"`([a-z_]+)\??`", TEXT)) | set(re.findall(r"([a-z_]+)[,}]", TEXT))
    assert words(Form) <= said


def test_every_kind_and_every_step_is_explained() -> None:
    said = set(re.findall(r"`([a-z_]+)`", TEXT))
    for union, key in ((expectation.Expectation, "kind"), (scenario.Beat, "do")):
        for form in get_args(get_args(union)[0]):
            assert set(get_args(form.model_fields[key].annotation)) <= said
