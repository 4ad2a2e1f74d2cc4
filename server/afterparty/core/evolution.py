"""``evolve``: a room after one more event. It judges nothing: what was decided has happened."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import singledispatch
from types import MappingProxyType
from typing import TypeVar

from afterparty.core import events as e
from afterparty.core.model import (
    Appeared,
    Away,
    Caption,
    Handoff,
    HandoffPhase,
    Honour,
    HonourKind,
    Invitation,
    Person,
    Pin,
    Question,
    Role,
    Room,
    RoomState,
    Seat,
    Tally,
)
from afterparty.core.rules import ANSWERED_KEPT, APPEARED_KEPT, CAPTIONS_KEPT

V = TypeVar("V")


def fold(events: Iterable[e.Event], room: Room | None = None) -> Room | None:
    """The room after all these events, from ``room`` or from nothing."""
    for event in events:
        room = evolve(room, event)
    return room


def evolve(room: Room | None, event: e.Event) -> Room:
    """The room after one event.

    Raises:
        ValueError: the log is not a room's log. It begins with ``RoomCreated``, which comes once;
            only a seat that is taken has a microphone; only a handoff that was offered goes on.
    """
    if isinstance(event, e.RoomCreated):
        if room is not None:
            raise ValueError(f"the room {room.room} was created already")
        return Room(
            room=event.room,
            show=event.show,
            kind=event.kind,
            title=event.title,
            rules=event.rules,
            language=event.language,
            state=RoomState.SCHEDULED,
            created_at=event.at,
            scheduled_for=event.scheduled_for,
            version=1,
            seats=MappingProxyType({seat.person.member: seat for seat in event.seats}),
            description=event.description,
            topics=event.topics,
            hashtag=event.hashtag,
            speak=event.speak,
            recording=event.recording,
            series=event.series,
            waiting=event.waiting,
        )
    if room is None:
        raise ValueError(f"a room's log begins with RoomCreated, not {type(event).__name__}")
    return replace(_after(event, room), version=room.version + 1)


def _with(table: Mapping[str, V], key: str, value: V) -> Mapping[str, V]:
    return MappingProxyType({**table, key: value})


def _without(table: Mapping[str, V], key: str) -> Mapping[str, V]:
    return MappingProxyType({k: v for k, v in table.items() if k != key})


def _others(people: tuple[Person, ...], member: str) -> tuple[Person, ...]:
    return tuple(person for person in people if person.member != member)


def _over(room: Room, state: RoomState, at: float) -> Room:
    nobody: Mapping[str, Invitation] = MappingProxyType({})
    return replace(
        room, state=state, over_at=at, requests=(), invitations=nobody, hands=(), away=None
    )


def _seen(room: Room, at: float, *seats: Seat) -> Room:
    """The room when these are on its stage; only of a live one it is kept who appeared."""
    if room.state is not RoomState.LIVE:
        return room
    known = {(one.person.member, one.role) for one in room.appeared}
    new = tuple(
        Appeared(seat.person, seat.role, at)
        for seat in seats
        if (seat.person.member, seat.role) not in known
    )
    return replace(room, appeared=(*room.appeared, *new)[:APPEARED_KEPT])


@singledispatch
def _after(event: object, room: Room) -> Room:
    raise ValueError(f"not an event of a room: {type(event).__name__}")


@_after.register
def _(event: e.RoomOpened, room: Room) -> Room:
    live = replace(room, state=RoomState.LIVE, opened_at=event.at)
    return _seen(live, event.at, *room.seats.values())


@_after.register
def _(event: e.RoomCanceled, room: Room) -> Room:
    return _over(room, RoomState.CANCELED, event.at)


@_after.register
def _(event: e.RoomEnded, room: Room) -> Room:
    return _over(room, RoomState.ENDED, event.at)


@_after.register
def _(event: e.RoomTimedOut, room: Room) -> Room:
    return _over(room, RoomState.TIMED_OUT, event.at)


@_after.register
def _(event: e.RoomEdited, room: Room) -> Room:
    return replace(
        room,
        title=event.title,
        description=event.description,
        topics=event.topics,
        hashtag=event.hashtag,
        language=event.language,
        scheduled_for=event.scheduled_for,
        recording=event.recording,
        waiting=event.waiting,
        told_soon=room.told_soon and event.scheduled_for == room.scheduled_for,
    )


@_after.register
def _(event: e.StartsSoon, room: Room) -> Room:
    return replace(room, told_soon=True)


@_after.register
def _(event: e.HostAway, room: Room) -> Room:
    return replace(room, away=Away(event.at, event.until))


@_after.register
def _(event: e.HostBack, room: Room) -> Room:
    return replace(room, away=None)


@_after.register
def _(event: e.HostChanged, room: Room) -> Room:
    before, heir = room.host.member, room.seats.get(event.member)
    if heir is None:
        raise ValueError(f"{event.member} has no seat and cannot become the host")
    others = {member: seat for member, seat in room.seats.items() if member != event.member}
    others[before] = replace(others[before], role=Role.COHOST)
    seats: dict[str, Seat] = {event.member: replace(heir, role=Role.HOST), **others}
    after = replace(room, seats=MappingProxyType(seats), away=None)
    return _seen(after, event.at, seats[event.member], seats[before])


@_after.register
def _(event: e.SpeakChanged, room: Room) -> Room:
    return replace(room, speak=event.speak)


@_after.register
def _(event: e.LockChanged, room: Room) -> Room:
    return replace(room, locked=event.locked)


@_after.register
def _(event: e.MemberRemoved, room: Room) -> Room:
    return room


@_after.register
def _(event: e.MemberBlocked, room: Room) -> Room:
    return replace(room, blocked=room.blocked | {event.member})


@_after.register
def _(event: e.MemberUnblocked, room: Room) -> Room:
    return replace(room, blocked=room.blocked - {event.member})


@_after.register
def _(event: e.SpeakRequested, room: Room) -> Room:
    return replace(room, requests=(*room.requests, event.person))


@_after.register
def _(event: e.RequestDropped, room: Room) -> Room:
    return replace(room, requests=_others(room.requests, event.member))


@_after.register
def _(event: e.MemberInvited, room: Room) -> Room:
    invitation = Invitation(event.member, event.role, event.expires_at)
    return replace(room, invitations=_with(room.invitations, event.member, invitation))


@_after.register
def _(event: e.InvitationDropped, room: Room) -> Room:
    return replace(room, invitations=_without(room.invitations, event.member))


@_after.register
def _(event: e.SeatTaken, room: Room) -> Room:
    member = event.seat.person.member
    after = replace(
        room,
        seats=_with(room.seats, member, event.seat),
        requests=_others(room.requests, member),
        invitations=_without(room.invitations, member),
    )
    return _seen(after, event.at, event.seat)


@_after.register
def _(event: e.SeatLeft, room: Room) -> Room:
    return replace(room, seats=_without(room.seats, event.member))


def _seat_of(room: Room, member: str) -> Seat:
    seat = room.seats.get(member)
    if seat is None:
        raise ValueError(f"{member} has no seat and so no microphone")
    return seat


@_after.register
def _(event: e.MuteChanged, room: Room) -> Room:
    seat = replace(_seat_of(room, event.member), muted=event.muted)
    return replace(room, seats=_with(room.seats, event.member, seat))


@_after.register
def _(event: e.CaptionsConsent, room: Room) -> Room:
    seat = replace(_seat_of(room, event.member), captions=event.captions)
    return replace(room, seats=_with(room.seats, event.member, seat))


@_after.register
def _(event: e.PostPinned, room: Room) -> Room:
    pin = Pin(event.pin, event.by, event.text, event.url, event.at)
    return replace(room, pins=(*room.pins, pin))


@_after.register
def _(event: e.PostUnpinned, room: Room) -> Room:
    return replace(room, pins=tuple(pin for pin in room.pins if pin.pin != event.pin))


@_after.register
def _(event: e.HandRaised, room: Room) -> Room:
    return replace(room, hands=(*room.hands, event.person))


@_after.register
def _(event: e.HandLowered, room: Room) -> Room:
    return replace(room, hands=_others(room.hands, event.member))


@_after.register
def _(event: e.QuestionPicked, room: Room) -> Room:
    picked = Question(event.question, event.person, event.text, event.votes, event.at)
    return replace(room, picked=picked)


@_after.register
def _(event: e.QuestionAnswered, room: Room) -> Room:
    if room.picked is None:
        raise ValueError("nothing is answered that was not picked")
    return replace(room, picked=None, answered=(*room.answered, room.picked)[-ANSWERED_KEPT:])


@_after.register
def _(event: e.LineSaid, room: Room) -> Room:
    line = Caption(event.member, event.text, event.language, event.at)
    return replace(room, captions=(*room.captions, line)[-CAPTIONS_KEPT:])


@_after.register
def _(event: e.HandoffOffered, room: Room) -> Room:
    offered = Handoff(
        event.handoff,
        event.to_room,
        HandoffPhase.OFFERED,
        event.at,
        event.moves_at,
        then_end=event.then_end,
    )
    return replace(room, handoff=offered)


def _in_phase(
    room: Room,
    phase: HandoffPhase,
    *,
    begun_at: float | None = None,
    tally: Tally | None = None,
) -> Room:
    handoff = room.handoff
    if handoff is None:
        raise ValueError("a handoff cannot go on that was never offered")
    begun_at = handoff.begun_at if begun_at is None else begun_at
    return replace(room, handoff=replace(handoff, phase=phase, begun_at=begun_at, tally=tally))


@_after.register
def _(event: e.HandoffBegun, room: Room) -> Room:
    return _in_phase(room, HandoffPhase.MOVING, begun_at=event.at)


@_after.register
def _(event: e.HandoffCanceled, room: Room) -> Room:
    return _in_phase(room, HandoffPhase.CANCELED)


@_after.register
def _(event: e.HandoffClosed, room: Room) -> Room:
    return _in_phase(room, HandoffPhase.CLOSED, tally=event.tally)


@_after.register
def _(event: e.RecordBroken, room: Room) -> Room:
    broken = Honour(
        HonourKind.RECORD,
        event.record,
        event.title,
        event.at,
        listeners=event.listeners,
        before=event.before,
    )
    return replace(room, honours=(*room.honours, broken))


@_after.register
def _(event: e.FirstMade, room: Room) -> Room:
    made = Honour(
        HonourKind.FIRST,
        event.first,
        event.title,
        event.at,
        member=event.member,
        name=event.name,
    )
    return replace(room, honours=(*room.honours, made))
