"""The counts of a sample evening, four a second: exact, as a server's would be."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from afterparty.replay.verdict.headcount import CrowdRecord, StepDone
from afterparty.replay.verdict.record import MemberRecord, Poll
from afterparty.replay.words.scenario import Scenario
from afterparty.wire.views import CountsView

A_SECOND = 4
ANSWER = 0.004

Seated = dict[tuple[str, str], list[tuple[float, float]]]
"""When each member had a seat, by room and member."""


@dataclass
class _Shifts:
    """By how many there are more at each poll than at the one before, in one room."""

    real: list[int]
    simulated: list[int]
    staged: list[int]
    first: list[int]
    """Who come for the first time."""


@dataclass
class SamplePolls:
    """Takes in members, and makes the polls of an evening of ``end`` seconds."""

    scenario: Scenario
    end: float
    seated: Seated
    rooms: dict[str, _Shifts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = self.steps + 1
        for form in self.scenario.rooms:
            self.rooms[form.id] = _Shifts(*([0] * size for _ in range(4)))

    @property
    def steps(self) -> int:
        """How many polls there are."""
        return int(self.end * A_SECOND)

    def take(self, members: Iterable[MemberRecord]) -> None:
        """Members with a connection."""
        for member in members:
            for room, since, until in self._places(member):
                shifts = self.rooms[room]
                shifts.real[since] += 1
                shifts.real[until] -= 1
                for sat, rose in self.seated.get((room, member.member), ()):
                    on, off = max(since, self._step(sat)), min(until, self._step(rose))
                    if on < off:
                        shifts.staged[on] += 1
                        shifts.staged[off] -= 1

    def take_simulated(self, members: Iterable[MemberRecord]) -> CrowdRecord:
        """Members without one; answers what was asked of the server for them."""
        count = 0
        for member in members:
            count += 1
            for room, since, until in self._places(member):
                self.rooms[room].simulated[since] += 1
                self.rooms[room].simulated[until] -= 1
        steps = []
        for step in range(self.steps):
            now = {room: shifts.simulated[step] for room, shifts in self.rooms.items()}
            came = {room: by for room, by in now.items() if by > 0}
            went = {room: -by for room, by in now.items() if by < 0}
            at = step / A_SECOND - 0.01
            steps.append(StepDone(at, at + ANSWER, sum(map(abs, now.values())), came, went))
        return CrowdRecord(count, tuple(one for one in steps if one.members))

    def made(self) -> Iterator[Poll]:
        """The polls."""
        running = {room: [0, 0, 0, 0, 0, 0] for room in self.rooms}
        for step in range(self.steps):
            counts: dict[str, CountsView] = {}
            ours: dict[str, int] = {}
            for room, run in running.items():
                shifts = self.rooms[room]
                ours[room] = real = run[0] + shifts.real[step]
                simulated, staged = run[1] + shifts.simulated[step], run[2] + shifts.staged[step]
                listeners = real + simulated - staged
                peak, tuned_in = max(run[3], listeners), run[4] + shifts.first[step]
                at_peak = simulated if listeners > run[3] else run[5]
                run[:] = real, simulated, staged, peak, tuned_in, at_peak
                counts[room] = CountsView(
                    participants=real + simulated,
                    listeners=listeners,
                    peak=peak,
                    tuned_in=tuned_in,
                    simulated=simulated,
                    peak_simulated=at_peak,
                )
            at = step / A_SECOND
            yield Poll(at, at + ANSWER, counts, ours)

    def _places(self, member: MemberRecord) -> Iterator[tuple[str, int, int]]:
        """Where a member was, from which poll on and until which."""
        known: set[str] = set()
        for stay in member.stays:
            gone = self.end if stay.gone is None else stay.gone
            for (since, room), (until, _) in pairwise((*stay.rooms, (gone, ""))):
                if since >= gone:
                    continue
                came = self._step(max(since, stay.asked))
                if room not in known:
                    known.add(room)
                    self.rooms[room].first[came] += 1
                yield room, came, self._step(min(until, gone))

    def _step(self, at: float) -> int:
        """The first poll at that time or after it."""
        return min(self.steps, max(0, math.ceil(at * A_SECOND)))
