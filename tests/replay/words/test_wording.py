"""replay.words.wording, and slips: what an author is told of each mistake, word for word."""

from typing import Any

import pytest
from tests.replay.mistakes import MISTAKES, Mistake

from afterparty.replay.words.loading import ScenarioError, parse
from afterparty.replay.words.meaning import MEANT
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.wording import PATTERNS, SHOWN, shown


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.what)
def test_a_mistake_is_told_with_its_line_and_what_to_do(mistake: Mistake) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(mistake.text, "f")
    assert str(caught.value).splitlines() == [f"f:{line}" for line in mistake.told]


def test_what_was_written_is_told_again_but_never_at_length() -> None:
    assert shown("x" * 1000) == f"'{'x' * SHOWN}…'"
    with pytest.raises(ScenarioError) as caught:
        parse(f"{'k' * 5000}: 1\nscenario: {'n n' * 5000}\n")
    assert max(map(len, str(caught.value).splitlines())) < 400


def patterns(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(patterns, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return own.union(*map(patterns, schema.values()))


def test_every_pattern_has_words_and_every_suggestion_is_a_word_of_the_format() -> None:
    schema = Scenario.model_json_schema(by_alias=True)
    by_hand = {pattern for pattern in patterns(schema) if r"\d:" in pattern or "T" in pattern}
    assert patterns(schema) - by_hand <= set(PATTERNS) <= patterns(schema)
    text = str(schema)
    assert [word for word in MEANT.values() if f"'{word}'" not in text] == []
