"""An entry of the record book: what travels, what is kept, and the page."""

import json

import pytest
from tests.protocol_page import section, shape

from afterparty.core.records import Entry, RecordKind
from afterparty.store.records import MOST
from afterparty.wire.records import RecordView, decode_record, encode_record, record_view

FULL = Entry(
    entry="lt-1",
    kind=RecordKind.LOADTEST,
    title="A load test",
    listeners=44_208,
    at=1.5,
    simulated=True,
    by="ann",
    room="r",
    show="s",
    machine="2 cores",
    detail=(("lost", "0"), ("received", "99.95 %")),
)
BARE = Entry(":room:r", RecordKind.ROOM, "밤", 1, 0.0, False, "hana")


@pytest.mark.parametrize("entry", [FULL, BARE])
def test_an_entry_comes_back_as_it_went(entry: Entry) -> None:
    assert decode_record(encode_record(entry)) == entry
    view = record_view(entry)
    assert RecordView.model_validate_json(view.model_dump_json()) == view


def test_what_a_later_version_adds_is_passed_over() -> None:
    body = json.loads(encode_record(FULL)) | {"more": 1}
    assert decode_record(json.dumps(body).encode()) == FULL


def test_the_page_shapes_an_entry() -> None:
    assert shape("Record") == list(RecordView.model_fields)
    assert f"the {MOST:,} highest of what is simulated" in section("The record book")
