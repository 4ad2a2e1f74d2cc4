"""What there is: the few things that values of the model answer by themselves."""

from dataclasses import FrozenInstanceError, replace

import pytest
from tests.core.given import HOST, LISTENER, SPEAKER, live, scheduled
from tests.protocol_page import section

from afterparty.core.model import OVER, SYSTEM, Role, RoomState, Tally
from afterparty.core.rules import RULES


def test_the_states_that_are_over() -> None:
    assert {s for s in RoomState if s not in OVER} == {RoomState.SCHEDULED, RoomState.LIVE}


def test_the_rules_of_the_day() -> None:
    assert {name: (p.cohosts, p.speakers) for name, p in RULES.items()} == {
        "2021h1": (0, 10),
        "current": (2, 10),
    }
    assert all(f"`{name}`" in section("REST") for name in RULES)


@pytest.mark.parametrize("state", RoomState)
def test_only_an_open_microphone_on_the_stage_of_a_live_room_is_heard(state: RoomState) -> None:
    room = scheduled()
    seat = replace(room.seats[SPEAKER.member], muted=False)
    room = replace(room, state=state, seats={**room.seats, SPEAKER.member: seat})
    assert room.may_be_heard(SPEAKER.member) is (state is RoomState.LIVE)
    assert not room.may_be_heard(HOST.member), "muted"
    assert not room.may_be_heard(LISTENER.member), "not on stage"


def test_whoever_has_no_seat_is_a_listener() -> None:
    assert live().role_of(LISTENER.member) is Role.LISTENER
    assert live().role_of(HOST.member) is Role.HOST
    assert live().role_of(SYSTEM.member) is Role.LISTENER


@pytest.mark.parametrize(
    ("tally", "balanced"),
    [
        (Tally(0, 0, 0, 0), True),
        (Tally(6, 3, 2, 1), True),
        (Tally(6, 3, 2, 0), False),
        (Tally(6, 3, 2, 2), False),
        (Tally(1, 2, -1, 0), False),
        (Tally(-1, -1, 0, 0), False),
    ],
)
def test_a_tally_balances_or_not(tally: Tally, balanced: bool) -> None:
    assert tally.balanced is balanced


def test_values_are_frozen() -> None:
    for value in (live(), HOST, Tally(0, 0, 0, 0)):
        with pytest.raises(FrozenInstanceError):
            setattr(value, next(iter(value.__dataclass_fields__)), "x")
