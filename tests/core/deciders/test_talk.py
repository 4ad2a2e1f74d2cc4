"""Captions by consent, posts, reactions, hands, questions."""

import pytest
from tests.core.given import (
    ANONYMOUS,
    COHOST,
    HOST,
    LISTENER,
    SPEAKER,
    SPEAKER_2,
    after,
    happened,
    live,
    person,
    refused,
)

from afterparty.core import commands as c
from afterparty.core.model import Role, RoomKind
from afterparty.core.rules import (
    HANDS_LIMIT,
    PIN_LIMIT,
    PINS_LIMIT,
    QUESTION_LIMIT,
    RULES,
    URL_LIMIT,
    is_reaction,
    one_line,
)


def test_nothing_that_one_says_is_a_caption_without_consent() -> None:
    room = after(live(), c.Unmute(SPEAKER))
    assert refused(room, c.SayLine(SPEAKER, "Hello.")) == "no_consent"
    room = after(room, c.ConsentToCaptions(SPEAKER, True), c.SayLine(SPEAKER, "Hello."))
    assert [line.text for line in room.captions] == ["Hello."]
    assert happened(room, c.ConsentToCaptions(SPEAKER, True)) == ()
    room = after(room, c.ConsentToCaptions(SPEAKER, False))
    assert refused(room, c.SayLine(SPEAKER, "More.")) == "no_consent"
    assert [line.text for line in room.captions] == ["Hello."]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("", ""),
        (" ", ""),
        ("turned \u202e round", "https://example.org"),
        ("x" * (PIN_LIMIT + 1), ""),
        ("", "ftp://example.org"),
        ("", "javascript:alert(1)"),
        ("", "https://example.org/a b"),
        ("", "https://example.org/" + "x" * URL_LIMIT),
    ],
)
def test_what_cannot_be_pinned(text: str, url: str) -> None:
    assert refused(live(), c.PinPost(SPEAKER, "p1", text, url)) == "bad_pin"


def test_posts_are_pinned_by_the_stage_and_taken_down_by_whom_they_belong_to() -> None:
    room = after(live(), c.PinPost(SPEAKER, "p1", "Read this.", "https://example.org/1"))
    assert refused(room, c.UnpinPost(SPEAKER_2, "p1")) == "not_permitted"
    assert refused(room, c.UnpinPost(HOST, "p2")) == "no_such_pin"
    for actor in (SPEAKER, COHOST, HOST):
        assert after(room, c.UnpinPost(actor, "p1")).pins == ()


def test_pinned_posts_are_bounded() -> None:
    room = live()
    for number in range(PINS_LIMIT):
        room = after(room, c.PinPost(HOST, f"p{number}", "Read this."))
    assert refused(room, c.PinPost(HOST, "more", "Read this.")) == "too_many_pins"


@pytest.mark.parametrize(
    ("rules", "reaction", "known"),
    [
        ("current", "💜", True),
        ("2021h1", "💜", False),
        ("2021h1", "✋", True),
        ("2021h1", "✋🏽", True),
        ("2021h1", "✌️", True),
        ("2021h1", "✌🏿", True),
        ("current", "✋", False),
        ("current", "👎🏻", True),
        ("current", "💜🏻", False),
        ("current", "🏻", False),
        ("current", "", False),
        ("current", "👏🏻🏻", False),
        ("current", "<b>", False),
    ],
)
def test_reactions_are_the_day_s_and_hands_have_a_skin_tone(
    rules: str, reaction: str, known: bool
) -> None:
    assert is_reaction(RULES[rules], reaction) is known
    room = live(stage=(), rules=rules)
    if known:
        assert happened(room, c.React(ANONYMOUS, reaction)) == ()
    else:
        assert refused(room, c.React(ANONYMOUS, reaction)) == "bad_reaction"


