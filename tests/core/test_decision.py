"""``decide``, rule by rule. What holds whatever people do is in test_evening.py."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from tests.core.given import (
    ANONYMOUS,
    COHOST,
    HOST,
    LISTENER,
    NOW,
    SPEAKER,
    after,
    happened,
    live,
    moving,
    offered,
    person,
    refused,
    scheduled,
)

from afterparty.core import commands as c
from afterparty.core.model import SYSTEM, HandoffPhase, Person, Role, RoomKind, RoomState, Tally
from afterparty.core.rules import (
    CAPTION_LIMIT,
    CAPTIONS_KEPT,
    HANDOFF_COUNTDOWN_LIMIT,
    INVITATION_SECONDS,
    INVITATIONS_LIMIT,
    REQUESTS_LIMIT,
    RULES,
    TITLE_LIMIT,
)


def create(title: str = "Party", actor: Person = HOST, **more: Any) -> c.CreateRoom:
    return c.CreateRoom(actor, "party", "show", RoomKind.SPACE, title, **more)


def test_nothing_but_a_creation_is_decided_without_a_room() -> None:
    for command in set(get_args(c.Command)) - {c.CreateRoom}:
        fields = dict.fromkeys(command.__dataclass_fields__, "x") | {"actor": HOST}
        assert refused(None, command(**fields)) == "no_such_room"
    assert refused(live(), create()) == "room_exists"


def test_a_room_begins_scheduled_with_its_host_first() -> None:
    room = scheduled()
    assert room.state is RoomState.SCHEDULED
    assert room.host == HOST
    assert next(iter(room.seats)) == HOST.member
    assert all(seat.muted for seat in room.seats.values())
    assert room.version == 1


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (create(""), "bad_title"),
        (create(" \n "), "bad_title"),
        (create("two\x00"), "bad_title"),
        (create("turned \u202e round"), "bad_title"),
        (create("\u200b"), "bad_title"),
        (create("\u200d"), "bad_title"),
        (create("x" * (TITLE_LIMIT + 1)), "bad_title"),
        (create(rules="2020"), "bad_rules"),
        (create(actor=ANONYMOUS), "not_permitted"),
        (create(stage=((HOST, Role.SPEAKER),)), "already_on_stage"),
        (create(stage=((COHOST, Role.COHOST), (COHOST, Role.SPEAKER))), "already_on_stage"),
        (create(stage=((COHOST, Role.LISTENER),)), "bad_role"),
        (create(stage=((COHOST, Role.HOST),)), "bad_role"),
        (create(stage=((ANONYMOUS, Role.SPEAKER),)), "anonymous_listens"),
        (create(rules="2021h1", stage=((COHOST, Role.COHOST),)), "stage_full"),
        (create(stage=tuple((person(f"c{i}"), Role.COHOST) for i in range(3))), "stage_full"),
        (create(stage=tuple((person(f"s{i}"), Role.SPEAKER) for i in range(11))), "stage_full"),
    ],
)
def test_a_room_that_cannot_be_is_not_created(command: c.CreateRoom, code: str) -> None:
    assert refused(None, command) == code


def test_a_title_is_measured_without_the_space_around_it() -> None:
    room = after(None, create(f"  {'x' * TITLE_LIMIT}\n"))
    assert room.title == "x" * TITLE_LIMIT


def test_voices_whose_names_collide_get_sources_of_their_own() -> None:
    # These two have the same CRC-32.
    room = scheduled(((person("plumless"), Role.SPEAKER), (person("buckeroo"), Role.SPEAKER)))
    first, second = (room.seats[m].csrc for m in ("plumless", "buckeroo"))
    assert second == first + 1


def test_asking_to_speak_twice_is_asking_once() -> None:
    room = after(live(), c.RequestToSpeak(LISTENER))
    assert room.requests == (LISTENER,)
    assert happened(room, c.RequestToSpeak(LISTENER)) == ()


def test_requests_are_bounded() -> None:
    crowd = tuple(person(f"m{i}") for i in range(REQUESTS_LIMIT))
    room = replace(live(), requests=crowd[1:])
    room = after(room, c.RequestToSpeak(crowd[0]))
    assert refused(room, c.RequestToSpeak(LISTENER)) == "too_many_requests"
    assert happened(room, c.RequestToSpeak(crowd[5])) == ()


def test_whoever_is_accepted_comes_onto_the_stage_muted_and_is_heard_when_they_open() -> None:
    room = after(live(), c.RequestToSpeak(LISTENER), c.AcceptRequest(COHOST, LISTENER.member))
    assert room.role_of(LISTENER.member) is Role.SPEAKER
    assert room.requests == ()
    assert not room.may_be_heard(LISTENER.member)
    room = after(room, c.Unmute(LISTENER))
    assert room.may_be_heard(LISTENER.member)


def test_a_full_stage_takes_nobody_until_a_place_is_free() -> None:
    speakers = [person(f"s{i}") for i in range(RULES["current"].speakers)]
    room = live((p, Role.SPEAKER) for p in speakers)
    room = after(room, c.RequestToSpeak(LISTENER), c.Invite(HOST, COHOST.member))
    assert refused(room, c.AcceptRequest(HOST, LISTENER.member)) == "stage_full"
    assert refused(room, c.AcceptInvitation(COHOST)) == "stage_full"
    room = after(room, c.Leave(speakers[0]), c.AcceptRequest(HOST, LISTENER.member))
    assert refused(room, c.AcceptInvitation(COHOST)) == "stage_full"


def test_declining_and_withdrawing_take_a_request_back() -> None:
    asked = after(live(), c.RequestToSpeak(LISTENER))
    assert after(asked, c.DeclineRequest(COHOST, LISTENER.member)).requests == ()
    assert after(asked, c.WithdrawRequest(LISTENER)).requests == ()
    assert refused(live(), c.DeclineRequest(HOST, LISTENER.member)) == "not_requested"


def test_an_invitation_is_taken_up_in_time_or_not_at_all() -> None:
    room = after(live(), c.Invite(HOST, LISTENER.member))
    late = NOW + INVITATION_SECONDS
    assert refused(room, c.AcceptInvitation(LISTENER), late) == "not_invited"
    assert happened(room, c.ExpireInvitation(SYSTEM, LISTENER.member), late - 0.001) == ()
    assert after(room, c.ExpireInvitation(SYSTEM, LISTENER.member), now=late).invitations == {}
    taken = after(room, c.AcceptInvitation(LISTENER), now=late - 0.001)
    assert taken.role_of(LISTENER.member) is Role.SPEAKER
    assert taken.invitations == {}


def test_an_invitation_is_declined_once() -> None:
    room = after(live(), c.Invite(HOST, LISTENER.member), c.DeclineInvitation(LISTENER))
    assert refused(room, c.DeclineInvitation(LISTENER)) == "not_invited"
    assert refused(room, c.AcceptInvitation(LISTENER)) == "not_invited"


def test_inviting_again_to_another_role_changes_the_invitation() -> None:
    room = after(live(stage=((COHOST, Role.COHOST),)), c.Invite(COHOST, LISTENER.member))
    assert happened(room, c.Invite(HOST, LISTENER.member)) == ()
    room = after(room, c.Invite(HOST, LISTENER.member, Role.COHOST))
    assert room.invitations[LISTENER.member].role is Role.COHOST
    assert happened(room, c.Invite(COHOST, LISTENER.member)) == ()
    assert after(room, c.AcceptInvitation(LISTENER)).role_of(LISTENER.member) is Role.COHOST


def test_inviting_again_after_an_invitation_ran_out_makes_it_anew() -> None:
    room = after(live(), c.Invite(HOST, LISTENER.member))
    later = NOW + INVITATION_SECONDS
    room = after(room, c.Invite(HOST, LISTENER.member), now=later)
    assert room.invitations[LISTENER.member].expires_at == later + INVITATION_SECONDS


def test_invitations_are_bounded() -> None:
    room = live()
    for i in range(INVITATIONS_LIMIT):
        room = after(room, c.Invite(HOST, f"m{i}"))
    assert refused(room, c.Invite(HOST, LISTENER.member)) == "too_many_invitations"
    assert after(room, c.Invite(HOST, "m0", Role.COHOST)).invitations["m0"].role is Role.COHOST


def test_the_anonymous_never_come_onto_the_stage() -> None:
    room = after(live(), c.Invite(HOST, ANONYMOUS.member))
    assert refused(room, c.RequestToSpeak(ANONYMOUS)) == "anonymous_listens"
    assert refused(room, c.AcceptInvitation(ANONYMOUS)) == "anonymous_listens"


def test_leaving_gives_up_what_one_holds_and_a_host_keeps_the_seat() -> None:
    room = after(live(), c.RequestToSpeak(LISTENER), c.Invite(HOST, LISTENER.member))
    left = after(room, c.Leave(LISTENER))
    assert left.requests == ()
    assert left.invitations == {}
    assert after(room, c.Leave(SPEAKER)).role_of(SPEAKER.member) is Role.LISTENER
    assert happened(scheduled(), c.Leave(HOST)) == ()


def test_a_microphone_that_is_so_already_leaves_no_event() -> None:
    room = live()
    assert happened(room, c.Mute(HOST, SPEAKER.member)) == ()
    opened = after(room, c.Unmute(SPEAKER))
    assert happened(opened, c.Unmute(SPEAKER)) == ()
    assert not after(opened, c.Mute(COHOST, SPEAKER.member)).may_be_heard(SPEAKER.member)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_caption"),
        (" \t\n", "bad_caption"),
        ("x" * (CAPTION_LIMIT + 1), "bad_caption"),
        ("turned \u202e round", "bad_caption"),
    ],
)
def test_a_line_has_a_length(text: str, code: str) -> None:
    assert refused(after(live(), c.Unmute(SPEAKER)), c.SayLine(SPEAKER, text)) == code


def test_only_an_open_microphone_makes_captions_and_a_room_keeps_the_last_of_them() -> None:
    assert refused(live(), c.SayLine(SPEAKER, "Hello.")) == "muted"
    room = after(live(), c.Unmute(SPEAKER), c.ConsentToCaptions(SPEAKER, True))
    for number in range(CAPTIONS_KEPT + 3):
        room = after(room, c.SayLine(SPEAKER, f"  line\n {number} ", "ko"))
    assert len(room.captions) == CAPTIONS_KEPT
    assert room.captions[0].text == "line 3"
    assert {line.language for line in room.captions} == {"ko"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to_room": "party"}, "handoff_to_itself"),
        ({"to_show": "other"}, "handoff_other_show"),
        ({"to_live": False}, "handoff_target_not_live"),
        ({"seconds": -0.001}, "bad_countdown"),
        ({"seconds": HANDOFF_COUNTDOWN_LIMIT + 0.001}, "bad_countdown"),
        ({"seconds": float("nan")}, "bad_countdown"),
        ({"seconds": float("inf")}, "bad_countdown"),
    ],
)
def test_a_handoff_that_cannot_be_is_not_offered(change: dict[str, Any], code: str) -> None:
    assert refused(live(), replace(c.OfferHandoff(HOST, "h1", "next", "show", True), **change)) == (
        code
    )


def test_a_room_has_one_handoff_at_a_time_and_may_have_another_after() -> None:
    again = c.OfferHandoff(HOST, "h2", "next", "show", True)
    for running in (offered(live()), moving(live())):
        assert refused(running, again) == "handoff_running"
    canceled = after(offered(live()), c.CancelHandoff(HOST, "h1"))
    closed = after(moving(live()), c.CloseHandoff(SYSTEM, "h1", Tally(3, 1, 1, 1)))
    assert closed.handoff is not None
    assert closed.handoff.tally == Tally(3, 1, 1, 1)
    for done in (canceled, closed):
        room = after(done, again)
        assert room.handoff is not None
        assert (room.handoff.handoff, room.handoff.phase) == ("h2", HandoffPhase.OFFERED)
        assert room.handoff.tally is None
        assert room.handoff.begun_at is None


def test_a_move_to_a_room_that_is_not_live_is_canceled_and_everyone_stays() -> None:
    room = after(offered(live()), c.BeginHandoff(SYSTEM, "h1", to_live=False))
    assert room.handoff is not None
    assert room.handoff.phase is HandoffPhase.CANCELED


@pytest.mark.parametrize("tally", [Tally(3, 1, 1, 0), Tally(1, 2, -1, 0), Tally(-1, 0, 0, -1)])
def test_a_ledger_that_does_not_balance_is_not_closed(tally: Tally) -> None:
    assert refused(moving(live()), c.CloseHandoff(SYSTEM, "h1", tally)) == "ledger_unbalanced"


def test_another_handoff_s_name_changes_nothing() -> None:
    assert refused(offered(live()), c.CancelHandoff(HOST, "h0")) == "no_such_handoff"
    assert refused(live(), c.CancelHandoff(HOST, "h1")) == "no_such_handoff"
    assert refused(offered(live()), c.BeginHandoff(SYSTEM, "h0", True)) == "no_such_handoff"
    closing = c.CloseHandoff(SYSTEM, "h0", Tally(0, 0, 0, 0))
    assert refused(moving(live()), closing) == "no_such_handoff"


def test_a_room_does_not_end_under_people_on_the_move() -> None:
    assert refused(moving(live()), c.EndRoom(HOST)) == "handoff_running"
    room = after(offered(live()), c.EndRoom(HOST))
    assert room.state is RoomState.ENDED
    assert room.handoff is not None
    assert room.handoff.phase is HandoffPhase.CANCELED
