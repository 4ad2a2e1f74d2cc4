"""The audience of a show that was watched, reckoned from its counts and its ledgers.

Pure. ``turnout`` makes parts of a curve; here are the curves, room by room.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from afterparty.replay.author.casting import Names
from afterparty.replay.author.staging import Staged
from afterparty.replay.author.turnout import Stretch, arrivals, part
from afterparty.replay.author.watching import Watched
from afterparty.replay.words.forms import read_clock
from afterparty.replay.words.scenario import LISTENERS_LIMIT, PART_LIMIT

PARTS_LIMIT = 20


def audience_of(
    seen: Watched,
    names: Names,
    staged: Staged,
    start: float,
    speed: float,
    opened: Sequence[str],
) -> tuple[list[dict[str, Any]], bool]:
    """The parts of the audience, and whether any of it is a guess and not a curve."""
    parts: list[dict[str, Any]] = []
    guessed = False
    moved = _moved_in(seen)
    for number, room in enumerate(opened, 1):
        here, counts = names.rooms[room], seen.rooms[room].counts
        coming = counts.tuned_in - moved.get(room, 0) - len(staged.came.get(here, ()))
        opens, until = _span(staged, here)
        points = [
            (_warped(staged, (sample.at - start) * speed), float(sample.listeners.get(room, 0)))
            for sample in seen.samples
        ]
        stretch = Stretch(
            opens,
            until,
            min(coming, LISTENERS_LIMIT // len(opened), PART_LIMIT),
            counts.peak,
            [point for point in points if point[0] <= until] if room not in moved else (),
        )
        found, gone, guess = arrivals(stretch)
        guessed = guessed or guess
        more: dict[str, Any] = {"churn": {"share": gone}} if gone else {}
        if leaning := leanings(seen.logs[room]):
            more["handoff"] = leaning
        labels = ("early", "middle", "late") if len(found) > 1 else ("all",)
        parts += [
            part(_part_name(names, f"{label}-{number}"), here, one, staged.ends, **more)
            for label, one in zip(labels, found, strict=False)
            if one.size
        ]
    return parts[:PARTS_LIMIT], guessed


def _part_name(names: Names, name: str) -> str:
    """A name of which no listener is called like one of the cast."""
    while any(who.startswith(f"{name}-") for who, _ in names.people.values()):
        name = f"a{name}"
    return name[:20]


def _moved_in(seen: Watched) -> Counter[str]:
    """How many were handed over into each room."""
    moved: Counter[str] = Counter()
    for log in seen.logs.values():
        to = {event["handoff"]: event["to_room"] for event in _of(log, "handoff_offered")}
        for event in _of(log, "handoff_closed"):
            moved[to[event["handoff"]]] += int(event["tally"]["moved"])
    return +moved


def _of(log: Iterable[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [event for event in log if event["type"] == kind]


def leanings(log: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """What those who were offered the first handoff did, as shares."""
    tally = next((event["tally"] for event in _of(log, "handoff_closed")), None)
    if tally is None or not tally["offered"]:
        return {}
    stay = round(tally["declined"] / tally["offered"], 3)
    leave = round(tally["lost"] / tally["offered"], 3)
    return {"follow": round(1 - stay - leave, 3), "stay": stay, "leave": leave}


def _span(staged: Staged, room: str) -> tuple[float, float]:
    """When a room opens, and when its handoff is offered or it ends, in evening time."""
    opens, until = 0.0, staged.ends
    for beat in staged.beats:
        at = read_clock(beat["at"])
        if beat["do"] == "open" and beat.get("room") == room:
            opens = at
    for beat in staged.beats:
        if beat["do"] in ("end", "offer_handoff") and beat.get("room", room) == room:
            until = min(until, read_clock(beat["at"]))
            break
    return opens, max(until, opens + 1)


def _warped(staged: Staged, at: float) -> float:
    """A time of the recording as it is in the evening that was made of it."""
    moved = 0.0
    for before, after in staged.times:
        if before > at:
            break
        moved = after - before
    return at + max(0.0, moved)
