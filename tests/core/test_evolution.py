"""``evolve``: every event has an effect, and a log that is no room's log is refused."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.given import HOST, LISTENER, NOW, SPEAKER, live, moving, offered

from afterparty.core import events as e
from afterparty.core.evolution import evolve, fold
from afterparty.core.model import (
    Appeared,
    HandoffPhase,
    Holder,
    Honour,
    HonourKind,
    Role,
    Room,
    RoomKind,
    RoomState,
    Seat,
    Speak,
    Tally,
    Waiting,
)
from afterparty.core.rules import APPEARED_KEPT

CREATED = e.RoomCreated(
    NOW, HOST.member, "r", "s", RoomKind.BLUEROOM, "T", "current", "ko", NOW + 60,
    (Seat(HOST, Role.HOST, 1),),
)  # fmt: skip

AWAY = fold([e.HostAway(NOW, NOW + 300)], live())
PINNED = fold([e.PostPinned(NOW, "sol", "p1", "Read this.", "")], live())

BROKEN = e.RecordBroken(NOW, "overall", "Most", 10, Holder("Before", 9, NOW - 60, "before"))

# Each event once, with what it leaves behind in a live room: the fields that differ.
ONE_OF_EACH: list[tuple[Room | None, e.Event, set[str]]] = [
    (None, CREATED, set()),
    (
        live(),
        e.RoomEdited(
            NOW, "hana", "New", "An evening.", ("music",), "#Ask", "ko", NOW + 9, True, Waiting.TUNE
        ),
        {
            "title",
            "description",
            "topics",
            "hashtag",
            "language",
            "scheduled_for",
            "recording",
            "waiting",
        },
    ),
    (fold([CREATED]), e.StartsSoon(NOW), {"told_soon"}),
    (fold([CREATED]), e.RoomOpened(NOW, "hana"), {"state", "opened_at", "appeared"}),
    (fold([CREATED]), e.RoomCanceled(NOW, "hana"), {"state", "over_at"}),
    (live(), e.RoomEnded(NOW, "hana"), {"state", "over_at"}),
    (AWAY, e.RoomTimedOut(NOW), {"state", "over_at", "away"}),
    (live(), e.HostAway(NOW, NOW + 300), {"away"}),
    (AWAY, e.HostBack(NOW, "hana"), {"away"}),
    (AWAY, e.HostChanged(NOW, "cho", "cho"), {"away", "seats", "appeared"}),
    (live(), e.SpeakChanged(NOW, "hana", Speak.EVERYONE), {"speak"}),
    (live(), e.LockChanged(NOW, "hana", True), {"locked"}),
    (live(), e.MemberRemoved(NOW, "hana", "lee"), set()),
    (live(), e.MemberBlocked(NOW, "hana", "lee"), {"blocked"}),
    (
        fold([e.MemberBlocked(NOW, "hana", "lee")], live()),
        e.MemberUnblocked(NOW, "hana", "lee"),
        {"blocked"},
    ),
    (live(), e.SpeakRequested(NOW, LISTENER), {"requests"}),
    (
        fold([e.SpeakRequested(NOW, LISTENER)], live()),
        e.RequestDropped(NOW, "lee", "lee"),
        {"requests"},
    ),
    (live(), e.MemberInvited(NOW, "hana", "lee", Role.SPEAKER, NOW + 9), {"invitations"}),
    (
        fold([e.MemberInvited(NOW, "hana", "lee", Role.SPEAKER, NOW + 9)], live()),
        e.InvitationDropped(NOW, "lee", "lee"),
        {"invitations"},
    ),
    (live(), e.SeatTaken(NOW, "hana", Seat(LISTENER, Role.SPEAKER, 7)), {"seats", "appeared"}),
    (live(), e.SeatLeft(NOW, "hana", SPEAKER.member), {"seats"}),
    (live(), e.MuteChanged(NOW, "sol", "sol", False), {"seats"}),
    (live(), e.CaptionsConsent(NOW, "sol", True), {"seats"}),
    (live(), e.PostPinned(NOW, "sol", "p1", "Read this.", ""), {"pins"}),
    (PINNED, e.PostUnpinned(NOW, "sol", "p1"), {"pins"}),
    (live(), e.HandRaised(NOW, LISTENER), {"hands"}),
    (fold([e.HandRaised(NOW, LISTENER)], live()), e.HandLowered(NOW, "hana", "lee"), {"hands"}),
    (live(), e.QuestionPicked(NOW, "sol", "q1", LISTENER, "Why?", 3), {"picked"}),
    (
        fold([e.QuestionPicked(NOW, "sol", "q1", LISTENER, "Why?", 3)], live()),
        e.QuestionAnswered(NOW, "sol", "q1"),
        {"picked", "answered"},
    ),
    (live(), e.LineSaid(NOW, "sol", "Hello.", "en"), {"captions"}),
    (live(), e.HandoffOffered(NOW, "hana", "h1", "next", NOW + 9), {"handoff"}),
    (offered(live()), e.HandoffBegun(NOW, "h1"), {"handoff"}),
    (offered(live()), e.HandoffCanceled(NOW, "hana", "h1"), {"handoff"}),
    (moving(live()), e.HandoffClosed(NOW, "h1", Tally(2, 1, 1, 0)), {"handoff"}),
    (live(), BROKEN, {"honours"}),
    (live(), e.FirstMade(NOW, "first-host", "First to host", "hana", "Hana"), {"honours"}),
]


def test_every_event_is_among_those_tried() -> None:
    assert [type(event) for _, event, _ in ONE_OF_EACH] == list(get_args(e.Event))


@pytest.mark.parametrize(("room", "event", "touched"), ONE_OF_EACH)
def test_an_event_changes_its_own_fields_and_the_version(
    room: Room | None, event: e.Event, touched: set[str]
) -> None:
    before = repr(room)
    result = evolve(room, event)
    assert repr(room) == before
    if room is None:
        assert result.version == 1
        return
    changed = {f for f in Room.__dataclass_fields__ if getattr(room, f) != getattr(result, f)}
    assert changed == touched | {"version"}
    assert result.version == room.version + 1


def test_a_room_is_created_as_its_event_says() -> None:
    room = evolve(None, CREATED)
    assert room == Room(
        room="r", show="s", kind=RoomKind.BLUEROOM, title="T", rules="current", language="ko",
        state=RoomState.SCHEDULED, created_at=NOW, scheduled_for=NOW + 60, version=1,
        seats={"hana": Seat(HOST, Role.HOST, 1)},
    )  # fmt: skip


def test_what_waits_goes_when_the_room_is_over() -> None:
    waiting = [
        e.SpeakRequested(NOW, LISTENER),
        e.MemberInvited(NOW, "hana", "lee", Role.SPEAKER, NOW + 9),
    ]
    room = fold([*waiting, e.RoomEnded(NOW + 1, "hana")], live())
    assert room is not None
    assert (room.state, room.over_at) == (RoomState.ENDED, NOW + 1)
    assert (room.requests, dict(room.invitations)) == ((), {})
    assert room.seats.keys() == live().seats.keys()


def test_a_seat_settles_the_request_and_the_invitation_of_its_member_only() -> None:
    other = replace(LISTENER, member="lou")
    log = [
        e.SpeakRequested(NOW, LISTENER),
        e.SpeakRequested(NOW, other),
        e.MemberInvited(NOW, "hana", "lee", Role.SPEAKER, NOW + 9),
        e.MemberInvited(NOW, "hana", "lou", Role.SPEAKER, NOW + 9),
        e.SeatTaken(NOW, "hana", Seat(LISTENER, Role.SPEAKER, 7)),
    ]
    room = fold(log, live())
    assert room is not None
    assert room.requests == (other,)
    assert set(room.invitations) == {"lou"}


def test_whoever_is_on_stage_while_it_is_live_has_appeared_once_in_each_role() -> None:
    log = [
        e.SeatTaken(NOW, "hana", Seat(LISTENER, Role.SPEAKER, 7)),
        e.SeatLeft(NOW + 1, "hana", "lee"),
        e.RoomOpened(NOW + 2, "hana"),
        e.SeatTaken(NOW + 3, "hana", Seat(LISTENER, Role.SPEAKER, 7)),
        e.SeatLeft(NOW + 4, "hana", "lee"),
        e.SeatTaken(NOW + 5, "hana", Seat(LISTENER, Role.SPEAKER, 7)),
        e.HostChanged(NOW + 6, "lee", "lee"),
        e.RoomEnded(NOW + 7, "lee"),
        e.SeatTaken(NOW + 8, "lee", Seat(SPEAKER, Role.SPEAKER, 8)),
    ]
    room = fold([CREATED, *log])
    assert room is not None
    assert room.appeared == (
        Appeared(HOST, Role.HOST, NOW + 2),
        Appeared(LISTENER, Role.SPEAKER, NOW + 3),
        Appeared(LISTENER, Role.HOST, NOW + 6),
        Appeared(HOST, Role.COHOST, NOW + 6),
    )


def test_of_very_many_on_stage_the_first_are_kept() -> None:
    fans = [replace(LISTENER, member=f"fan{n}") for n in range(APPEARED_KEPT + 9)]
    room = fold([e.SeatTaken(NOW, "hana", Seat(fan, Role.SPEAKER, 7)) for fan in fans], live())
    assert room is not None
    assert len(room.appeared) == APPEARED_KEPT
    assert room.appeared[-1].person in fans[:APPEARED_KEPT]


def test_a_room_is_honoured_for_what_fell_in_it() -> None:
    room = fold([BROKEN, e.FirstMade(NOW + 1, "host", "First", "hana", "Hana")], live())
    assert room is not None
    assert room.honours == (
        Honour(HonourKind.RECORD, "overall", "Most", NOW, listeners=10, before=BROKEN.before),
        Honour(HonourKind.FIRST, "host", "First", NOW + 1, member="hana", name="Hana"),
    )
    assert room.has_honour(HonourKind.RECORD, "overall")
    assert not room.has_honour(HonourKind.RECORD, "host")


def test_a_handoff_remembers_when_it_began_in_truth() -> None:
    room = fold([e.HandoffBegun(NOW + 500, "h1")], offered(live(), seconds=10))
    assert room is not None
    assert room.handoff is not None
    assert (room.handoff.moves_at, room.handoff.begun_at) == (NOW + 10, NOW + 500)
    closed = evolve(room, e.HandoffClosed(NOW + 505, "h1", Tally(0, 0, 0, 0)))
    assert closed.handoff is not None
    assert closed.handoff.begun_at == NOW + 500
    assert closed.handoff.phase is HandoffPhase.CLOSED


def test_a_room_s_mappings_cannot_be_written_to() -> None:
    room = moving(live())
    for table in (room.seats, room.invitations, evolve(None, CREATED).seats):
        with pytest.raises(TypeError):
            table["x"] = None  # type: ignore[index]  # writing is what must fail


@pytest.mark.parametrize(
    ("room", "event"),
    [
        (None, e.RoomOpened(NOW, "hana")),
        (live(), CREATED),
        (live(), e.MuteChanged(NOW, "lee", "lee", True)),
        (live(), e.CaptionsConsent(NOW, "lee", True)),
        (live(), e.HostChanged(NOW, "lee", "lee")),
        (live(), e.QuestionAnswered(NOW, "hana", "q1")),
        (live(), e.HandoffBegun(NOW, "h1")),
        (live(), e.HandoffCanceled(NOW, "hana", "h1")),
        (live(), e.HandoffClosed(NOW, "h1", Tally(0, 0, 0, 0))),
        (live(), object()),
    ],
)
def test_a_log_that_is_no_room_s_log_is_refused(room: Room | None, event: e.Event) -> None:
    before = repr(room)
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        evolve(room, event)
    assert repr(room) == before


def test_nothing_folds_to_nothing() -> None:
    assert fold([]) is None
    room = live()
    assert fold([], room) is room


@given(st.lists(st.sampled_from([event for _, event, _ in ONE_OF_EACH]), max_size=40))
def test_events_in_any_order_make_a_room_or_a_value_error(log: list[e.Event]) -> None:
    room: Room | None = None
    for number, event in enumerate(log):
        try:
            room = evolve(room, event)
        except ValueError:
            return
        assert room.version == number + 1
