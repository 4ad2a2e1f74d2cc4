"""Every message that a room decides on becomes a core command of the actor's."""

from typing import get_args

import pytest

from afterparty.core import commands as c
from afterparty.core.decision import decide
from afterparty.core.evolution import fold
from afterparty.core.model import Person, Role, RoomKind
from afterparty.node.access.tokens import Bearer
from afterparty.node.doors.requests import command_for
from afterparty.node.ground.refused import Refused
from afterparty.node.live.rooms import Rooms
from afterparty.wire import commands as m

HOST = Person("host", "host")


STAGE = ((Person("cohost", "cohost"), Role.COHOST),)
MADE = c.CreateRoom(HOST, "r", "s", RoomKind.SPACE, "Title", stage=STAGE)


class _Shelf(Rooms):
    """Rooms with nothing behind them but one that is given."""

    def __init__(self) -> None:
        made = decide(None, MADE, 1.0)
        assert isinstance(made, tuple)
        room = fold(made)
        assert room is not None
        self._rooms = {"r": room}


FIELDS = {
    "member": "somebody", "text": "hello", "to_room": "r", "handoff": "h", "pin": "p",
    "speak": "everyone", "locked": True, "captions": True, "question": "q",
}  # fmt: skip


@pytest.mark.parametrize("kind", get_args(m.RoomCommand), ids=lambda kind: kind.__name__)
def test_every_room_command_has_a_row(kind: type[m.RoomCommand]) -> None:
    literal = kind.model_fields["type"].annotation
    body = {"type": get_args(literal)[0]}
    body |= {name: FIELDS[name] for name in kind.model_fields if name in FIELDS}
    message = kind.model_validate(body)
    command = command_for(message, Bearer(HOST), _Shelf(), "r")
    assert command.actor == HOST
    assert isinstance(command, c.Command)
    for name in ("member", "text", "handoff"):
        if name in body and hasattr(command, name) and kind is not m.OfferHandoff:
            assert getattr(command, name) == body[name]


def test_muting_nobody_is_muting_oneself() -> None:
    command = command_for(m.Mute(type="mute"), Bearer(HOST), _Shelf(), "r")
    assert command == c.Mute(HOST, "host")


def test_a_listeners_token_asks_for_no_seat() -> None:
    bearer = Bearer(Person("fan", "fan"), Role.LISTENER)
    for message in (m.Request(type="request"), m.AcceptInvitation(type="accept_invitation")):
        with pytest.raises(Refused, match="forbidden"):
            command_for(message, bearer, _Shelf(), "r")


def test_who_may_not_host_takes_no_room_over() -> None:
    cohost, message = Person("cohost", "cohost"), m.TakeOver(type="take_over")
    with pytest.raises(Refused, match="forbidden"):
        command_for(message, Bearer(cohost, Role.COHOST), _Shelf(), "r")
    assert command_for(message, Bearer(cohost), _Shelf(), "r") == c.TakeOver(cohost)
    # To whoever is no co-host it is the core that says why not.
    nobody = Person("anon-1", anonymous=True)
    asked = command_for(message, Bearer(nobody, Role.LISTENER), _Shelf(), "r")
    assert asked == c.TakeOver(nobody)


def test_somebody_anonymous_is_left_to_the_core() -> None:
    nobody = Bearer(Person("anon-1", anonymous=True), Role.LISTENER)
    assert command_for(m.Request(type="request"), nobody, _Shelf(), "r").actor == nobody.person


def test_a_handoff_names_a_room_that_there_is() -> None:
    message = m.OfferHandoff(type="offer_handoff", to_room="nowhere")
    with pytest.raises(Refused, match="no_such_room"):
        command_for(message, Bearer(HOST), _Shelf(), "r")


def test_a_token_acts_in_no_role_above_its_ceiling() -> None:
    bearer = Bearer(HOST, Role.SPEAKER)
    for message in (m.Open(type="open"), m.Mute(type="mute", member="somebody")):
        with pytest.raises(Refused, match="forbidden"):
            command_for(message, bearer, _Shelf(), "r")
    assert command_for(m.Leave(type="leave"), bearer, _Shelf(), "r") == c.Leave(HOST)
