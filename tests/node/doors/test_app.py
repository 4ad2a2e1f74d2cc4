"""The OpenAPI document says of answers what they are, of refusals too."""

from typing import Any

import pytest

from afterparty.node.doors.app import create_app
from afterparty.node.ground.settings import Settings
from afterparty.wire.problems import Problem

DOCUMENT: dict[str, Any] = create_app(Settings()).openapi()
ANSWERS = {
    f"{method.upper()} {path}": operation["responses"]
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


PROBLEM = "#/components/schemas/Problem"


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_whatever_is_refused_is_a_problem(answers: dict[str, Any]) -> None:
    good = {code for code in answers if code.startswith("2")}
    assert len(good) == 1
    assert answers.keys() - good == {"default"}
    refused = answers["default"]["content"]
    assert refused == {"application/problem+json": {"schema": {"$ref": PROBLEM}}}


def test_a_problem_is_described() -> None:
    described = DOCUMENT["components"]["schemas"]["Problem"]
    assert described["properties"].keys() == Problem.model_fields.keys()


@pytest.mark.parametrize(
    ("asked", "media_type"),
    [
        ("GET /v1/rooms/{room}/recording.ogg", "audio/ogg"),
        ("GET /v1/clips/{clip}.ogg", "audio/ogg"),
        ("GET /metrics", "text/plain"),
        ("GET /v1/rooms/{room}", "application/json"),
    ],
)
def test_what_is_no_json_is_not_called_so(asked: str, media_type: str) -> None:
    assert list(ANSWERS[asked]["200"]["content"]) == [media_type]
