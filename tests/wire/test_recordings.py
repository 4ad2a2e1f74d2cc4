"""Recordings as JSON, and as docs/protocol.md writes them."""

import pytest
from pydantic import ValidationError
from tests.protocol_page import PAGE, shape

from afterparty.wire.recordings import (
    ClipView,
    EditRecording,
    MakeClip,
    MarkView,
    RecordingView,
)
from afterparty.wire.views import CountsView


def test_the_page_gives_the_shapes() -> None:
    assert shape("Recording") == list(RecordingView.model_fields)
    assert shape("Clip") == list(ClipView.model_fields)
    assert shape("Counts") == list(CountsView.model_fields)
    assert "`{member, name, from, to}`" in PAGE


def test_a_mark_says_from() -> None:
    mark = MarkView.model_validate({"member": "a", "name": "A", "from": 1.5, "to": 2.0})
    assert mark.from_ == 1.5
    assert mark.model_dump_json(by_alias=True) == '{"member":"a","name":"A","from":1.5,"to":2.0}'


@pytest.mark.parametrize("start", [-0.1, float("nan"), float("inf"), 1e7, "x", None])
def test_no_start_is_beyond_all_bounds(start: object) -> None:
    for body, more in ((EditRecording, {}), (MakeClip, {"seconds": 5})):
        with pytest.raises(ValidationError):
            body.model_validate({"start": start, **more})


def test_a_clip_needs_no_title() -> None:
    assert MakeClip.model_validate({"start": 1, "seconds": 5}).title == ""
    assert MakeClip.model_validate({"start": 1, "seconds": 5, "title": " x "}).title == "x"
    with pytest.raises(ValidationError):
        MakeClip.model_validate({"start": 1, "seconds": 5, "title": "x" * 201})


@pytest.mark.parametrize("odd", [True, "1"])
def test_offsets_are_numbers(odd: object) -> None:
    for body in ({"start": odd, "seconds": 5}, {"start": 0, "seconds": odd}):
        with pytest.raises(ValidationError):
            MakeClip.model_validate(body)
    with pytest.raises(ValidationError):
        EditRecording.model_validate({"start": odd})
