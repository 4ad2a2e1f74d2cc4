"""What a room says of itself: bounds, times, and what may be changed when."""

from typing import Any

import pytest
from tests.core.given import HOST, NOW, after, happened, live, refused, scheduled

from afterparty.core import commands as c
from afterparty.core.deciders.about import DAY
from afterparty.core.model import RoomKind, Waiting
from afterparty.core.rules import DESCRIPTION_LIMIT, HASHTAG_LIMIT, RULES, TOPIC_LIMIT


def create(**more: Any) -> c.CreateRoom:
    return c.CreateRoom(HOST, "r", "s", RoomKind.SPACE, "Title", **more)


BAD = [
    ({"description": "x" * (DESCRIPTION_LIMIT + 1)}, "bad_description"),
    ({"description": "bell \x07"}, "bad_description"),
    ({"topics": ("a", "b", "c", "d")}, "bad_topics"),
    ({"topics": ("x" * (TOPIC_LIMIT + 1),)}, "bad_topics"),
    ({"topics": (" ",)}, "bad_topics"),
    ({"topics": ("turned \u202e round",)}, "bad_topics"),
    ({"hashtag": "Ask"}, "bad_hashtag"),
    ({"hashtag": "#"}, "bad_hashtag"),
    ({"hashtag": "#_"}, "bad_hashtag"),
    ({"hashtag": "#a b"}, "bad_hashtag"),
    ({"hashtag": "#" + "x" * HASHTAG_LIMIT}, "bad_hashtag"),
    ({"scheduled_for": NOW}, "bad_schedule"),
    ({"scheduled_for": NOW + 31 * DAY}, "bad_schedule"),
]


@pytest.mark.parametrize(("more", "code"), BAD)
def test_what_cannot_be_said_is_refused_at_the_making_and_afterwards(
    more: dict[str, Any], code: str
) -> None:
    assert refused(None, create(**more)) == code
    assert refused(scheduled(), c.EditRoom(HOST, **more)) == code


@pytest.mark.parametrize("rules", RULES)
def test_a_room_is_scheduled_as_far_ahead_as_its_rules_say(rules: str) -> None:
    most = NOW + RULES[rules].schedule_days * DAY
    assert after(None, create(rules=rules, scheduled_for=most)).scheduled_for == most
    assert refused(None, create(rules=rules, scheduled_for=most + 1)) == "bad_schedule"


def test_a_host_has_ten_rooms_scheduled_and_opens_any_number_at_once() -> None:
    later = NOW + 3600
    assert after(None, create(scheduled_for=later, scheduled_already=9)).scheduled_for == later
    full = create(scheduled_for=later, scheduled_already=10)
    assert refused(None, full) == "too_many_scheduled"
    assert after(None, create(scheduled_already=10)).scheduled_for is None


def test_topics_are_kept_once_and_on_a_line() -> None:
    room = after(None, create(topics=("k-pop", " k-pop\n", "한국 음악"), hashtag="#질문_Hana"))
    assert room.topics == ("k-pop", "한국 음악")
    assert room.hashtag == "#질문_Hana"


def test_what_is_not_given_stays_and_what_is_so_already_leaves_no_event() -> None:
    room = after(scheduled(), c.EditRoom(HOST, topics=("music",), hashtag="#Ask"))
    assert (room.title, room.topics, room.hashtag) == ("Party", ("music",), "#Ask")
    room = after(room, c.EditRoom(HOST, title=" New ", hashtag=""))
    assert (room.title, room.topics, room.hashtag) == ("New", ("music",), "")
    assert happened(room, c.EditRoom(HOST, title="New")) == ()
    assert happened(room, c.EditRoom(HOST)) == ()
    assert refused(room, c.EditRoom(HOST, title=" ")) == "bad_title"


@pytest.mark.parametrize(
    "change", [{"recording": True}, {"waiting": Waiting.TUNE}, {"scheduled_for": NOW + 60}]
)
def test_recording_and_waiting_are_settled_before_a_room_is_live(change: dict[str, Any]) -> None:
    assert happened(scheduled(), c.EditRoom(HOST, **change))
    assert refused(live(), c.EditRoom(HOST, **change)) == "room_already_live"
    assert after(live(), c.EditRoom(HOST, title="New")).title == "New"
