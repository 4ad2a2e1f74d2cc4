"""A run's logs without what differs between two runs of the same seed and speed: times and names
that the server draws. Pure.

What the script brings about comes in order. What the audience's size brings about (requests of
listeners, a handoff's ledger, a record that falls) may come a moment earlier or later among it, and
those who go over with a handoff leave their seats as their connections move, at once; so that is
kept apart, without an order.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from afterparty.replay.verdict.record import Logged, Record

DRAWN = frozenset(
    {"at", "number", "moves_at", "until", "expires_at", "created_at", "handoff", "pin", "question"}
)
"""Keys of times, and of identities that the server draws."""

BY_SIZE = frozenset({"record_broken", "first_made", "handoff_closed"})
"""Events whose moment depends on how many are there."""

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Normal:
    """The logs of a run, by room, with nothing that may differ."""

    script: dict[str, tuple[Plain, ...]]
    """In order."""
    apart: dict[str, tuple[Plain, ...]]
    """In an order of their own, which is not that of time."""


def normalised(record: Record) -> Normal:
    """The run's logs, to be compared with those of another run of the same seed and speed."""
    names = _names(record)
    audience = {member.member for member in record.listeners}
    script: defaultdict[str, list[Plain]] = defaultdict(list)
    apart: defaultdict[str, list[Plain]] = defaultdict(list)
    once = {(one.room, one.number): one for one in record.events}
    emptied: set[str] = set()
    for _, logged in sorted(once.items()):
        event = logged.event
        plain = _plain(event, names)
        if event["type"] == "handoff_begun":
            emptied.add(logged.room)
        goes = logged.room in emptied and _leaves(event)
        of_size = goes or event["type"] in BY_SIZE or _who(logged) & audience
        (apart if of_size else script)[logged.room].append(plain)
    return Normal(
        {room: tuple(events) for room, events in script.items()},
        {room: tuple(sorted(events, key=json.dumps)) for room, events in apart.items()},
    )


def _names(record: Record) -> dict[str, str]:
    """What the run called things on the server, and what the scenario does."""
    rooms = {
        str(one.event["room"]): one.room
        for one in record.events
        if one.event["type"] == "room_created"
    }
    shows = {
        str(one.event["show"]): record.scenario
        for one in record.events
        if one.event["type"] == "room_created"
    }
    series = {there: here for here, there in record.series.items()}
    return {**_others(record, set(rooms)), **shows, **rooms, **series}


def _others(record: Record, rooms: set[str]) -> dict[str, str]:
    """Rooms of a season's other evenings whose records were passed; names of a run end alike."""
    suffixes = {room.rpartition("-")[2] for room in rooms}
    found = (one.event.get("before") or {} for one in record.events)
    passed = {str(before["room"]).rpartition("-") for before in found if before.get("room")}
    return {"".join(parts): parts[0] for parts in passed if parts[2] in suffixes}


def _leaves(event: Plain) -> bool:
    """Whether somebody left a seat by their own doing."""
    return event["type"] == "seat_left" and bool(event["by"] == event["member"])


def _who(logged: Logged) -> set[str]:
    """The members of whom an event tells."""
    event = logged.event
    person = event.get("person") or (event.get("seat") or {}).get("person") or {}
    return {str(event.get("member", "")), str(person.get("member", ""))}


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one, names) for key, one in sorted(value.items()) if key not in DRAWN}
    if isinstance(value, list):
        return [_plain(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value
