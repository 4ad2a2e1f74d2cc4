"""Who may speak without being let, who is sent out, who is blocked, what is reported."""

import pytest
from tests.core.given import (
    ANONYMOUS,
    COHOST,
    HOST,
    LISTENER,
    SPEAKER,
    after,
    happened,
    live,
    person,
    refused,
)

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.model import Role, Speak
from afterparty.core.rules import BLOCKED_LIMIT, REPORT_LIMIT, RULES


@pytest.mark.parametrize(
    ("speak", "followed", "lets"),
    [
        (Speak.EVERYONE, False, True),
        (Speak.EVERYONE, True, True),
        (Speak.FOLLOWED, False, False),
        (Speak.FOLLOWED, True, True),
        (Speak.INVITED, True, False),
    ],
)
def test_who_comes_onto_the_stage_without_being_let(
    speak: Speak, followed: bool, lets: bool
) -> None:
    room = after(live(), c.ChangeSpeak(COHOST, speak)) if speak is not Speak.INVITED else live()
    room = after(room, c.RequestToSpeak(LISTENER, followed))
    assert (room.role_of(LISTENER.member) is Role.SPEAKER) is lets
    assert (room.requests == (LISTENER,)) is not lets


def test_whoever_finds_no_place_free_waits_for_one() -> None:
    stage = [(person(f"s{i}"), Role.SPEAKER) for i in range(RULES["current"].speakers)]
    room = after(live(stage), c.ChangeSpeak(HOST, Speak.EVERYONE), c.RequestToSpeak(LISTENER))
    assert room.requests == (LISTENER,)
    assert refused(room, c.AcceptRequest(HOST, LISTENER.member)) == "stage_full"
    room = after(room, c.Leave(stage[0][0]), c.RequestToSpeak(LISTENER))
    assert room.role_of(LISTENER.member) is Role.SPEAKER
    assert room.requests == ()


def test_changing_who_may_speak_sends_nobody_off_the_stage() -> None:
    room = after(live(), c.ChangeSpeak(HOST, Speak.EVERYONE))
    assert after(room, c.ChangeSpeak(HOST, Speak.INVITED)).seats == room.seats
    assert happened(room, c.ChangeSpeak(HOST, Speak.EVERYONE)) == ()


def test_whoever_is_removed_loses_what_they_held_and_may_come_back() -> None:
    room = after(live(), c.Unmute(SPEAKER), c.RaiseHand(SPEAKER))
    events = happened(room, c.Remove(COHOST, SPEAKER.member))
    assert [type(event) for event in events] == [e.SeatLeft, e.HandLowered, e.MemberRemoved]
    room = after(room, c.Remove(COHOST, SPEAKER.member))
    assert not room.may_be_heard(SPEAKER.member)
    assert happened(room, c.Join(SPEAKER)) == ()


def test_whoever_is_blocked_is_out_until_they_are_unblocked() -> None:
    room = after(live(), c.RequestToSpeak(LISTENER), c.Invite(HOST, LISTENER.member))
    room = after(room, c.Block(HOST, LISTENER.member))
    assert (room.requests, dict(room.invitations)) == ((), {})
    assert refused(room, c.Join(LISTENER, known=True)) == "blocked"
    assert refused(room, c.RequestToSpeak(LISTENER)) == "blocked"
    assert refused(room, c.Invite(HOST, LISTENER.member)) == "blocked"
    assert happened(room, c.Leave(LISTENER)) == ()
    assert happened(room, c.Block(COHOST, LISTENER.member)) == ()
    room = after(room, c.Unblock(COHOST, LISTENER.member))
    assert happened(room, c.Join(LISTENER)) == ()
    assert happened(room, c.Unblock(COHOST, LISTENER.member)) == ()


def test_blocks_are_bounded() -> None:
    room = live()
    for number in range(BLOCKED_LIMIT):
        room = after(room, c.Block(HOST, f"m{number}"))
    assert refused(room, c.Block(HOST, LISTENER.member)) == "too_many_blocked"


def test_muting_all_mutes_whom_one_may_mute_and_not_oneself() -> None:
    room = after(live(), c.Unmute(HOST), c.Unmute(COHOST), c.Unmute(SPEAKER))
    by_host = after(room, c.MuteAll(HOST))
    assert [m for m, seat in by_host.seats.items() if not seat.muted] == [HOST.member]
    by_cohost = after(room, c.MuteAll(COHOST))
    assert [m for m, s in by_cohost.seats.items() if not s.muted] == [HOST.member, COHOST.member]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.Report(LISTENER, SPEAKER.member, " "), "bad_report"),
        (c.Report(LISTENER, None, "x" * (REPORT_LIMIT + 1)), "bad_report"),
        (c.Report(LISTENER, LISTENER.member, "Me."), "bad_report"),
        (c.Report(ANONYMOUS, SPEAKER.member, "Shouting."), "anonymous_listens"),
    ],
)
def test_a_report_says_what_about_whom(command: c.Report, code: str) -> None:
    assert refused(live(), command) == code
    assert happened(live(), c.Report(LISTENER, None, "Shouting.")) == ()
