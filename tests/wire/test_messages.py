"""WebSocket messages: what clients may send, what they get, and the page's word on both."""

import json
from types import UnionType
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.core.given import live
from tests.protocol_page import PAGE, rows, section, ticked

from afterparty.core.model import Role
from afterparty.core.rules import (
    ANSWERED_KEPT,
    BLOCKED_LIMIT,
    CAPTION_LIMIT,
    CAPTIONS_KEPT,
    DESCRIPTION_LIMIT,
    HANDOFF_CLOSING_SECONDS,
    HANDOFF_COUNTDOWN_LIMIT,
    HANDS_LIMIT,
    HASHTAG_LIMIT,
    INVITATION_SECONDS,
    INVITATIONS_LIMIT,
    PIN_LIMIT,
    PINS_LIMIT,
    QUESTION_LIMIT,
    REPORT_LIMIT,
    REQUESTS_LIMIT,
    RULES,
    SOON_SECONDS,
    TITLE_LIMIT,
    TOPIC_LIMIT,
    TOPICS_LIMIT,
    URL_LIMIT,
)
from afterparty.wire import commands as mc
from afterparty.wire import messages as m
from afterparty.wire.views import (
    NOBODY,
    REACTIONS,
    PersonView,
    QuestionView,
    ShowView,
    View,
    room_view,
)

ROOM = room_view(live(), simulated=True)


def kinds(union: Any) -> dict[str, type[View]]:
    """Message classes of a union by their ``type``."""
    found: dict[str, type[View]] = {}
    for message in get_args(union):
        if isinstance(message, UnionType):
            found |= kinds(message)
        else:
            (name,) = get_args(message.model_fields["type"].annotation)
            found[name] = message
    return found


FROM_CLIENT, TO_CLIENT, COMMANDS = kinds(m.FromClient), kinds(m.ToClient), kinds(mc.RoomCommand)

# Each client message with its every field filled.
FULL: dict[str, dict[str, Any]] = {
    "hello": {"token": "t", "room": "r", "resume": 7, "connection": "c1"},
    "accept": {"member": "ann"},
    "decline": {"member": "ann"},
    "invite": {"member": "ann", "role": "cohost"},
    "demote": {"member": "ann"},
    "mute": {"member": "ann"},
    "say": {"text": "Hello.", "language": "pt-BR"},
    "offer_handoff": {"to_room": "next", "seconds": 2.5, "then_end": True},
    "leave": {"to": "cho"},
    "edit": {
        "title": "T",
        "description": "",
        "topics": ["one"],
        "hashtag": "#Ask",
        "language": "ko",
        "scheduled_for": 7.5,
        "recording": True,
        "waiting": "tune",
    },
    "who_may_speak": {"speak": "followed"},
    "lock": {"locked": True},
    "remove": {"member": "ann"},
    "block": {"member": "ann"},
    "unblock": {"member": "ann"},
    "consent": {"captions": True},
    "pin": {"text": "Read this.", "url": "https://example.org"},
    "unpin": {"pin": "p1"},
    "lower_hand": {"member": "ann"},
    "pick": {"question": "q-1"},
    "answered": {"question": "q-1"},
    "ask": {"text": "What next?"},
    "vote": {"question": "q-1", "vote": True},
    "cancel_handoff": {"handoff": "h1"},
    "react": {"reaction": "💜"},
    "media_offer": {"sdp": "v=0"},
}


def full(name: str) -> dict[str, Any]:
    return {"type": name, "ref": 3, **FULL.get(name, {})}


@pytest.mark.parametrize("name", FROM_CLIENT)
def test_a_client_s_message_comes_back_as_it_went(name: str) -> None:
    message = m.from_client.validate_json(json.dumps(full(name)))
    assert type(message) is FROM_CLIENT[name]
    assert set(full(name)) == set(FROM_CLIENT[name].model_fields), "FULL has every field"
    assert json.loads(m.encode(message)) == full(name)
    assert m.from_client.validate_json(m.encode(message)) == message


@pytest.mark.parametrize("name", FROM_CLIENT)
def test_a_message_with_an_unknown_key_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        m.from_client.validate_json(json.dumps({**full(name), "colour": "red"}))


WRONG: tuple[Any, ...] = (None, True, [], {}, -1, 1.5, "7", "", "\ud800", "a b", "x" * 40_000)


def fitting(name: str, key: str) -> tuple[Any, ...]:
    """Which of the values above are in order for a field after all."""
    if (name, key) == ("offer_handoff", "seconds"):
        return (-1, 1.5)  # the core has a word on -1
    optional = {("mute", "member"), ("lower_hand", "member"), ("leave", "to")}
    if key in ("connection", "resume") or (name, key) in optional:
        return (None, "7") if key != "resume" else (None,)
    if (name, key) == ("edit", "scheduled_for"):
        return (None, 1.5)
    if name == "edit" and key not in ("type", "ref"):
        return {
            "topics": (None, []), "recording": (None, True), "waiting": (None,), "language": (None,)
        }.get(key, (None, "7", "", "a b"))  # fmt: skip
    if key in ("locked", "then_end", "captions", "vote"):
        return (True,)
    if key in ("text", "token", "reaction", "sdp", "url"):
        return ("7", "", "a b")
    if key in ("member", "room", "to_room", "handoff", "pin", "question"):
        return ("7",)
    return ()


