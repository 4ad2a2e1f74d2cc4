"""Bodies about questions, and the page's word on them."""

import pytest
from pydantic import ValidationError
from tests.protocol_page import rows, shape

from afterparty.store.questions import ASKED_LIMIT, OPEN_LIMIT, VOTES_LIMIT
from afterparty.wire.questions import AskBody, QuestionList
from afterparty.wire.views import QuestionView

QUESTION = QuestionView(
    question="q-1", member="ann", handle="ann", name="Ann", text="What next?", votes=3, at=1.5
)


def test_a_list_comes_back_as_it_went() -> None:
    found = QuestionList(room="r", total=70, questions=[QUESTION])
    assert QuestionList.model_validate_json(found.model_dump_json()) == found


def test_the_door_is_wider_than_the_rule() -> None:
    assert AskBody(text="x" * 2000).text
    for text in ("x" * 2001, None, 7):
        with pytest.raises(ValidationError):
            AskBody.model_validate({"text": text})


def test_the_page_lists_the_keys() -> None:
    told = {row[0]: row[2] for row in rows("REST")}
    answer = told["`GET /v1/rooms/{room}/questions?limit=50&order=votes`"]
    for key in QuestionList.model_fields:
        assert key in answer, key
    asked = f"`POST /v1/rooms/{{room}}/questions` `{{{', '.join(AskBody.model_fields)}}}`"
    assert told[asked] == "201 `Question`"
    assert shape("Question") == list(QuestionView.model_fields)


def test_the_limits_stand_on_the_page() -> None:
    told = dict(rows("Limits"))
    asked = told["questions of one member; open in a room"]
    assert asked == f"1 in 20 s, {ASKED_LIMIT} open in a room; {OPEN_LIMIT:,}"
    assert told["votes of one member in a room"].startswith(f"{VOTES_LIMIT}, ")
