"""REST bodies: what is taken, what is refused, and that the page lists their keys."""

from typing import Any

import pytest
from pydantic import ValidationError
from tests.protocol_page import rows, ticked

from afterparty.core.model import Role
from afterparty.core.rules import RULES, TITLE_LIMIT
from afterparty.wire import bodies as b
from afterparty.wire.views import View

TOKEN: dict[str, Any] = {
    "handle": "ann",
    "name": "Ann",
    "grants": ["host", "simulate", "admin"],
    "ceiling": "speaker",
    "show": "s",
    "room": "r",
}
SHOW: dict[str, Any] = {
    "show": "s",
    "title": "Show",
    "simulated": True,
    "date": "2021-02-06",
    "source": "A sentence.",
    "season": "of-2021",
    "stands_for": 1_623_246_780.0,
    "speed": 20.0,
    "tags": {"hana": ["artist", "k-pop"]},
}
ROOM: dict[str, Any] = {
    "room": "r",
    "kind": "blueroom",
    "title": "Room",
    "rules": "2021h1",
    "language": "ko",
    "scheduled_for": 1.5,
    "stage": [{"member": "sol", "name": "Sol", "role": "cohost"}],
    "description": "An evening.",
    "topics": ["music"],
    "hashtag": "#Ask_Hana",
    "speak": "followed",
    "recording": True,
    "series": "talks",
    "waiting": "tune",
}
RECORD: dict[str, Any] = {
    "kind": "loadtest",
    "title": "A load test",
    "listeners": 44_208,
    "entry": "lt-1",
    "at": 1.5,
    "room": "r",
    "show": "s",
    "machine": "2 cores, 24 GB",
    "detail": {"received": "99.95 %"},
    "simulated": True,
}
GOOD = [
    (b.TokenRequest, TOKEN),
    (b.CreateShow, SHOW),
    (b.CreateRoom, ROOM),
    (b.CreateRecord, RECORD),
]


