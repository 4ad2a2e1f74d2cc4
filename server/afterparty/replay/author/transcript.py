"""A room's log told as what its members did: one table from the types of events to acts.

Pure. An act is what a beat says, at the time of the log and with members by their identity there;
``recording`` puts it into a scenario's words and time, and ``staging`` makes beats of acts. What
a scenario has no word for is counted and named.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

SYSTEM = ":system"
"""Who does what fell due."""

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Something done in a room."""

    at: float
    """Seconds: since the epoch as in the log, or of evening time where a scenario tells it."""
    room: str
    who: str
    """Empty: whoever hosts the room then."""
    do: str
    """As a beat says it; ``begun`` marks when a handoff's move began."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    going: bool = False
    """Something that also happens to whoever is taken elsewhere; nobody misses it then."""


@dataclass(slots=True)
class Transcript:
    """What was done in the rooms of a show, in order, and what could not be told."""

    acts: list[Act] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    """Names of everybody with an account who did anything, by member."""
    untold: Counter[str] = field(default_factory=Counter)


Teller = Callable[["_Room", Event], Act | None]


class _Room:
    """One room's log as it is read."""

    def __init__(self, room: str, log: Sequence[Event], found: Transcript) -> None:
        self.room, self.log, self.found = room, log, found
        self.invited: set[str] = set()
        self.quiet: set[str] = set()
        """Who has said that they want no captions."""
        self.away = ""
        self.index = 0

    def act(self, event: Event, who: str, do: str, *, going: bool = False, **said: object) -> Act:
        return Act(float(event["at"]), self.room, who, do, said, going)

    def untold(self, what: str) -> None:
        self.found.untold[what] += 1

    def person(self, person: Event) -> str:
        member = str(person["member"])
        if not person.get("anonymous"):
            known = person.get("name") or person.get("handle") or member
            self.found.people[member] = str(known)
        return member

    def follows(self, *types: str) -> bool:
        """Whether an event of these types came at the same moment, of the same member."""
        now = self.log[self.index]
        return any(
            event["at"] == now["at"]
            and event["type"] in types
            and now["member"] in (event.get("member"), event.get("by"))
            for event in self.log[max(0, self.index - 2) : self.index + 3]
        )


def transcript(logs: Mapping[str, Sequence[Event]]) -> Transcript:
    """What was done in the rooms of a show, by the logs of its rooms."""
    found = Transcript()
    for room, log in logs.items():
        reading = _Room(room, log, found)
        for index, event in enumerate(log):
            reading.index = index
            tell = TELLERS.get(str(event["type"]))
            if tell and (act := tell(reading, event)):
                found.acts.append(act)
    found.acts.sort(key=lambda act: act.at)
    return found


def _created(room: _Room, event: Event) -> None:
    for seat in event["seats"]:
        room.person(seat["person"])


def _by(do: str) -> Teller:
    return lambda room, event: room.act(event, event["by"], do)


def _by_host(do: str) -> Teller:
    def tell(room: _Room, event: Event) -> Act:
        by = str(event.get("by", SYSTEM))
        return room.act(event, "" if by == SYSTEM else by, do)

    return tell


def _timed_out(room: _Room, event: Event) -> Act:
    room.untold("rooms that were over because their host stayed away; they are ended instead")
    return room.act(event, "", "end")


def _away(room: _Room, event: Event) -> Act:
    return room.act(event, "", "drop", going=True)


def _back(room: _Room, event: Event) -> Act:
    return room.act(event, event["by"], "join", going=True)


def _host(room: _Room, event: Event) -> Act:
    if event["by"] == event["member"]:
        return room.act(event, event["by"], "take_over")
    return room.act(event, event["by"], "leave", to=event["member"])


def _aimed(do: str) -> Callable[[_Room, Event], Act]:
    return lambda room, event: room.act(event, event["by"], do, member=event["member"])


def _requested(room: _Room, event: Event) -> Act:
    return room.act(event, room.person(event["person"]), "request")


def _request_dropped(room: _Room, event: Event) -> Act | None:
    if event["by"] == event["member"]:
        return room.act(event, event["by"], "withdraw", going=True)
    return None if event["by"] == SYSTEM else _aimed("decline")(room, event)


def _invited(room: _Room, event: Event) -> Act:
    room.invited.add(event["member"])
    room.found.people.setdefault(event["member"], event["member"])
    if event["role"] != "speaker":
        room.untold("invitations to be a co-host; they are to speak instead")
    return _aimed("invite")(room, event)


