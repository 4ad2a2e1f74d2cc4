"""What a client sees is what the events made, whole, and as the protocol page shapes it."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from tests.core.given import (
    ANONYMOUS,
    HOST,
    LISTENER,
    NOW,
    SPEAKER,
    after,
    live,
    moving,
    offered,
    person,
    scheduled,
)
from tests.protocol_page import rows, section, shape, ticked

from afterparty.core import commands as c
from afterparty.core.model import SYSTEM, Holder, Person, Role, Room, RoomKind, Show, Tally
from afterparty.core.rules import RULES
from afterparty.wire import views as v

FULL = after(
    live(kind=RoomKind.BLUEROOM),
    c.EditRoom(HOST, topics=("music",), hashtag="#Ask_Hana", description="An evening."),
    c.RequestToSpeak(LISTENER),
    c.Invite(HOST, "fay", Role.COHOST),
    c.Unmute(SPEAKER),
    c.ConsentToCaptions(SPEAKER, True),
    c.PinPost(SPEAKER, "p1", "Read this.", "https://example.org/1"),
    c.RaiseHand(LISTENER),
    c.PickQuestion(SPEAKER, "q1", LISTENER, "When?", 3),
    c.AnswerQuestion(HOST, "q1"),
    c.PickQuestion(SPEAKER, "q2", LISTENER, "Why?", 2),
    c.Vanish(HOST),
    c.SayLine(SPEAKER, "안녕", "ko"),
    c.OfferHandoff(HOST, "h1", "next", "show", True, 10.0),
    c.BeginHandoff(SYSTEM, "h1", True),
    c.CloseHandoff(SYSTEM, "h1", Tally(6, 3, 2, 1)),
    c.BreakRecord(SYSTEM, "overall", "Most", Holder("Before", 9, NOW - 60)),
    c.MakeFirst(SYSTEM, "host", "First to host", "hana", "Hana"),
)


def test_a_room_is_shown_as_it_stands() -> None:
    shown = v.room_view(FULL, simulated=True).model_dump(mode="json")
    assert shown == {
        "room": "party", "show": "show", "kind": "blueroom", "title": "Party", "rules": "current",
        "language": "en", "state": "live", "created_at": NOW, "scheduled_for": None,
        "opened_at": NOW, "over_at": None, "number": FULL.version, "simulated": True,
        "speaker_places": 10, "cohost_places": 2,
        "seats": [
            {"member": m, "handle": m, "name": m.title(), "role": role, "muted": m != "sol",
             "csrc": FULL.seats[m].csrc, "captions": m == "sol"}
            for m, role in (("hana", "host"), ("cho", "cohost"), ("chu", "cohost"),
                            ("sol", "speaker"), ("sun", "speaker"))
        ],
        "requests": [{"member": "lee", "handle": "lee", "name": "Lee", "anonymous": False}],
        "invitations": [{"member": "fay", "role": "cohost", "expires_at": NOW + 120}],
        "captions": [{"member": "sol", "text": "안녕", "language": "ko", "at": NOW}],
        "handoff": {
            "handoff": "h1", "to_room": "next", "phase": "closed", "offered_at": NOW,
            "moves_at": NOW + 10, "tally": {"offered": 6, "moved": 3, "declined": 2, "lost": 1},
            "then_end": False,
        },
        "description": "An evening.", "topics": ["music"], "hashtag": "#Ask_Hana",
        "speak": "invited", "recording": False, "series": None, "waiting": "silence",
        "locked": False, "away": {"since": NOW, "until": NOW + 300},
        "pins": [{"pin": "p1", "member": "sol", "text": "Read this.",
                  "url": "https://example.org/1", "at": NOW}],
        "hands": [{"member": "lee", "handle": "lee", "name": "Lee", "anonymous": False}],
        "picked": {"question": "q2", "member": "lee", "handle": "lee", "name": "Lee",
                   "text": "Why?", "votes": 2, "at": NOW},
        "answered": [{"question": "q1", "member": "lee", "handle": "lee", "name": "Lee",
                      "text": "When?", "votes": 3, "at": NOW}],
        "honours": [
            {"kind": "record", "key": "overall", "title": "Most", "listeners": 10, "member": "",
             "name": "", "before_title": "Before", "before_listeners": 9, "at": NOW},
            {"kind": "first", "key": "host", "title": "First to host", "listeners": None,
             "member": "hana", "name": "Hana", "before_title": "", "before_listeners": None,
             "at": NOW},
        ],
        "reactions": list(RULES["current"].reactions),
    }  # fmt: skip


@pytest.mark.parametrize(
    "room",
    [scheduled(), scheduled(rules="2021h1", stage=()), live(), offered(live()), moving(live()),
     after(live(), c.EndRoom(HOST)), after(scheduled(), c.CancelRoom(HOST)), FULL],
)  # fmt: skip
def test_a_view_comes_back_as_it_went(room: Room) -> None:
    view = v.room_view(room, simulated=False)
    assert v.RoomView.model_validate_json(view.model_dump_json()) == view
    assert (view.number, view.state) == (room.version, room.state)
    assert [s.member for s in view.seats] == list(room.seats)
    assert view.cohost_places == room.limits.cohosts
    assert (view.handoff is None) is (room.handoff is None)


def test_whoever_has_no_name_is_shown_by_handle_and_the_anonymous_as_such() -> None:
    assert v.person_view(person("ann")).name == "Ann"
    assert v.person_view(Person("ann", "ann")).name == "ann"
    assert v.person_view(ANONYMOUS).name == "Anonymous listener"
    assert v.person_view(ANONYMOUS).anonymous


def test_a_show_is_shown_with_its_rooms_and_without_who_made_it() -> None:
    show = Show("s", "Title", True, "2021-02-06", "A sentence.", 7.0, "hana")
    assert v.show_view(show, ["a", "b"]).model_dump() == {
        "show": "s", "title": "Title", "simulated": True, "date": "2021-02-06",
        "source": "A sentence.", "season": "", "stands_for": None, "speed": 1.0,
        "rooms": ["a", "b"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "view"), [("Room", v.RoomView), ("Show", v.ShowView), ("Counts", v.CountsView)]
)
def test_the_page_shapes_each_view_in_the_same_order(name: str, view: type[BaseModel]) -> None:
    assert shape(name) == list(view.model_fields)


def test_the_page_shapes_what_is_inside_a_room() -> None:
    text = section("REST")
    inside = (
        v.SeatView,
        v.InvitationView,
        v.TallyView,
        v.PinView,
        v.AwayView,
        v.QuestionView,
        v.HonourView,
    )
    for view in (*inside, v.PersonView):
        assert f"`{{{', '.join(view.model_fields)}}}`" in text, view
    assert f"`{{{', '.join(v.CaptionView.model_fields)}}}`" in text
    assert f"`{{{', '.join(v.HandoffView.model_fields)}}}`" in text
    summary = next(row[2] for row in rows("REST") if row[0] == "`GET /v1/rooms/{room}`")
    assert ticked(summary) == ["RoomSummary", "{room: Room, counts: Counts}"]
    assert list(v.RoomSummary.model_fields) == ["room", "counts"]


@pytest.mark.parametrize("good", ["a", "A.b-c_9", "x" * 64])
def test_an_identity(good: str) -> None:
    assert IdBox(id=good).id == good


class IdBox(v.View):
    """One identity and one language tag, as a body has them."""

    id: v.Id = "x"
    language: v.Language = "en"


@pytest.mark.parametrize("bad", ["", "x" * 65, ":system", "a b", "a\n", "é", "a/b", "\u0661", 7])
def test_no_identity(bad: Any) -> None:
    with pytest.raises(ValidationError):
        IdBox(id=bad)


@pytest.mark.parametrize(("tag", "fits"), [
    ("ko", True), ("pt-BR", True), ("zh-Hant-TW", True), ("yue", True),
    ("", False), ("e", False), ("english", False), ("pt_BR", False), ("ko-", False),
    ("ko\n", False),
])  # fmt: skip
def test_a_language_tag(tag: str, fits: bool) -> None:
    if fits:
        assert IdBox(language=tag).language == tag
        return
    with pytest.raises(ValidationError):
        IdBox(language=tag)


def test_a_view_never_changes_and_takes_nothing_unknown() -> None:
    with pytest.raises(ValidationError):
        v.NOBODY.peak = 1  # type: ignore[misc]  # writing is what must fail
    with pytest.raises(ValidationError):
        v.CountsView(participants=0, listeners=0, peak=0, tuned_in=0, more=1)  # type: ignore[call-arg]  # as above
