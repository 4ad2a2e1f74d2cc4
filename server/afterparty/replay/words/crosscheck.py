"""What a scenario's parts must agree on: names, rooms, the audience, expectations, and the plot."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from afterparty.replay.words import expectation as x
from afterparty.replay.words.beats import Beat, Offer, Say
from afterparty.replay.words.forms import did_you_mean, write_clock
from afterparty.replay.words.marks import Path
from afterparty.replay.words.plot import WHOLE, Fault, walk
from afterparty.replay.words.scenario import LISTENERS_LIMIT, Arrival, Scenario
from afterparty.wire.problems import PROBLEMS

SHOWING_SECONDS = 180.0
"""Wall seconds that a scenario takes at most at its demo speed."""


def check(scenario: Scenario, sure: int = WHOLE) -> tuple[list[Fault], tuple[Beat, ...]]:
    """All that does not agree, and the beats with their rooms filled in.

    ``sure``: of so many beats it is known what they lead to; nothing is told that needs the others.
    """
    faults = [*_seats(scenario), *_audience(scenario), *_length(scenario)]
    if names := [*_names(scenario)]:
        return [*names, *faults], scenario.beats  # who or where a beat means is not known
    plot, beats = walk(scenario, sure)
    if sure >= len(scenario.beats) and all(beat.room for beat in beats):
        faults += _unmet(scenario, beats)
    return [*faults, *plot, *_expectations(scenario)], beats


def _twice(path: str, key: str, names: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Fault((path, index, key), f"'{name}' is here twice")
        seen.add(name)


def _names(scenario: Scenario) -> Iterator[Fault]:
    yield from _twice("cast", "id", (member.id for member in scenario.cast))
    yield from _twice("rooms", "id", (room.id for room in scenario.rooms))
    cast = [member.id for member in scenario.cast]
    for index, room in enumerate(scenario.rooms):
        yield from unknown(("rooms", index, "host"), "cast", room.host, cast)
        for place, seat in enumerate(room.stage):
            yield from unknown(("rooms", index, "stage", place, "who"), "cast", seat.who, cast)


def unknown(path: Path, what: str, name: str, known: Iterable[str]) -> Iterator[Fault]:
    """A fault at ``path`` unless ``what`` has that name."""
    known = tuple(known)
    if name not in known:
        yield Fault(path, f"no '{name}' in {what}{did_you_mean(name, known)}")


def _seats(scenario: Scenario) -> Iterator[Fault]:
    for index, room in enumerate(scenario.rooms):
        seated = {room.host}
        for place, seat in enumerate(room.stage):
            if seat.who in seated:
                path: Path = ("rooms", index, "stage", place, "who")
                yield Fault(path, f"'{seat.who}' has a seat in this room already")
            seated.add(seat.who)
            if seat.role == "cohost" and room.rules == "2021h1":
                yield Fault(
                    ("rooms", index, "stage", place, "role"), "the rules 2021h1 have no co-hosts"
                )


def _audience(scenario: Scenario) -> Iterator[Fault]:
    yield from _twice("audience", "name", (part.name for part in scenario.audience))
    rooms = [room.id for room in scenario.rooms]
    cast = [member.id for member in scenario.cast]
    for index, part in enumerate(scenario.audience):
        yield from unknown(("audience", index, "room"), "rooms", part.room, rooms)
        if part.leak is not None:
            yield from unknown(("audience", index, "leak", "to"), "rooms", part.leak.to, rooms)
            if part.leak.to == part.room:
                yield Fault(("audience", index, "leak", "to"), "is the room they come to")
        for who in cast:
            if re.fullmatch(rf"{part.name}-\d{{3,}}", who):
                says = f"'{who}' of the cast is called like one of its listeners"
                yield Fault(("audience", index, "name"), says)
        for key in ("arrive", "leak"):
            coming: Arrival | None = getattr(part, key)
            if coming is not None and coming.start + coming.over > scenario.ends_at:
                yield Fault(
                    ("audience", index, key),
                    f"all are in only after the last beat ({write_clock(scenario.ends_at)})",
                )
    if scenario.listeners > LISTENERS_LIMIT:
        yield Fault(("audience",), f"{LISTENERS_LIMIT} listeners at most in all")


def _length(scenario: Scenario) -> Iterator[Fault]:
    takes = scenario.ends_at / scenario.demo_speed
    if takes > SHOWING_SECONDS:
        yield Fault(
            ("demo_speed",),
            f"the evening takes {takes:.0f} s at this speed, {SHOWING_SECONDS:.0f} at most: "
            f"{scenario.ends_at / SHOWING_SECONDS:.1f} or more",
        )


Finder = Callable[[Any, tuple[Beat, ...]], str]


def _handed(expected: x.HandedOver | x.CountedOnce, beats: tuple[Beat, ...]) -> str:
    offers = any(isinstance(beat, Offer) and beat.room == expected.room for beat in beats)
    return "" if offers else f"no beat offers a handoff out of '{expected.room}'"


def _lines(expected: x.Heard | x.NotHeard, beats: tuple[Beat, ...]) -> str:
    unheard = isinstance(expected, x.NotHeard)
    speak = {
        beat.who
        for beat in beats
        if isinstance(beat, Say) and beat.room == expected.room and beat.unheard is unheard
    }
    silent = [who for who in expected.who if who not in speak]
    how = "'unheard: true'" if unheard else "a line"
    return f"no beat has {how} of '{silent[0]}' in '{expected.room}'" if silent else ""


def _captions(expected: x.Captioned, beats: tuple[Beat, ...]) -> str:
    lines = sum(
        isinstance(beat, Say) and beat.room == expected.room and not beat.unheard for beat in beats
    )
    return "" if lines >= expected.at_least else f"'{expected.room}' has {lines} lines to speak"


def _gone(expected: x.CameBack, beats: tuple[Beat, ...]) -> str:
    goes = sum(
        beat.do in ("drop", "leave") and (beat.who, beat.room) == (expected.who, expected.room)
        for beat in beats
    )
    if goes >= expected.times:
        return ""
    return f"'{expected.who}' goes from '{expected.room}' {goes} times by 'drop' or 'leave'"


def _kept(expected: x.Kept, beats: tuple[Beat, ...]) -> str:
    do = {"pinned": "pin", "answered": "answered"}[expected.kind]
    done = sum(beat.do == do and beat.room == expected.room for beat in beats)
    return "" if done >= expected.at_least else f"'{expected.room}' has {done} beats 'do: {do}'"


_NEEDS: Mapping[type, Finder] = MappingProxyType(
    {
        x.HandedOver: _handed,
        x.CountedOnce: _handed,
        x.Heard: _lines,
        x.NotHeard: _lines,
        x.Captioned: _captions,
        x.CameBack: _gone,
        x.Kept: _kept,
    }
)
"""What an expectation needs in the beats, or nothing could ever be measured for it."""


_DATED = x.RecordBroken | x.FirstMade | x.HeldBefore


def _series(scenario: Scenario, room: str) -> str:
    series = scenario.room(room).series
    return series.id if series else ""


def _expectations(scenario: Scenario) -> Iterator[Fault]:
    """What is expected of nobody, of nowhere, or of no time."""
    rooms = [room.id for room in scenario.rooms]
    cast = [member.id for member in scenario.cast]
    for index, expected in enumerate(scenario.expect):
        room = getattr(expected, "room", "")
        if room and room not in rooms:
            yield from unknown(("expect", index, "room"), "rooms", room, rooms)
        elif isinstance(expected, x.FirstMade | x.InRole | x.CameBack):
            yield from unknown(("expect", index, "who"), "cast", expected.who, cast)
        elif isinstance(expected, x.Heard | x.NotHeard):
            for place, who in enumerate(expected.who):
                yield from unknown(("expect", index, "who", place), "cast", who, cast)
        elif isinstance(expected, x.Refused):
            yield from unknown(("expect", index, "code"), "refusals", expected.code, PROBLEMS)
        elif isinstance(expected, x.Counted):
            if expected.at is not None and expected.at > scenario.ends_at:
                says = f"the evening is over at {write_clock(scenario.ends_at)}"
                yield Fault(("expect", index, "at"), says)
        elif isinstance(expected, x.InSeries) and expected.series != _series(scenario, room):
            yield Fault(("expect", index, "is"), f"the room '{room}' has another series, or none")
    dated = [index for index, one in enumerate(scenario.expect) if isinstance(one, _DATED)]
    if dated and scenario.begins is None:
        yield Fault(("expect", dated[0]), "the evening stands for no time: 'begins' is missing")


def _unmet(scenario: Scenario, beats: tuple[Beat, ...]) -> Iterator[Fault]:
    """What the beats do not bring about."""
    rooms = {room.id for room in scenario.rooms}
    cast = {member.id for member in scenario.cast}
    for index, expected in enumerate(scenario.expect):
        if getattr(expected, "room", "") not in {*rooms, ""} or not _people(expected) <= cast:
            continue  # that has been told
        if (needs := _NEEDS.get(type(expected))) and (why := needs(expected, beats)):
            yield Fault(("expect", index), why)


def _people(expected: x.Expectation) -> set[str]:
    who = getattr(expected, "who", ())
    return {who} if isinstance(who, str) else set(who)