@pytest.mark.parametrize(("name", "key"), [(n, k) for n in FROM_CLIENT for k in full(n)])
def test_values_that_do_not_fit_are_refused(name: str, key: str) -> None:
    for value in WRONG:
        spoiled = json.dumps({**full(name), key: value})
        try:
            m.from_client.validate_json(spoiled)
        except ValidationError:
            taken = False
        else:
            taken = True
        assert taken is (repr(value) in map(repr, fitting(name, key))), (
            name,
            key,
            repr(value)[:40],
        )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"type":"dance"}',
        '{"type":"open"',
        '{"type":["open"]}',
        "[" * 99_999,
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        m.from_client.validate_json(text)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("open", {"ref": 2**31 + 1}),
        ("hello", {"token": "x" * 4097}),
        ("hello", {"room": "x" * 65}),
        ("hello", {"room": ":system"}),
        ("hello", {"room": "ann\n"}),
        ("invite", {"role": "host"}),
        ("invite", {"role": "listener"}),
        ("say", {"text": "x" * 2001}),
        ("say", {"language": "english!"}),
        ("react", {"reaction": "x" * 17}),
        ("ask", {"text": "x" * 2001}),
        ("vote", {"vote": 1}),
        ("vote", {"question": ":q"}),
        ("media_offer", {"sdp": "x" * (m.MESSAGE_LIMIT + 1)}),
    ],
)
def test_a_value_out_of_bounds_is_refused(name: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        m.from_client.validate_json(json.dumps({**full(name), **change}))


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_input_is_a_message_or_a_validation_error(data: bytes | str) -> None:
    with pytest.raises(ValidationError):
        m.from_client.validate_json(data)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@given(
    st.sampled_from(sorted(FROM_CLIENT)),
    st.dictionaries(
        st.sampled_from(["ref", "member", "role", "token", "room", "text", "seconds", "x"]),
        leaves | st.lists(leaves, max_size=3),
    ),
)
def test_any_fields_are_a_message_or_a_validation_error(name: str, body: dict[str, Any]) -> None:
    try:
        message = m.from_client.validate_json(json.dumps({**body, "type": name}))
    except ValidationError:
        return
    assert message.model_dump(exclude_unset=True).keys() == {*body, "type"}


def test_commands_by_rest_are_the_room_s_and_no_others() -> None:
    for name in FROM_CLIENT:
        body = json.dumps(full(name))
        if name in COMMANDS:
            assert mc.room_command.validate_json(body) == m.from_client.validate_json(body)
        else:
            with pytest.raises(ValidationError):
                mc.room_command.validate_json(body)


SHOW = ShowView(show="s", title="Show", simulated=True, date="2021-02-06", source="", rooms=["r"])
YOU = PersonView(member="ann", handle="ann", name="Ann")
SENT: tuple[m.ToClient, ...] = (
    m.Welcome(
        ref=1, connection="c1", you=YOU, role=Role.LISTENER, show=SHOW, room=ROOM, counts=NOBODY,
        resumed=False, sound=False, now=1.5, reactions=["💯"],
        nodes=["https://one.example.org"],
    ),
    m.Nodes(nodes=["https://two.example.org"]),
    m.RoomEvent(room="r", number=2, event={"type": "room_opened", "at": 1.0, "by": "hana"}),
    m.Counts(rooms={"r": NOBODY}),
    m.Speaking(room="r", levels={"hana": 20}),
    m.Reactions(room="r", reactions=[("ann", "💜", 3)]),
    m.Questions(
        room="r", total=70,
        questions=[
            QuestionView(
                question="q-1", member="ann", handle="ann", name="Ann", text="?", votes=3, at=1.5
            )
        ],
    ),
    m.MediaAnswer(ref=4, sdp="v=0"),
    m.MediaState(state="gone", reason="silence"),
    m.Moved(handoff="h1", from_room="r", role=Role.LISTENER, room=ROOM, counts=NOBODY),
    m.Ok(ref=5, number=9),
    m.Ok(ref=5, question="q-1"),
    m.Refused(ref=6, code="muted", message="Your microphone is closed."),
    m.Closing(code="shutting_down", message="Going down.", nodes=["https://two.example.org"]),
    m.Pong(ref=7, now=1.5),
)  # fmt: skip


def test_every_message_to_a_client_comes_back_as_it_went() -> None:
    assert {message.type for message in SENT} == set(TO_CLIENT)
    for message in SENT:
        assert m.to_client.validate_json(m.encode(message)) == message
    assert m.encode(m.Ok(ref=5)) == '{"type":"ok","ref":5,"number":0}', "of an `ask` only"


def test_every_client_message_and_its_fields_stand_on_the_page() -> None:
    told = {
        row[0].strip("`"): [f.rstrip("?") for f in ticked(row[1]) if f.rstrip("?").isidentifier()]
        for row in rows("Room commands") + rows("Others")
    }
    assert set(told) == set(FROM_CLIENT) - {"hello"}
    for name, named in told.items():
        assert [f for f in named if f not in set(Role)] == list(FULL.get(name, {})), name
    joining = section("Joining") + section("Coming back after a drop")
    for key in full("hello"):
        assert f'"{key}"' in joining, key


def test_optional_fields_are_marked_on_the_page() -> None:
    for name, fields, *_ in rows("Room commands") + rows("Others"):
        message = FROM_CLIENT[name.strip("`")]
        for key, field in message.model_fields.items():
            if key not in ("type", "ref"):
                assert (f"`{key}?`" in fields) is not field.is_required(), (name, key)


def test_the_room_commands_on_the_page_are_those_of_the_union() -> None:
    assert [row[0].strip("`") for row in rows("Room commands")] == list(COMMANDS)


def test_every_server_message_and_its_fields_stand_on_the_page() -> None:
    told: dict[str, str] = {}
    for names, fields, _ in rows("From server to client"):
        for name in ticked(names):
            told[name] = fields
    assert set(told) == set(TO_CLIENT)
    for name, message in TO_CLIENT.items():
        for key in set(message.model_fields) - {"type"}:
            if told[name] != "above":
                assert any(key in cell.split(":")[0] for cell in ticked(told[name])), (name, key)
    for key in m.Welcome.model_fields:
        assert f'"{key}"' in section("Joining"), key
    assert "`ok` `{ref, number}` or `refused` `{ref, code, message}`" in PAGE


def test_limits_stand_on_the_page() -> None:
    told = dict(rows("Limits"))
    assert told["title of a room; of a show"].startswith(f"{TITLE_LIMIT};")
    assert told["line of captions"] == f"{CAPTION_LIMIT} characters"
    assert told["WebSocket message; SDP; REST body"].startswith(
        f"{m.MESSAGE_LIMIT // 1024} KiB; {m.SDP_LIMIT // 1024} KiB;"
    )
    assert told["requests to speak waiting; invitations open"] == (
        f"{REQUESTS_LIMIT}; {INVITATIONS_LIMIT} in a room"
    )
    assert told["description; topics; a topic; a hashtag"] == (
        f"{DESCRIPTION_LIMIT} characters; {TOPICS_LIMIT}; "
        f"{TOPIC_LIMIT} and {HASHTAG_LIMIT} characters"
    )
    assert told["posts pinned in a room; text of one; its link"] == (
        f"{PINS_LIMIT}; {PIN_LIMIT}; {URL_LIMIT} characters"
    )
    hands = told["hands raised in a room; members blocked from it"]
    assert hands == f"{HANDS_LIMIT}; {BLOCKED_LIMIT:,}"
    texts = told["a question to the stage; reason of a report"]
    assert texts == f"{QUESTION_LIMIT}; {REPORT_LIMIT} characters"
    ahead = told["how far ahead a room is scheduled; how many by one host"]
    days = ", ".join(f"{rules.schedule_days} days by `{name}`" for name, rules in RULES.items())
    assert ahead.replace("30 by", "30 days by") == f"{days}; 10"
    assert {rules.scheduled_at_once for rules in RULES.values()} == {10}
    assert f"within {SOON_SECONDS / 60:.0f} minutes" in section("Events")
    assert f"of which the last {ANSWERED_KEPT} stay, and is null" in section("Events")
    assert told["an invitation"] == f"{INVITATION_SECONDS:.0f} s"
    assert f"at most {m.MESSAGE_LIMIT // 1024} KiB" in section("WebSocket")
    assert f"of at most {m.SDP_LIMIT // 1024} KiB" in section("Sound")
    countdown = mc.OfferHandoff.model_fields["seconds"].default
    assert f"0 to {HANDOFF_COUNTDOWN_LIMIT:.0f}, default {countdown:.0f}" in PAGE
    assert f"the last {CAPTIONS_KEPT} lines" in PAGE
    assert f"or {HANDOFF_CLOSING_SECONDS:.0f} s after the move began" in section("The handoff")


def test_reactions_fit_their_own_message() -> None:
    assert set(REACTIONS) == set(RULES)
    for reaction in {one for known in REACTIONS.values() for one in known}:
        m.from_client.validate_python({"type": "react", "reaction": reaction + "🏽"})
