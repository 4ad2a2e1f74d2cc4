"""A room as a client sees it: the snapshot, and one numbered event after another.

Pure. **After the same events, the view equals the server's own snapshot**; the tests hold the two
against each other. Unknown events count and change nothing, as docs/protocol.md asks.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from afterparty.wire.views import HandoffView, PersonView, RoomView, SeatView

CAPTIONS_KEPT = 50
"""Lines of captions that a room has; older ones go."""

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


def _muted(room: RoomView, event: Body) -> Body:
    return {
        "seats": [
            seat.model_copy(update={"muted": event["muted"]})
            if seat.member == event["member"]
            else seat
            for seat in room.seats
        ]
    }


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
        }
    }


def _phase(phase: str) -> Callable[[RoomView, Body], Body]:
    def change(room: RoomView, event: Body) -> Body:
        if room.handoff is None:
            raise ValueError("a handoff cannot go on that was never offered")
        then = {**dict(room.handoff), "phase": phase, "tally": event.get("tally")}
        return {"handoff": HandoffView.model_validate(then, extra="ignore")}

    return change


_EFFECTS: Mapping[str, Callable[[RoomView, Body], Body]] = MappingProxyType(
    {
        "room_opened": lambda room, event: {"state": "live", "opened_at": event["at"]},
        "room_canceled": _over("canceled"),
        "room_ended": _over("ended"),
        "speak_requested": _requested,
        "request_dropped": lambda room, event: _without(room, ("requests",), event["member"]),
        "member_invited": _invited,
        "invitation_dropped": lambda room, event: _without(
            room, ("invitations",), event["member"]
        ),
        "seat_taken": _seated,
        "seat_left": lambda room, event: _without(room, ("seats",), event["member"]),
        "mute_changed": _muted,
        "line_said": _said,
        "handoff_offered": _offered,
        "handoff_begun": _phase("moving"),
        "handoff_canceled": _phase("canceled"),
        "handoff_closed": _phase("closed"),
    }
)  # fmt: skip
