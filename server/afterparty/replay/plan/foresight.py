"""How many the audience will be in each room, by its plan: what a replay can be expected to reach.

Pure. Counts nobody of the cast.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from afterparty.replay.plan.audience import Fan, Inclination, plan
from afterparty.replay.plan.course import Course, course
from afterparty.replay.words.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Turnout:
    """Of one room."""

    peak: int
    tuned_in: int


def foreseen(scenario: Scenario) -> dict[str, Turnout]:
    """The turnout of each room at demo speed, if all goes by the script."""
    evening = course(scenario, scenario.demo_speed)
    changes: dict[str, list[tuple[float, int]]] = {room.id: [] for room in scenario.rooms}
    members: dict[str, set[str]] = {room.id: set() for room in scenario.rooms}
    for fan in plan(scenario, scenario.demo_speed):
        for room, since, until in _stays(fan, evening):
            changes[room] += [(since, 1), (until, -1)]
            members[room].add(fan.key)
    return {room: Turnout(_peak(changes[room]), len(members[room])) for room in changes}


def _stays(fan: Fan, evening: Course) -> Iterator[tuple[str, float, float]]:
    for visit in fan.visits:
        room, since = visit.room, visit.arrives
        until = math.inf if visit.departs is None else visit.departs
        while (move := evening.moves.get(room)) and since < move.moves < until:
            if fan.inclination is Inclination.STAY:
                break
            yield room, since, move.moves
            if fan.inclination is Inclination.LEAVE:
                return
            room, since = move.to_room, move.moves
        yield room, since, until


def _peak(changes: list[tuple[float, int]]) -> int:
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most
