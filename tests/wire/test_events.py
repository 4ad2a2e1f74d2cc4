"""Events as JSON: there and back, strictly, and as docs/protocol.md lists them."""

import json
from dataclasses import fields
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.protocol_page import rows, ticked

from afterparty.core import events as e
from afterparty.core.evolution import evolve
from afterparty.core.model import Person, Role, RoomKind, Seat, Tally
from afterparty.wire.events import (
    EVENT_TYPES,
    EventError,
    decode_event,
    encode_event,
    event_body,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
people = st.builds(Person, text, text, text, st.booleans())
seats = st.builds(
    Seat, people, st.sampled_from(Role), st.integers(1, 2**32 - 1), st.booleans(), st.booleans()
)
counts = st.integers(0, 10**9)
for kind, strategy in {
    float: finite,
    str: text,
    Person: people,
    Seat: seats,
    Tally: st.builds(Tally, counts, counts, counts, counts),
}.items():
    st.register_type_strategy(kind, strategy)
any_event = st.one_of(*(st.from_type(event) for event in get_args(e.Event)))

MUTED = '{"type":"mute_changed","at":1.5,"by":"hana","member":"sol","muted":true}'
SEATED = (
    '{"type":"seat_taken","at":1,"by":"hana","seat":{"person":{"member":"sol"},'
    '"role":"speaker","csrc":7}}'
)


@given(any_event)
def test_an_event_comes_back_as_it_went(event: e.Event) -> None:
    data = encode_event(event)
    assert decode_event(data) == event
    assert decode_event(data.decode()) == event
    assert type(decode_event(data)) is type(event)
    assert json.loads(data) == event_body(event)


def test_the_form_is_written_down() -> None:
    event = e.SeatTaken(1.0, "hana", Seat(Person("sol", "sol", "솔"), Role.SPEAKER, 7, True))
    assert encode_event(event).decode() == (
        '{"type":"seat_taken","at":1.0,"by":"hana","seat":{"person":{"member":"sol",'
        '"handle":"sol","name":"솔","anonymous":false},"role":"speaker","csrc":7,"muted":true,'
        '"captions":false}}'
    )


def test_what_a_field_has_by_default_may_be_missing_in_an_older_log() -> None:
    event = decode_event(SEATED)
    assert isinstance(event, e.SeatTaken)
    assert event.seat == Seat(Person("sol"), Role.SPEAKER, 7)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        "null",
        "[]",
        '"room_opened"',
        "7",
        "{}",
        '{"type":null}',
        '{"type":[]}',
        '{"type":"\\ud800"}',
        '{"type":"room_exploded","at":1,"by":"x"}',
        '{"type":"RoomOpened","at":1,"by":"x"}',
        '{"type":"room_opened","at":1}',
        '{"type":"room_opened","by":"x"}',
        '{"type":"room_opened","at":1,"by":"x","more":1}',
        '{"type":"room_opened","at":"1","by":"x"}',
        '{"type":"room_opened","at":true,"by":"x"}',
        '{"type":"room_opened","at":null,"by":"x"}',
        '{"type":"room_opened","at":NaN,"by":"x"}',
        '{"type":"room_opened","at":-Infinity,"by":"x"}',
        '{"type":"room_opened","at":1e999,"by":"x"}',
        f'{{"type":"room_opened","at":1{"0" * 400},"by":"x"}}',
        f'{{"type":"room_opened","at":1{"0" * 5000},"by":"x"}}',
        '{"type":"room_opened","at":1,"by":7}',
        '{"type":"room_opened","at":1,"by":"\\ud800"}',
        MUTED.replace("true", "1"),
        MUTED.replace("true", '"true"'),
        MUTED + "x",
        SEATED.replace("speaker", "singer"),
        SEATED.replace("7", "7.5"),
        SEATED.replace("7", '"7"'),
        SEATED.replace('"member":"sol"', '"member":"sol","age":30'),
        SEATED.replace('{"member":"sol"}', "[]"),
        "[" * 100_000,
        '{"type":' * 100_000,
        '{"type":"room_opened","at":' + "[" * 900 + "]" * 900 + ',"by":"x"}',
    ],
    ids=lambda data: repr(data[:60]),
)
def test_what_is_no_event_is_refused(data: bytes | str) -> None:
    with pytest.raises(EventError):
        decode_event(data)


def test_the_good_ones_above_are_good() -> None:
    assert isinstance(decode_event(MUTED), e.MuteChanged)
    assert isinstance(decode_event(SEATED), e.SeatTaken)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_refused(data: bytes) -> None:
    with pytest.raises(EventError):
        decode_event(data)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
any_json = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(any_json, st.sampled_from([*EVENT_TYPES, "x"]), st.booleans())
@example({"at": 1, "by": "x"}, "room_opened", True)
def test_any_json_is_an_event_or_refused(body: object, name: str, typed: bool) -> None:
    if typed and isinstance(body, dict):
        body = {**body, "type": name}
    try:
        event = decode_event(json.dumps(body))
    except EventError:
        return
    assert decode_event(encode_event(event)) == event


@given(any_event, st.data())
def test_an_event_with_one_value_spoiled_is_an_event_or_refused(
    event: e.Event, data: st.DataObject
) -> None:
    body = event_body(event)
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(any_json)
    try:
        found = decode_event(json.dumps(body))
    except EventError:
        return
    assert decode_event(encode_event(found)) == found
    try:
        assert evolve(None, found).version == 1
    except ValueError:
        assert not isinstance(found, e.RoomCreated)


@pytest.mark.parametrize("at", [float("nan"), float("inf")])
def test_no_time_that_json_cannot_tell_is_written(at: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode_event(e.RoomOpened(at, "hana"))


def test_every_event_and_its_fields_stand_on_the_protocol_page() -> None:
    told = {row[0].strip("`"): row[1] for row in rows("Events")}
    assert tuple(told) == EVENT_TYPES
    for event, cell in zip(get_args(e.Event), told.values(), strict=True):
        names = [f.name for f in fields(event)]
        assert names[0] == "at"
        assert ticked(cell) == names[1:], event


def test_the_page_tells_a_seat_s_inside() -> None:
    created = next(row for row in rows("Events") if row[0] == "`room_created`")
    assert (
        "`{person: {member, handle, name, anonymous}, role, csrc, muted, captions}`" in created[2]
    )
    assert [f.name for f in fields(Person)] == ["member", "handle", "name", "anonymous"]
    assert [f.name for f in fields(Seat)] == ["person", "role", "csrc", "muted", "captions"]


def test_kinds_travel_by_their_words() -> None:
    seat = Seat(Person("hana"), Role.HOST, 1)
    for kind in RoomKind:
        event = e.RoomCreated(1.0, "hana", "r", "s", kind, "T", "current", "en", None, (seat,))
        assert event_body(event)["kind"] == kind.value
        assert decode_event(encode_event(event)) == event
