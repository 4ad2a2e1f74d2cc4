"""What of a room's log is an act of order, and in which words."""

from typing import get_args

import pytest

from afterparty.core import events as e
from afterparty.core.model import Person, Role, Seat, Speak, Tally
from afterparty.wire.audit import _ROWS, DETAIL_LIMIT, NO_ACTS, audit

FAN = Person("fan", "fan", "The Fan")
LONG = "x" * (DETAIL_LIMIT + 100)


def test_every_event_is_an_act_or_is_said_to_be_none() -> None:
    assert set(_ROWS) | NO_ACTS == set(get_args(e.Event))
    assert not set(_ROWS) & NO_ACTS


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (e.RoomOpened(1.0, "host"), ("host", "opened the room", None, "")),
        (e.RoomTimedOut(1.0),
         (":system", "ended the room", None, "the host did not come back")),
        (e.HostAway(1.0, 301.0), (":system", "waits for the host", None, "")),
        (e.HostChanged(1.0, "co", "co"), ("co", "took the room over", None, "")),
        (e.HostChanged(1.0, "host", "co"), ("host", "gave the room to", "co", "")),
        (e.SpeakChanged(1.0, "co", Speak.EVERYONE),
         ("co", "changed who may speak", None, "everyone")),
        (e.LockChanged(1.0, "co", True), ("co", "locked the room", None, "")),
        (e.LockChanged(1.0, "co", False), ("co", "unlocked the room", None, "")),
        (e.MemberRemoved(1.0, "co", "fan"), ("co", "removed", "fan", "")),
        (e.MemberBlocked(1.0, "co", "fan"), ("co", "blocked", "fan", "")),
        (e.MemberUnblocked(1.0, "co", "fan"), ("co", "unblocked", "fan", "")),
        (e.RequestDropped(1.0, "co", "fan"), ("co", "declined the request of", "fan", "")),
        (e.RequestDropped(1.0, "fan", "fan"), None),
        (e.MemberInvited(1.0, "co", "fan", Role.SPEAKER, 9.0),
         ("co", "invited", "fan", "speaker")),
        (e.InvitationDropped(1.0, "host", "fan"),
         ("host", "took back the invitation of", "fan", "")),
        (e.InvitationDropped(1.0, ":system", "fan"), None),
        (e.InvitationDropped(1.0, "fan", "fan"), None),
        (e.SeatTaken(1.0, "co", Seat(FAN, Role.SPEAKER, 7)),
         ("co", "brought onto the stage", "fan", "speaker")),
        (e.SeatTaken(1.0, "fan", Seat(FAN, Role.SPEAKER, 7)), None),
        (e.SeatLeft(1.0, "co", "fan"), ("co", "took off the stage", "fan", "")),
        (e.SeatLeft(1.0, "fan", "fan"), None),
        (e.MuteChanged(1.0, "co", "fan", True), ("co", "muted", "fan", "")),
        (e.MuteChanged(1.0, "fan", "fan", True), None),
        (e.MuteChanged(1.0, "fan", "fan", False), None),
        (e.HandLowered(1.0, "co", "fan"), ("co", "lowered the hand of", "fan", "")),
        (e.HandLowered(1.0, "fan", "fan"), None),
        (e.PostPinned(1.0, "co", "p", LONG, ""), ("co", "pinned", None, LONG[:DETAIL_LIMIT])),
        (e.PostPinned(1.0, "co", "p", "", "https://a.example"),
         ("co", "pinned", None, "https://a.example")),
        (e.QuestionPicked(1.0, "co", "q", FAN, "Why?", 3),
         ("co", "picked the question of", "fan", "Why?")),
        (e.HandoffOffered(1.0, "host", "h", "post", 9.0),
         ("host", "offered another room", None, "post")),
        (e.HandoffClosed(1.0, "h", Tally(1, 1, 0, 0)), None),
        (e.LineSaid(1.0, "fan", "Hello.", "en"), None),
    ],
)  # fmt: skip
def test_the_words_for_an_event(event: e.Event, told: tuple[str | None, ...] | None) -> None:
    found = [(one.by, one.what, one.member, one.detail) for one in audit([(5, event)])]
    assert found == ([] if told is None else [told])


def test_entries_have_the_numbers_and_times_of_the_log() -> None:
    log: list[tuple[int, e.Event]] = [
        (3, e.RoomOpened(10.0, "host")),
        (4, e.LineSaid(11.0, "fan", "Hello.", "en")),
        (5, e.MemberRemoved(12.0, "host", "fan")),
    ]
    assert [(one.number, one.at) for one in audit(log)] == [(3, 10.0), (5, 12.0)]
