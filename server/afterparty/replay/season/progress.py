"""How a season's run is going: lines that stay readable while several evenings go at once.

Each line begins with its evening's name; only what matters for the season is told.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO

from afterparty.replay.evening.progress import Lines, Progress
from afterparty.replay.season.record import EveningRecord, Fallen
from afterparty.replay.verdict.expect import summed
from afterparty.replay.words.beats import Beat
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.seasonform import SeasonWords
from afterparty.wire.views import CountsView

TOLD = frozenset({"open", "end", "take_over"})
"""Beats that are told; a handoff is told when it is offered, and when it is closed."""


class EveningLines(Lines):
    """The lines of one evening among others."""

    EVERY = 15.0

    def __init__(self, name: str, width: int, out: IO[str] | None = None) -> None:
        super().__init__(out)
        self._name = f"{name:<{width}}"

    def beat(self, t: float, index: int, beat: Beat) -> None:
        """Say that a room opens, or is over."""
        if beat.do in TOLD:
            super().beat(t, index, beat)

    def refused(self, t: float, beat: Beat, code: str) -> None:
        """Say nothing: the evening's own report tells what was refused."""

    def counts(self, t: float, rooms: Mapping[str, CountsView]) -> None:
        """Say the counts now and then, if anybody listens."""
        if any(counts.listeners for counts in rooms.values()):
            super().counts(t, rooms)

    def _say(self, t: float, text: str) -> None:
        print(f"{self._name}  {t:6.1f} s  {text}", file=self._out, flush=True)


class SeasonLines:
    """Tells a season's run, a line a happening."""

    def __init__(self, out: IO[str] | None = None) -> None:
        self._out = out or sys.stdout
        self._width = 8
        self._left = 0

    def begin(self, season: SeasonWords, evenings: list[Scenario]) -> None:
        """Say what is going to be played."""
        self._left = len(evenings)
        self._width = max((len(one.scenario) for one in evenings), default=self._width)
        self._print(f"{season.title}: {len(evenings)} evenings")

    def evening(self, scenario: Scenario) -> Progress:
        """Tell of an evening from now on."""
        return EveningLines(scenario.scenario, self._width, self._out)

    def over(self, evening: EveningRecord, fallen: tuple[Fallen, ...]) -> None:
        """Say how an evening went, and what fell in it."""
        name = f"{evening.scenario.scenario:<{self._width}}"
        for one in fallen:
            self._print(f"{name}  * {describe(one)}")
        failed = [verdict for verdict in evening.verdicts if verdict.failed]
        for verdict in failed:
            self._print(f"{name}  FAILED {verdict.says} {verdict.measured}")
        self._left -= 1
        if evening.record is None:
            told = f"BROKE OFF: {evening.failure}"
        else:
            told = summed(evening.verdicts)
        come = "1 evening" if self._left == 1 else f"{self._left} evenings"
        self._print(f"{name}  over: {told}; {come} to come")

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def describe(fallen: Fallen) -> str:
    """A record that fell, or a first, in a line."""
    when = datetime.fromtimestamp(fallen.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if fallen.kind == "first":
        return f"{when} {fallen.title}: {fallen.name} ({fallen.member})"
    before = f"“{fallen.before_title}” had {fallen.before_listeners or 0:,}"
    return f"{when} {fallen.title}: {fallen.listeners or 0:,} listeners; {before}"
