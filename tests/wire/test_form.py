"""What is wrong with a form is said in words, and tells no value that was sent."""

from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter, ValidationError

from afterparty.wire.bodies import CreateRoom, TokenRequest
from afterparty.wire.commands import room_command
from afterparty.wire.form import sentence

ROOM = {"room": "r", "kind": "space", "title": "T"}


@pytest.mark.parametrize(
    ("form", "sent", "told"),
    [
        (
            TokenRequest,
            {"handle": "no blanks"},
            "handle: a name is 1 to 64 of A-Z a-z 0-9 _ . and -, not dots alone.",
        ),
        (
            TokenRequest,
            {"handle": "sim-1"},
            "handle: handles that begin with anon- or sim- are of whoever has no account.",
        ),
        (TokenRequest, {"handle": "x" * 65}, "handle: at most 64 characters."),
        (TokenRequest, {"grants": ["root"]}, "grants.0: is one of 'host', 'simulate' or 'admin'."),
        (TokenRequest, {"secret": 1}, "secret: is not known here."),
        (TokenRequest, [], "The message: has to be a JSON object."),
        (CreateRoom, {}, "room: is missing."),
        (
            CreateRoom,
            {**ROOM, "language": "!"},
            "language: a language is a tag such as en, ko or pt-BR.",
        ),
        (CreateRoom, {**ROOM, "recording": 1}, "recording: has to be true or false."),
        (CreateRoom, {**ROOM, "title": 5}, "title: has to be text."),
        (room_command, {"type": "frobnicate"}, "The message: there is no such type."),
        (room_command, {}, "The message: has no type."),
        (room_command, {"type": "say", "text": "x" * 2001}, "say.text: at most 2000 characters."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_words(form: Any, sent: Any, told: str) -> None:
    adapter: TypeAdapter[Any] = form if isinstance(form, TypeAdapter) else TypeAdapter(form)
    with pytest.raises(ValidationError) as wrong:
        adapter.validate_python(sent)
    assert sentence(wrong.value.errors()[0]) == told


def test_where_is_told_without_the_part_of_the_request() -> None:
    class Form(BaseModel):
        at: float

    with pytest.raises(ValidationError) as wrong:
        Form.model_validate({"at": "soon"})
    first = {**wrong.value.errors()[0], "loc": ("query", "at")}
    told = sentence(RequestValidationError([first]).errors()[0])
    assert told.startswith("at: ")
    assert "soon" not in told
