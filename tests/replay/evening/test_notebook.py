"""What is written down about one connection's stay."""

import pytest

from afterparty.client.errors import Refused
from afterparty.core.commands import CreateRoom
from afterparty.core.decision import decide
from afterparty.core.evolution import fold
from afterparty.core.model import Person, Role, RoomKind
from afterparty.replay.evening.notebook import Notebook, StayLog
from afterparty.wire.messages import Closing, Moved, Welcome
from afterparty.wire.views import NOBODY, PersonView, RoomView, ShowView, room_view


def room(name: str) -> RoomView:
    made = decide(None, CreateRoom(Person("host"), name, "s", RoomKind.SPACE, "T"), 1.0)
    assert isinstance(made, tuple)
    found = fold(made)
    assert found is not None
    return room_view(found, simulated=True)


def welcome(name: str) -> Welcome:
    return Welcome(
        ref=0, connection="c", you=PersonView(member="m", handle="m", name="M"),
        role=Role.LISTENER, resumed=False, sound=False, now=1.0, reactions=[], counts=NOBODY,
        show=ShowView(show="s", title="T", simulated=True, date="", source=""), room=room(name),
    )  # fmt: skip


@pytest.fixture
def book() -> Notebook:
    return Notebook({"one-x1": "one", "two-x1": "two"})


def test_a_stay_through_two_rooms(book: Notebook) -> None:
    log = StayLog(book)
    log.told(welcome("one-x1"))
    log.told(welcome("one-x1"))
    moved = Moved(
        handoff="h", from_room="one-x1", role=Role.LISTENER, room=room("two-x1"), counts=NOBODY
    )
    log.told(moved)
    log.told(Closing(code="room_over", message="Over."))
    log.gone()
    stay = log.stay()
    assert [name for _, name in stay.rooms] == ["one", "two"]
    assert stay.came is not None
    assert stay.leaving is not None
    assert stay.gone is not None
    assert stay.asked <= stay.came <= stay.rooms[1][0] <= stay.leaving <= stay.gone


def test_somebody_turned_away_never_came(book: Notebook) -> None:
    log = StayLog(book)
    book.refused("m", "join", Refused("room_over", "Over."))
    log.gone()
    stay = log.stay()
    assert (stay.came, stay.rooms) == (None, ())
    assert [(r.member, r.doing, r.code) for r in book.refusals] == [("m", "join", "room_over")]


def test_times_are_of_the_run(book: Notebook) -> None:
    assert book.until(book.epoch + 9) == pytest.approx(9 - book.now(), abs=1)
    assert book.at(None) is None
    assert book.at(book.began + 2.5) == 2.5
    assert book.now() >= 0
