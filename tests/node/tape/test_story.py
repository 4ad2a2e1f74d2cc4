from collections.abc import Iterator

from tests.core.given import HOST, LISTENER, SPEAKER, happened

from afterparty.core import commands as c
from afterparty.core.events import Event, PostPinned
from afterparty.core.evolution import fold
from afterparty.core.model import Role, Room, RoomKind
from afterparty.node.tape.story import Held, Story

CREATE = c.CreateRoom(
    HOST, "r", "s", RoomKind.SPACE, "T", stage=((SPEAKER, Role.SPEAKER),), recording=True
)


def evening(*commands: tuple[float, c.Command]) -> Iterator[Event]:
    """Events of a room, of commands at their times."""
    room: Room | None = None
    for at, command in ((0.0, CREATE), (10.0, c.OpenRoom(HOST)), *commands):
        events = happened(room, command, at)
        room = fold(events, room)
        yield from events


def told(*commands: tuple[float, c.Command]) -> Story:
    story = Story()
    for event in evening(*commands):
        story.tell(event)
    return story


def test_a_number_is_of_whoever_had_it_then() -> None:
    story = told(
        (20.0, c.Leave(SPEAKER)),
        (30.0, c.Invite(HOST, LISTENER.member)),
        (40.0, c.AcceptInvitation(LISTENER)),
    )
    assert story.room is not None
    number = story.room.seats[LISTENER.member].csrc
    hosts = story.room.seats[HOST.member].csrc
    assert story.holder(hosts, 25.0) == Held(0.0, HOST.member, "Hana")
    assert story.holder(hosts, -5.0) == Held(0.0, HOST.member, "Hana")
    found = story.holder(number, 45.0)
    assert found == Held(40.0, LISTENER.member, "Lee")
    assert story.holder(999, 45.0) is None


def test_a_number_that_is_used_again_is_told_apart() -> None:
    story = told()
    # As if the room had given the number away again.
    story._held = {7: [Held(0.0, "sol", "Sol"), Held(40.0, "lee", "Lee")]}
    names = [story.holder(7, at) for at in (-1.0, 39.9, 40.0, 99.0)]
    assert [held and held.member for held in names] == ["sol", "sol", "lee", "lee"]


def test_what_was_said_and_pinned_is_kept_in_order() -> None:
    story = told(
        (20.0, c.Unmute(HOST)),
        (20.0, c.ConsentToCaptions(HOST, True)),
        (21.0, c.SayLine(HOST, "One", "en")),
        (22.0, c.PinPost(HOST, "p", "Look", "")),
        (23.0, c.SayLine(HOST, "Two", "ko")),
    )
    assert [(line.at, line.text) for line in story.lines] == [(21.0, "One"), (23.0, "Two")]
    assert story.pins == [PostPinned(22.0, HOST.member, "p", "Look", "")]
    assert story.number == len(list(evening())) + 5
