"""Seasons: what is taken, what travels, what is kept, and the page."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from tests.protocol_page import rows, section, shape

from afterparty.core.model import Role, RoomKind
from afterparty.core.season import (
    ERAS_LIMIT,
    FIRSTS_LIMIT,
    HOSTS_LIMIT,
    Era,
    FirstRule,
    Season,
)
from afterparty.node.books.seasons import SEASONS_LIMIT
from afterparty.store.seasons import MOST_OF_A_SEASON
from afterparty.wire import seasons as s

ERA: dict[str, Any] = {"era": "early", "title": "Early", "since": None, "until": 5.0}
FIRST: dict[str, Any] = {
    "first": "host",
    "title": "First to host",
    "tags": ["artist", "k-pop"],
    "role": "host",
    "kind": "space",
    "series": True,
}
ASKED: dict[str, Any] = {
    "season": "of-2021",
    "title": "The season of 2021",
    "since": 1.0,
    "until": 9.0,
    "eras": [ERA],
    "firsts": [FIRST],
    "hosts": ["lee", "hana"],
}
TOLD: dict[str, Any] = {"title": "Elsewhere", "listeners": 31_000, "at": 5.0}
MADE = Season(
    "of-2021",
    "The season of 2021",
    1.0,
    9.0,
    (Era("early", "Early", None, 5.0),),
    (FirstRule("host", "First to host", ("artist", "k-pop"), Role.HOST, RoomKind.SPACE, True),),
    "hana",
    7.0,
    ("hana", "lee"),
)


def test_a_season_is_what_was_asked_for_and_is_kept_so() -> None:
    form = s.CreateSeason.model_validate(ASKED)
    assert form.model_dump(mode="json") == ASKED
    made = s.season_of(form, "hana", 7.0)
    assert made == MADE
    assert s.decode_season(s.encode_season(made)) == made
    later = json.loads(s.encode_season(made)) | {"more": 1}
    assert s.decode_season(json.dumps(later).encode()) == made
    assert s.season_view(made).model_dump() == {
        "season": "of-2021", "title": "The season of 2021", "since": 1.0, "until": 9.0,
        "by": "hana", "created_at": 7.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        *({key: None} for key in ASKED),
        {"season": "a/b"},
        {"title": " "},
        {"title": "x" * 121},
        {"title": "\x1b[2J"},
        {"eras": [{**ERA, "title": "Ear\u202ely"}]},
        {"firsts": [{**FIRST, "title": "\u200d"}]},
        {"since": 9.0},
        {"since": "1"},
        {"until": float("inf")},
        {"until": -1.0},
        {"eras": [ERA, ERA]},
        {"eras": [{**ERA, "era": f"e{n}"} for n in range(ERAS_LIMIT + 1)]},
        {"eras": [{**ERA, "era": "overall"}]},
        {"eras": [{**ERA, "since": 5.0}]},
        {"eras": [{**ERA, "more": 1}]},
        {"firsts": [FIRST, FIRST]},
        {"firsts": [{**FIRST, "first": f"f{n}"} for n in range(FIRSTS_LIMIT + 1)]},
        {"firsts": [{**FIRST, "tags": ["K-pop"]}]},
        {"firsts": [{**FIRST, "tags": ["t"] * 11}]},
        {"firsts": [{**FIRST, "role": "singer"}]},
        {"firsts": [{**FIRST, "kind": "disco"}]},
        {"firsts": [{**FIRST, "series": 1}]},
        {"hosts": [f"h{n}" for n in range(HOSTS_LIMIT + 1)]},
        {"hosts": ["a b"]},
    ],
)
def test_a_season_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        s.CreateSeason.model_validate(ASKED | change)


@pytest.mark.parametrize(
    "change",
    [{"title": ""}, {"title": "a\0b"}, {"listeners": 0}, {"listeners": 1.5},
     {"listeners": 10**9 + 1}, {"at": -1.0}, {"at": "5"}, {"at": float("nan")}, {"kind": "told"}],
)  # fmt: skip
def test_what_is_told_has_a_form(change: dict[str, Any]) -> None:
    assert s.TellRecord.model_validate(TOLD).model_dump() == TOLD
    with pytest.raises(ValidationError):
        s.TellRecord.model_validate(TOLD | change)


@pytest.mark.parametrize(("name", "view"), [("Season", s.SeasonView), ("SeasonBook", s.SeasonBook)])
def test_the_page_shapes_them(name: str, view: type[BaseModel]) -> None:
    assert shape(name) == list(view.model_fields)


def test_the_page_tells_their_insides_and_bounds() -> None:
    text = section("Seasons")
    for view in (s.EraView, s.FirstView):
        assert f"`{{{', '.join(view.model_fields)}}}`" in text
    for form in (s.EraForm, s.FirstForm):
        asked = (n if f.is_required() else f"{n}?" for n, f in form.model_fields.items())
        assert f"`{{{', '.join(asked)}}}`" in text
    assert f"the {MOST_OF_A_SEASON} highest of what is simulated" in text
    assert f"at most {ERAS_LIMIT} `{{era" in text
    assert f"at most {FIRSTS_LIMIT} `{{first" in text
    limits = {row[0]: row[1] for row in rows("Limits")}
    told = limits["seasons on a server; eras; rules of firsts; hosts of one"]
    assert told.startswith(f"{SEASONS_LIMIT:,}, ")
    assert told.endswith(f"; {ERAS_LIMIT}; {FIRSTS_LIMIT}; {HOSTS_LIMIT}")


@pytest.mark.parametrize(
    ("request_line", "body"),
    [
        ("POST /v1/seasons", s.CreateSeason),
        ("POST /v1/seasons/{season}/records", s.TellRecord),
    ],
)
def test_the_page_lists_each_body_s_keys(request_line: str, body: type[BaseModel]) -> None:
    cell = next(row[0] for row in rows("REST") if row[0].startswith(f"`{request_line}`"))
    keys = cell.split("`{")[1].rstrip("}`").split(", ")
    asked = [n if f.is_required() else f"{n}?" for n, f in body.model_fields.items()]
    assert keys == asked