def test_a_raised_hand_stays_until_it_is_lowered() -> None:
    room = after(live(), c.RaiseHand(LISTENER), c.RaiseHand(SPEAKER))
    assert room.hands == (LISTENER, SPEAKER)
    assert happened(room, c.RaiseHand(LISTENER)) == ()
    assert after(room, c.LowerHand(LISTENER, LISTENER.member)).hands == (SPEAKER,)
    assert after(room, c.LowerHand(COHOST, SPEAKER.member)).hands == (LISTENER,)
    assert happened(room, c.LowerHand(HOST, "nobody")) == ()
    assert after(room, c.Demote(HOST, SPEAKER.member)).hands == (LISTENER,)


def test_hands_are_for_accounts_bounded_and_not_of_2021() -> None:
    assert refused(live(), c.RaiseHand(ANONYMOUS)) == "anonymous_listens"
    assert refused(live(stage=(), rules="2021h1"), c.RaiseHand(HOST)) == "not_in_these_rules"
    room = live()
    for number in range(HANDS_LIMIT):
        room = after(room, c.RaiseHand(person(f"m{number}")))
    assert refused(room, c.RaiseHand(LISTENER)) == "too_many_hands"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\n words ", "two words"),
        ("가족 👩‍👩‍👧", "가족 👩‍👩‍👧"),
        ("turned \u202e round", ""),
        ("bell \x07", ""),
        ("", ""),
    ],
)
def test_a_line_stays_on_its_line(text: str, line: str) -> None:
    assert one_line(text) == line


def test_questions_are_a_blueroom_s() -> None:
    pick = c.PickQuestion(SPEAKER, "q1", LISTENER, "Why?", 2)
    for command in (c.AskQuestion(LISTENER, "Why?"), c.VoteQuestion(LISTENER), pick):
        assert refused(live(), command) == "not_a_blueroom"
    assert refused(live(), c.HideQuestion(HOST, LISTENER.member)) == "not_a_blueroom"
    room = live(kind=RoomKind.BLUEROOM)
    assert happened(room, c.AskQuestion(LISTENER, "Why?")) == ()
    for text in ("", "x" * (QUESTION_LIMIT + 1), "turned \u202e round"):
        assert refused(room, c.AskQuestion(LISTENER, text)) == "bad_question"
    assert refused(room, c.AskQuestion(ANONYMOUS, "Why?")) == "anonymous_listens"
    assert refused(room, c.VoteQuestion(ANONYMOUS)) == "anonymous_listens"
    assert refused(room, c.HideQuestion(SPEAKER, LISTENER.member)) == "not_permitted"
    assert happened(room, c.HideQuestion(LISTENER, LISTENER.member)) == ()


def test_a_picked_question_stands_until_it_is_answered_or_another_is_picked() -> None:
    room = after(live(kind=RoomKind.BLUEROOM), c.PickQuestion(SPEAKER, "q1", LISTENER, "Why?", 2))
    assert room.picked is not None
    assert (room.picked.text, room.picked.person, room.picked.votes) == ("Why?", LISTENER, 2)
    assert happened(room, c.PickQuestion(HOST, "q1", LISTENER, "Why?", 3)) == ()
    assert refused(room, c.AnswerQuestion(HOST, "q2")) == "no_such_question"
    room = after(room, c.PickQuestion(HOST, "q2", LISTENER, "How?", 1))
    assert [one.question for one in room.answered] == ["q1"]
    room = after(room, c.AnswerQuestion(COHOST, "q2"))
    assert room.picked is None
    assert [one.question for one in room.answered] == ["q1", "q2"]
    again = c.PickQuestion(HOST, "q1", LISTENER, "Why?", 9)
    assert refused(room, again) == "no_such_question"


def test_rooms_of_2021_have_no_cohosts_to_invite() -> None:
    room = live(stage=(), rules="2021h1")
    assert refused(room, c.Invite(HOST, "guest", Role.COHOST)) == "not_in_these_rules"
