"""Rooms and people to begin a test from."""

from collections.abc import Iterable

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.decision import decide
from afterparty.core.evolution import fold
from afterparty.core.model import SYSTEM, Person, Role, Room, RoomKind, RoomState
from afterparty.core.permissions import Refusal

NOW = 1_000_000.0


def person(member: str) -> Person:
    return Person(member=member, handle=member, name=member.title())


HOST, COHOST, COHOST_2 = person("hana"), person("cho"), person("chu")
SPEAKER, SPEAKER_2 = person("sol"), person("sun")
LISTENER = person("lee")
ANONYMOUS = Person(member="anon-1", anonymous=True)


def happened(room: Room | None, command: c.Command, now: float = NOW) -> tuple[e.Event, ...]:
    """The events of a command that must be carried out."""
    decision = decide(room, command, now)
    assert not isinstance(decision, Refusal), decision
    return decision


def after(room: Room | None, *commands: c.Command, now: float = NOW) -> Room:
    """The room after commands that must be carried out."""
    for command in commands:
        room = fold(happened(room, command, now), room)
    assert room is not None
    return room


def refused(room: Room | None, command: c.Command, now: float = NOW) -> str:
    """The code of a refusal that must come."""
    decision = decide(room, command, now)
    assert isinstance(decision, Refusal), decision
    assert decision.message.endswith("."), "people read whole sentences"
    return decision.code


STAGE = (
    (COHOST, Role.COHOST),
    (COHOST_2, Role.COHOST),
    (SPEAKER, Role.SPEAKER),
    (SPEAKER_2, Role.SPEAKER),
)


def scheduled(
    stage: Iterable[tuple[Person, Role]] = STAGE,
    *,
    rules: str = "current",
    room: str = "party",
    kind: RoomKind = RoomKind.SPACE,
) -> Room:
    """A scheduled room: a host, and unless told otherwise two co-hosts and two speakers."""
    stage = tuple(stage)
    return after(None, c.CreateRoom(HOST, room, "show", kind, "Party", rules=rules, stage=stage))


def live(
    stage: Iterable[tuple[Person, Role]] = STAGE,
    *,
    rules: str = "current",
    room: str = "party",
    kind: RoomKind = RoomKind.SPACE,
) -> Room:
    """The same, live."""
    return after(scheduled(stage, rules=rules, room=room, kind=kind), c.OpenRoom(HOST))


def offered(room: Room, seconds: float = 10.0, handoff: str = "h1", now: float = NOW) -> Room:
    """The room with a handoff's countdown running."""
    return after(room, c.OfferHandoff(HOST, handoff, "next", "show", True, seconds), now=now)


def moving(room: Room, handoff: str = "h1", now: float = NOW) -> Room:
    """The room with its audience on the move."""
    return after(offered(room, handoff=handoff, now=now), c.BeginHandoff(SYSTEM, handoff, True))


def in_state(room: Room, state: RoomState) -> Room:
    """The room as it would be in that state, whatever leads there."""
    events = {
        RoomState.SCHEDULED: (),
        RoomState.LIVE: (e.RoomOpened(NOW, HOST.member),),
        RoomState.ENDED: (e.RoomOpened(NOW, HOST.member), e.RoomEnded(NOW, HOST.member)),
        RoomState.CANCELED: (e.RoomCanceled(NOW, HOST.member),),
        RoomState.TIMED_OUT: (e.RoomOpened(NOW, HOST.member), e.RoomTimedOut(NOW)),
    }
    found = fold(events[state], room)
    assert found is not None
    return found
