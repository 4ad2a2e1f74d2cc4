"""An entry of the record book: what travels, what is kept, and the page."""

import json

import pytest
from tests.protocol_page import section, shape

from afterparty.core.model import Role, RoomKind
from afterparty.core.records import Appearance, Entry, RecordKind
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
SEASONED = Entry(
    entry=":room:r",
    kind=RecordKind.ROOM,
    title="After party",
    listeners=24_000,
    at=1_615_455_540.0,
    simulated=True,
    by="hana",
    room="r",
    show="s",
    season="of-2021",
    room_kind=RoomKind.SPACE,
    series="talks",
    host="Hana",
    simulated_listeners=23_800,
    live=True,
    stage=(
        Appearance("hana", "Hana", Role.HOST, ("artist", "k-pop"), 1_615_455_000.0),
        Appearance("lee", "Lee", Role.SPEAKER, (), 1_615_455_300.0),
    ),
)
BARE = Entry(":room:r", RecordKind.ROOM, "밤", 1, 0.0, False, "hana")


@pytest.mark.parametrize("entry", [FULL, BARE, SEASONED])
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
