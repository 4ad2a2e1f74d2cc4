"""A host who leaves, vanishes, comes back, or is followed by another; who may come in."""

import pytest
from tests.core.given import (
    COHOST,
    COHOST_2,
    HOST,
    LISTENER,
    NOW,
    SPEAKER,
    after,
    happened,
    live,
    moving,
    offered,
    refused,
    scheduled,
)

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.model import SYSTEM, HandoffPhase, Role, RoomState, Tally

LATER = NOW + 300.0


def test_a_host_who_leaves_ends_the_room_or_leaves_it_to_a_cohost() -> None:
    assert after(live(), c.Leave(HOST)).state is RoomState.ENDED
    room = after(live(), c.Leave(HOST, COHOST_2.member))
    assert room.state is RoomState.LIVE
    assert room.host == COHOST_2
    assert room.role_of(HOST.member) is Role.LISTENER
    assert room.role_of(COHOST.member) is Role.COHOST
    assert next(iter(room.seats)) == COHOST_2.member


def test_a_room_is_left_only_to_a_cohost_and_only_by_its_host() -> None:
    for heir in (SPEAKER, LISTENER, HOST):
        assert refused(live(), c.Leave(HOST, heir.member)) == "bad_heir"
    assert refused(scheduled(), c.Leave(HOST, COHOST.member)) == "bad_heir"
    assert refused(live(), c.Leave(COHOST, COHOST_2.member)) == "not_permitted"


def test_a_host_who_vanishes_is_waited_for_and_keeps_the_seat() -> None:
    room = after(live(), c.Vanish(HOST, 300.0))
    assert room.away is not None
    assert (room.away.since, room.away.until) == (NOW, LATER)
    assert room.host == HOST
    assert happened(room, c.Vanish(HOST, 300.0), NOW + 9) == (), "nobody is waited for twice"
    assert after(room, c.Return(HOST)).away is None
    assert happened(live(), c.Return(HOST)) == ()
    assert happened(scheduled(), c.Vanish(HOST, 300.0)) == ()


def test_a_room_whose_host_does_not_come_back_is_over() -> None:
    room = after(live(), c.Vanish(HOST, 300.0))
    assert happened(room, c.TimeOut(SYSTEM), LATER - 0.001) == ()
    over = after(room, c.TimeOut(SYSTEM), now=LATER)
    assert (over.state, over.over_at, over.away) == (RoomState.TIMED_OUT, LATER, None)
    assert happened(live(), c.TimeOut(SYSTEM), LATER) == ()


def test_a_countdown_is_called_off_when_the_room_times_out_and_a_move_is_waited_for() -> None:
    room = after(offered(live(), seconds=600), c.Vanish(HOST, 300.0))
    over = after(room, c.TimeOut(SYSTEM), now=LATER)
    assert over.handoff is not None
    assert over.handoff.phase is HandoffPhase.CANCELED
    room = after(moving(live()), c.Vanish(HOST, 300.0))
    assert refused(room, c.TimeOut(SYSTEM), LATER) == "handoff_running"


def test_a_cohost_takes_over_from_a_host_who_is_away_and_they_change_seats() -> None:
    assert refused(live(), c.TakeOver(COHOST)) == "host_not_away"
    room = after(live(), c.Unmute(HOST), c.Vanish(HOST, 300.0), c.TakeOver(COHOST))
    assert (room.host, room.away) == (COHOST, None)
    assert room.role_of(HOST.member) is Role.COHOST
    assert not room.seats[HOST.member].muted, "a seat keeps its microphone"
    assert refused(room, c.TakeOver(COHOST_2)) == "host_not_away"
    gone = after(room, c.Vanish(HOST))
    assert gone.role_of(HOST.member) is Role.LISTENER


def test_whoever_vanishes_gives_up_what_they_held() -> None:
    room = after(live(), c.RaiseHand(SPEAKER), c.RequestToSpeak(LISTENER), c.RaiseHand(LISTENER))
    room = after(room, c.Vanish(SPEAKER), c.Vanish(LISTENER))
    assert room.role_of(SPEAKER.member) is Role.LISTENER
    assert (room.requests, room.hands) == ((), ())


def test_a_locked_room_lets_in_whom_it_knows() -> None:
    room = after(live(), c.Invite(HOST, "guest"), c.SetLock(COHOST, True))
    assert refused(room, c.Join(LISTENER)) == "room_locked"
    assert happened(room, c.Join(LISTENER, known=True)) == ()
    assert happened(room, c.Join(SPEAKER)) == ()
    assert happened(room, c.Join(LISTENER.__class__("guest", "guest"))) == ()
    assert happened(after(room, c.SetLock(HOST, False)), c.Join(LISTENER)) == ()
    assert happened(room, c.SetLock(HOST, True)) == ()


def test_whom_the_host_has_blocked_anywhere_stays_out() -> None:
    assert refused(live(), c.Join(LISTENER, blocked=True)) == "blocked"
    assert refused(live(), c.Join(SPEAKER, known=True, blocked=True)) == "blocked"


def test_those_who_asked_are_told_once_that_it_begins_soon() -> None:
    assert happened(scheduled(), c.TellSoon(SYSTEM)) == ()
    room = after(scheduled(), c.EditRoom(HOST, scheduled_for=NOW + 60))
    assert happened(room, c.TellSoon(SYSTEM)) == (e.StartsSoon(NOW),)
    assert happened(after(room, c.TellSoon(SYSTEM)), c.TellSoon(SYSTEM)) == ()


def test_a_room_that_was_to_end_after_its_handoff_does() -> None:
    offer = c.OfferHandoff(HOST, "h1", "next", "show", True, 0.0, then_end=True)
    room = after(live(), offer, c.BeginHandoff(SYSTEM, "h1", True))
    closed = after(room, c.CloseHandoff(SYSTEM, "h1", Tally(2, 1, 1, 0)))
    assert closed.state is RoomState.ENDED
    called_off = after(live(), offer, c.BeginHandoff(SYSTEM, "h1", to_live=False))
    assert called_off.state is RoomState.LIVE


@pytest.mark.parametrize("command", [c.EndRoom(HOST), c.Leave(HOST)])
def test_a_room_does_not_end_under_its_audience(command: c.Command) -> None:
    assert refused(moving(live()), command) == "handoff_running"
