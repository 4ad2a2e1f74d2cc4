"""afterparty.replay.words.places: from where a fault was found to the place in the text."""

import pytest
from pydantic import BaseModel

from afterparty.replay.words.beats import Say
from afterparty.replay.words.expectation import InState
from afterparty.replay.words.places import Spot, keys_of, place
from afterparty.replay.words.scenario import Arrival, Churn, Leak, Part, Scenario


@pytest.mark.parametrize(
    ("found", "path", "form"),
    [
        ((), (), Scenario),
        (("title",), ("title",), Scenario),
        (("nothing", "known"), ("nothing", "known"), None),
        (("audience", 3), ("audience", 3), Scenario),
        (("audience", 3, "size"), ("audience", 3, "size"), Part),
        (("audience", 3, "arrive", "from"), ("audience", 3, "arrive", "from"), Arrival),
        (("audience", 3, "churn", "shaer"), ("audience", 3, "churn", "shaer"), Churn),
        (("audience", 3, "leak", "to"), ("audience", 3, "leak", "to"), Leak),
        (("beats", 7, "say", "text"), ("beats", 7, "text"), Say),
        (("expect", 1, "state", "state"), ("expect", 1, "state"), InState),
        (("expect", 1, "state", "is"), ("expect", 1, "is"), InState),
        (("beats", 7), ("beats", 7), Scenario),
    ],
)
def test_a_place_in_the_text(found: Spot, path: Spot, form: type[BaseModel] | None) -> None:
    assert place(Scenario, found) == (path, form)


def test_keys_are_as_they_are_written_and_say_what_they_mean() -> None:
    assert keys_of(Arrival)["from"] == "When the first of them come."
    assert list(keys_of(InState)) == ["says", "kind", "room", "is"]
