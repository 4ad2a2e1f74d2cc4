"""A room as a client sees it: the snapshot, and one numbered event after another.

Pure. **After the same events, the view equals the server's own snapshot**; the tests hold the two
against each other. Unknown events count and change nothing, as docs/protocol.md asks.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from afterparty.wire.views import (
    AwayView,
    HandoffView,
    PersonView,
    QuestionView,
    RoomView,
    SeatView,
)

CAPTIONS_KEPT = 50
"""Lines of captions that a room has; older ones go."""

ANSWERED_KEPT = 50
"""Answered questions likewise."""

Body = Mapping[str, Any]


class MissedEventError(Exception):
    """An event before this one never came: begin again from a snapshot."""


def apply_event(room: RoomView, number: int, event: Body) -> RoomView:
    """The room after event ``number``; the same room if it has had that event already.

    Raises:
        MissedEventError: ``number`` is not the next one.
        KeyError, ValueError: a known event without the fields that docs/protocol.md gives it.
    """
    if number <= room.number:
        return room
    if number > room.number + 1:
        raise MissedEventError(f"event {number} came, {room.number + 1} was expected")
    effect = _EFFECTS.get(event["type"])
    changed = effect(room, event) if effect else {}
    # Validated, so that strings become the enumerations they stand for; instances pass untouched.
    return RoomView.model_validate({**dict(room), **changed, "number": number})


def _over(state: str) -> Callable[[RoomView, Body], Body]:
    return lambda room, event: {
        "state": state,
        "over_at": event["at"],
        "requests": [],
        "invitations": [],
        "hands": [],
        "away": None,
    }


def _person(person: Body) -> PersonView:
    return PersonView(
        member=person["member"],
        handle=person["handle"],
        name=person["name"] or person["handle"] or "Anonymous listener",
        anonymous=person["anonymous"],
    )


def _seat(seat: Body) -> SeatView:
    person = _person(seat["person"])
    return SeatView(
        member=person.member,
        handle=person.handle,
        name=person.name,
        role=seat["role"],
        muted=seat["muted"],
        csrc=seat["csrc"],
        captions=seat["captions"],
    )


def _without(room: RoomView, places: tuple[str, ...], member: str) -> dict[str, Any]:
    return {
        place: [entry for entry in getattr(room, place) if entry.member != member]
        for place in places
    }


def _requested(room: RoomView, event: Body) -> Body:
    return {"requests": [*room.requests, _person(event["person"])]}


def _invited(room: RoomView, event: Body) -> Body:
    invitation = {key: event[key] for key in ("member", "role", "expires_at")}
    others = _without(room, ("invitations",), event["member"])["invitations"]
    return {"invitations": [*others, invitation]}


def _seated(room: RoomView, event: Body) -> Body:
    seat = _seat(event["seat"])
    return {
        "seats": [*_without(room, ("seats",), seat.member)["seats"], seat],
        **_without(room, ("requests", "invitations"), seat.member),
    }


def _in_seat(key: str) -> Callable[[RoomView, Body], Body]:
    return lambda room, event: {
        "seats": [
            seat.model_copy(update={key: event[key]}) if seat.member == event["member"] else seat
            for seat in room.seats
        ]
    }


def _taken_over(room: RoomView, event: Body) -> Body:
    heir = next(seat for seat in room.seats if seat.member == event["member"])
    others = [
        {**dict(seat), "role": "cohost"} if seat.role == "host" else seat
        for seat in room.seats
        if seat is not heir
    ]
    return {"seats": [{**dict(heir), "role": "host"}, *others], "away": None}


def _edited(room: RoomView, event: Body) -> Body:
    return {key: value for key, value in event.items() if key not in ("type", "at", "by")}


def _pinned(room: RoomView, event: Body) -> Body:
    pin = {key: event[key] for key in ("pin", "text", "url", "at")}
    return {"pins": [*room.pins, {**pin, "member": event["by"]}]}


def _picked(room: RoomView, event: Body) -> Body:
    person = _person(event["person"])
    picked = QuestionView(
        question=event["question"],
        member=person.member,
        handle=person.handle,
        name=person.name,
        text=event["text"],
        votes=event["votes"],
        at=event["at"],
    )
    return {"picked": picked}


def _answered(room: RoomView, event: Body) -> Body:
    return {"picked": None, "answered": [*room.answered, room.picked][-ANSWERED_KEPT:]}


def _said(room: RoomView, event: Body) -> Body:
    line = {key: event[key] for key in ("member", "text", "language", "at")}
    return {"captions": [*room.captions, line][-CAPTIONS_KEPT:]}


def _offered(room: RoomView, event: Body) -> Body:
    return {
        "handoff": {
            "handoff": event["handoff"],
            "to_room": event["to_room"],
            "phase": "offered",
            "offered_at": event["at"],
            "moves_at": event["moves_at"],
            "tally": None,
            "then_end": event["then_end"],
        }
    }


def _phase(phase: str) -> Callable[[RoomView, Body], Body]:
    def change(room: RoomView, event: Body) -> Body:
        if room.handoff is None:
            raise ValueError("a handoff cannot go on that was never offered")
        then = {**dict(room.handoff), "phase": phase, "tally": event.get("tally")}
        return {"handoff": HandoffView.model_validate(then, extra="ignore")}

    return change


def _record_broken(room: RoomView, event: Body) -> Body:
    broken = {
        "kind": "record",
        "key": event["record"],
        "title": event["title"],
        "listeners": event["listeners"],
        "member": "",
        "name": "",
        "before_title": event["before"]["title"],
        "before_listeners": event["before"]["listeners"],
        "at": event["at"],
    }
    return {"honours": [*room.honours, broken]}


def _first_made(room: RoomView, event: Body) -> Body:
    made = {
        "kind": "first",
        "key": event["first"],
        "title": event["title"],
        "listeners": None,
        "member": event["member"],
        "name": event["name"],
        "before_title": "",
        "before_listeners": None,
        "at": event["at"],
    }
    return {"honours": [*room.honours, made]}


_EFFECTS: Mapping[str, Callable[[RoomView, Body], Body]] = MappingProxyType(
    {
        "room_opened": lambda room, event: {"state": "live", "opened_at": event["at"]},
        "room_canceled": _over("canceled"),
        "room_ended": _over("ended"),
        "room_timed_out": _over("timed_out"),
        "room_edited": _edited,
        "host_away": lambda room, event: {
            "away": AwayView(since=event["at"], until=event["until"])
        },
        "host_back": lambda room, event: {"away": None},
        "host_changed": _taken_over,
        "speak_changed": lambda room, event: {"speak": event["speak"]},
        "lock_changed": lambda room, event: {"locked": event["locked"]},
        "speak_requested": _requested,
        "request_dropped": lambda room, event: _without(room, ("requests",), event["member"]),
        "member_invited": _invited,
        "invitation_dropped": lambda room, event: _without(
            room, ("invitations",), event["member"]
        ),
        "seat_taken": _seated,
        "seat_left": lambda room, event: _without(room, ("seats",), event["member"]),
        "mute_changed": _in_seat("muted"),
        "captions_consent": _in_seat("captions"),
        "post_pinned": _pinned,
        "post_unpinned": lambda room, event: {
            "pins": [pin for pin in room.pins if pin.pin != event["pin"]]
        },
        "hand_raised": lambda room, event: {"hands": [*room.hands, _person(event["person"])]},
        "hand_lowered": lambda room, event: _without(room, ("hands",), event["member"]),
        "question_picked": _picked,
        "question_answered": _answered,
        "line_said": _said,
        "handoff_offered": _offered,
        "handoff_begun": _phase("moving"),
        "handoff_canceled": _phase("canceled"),
        "handoff_closed": _phase("closed"),
        "record_broken": _record_broken,
        "first_made": _first_made,
    }
)  # fmt: skip