def _invitation_dropped(room: _Room, event: Event) -> Act | None:
    room.invited.discard(event["member"])
    if event["by"] != event["member"]:
        return None
    return room.act(event, event["by"], "decline_invitation", going=True)


def _seated(room: _Room, event: Event) -> Act:
    member = room.person(event["seat"]["person"])
    if event["by"] != member:
        return room.act(event, event["by"], "accept", member=member)
    if member in room.invited:
        room.invited.discard(member)
        return room.act(event, member, "accept_invitation")
    return room.act(event, member, "request")  # where everyone may speak, asking is enough


def _unseated(room: _Room, event: Event) -> Act | None:
    if room.follows("member_removed", "member_blocked", "host_changed") or event["by"] == SYSTEM:
        return None
    if event["by"] == event["member"]:
        return room.act(event, event["by"], "leave", going=True)
    return _aimed("demote")(room, event)


def _microphone(room: _Room, event: Event) -> Act | None:
    by, member = event["by"], event["member"]
    if by == member:
        return room.act(event, by, "mute" if event["muted"] else "unmute")
    return None if by == SYSTEM else _aimed("mute")(room, event)


def _consent(room: _Room, event: Event) -> Act | None:
    # Whoever speaks in a replay agrees by themselves.
    member = event["member"]
    if event["captions"] and member not in room.quiet:
        return None
    room.quiet.add(member)
    return room.act(event, member, "consent", captions=event["captions"])


def _pinned(room: _Room, event: Event) -> Act:
    said = {key: event[key] for key in ("text", "url") if event[key]}
    return room.act(event, event["by"], "pin", **said)


def _raised(room: _Room, event: Event) -> Act:
    return room.act(event, room.person(event["person"]), "raise_hand")


def _lowered(room: _Room, event: Event) -> Act:
    if event["by"] == event["member"]:
        return room.act(event, event["by"], "lower_hand", going=True)
    return _aimed("lower_hand")(room, event)


def _picked(room: _Room, event: Event) -> Act:
    asker = room.person(event["person"])
    return room.act(event, event["by"], "pick", member=asker, text=event["text"])


def _said(room: _Room, event: Event) -> Act:
    said = {"text": event["text"], "language": event["language"]}
    return room.act(event, event["member"], "say", **said)


def _offered(room: _Room, event: Event) -> Act:
    seconds = float(event["moves_at"]) - float(event["at"])
    return room.act(event, event["by"], "offer_handoff", to=event["to_room"], seconds=seconds)


def _canceled(room: _Room, event: Event) -> Act:
    return room.act(event, "", "cancel_handoff")


def _untold(what: str) -> Teller:
    return lambda room, event: room.untold(what)


TELLERS: Mapping[str, Teller] = MappingProxyType(
    {
        "room_created": _created,
        "room_edited": lambda room, event: (
            room.untold("changes of what a room says of itself; it says the last from the start")
            if any(one["type"] == "room_opened" for one in room.log[: room.index])
            else None
        ),
        "room_opened": _by_host("open"),
        "room_ended": _by_host("end"),
        "room_timed_out": _timed_out,
        "host_away": _away,
        "host_back": _back,
        "host_changed": _host,
        "speak_changed": lambda room, event: room.act(
            event, event["by"], "who_may_speak", speak=event["speak"]
        ),
        "lock_changed": lambda room, event: room.act(
            event, event["by"], "lock" if event["locked"] else "unlock"
        ),
        "member_removed": _aimed("remove"),
        "member_blocked": _aimed("block"),
        "member_unblocked": _untold("members who were let in again after they had been blocked"),
        "speak_requested": _requested,
        "request_dropped": _request_dropped,
        "member_invited": _invited,
        "invitation_dropped": _invitation_dropped,
        "seat_taken": _seated,
        "seat_left": _unseated,
        "mute_changed": _microphone,
        "captions_consent": _consent,
        "post_pinned": _pinned,
        "post_unpinned": _untold("posts that were taken down again"),
        "hand_raised": _raised,
        "hand_lowered": _lowered,
        "question_picked": _picked,
        "question_answered": _by("answered"),
        "line_said": _said,
        "handoff_offered": _offered,
        "handoff_begun": lambda room, event: room.act(event, "", "begun"),
        "handoff_canceled": _canceled,
        "record_broken": _untold("records that fell, which depend on the record book"),
        "first_made": _untold("firsts, which depend on the record book"),
    }
)
"""Each type of event that is an act, or that a scenario cannot tell."""

UNTOLD_TYPES = frozenset({"starts_soon", "room_canceled", "handoff_closed"})
"""What happens of itself in a replay, or to a room that is left out."""
