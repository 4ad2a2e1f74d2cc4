"""The client's room equals the server's snapshot after any events the core can lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.client.state import MissedEventError, apply_event
from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.decision import decide
from afterparty.core.evolution import evolve
from afterparty.core.model import HandoffPhase, Person, Role, Room, RoomKind, Tally
from afterparty.core.permissions import Refusal
from afterparty.wire.events import event_body
from afterparty.wire.views import room_view

PEOPLE = [Person(name, name, name.title() if name > "b" else "") for name in "abcdef"]
HOST = PEOPLE[0]


def fresh(rules: str = "current") -> Room:
    seats = ((PEOPLE[1], Role.SPEAKER),)
    created = decide(
        None,
        c.CreateRoom(HOST, "r", "s", RoomKind.SPACE, "Title", rules=rules, stage=seats),
        1.0,
    )
    assert not isinstance(created, Refusal)
    return evolve(None, created[0])


person = st.sampled_from(PEOPLE)
member = st.sampled_from([p.member for p in PEOPLE])
command = st.one_of(
    st.builds(c.OpenRoom, st.just(HOST)),
    st.builds(c.RequestToSpeak, person),
    st.builds(c.WithdrawRequest, person),
    st.builds(c.AcceptRequest, person, member),
    st.builds(c.DeclineRequest, person, member),
    st.builds(c.Invite, person, member, st.sampled_from([Role.SPEAKER, Role.COHOST])),
    st.builds(c.AcceptInvitation, person),
    st.builds(c.DeclineInvitation, person),
    st.builds(c.Demote, person, member),
    st.builds(c.Mute, person, member),
    st.builds(c.Unmute, person),
    st.builds(c.SayLine, person, st.sampled_from(["one", "둘", "three"])),
    st.builds(c.Leave, person),
    st.just(c.OfferHandoff(HOST, "h1", "r2", "s", True, 5.0)),
    st.just(c.CancelHandoff(HOST, "h1")),
    st.builds(c.CancelRoom, st.just(HOST)),
    st.builds(c.EndRoom, st.just(HOST)),
)


def by_system(room: Room, now: float) -> tuple[e.Event, ...]:
    if room.handoff and room.handoff.phase is HandoffPhase.OFFERED:
        return (e.HandoffBegun(now, "h1"), e.HandoffClosed(now, "h1", Tally(3, 1, 1, 1)))
    return ()


@given(
    st.lists(st.one_of(command, st.just("due")), max_size=60),
    st.sampled_from(["current", "2021h1"]),
)
def test_equals_the_servers_snapshot(steps: list[c.Command | str], rules: str) -> None:
    room = fresh(rules)
    view = room_view(room, simulated=True)
    for now, step in enumerate(steps, 2):
        made = by_system(room, now) if isinstance(step, str) else decide(room, step, float(now))
        for event in () if isinstance(made, Refusal) else made:
            room = evolve(room, event)
            view = apply_event(view, room.version, event_body(event))
            assert view == room_view(room, simulated=True)


def test_captions_are_bounded_like_the_servers() -> None:
    room = evolve(fresh(), e.RoomOpened(2.0, "a"))
    view = room_view(room, simulated=False)
    for number in range(60):
        line = e.LineSaid(3.0, "a", f"line {number}", "en")
        room = evolve(room, line)
        view = apply_event(view, room.version, event_body(line))
    assert view == room_view(room, simulated=False)
    assert len(view.captions) == 50


def test_an_event_had_already_changes_nothing() -> None:
    view = room_view(fresh(), simulated=False)
    assert apply_event(view, 1, {"type": "room_opened", "at": 2.0, "by": "a"}) is view


def test_a_missing_event_is_told() -> None:
    view = room_view(fresh(), simulated=False)
    with pytest.raises(MissedEventError):
        apply_event(view, 3, {"type": "room_opened", "at": 2.0, "by": "a"})


def test_unknown_events_and_keys_count_and_change_nothing() -> None:
    view = room_view(fresh(), simulated=False)
    after = apply_event(view, 2, {"type": "from_the_future", "at": 2.0, "new": 1})
    assert after == view.model_copy(update={"number": 2})
    said = {"type": "line_said", "at": 3.0, "member": "a", "text": "x", "language": "en", "new": 1}
    assert len(apply_event(after, 3, said).captions) == 1