@pytest.mark.parametrize(("body", "full"), GOOD)
def test_a_body_comes_back_as_it_went(body: type[View], full: dict[str, Any]) -> None:
    assert set(full) == set(body.model_fields)
    found = body.model_validate(full)
    assert found.model_dump(mode="json") == full
    assert body.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("body", "full", "change"),
    [
        *((body, full, {"more": 1}) for body, full in GOOD),
        *((body, full, {key: []}) for body, full in GOOD for key in full
          if key not in ("grants", "stage", "topics")),
        (b.TokenRequest, TOKEN, {"handle": ":system"}),
        (b.TokenRequest, TOKEN, {"handle": "x" * 65}),
        (b.TokenRequest, TOKEN, {"name": "x" * 51}),
        (b.TokenRequest, TOKEN, {"grants": ["root"]}),
        (b.TokenRequest, TOKEN, {"grants": ["host"] * 4}),
        (b.TokenRequest, TOKEN, {"ceiling": "god"}),
        (b.CreateShow, SHOW, {"show": "a/b"}),
        (b.CreateShow, SHOW, {"title": "  "}),
        (b.CreateShow, SHOW, {"title": "x" * 121}),
        (b.CreateShow, SHOW, {"title": "a\u202eb"}),
        (b.CreateShow, SHOW, {"simulated": "yes"}),
        (b.CreateShow, SHOW, {"simulated": 1}),
        (b.CreateShow, SHOW, {"date": "6 Feb 2021"}),
        (b.CreateShow, SHOW, {"date": "٢٠٢١"}),
        (b.CreateShow, SHOW, {"source": "x" * 1001}),
        (b.CreateShow, SHOW, {"season": ""}),
        (b.CreateShow, SHOW, {"stands_for": -1}),
        (b.CreateShow, SHOW, {"stands_for": float("nan")}),
        (b.CreateShow, SHOW, {"speed": 0.05}),
        (b.CreateShow, SHOW, {"speed": 1001}),
        (b.CreateShow, SHOW, {"speed": "20"}),
        (b.CreateShow, SHOW, {"tags": {"a b": []}}),
        (b.CreateShow, SHOW, {"tags": {"hana": ["K-pop"]}}),
        (b.CreateShow, SHOW, {"tags": {"hana": ["x" * 31]}}),
        (b.CreateShow, SHOW, {"tags": {"hana": ["t"] * 11}}),
        (b.CreateShow, SHOW, {"tags": {f"m{n}": [] for n in range(101)}}),
        (b.CreateRoom, ROOM, {"room": "ann\n"}),
        (b.CreateRoom, ROOM, {"kind": "disco"}),
        (b.CreateRoom, ROOM, {"title": "x" * 201}),
        (b.CreateRoom, ROOM, {"rules": "x" * 21}),
        (b.CreateRoom, ROOM, {"language": "e"}),
        (b.CreateRoom, ROOM, {"scheduled_for": float("nan")}),
        (b.CreateRoom, ROOM, {"scheduled_for": float("inf")}),
        (b.CreateRoom, ROOM, {"scheduled_for": -1}),
        (b.CreateRoom, ROOM, {"scheduled_for": "1"}),
        (b.CreateRoom, ROOM, {"topics": [1]}),
        (b.CreateRoom, ROOM, {"topics": ["x"] * 31}),
        (b.CreateRoom, ROOM, {"speak": "nobody"}),
        (b.CreateRoom, ROOM, {"recording": 1}),
        (b.CreateRoom, ROOM, {"waiting": "opera"}),
        (b.CreateRoom, ROOM, {"stage": [{"member": "sol", "role": "host"}]}),
        (b.CreateRoom, ROOM, {"stage": [{"member": "sol", "role": "listener"}]}),
        (b.CreateRoom, ROOM, {"stage": [{"member": "sol"}] * 14}),
        (b.CreateRoom, ROOM, {"stage": [{"member": ":system"}]}),
        (b.CreateRoom, ROOM, {"stage": [{"member": "sim-fan"}]}),
        (b.CreateRecord, RECORD, {"kind": "room"}),
        (b.CreateRecord, RECORD, {"title": " "}),
        (b.TokenRequest, TOKEN, {"handle": "anon-1"}),
        (b.TokenRequest, TOKEN, {"handle": "sim-1"}),
        (b.CreateRecord, RECORD, {"title": "x" * 121}),
        (b.CreateRecord, RECORD, {"listeners": 0}),
        (b.CreateRecord, RECORD, {"listeners": 10**9 + 1}),
        (b.CreateRecord, RECORD, {"listeners": "9"}),
        (b.CreateRecord, RECORD, {"listeners": True}),
        (b.CreateRecord, RECORD, {"entry": ":room:r"}),
        (b.CreateRecord, RECORD, {"at": float("nan")}),
        (b.CreateRecord, RECORD, {"at": float("inf")}),
        (b.CreateRecord, RECORD, {"machine": "x" * 201}),
        (b.CreateRecord, RECORD, {"detail": {f"k{n}": "" for n in range(17)}}),
        (b.CreateRecord, RECORD, {"detail": {"K": "v"}}),
        (b.CreateRecord, RECORD, {"detail": {"k" * 41: "v"}}),
        (b.CreateRecord, RECORD, {"detail": {"k": "v" * 121}}),
        (b.CreateRecord, RECORD, {"simulated": False}),
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_is_refused(
    body: type[View], full: dict[str, Any], change: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        body.model_validate({**full, **change})


def test_the_core_has_the_word_on_titles_and_stages() -> None:
    # The door is wider than the rule, so that the refusal is the rule's own code.
    long = b.CreateRoom.model_validate({**ROOM, "title": "x" * (TITLE_LIMIT + 1)})
    assert len(long.title) > TITLE_LIMIT
    most = max(p.cohosts + p.speakers for p in RULES.values())
    crowd = [{"member": f"m{i}"} for i in range(most + 1)]
    assert len(b.CreateRoom.model_validate({**ROOM, "stage": crowd}).stage) > most


def test_what_is_left_out_has_its_default() -> None:
    anybody = b.TokenRequest.model_validate({})
    assert (anybody.handle, anybody.ceiling, anybody.grants) == (None, Role.HOST, [])
    room = b.CreateRoom.model_validate({"room": "r", "kind": "space", "title": "T"})
    assert (room.rules, room.language, room.stage) == ("current", "en", [])


@pytest.mark.parametrize(
    ("request_line", "body"),
    [
        ("POST /v1/token", b.TokenRequest),
        ("POST /v1/shows", b.CreateShow),
        ("POST /v1/shows/{show}/rooms", b.CreateRoom),
        ("POST /v1/records", b.CreateRecord),
    ],
)
def test_the_page_lists_each_body_s_keys(request_line: str, body: type[View]) -> None:
    cell = next(row[0] for row in rows("REST") if row[0].startswith(f"`{request_line}`"))
    keys = cell.split("`{")[1].rstrip("}`").split(", ")
    assert {key.rstrip("?") for key in keys} == set(body.model_fields)
    for key in keys:
        assert key.endswith("?") is not body.model_fields[key.rstrip("?")].is_required(), key


@pytest.mark.parametrize(
    ("request_line", "body"),
    [
        ("POST /v1/token", b.TokenReply),
        ("GET /v1/shows?limit=100&after=", b.ShowList),
        ("GET /v1/rooms?q=&state=&kind=&host=&topic=&series=&limit=100", b.RoomList),
        ("GET /v1/shows/{show}/counts", b.ShowCounts),
        ("GET /v1/rooms/{room}/events?after=0&limit=500", b.EventList),
        ("POST /v1/rooms/{room}/commands", b.CommandReply),
        ("GET /v1/rooms/{room}/handoffs/{handoff}", b.HandoffReply),
        ("GET /v1/records?limit=10&at=", b.RecordList),
    ],
)
def test_the_page_lists_each_answer_s_keys(request_line: str, body: type[View]) -> None:
    answer = next(row[2] for row in rows("REST") if row[0].startswith(f"`{request_line}`"))
    for key in body.model_fields:
        assert key in answer, key


def test_the_page_lists_what_the_server_tells_of_itself() -> None:
    answer = next(row[2] for row in rows("REST") if row[0] == "`GET /v1/server`")
    assert ticked(answer) == [key for key in b.ServerView.model_fields if key != "name"]
