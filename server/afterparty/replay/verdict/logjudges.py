"""Judges of what a run's logs tell: records and firsts, roles, comings back, pins, answers, series.

Pure, for ``expect``. What the logs do not tell is not held.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from afterparty.replay.verdict.record import Logged, Record
from afterparty.replay.words import expectation as x
from afterparty.replay.words.scenario import Scenario

Finding = tuple[bool, str, str]
"""Held; what was expected, where the file does not say it; what was found."""

OVER = ("room_ended", "room_timed_out", "room_canceled")


def logged(record: Record, room: str, *types: str) -> list[Logged]:
    """The events of those types in a room, each once."""
    found = {
        one.number: one for one in record.events if one.room == room and one.event["type"] in types
    }
    return [found[number] for number in sorted(found)]


def roles_held(record: Record, room: str) -> set[tuple[str, str]]:
    """Each member and role that was on the room's stage while it was live."""
    stage: dict[str, str] = {}
    held: set[tuple[str, str]] = set()
    live = False
    events = sorted((one for one in record.events if one.room == room), key=lambda one: one.number)
    for event in (one.event for one in events):
        match event["type"]:
            case "room_created":
                stage = {seat["person"]["member"]: seat["role"] for seat in event["seats"]}
            case "seat_taken":
                stage[event["seat"]["person"]["member"]] = event["seat"]["role"]
            case "seat_left":
                stage.pop(event["member"], None)
            case "host_changed":
                stage = {who: "cohost" if role == "host" else role for who, role in stage.items()}
                stage[event["member"]] = "host"
            case "room_opened":
                live = True
            case over if over in OVER:
                live = False
        if live:
            held.update(stage.items())
    return held


def _record_broken(scenario: Scenario, record: Record, expected: x.RecordBroken) -> Finding:
    says = f"In {expected.room} the record “{expected.record}” falls while the room is live."
    fallen = logged(record, expected.room, "record_broken")
    found = [_fell(one.event) for one in fallen]
    held = any(
        one.event["record"] == expected.record and expected.beaten in one.event["before"]["title"]
        for one in fallen
    )
    return held, says, "; ".join(found) or "no record fell"


def _fell(event: dict[str, Any]) -> str:
    before = event["before"]
    return (
        f"{event['record']} fell at {event['listeners']:,} listeners; "
        f"before, “{before['title']}” with {before['listeners']:,}"
    )


def _first_made(scenario: Scenario, record: Record, expected: x.FirstMade) -> Finding:
    says = f"In {expected.room} {expected.who} is the first by the rule “{expected.first}”."
    made = logged(record, expected.room, "first_made")
    held = any(
        (m.event["first"], m.event["member"]) == (expected.first, expected.who) for m in made
    )
    found = [f"{one.event['first']}: {one.event['name']} ({one.event['member']})" for one in made]
    return held, says, "; ".join(found) or "no first was made"


def _in_role(scenario: Scenario, record: Record, expected: x.InRole) -> Finding:
    never = expected.kind == "never_role"
    how = "is never" if never else "is"
    says = f"On the stage of {expected.room} {expected.who} {how} a {expected.role}."
    if not logged(record, expected.room, "room_opened"):
        return False, says, "the room was never live"
    held = {role for who, role in roles_held(record, expected.room) if who == expected.who}
    was_there = any(_stays(record, expected.who, expected.room))
    found = " and ".join(sorted(held)) or "never on the stage"
    if never:
        return expected.role not in held, says, found
    return expected.role in held and was_there, says, found if was_there else "never came"


def _stays(record: Record, who: str, room: str) -> Iterator[float]:
    """When each stay of a member in a room began."""
    for member in record.members:
        if member.member == who:
            for stay in member.stays:
                if stay.came is not None and any(name == room for _, name in stay.rooms):
                    yield stay.came


def _came_back(scenario: Scenario, record: Record, expected: x.CameBack) -> Finding:
    says = f"To {expected.room} {expected.who} comes back {times(expected.times)} at least."
    came = len(list(_stays(record, expected.who, expected.room)))
    found = f"came {times(came)}" if came else "never came"
    return came - 1 >= expected.times, says, found


def _kept(scenario: Scenario, record: Record, expected: x.Kept) -> Finding:
    event, what = _KEPT[expected.kind]
    found = len(logged(record, expected.room, event))
    says = f"At least {expected.at_least} {what} in {expected.room}."
    return found >= expected.at_least, says, f"{found} {what}"


_KEPT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "pinned": ("post_pinned", "posts are pinned"),
        "answered": ("question_answered", "picked questions are answered"),
    }
)


def _in_series(scenario: Scenario, record: Record, expected: x.InSeries) -> Finding:
    says = f"The room {expected.room} is an episode of the series {expected.series}."
    known = {there: here for here, there in record.series.items()}
    created = logged(record, expected.room, "room_created")
    found = [known.get(one.event.get("series") or "", "") for one in created]
    told = f"of the series {found[0]}" if any(found) else "of no series that the run made"
    return found == [expected.series], says, told


def _before(scenario: Scenario, record: Record, expected: x.HeldBefore) -> Finding:
    says = f"The evening begins before {expected.date}."
    if scenario.begins is None or record.begins is None:
        return False, says, "it stands for no time but its own"
    begins = datetime.fromtimestamp(record.begins, UTC).astimezone(scenario.begins.at.tzinfo)
    held = begins.date() < date.fromisoformat(expected.date)
    return held, says, f"it begins {begins:%Y-%m-%d %H:%M} there"


def times(many: int) -> str:
    """So many times, in words."""
    return {0: "never", 1: "once"}.get(many, f"{many} times")


LOG_JUDGES: Mapping[type, Callable[[Scenario, Record, Any], Finding]] = MappingProxyType(
    {
        x.RecordBroken: _record_broken,
        x.FirstMade: _first_made,
        x.InRole: _in_role,
        x.CameBack: _came_back,
        x.Kept: _kept,
        x.InSeries: _in_series,
        x.HeldBefore: _before,
    }
)
