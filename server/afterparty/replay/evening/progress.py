"""How a run is going, for whoever watches: a live picture in a terminal, plain lines elsewhere."""

import sys
from collections.abc import Mapping
from typing import IO, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from afterparty.replay.words.beats import Beat, Say
from afterparty.replay.words.forms import write_clock
from afterparty.replay.words.scenario import Scenario
from afterparty.wire.views import CountsView, TallyView

LINES_SHOWN = 6


class Progress(Protocol):
    """What a run tells. Rooms are called as in the scenario; ``t`` is wall seconds."""

    def begin(self, scenario: Scenario, speed: float, listeners: int, simulated: int = 0) -> None:
        """The run begins, with so many listeners, of whom so many are simulated."""

    def beat(self, t: float, index: int, beat: Beat) -> None:
        """A beat begins."""

    def refused(self, t: float, beat: Beat, code: str) -> None:
        """A beat was refused."""

    def counts(self, t: float, rooms: Mapping[str, CountsView]) -> None:
        """The rooms were counted."""

    def handoff(self, t: float, room: str, to_room: str, moves_in: float) -> None:
        """A handoff was offered; the audience moves in so many seconds."""

    def tally(self, t: float, room: str, tally: TallyView) -> None:
        """The handoff out of a room was closed."""

    def end(self, t: float) -> None:
        """The run is over, however it ended."""


class Silent:
    """Tells nothing."""

    def begin(self, scenario: Scenario, speed: float, listeners: int, simulated: int = 0) -> None:
        """Say nothing."""

    def beat(self, t: float, index: int, beat: Beat) -> None:
        """Say nothing."""

    def refused(self, t: float, beat: Beat, code: str) -> None:
        """Say nothing."""

    def counts(self, t: float, rooms: Mapping[str, CountsView]) -> None:
        """Say nothing."""

    def handoff(self, t: float, room: str, to_room: str, moves_in: float) -> None:
        """Say nothing."""

    def tally(self, t: float, room: str, tally: TallyView) -> None:
        """Say nothing."""

    def end(self, t: float) -> None:
        """Say nothing."""


class Lines(Silent):
    """One line a happening; counts every few seconds."""

    EVERY = 5.0

    def __init__(self, out: IO[str] | None = None) -> None:
        self._out = out or sys.stdout
        self._counted = -self.EVERY

    def begin(self, scenario: Scenario, speed: float, listeners: int, simulated: int = 0) -> None:
        """Say what is going to be played."""
        who = f"{listeners:,} listeners" + (
            f", {simulated:,} of them simulated" if simulated else ""
        )
        self._say(0.0, f"{scenario.title}, {who}, {speed:g} times as fast")

    def beat(self, t: float, index: int, beat: Beat) -> None:
        """Say what happens."""
        self._say(t, f"{write_clock(beat.at)} {describe(beat)}")

    def refused(self, t: float, beat: Beat, code: str) -> None:
        """Say what was refused."""
        self._say(t, f"  refused: {code}")

    def counts(self, t: float, rooms: Mapping[str, CountsView]) -> None:
        """Say the counts, every few seconds."""
        if t - self._counted >= self.EVERY:
            self._counted = t
            told = "; ".join(f"{room} {heads(counts)}" for room, counts in rooms.items())
            self._say(t, f"  {told}")

    def handoff(self, t: float, room: str, to_room: str, moves_in: float) -> None:
        """Say that a handoff was offered."""
        self._say(t, f"  handoff: {room} to {to_room} in {moves_in:.0f} s")

    def tally(self, t: float, room: str, tally: TallyView) -> None:
        """Say what became of everybody."""
        self._say(t, f"  handoff closed: {figures(tally)}")

    def end(self, t: float) -> None:
        """Say that it is over."""
        self._say(t, "over")

    def _say(self, t: float, text: str) -> None:
        print(f"{t:6.1f} s  {text}", file=self._out, flush=True)


class Picture(Silent):
    """A live picture in a terminal: how far it is, who is where, what is being said."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=8, transient=True)
        self._scenario: Scenario | None = None
        self._ends = 1.0
        self._t = 0.0
        self._beat = ""
        self._rooms: Mapping[str, CountsView] = {}
        self._lines: list[tuple[str, str, str]] = []
        self._moves: dict[str, tuple[str, float]] = {}
        self._tallies: dict[str, str] = {}

    def begin(self, scenario: Scenario, speed: float, listeners: int, simulated: int = 0) -> None:
        """Draw for the first time."""
        self._scenario, self._ends = scenario, max(1.0, scenario.ends_at / speed)
        self._live.start()
        self._draw()

    def beat(self, t: float, index: int, beat: Beat) -> None:
        """Show what happens."""
        self._t, self._beat = t, f"{write_clock(beat.at)}  {describe(beat)}"
        if isinstance(beat, Say) and self._scenario is not None:
            name = self._scenario.member(beat.who).name
            self._lines = [*self._lines, (name, beat.text, "")][-LINES_SHOWN:]
        self._draw()

    def refused(self, t: float, beat: Beat, code: str) -> None:
        """Mark the line that nobody may hear, or show the code."""
        self._t = t
        if isinstance(beat, Say) and self._lines:
            name, text, _ = self._lines[-1]
            self._lines[-1] = (name, text, code)
        else:
            self._beat += f"  (refused: {code})"
        self._draw()

    def counts(self, t: float, rooms: Mapping[str, CountsView]) -> None:
        """Show the counts."""
        self._t, self._rooms = t, rooms
        self._draw()

    def handoff(self, t: float, room: str, to_room: str, moves_in: float) -> None:
        """Show the countdown."""
        self._t = t
        self._moves[room] = (to_room, t + moves_in)
        self._draw()

    def tally(self, t: float, room: str, tally: TallyView) -> None:
        """Show what became of everybody."""
        self._tallies[room] = figures(tally)
        self._draw()

    def end(self, t: float) -> None:
        """Take the picture away."""
        self._live.stop()

    def frame(self) -> RenderableType:
        """The picture as it is now."""
        return Text() if self._scenario is None else self._picture(self._scenario)

    def _draw(self) -> None:
        self._live.update(self.frame())

    def _picture(self, scenario: Scenario) -> RenderableType:
        table = Table(box=None, pad_edge=False, expand=False)
        for column in ("room", "now", "peak", "tuned in", ""):
            table.add_column(column, justify="right" if column not in ("room", "") else "left")
        for form in scenario.rooms:
            found = self._rooms.get(form.id)
            told = [heads(found), most(found), f"{found.tuned_in:,}"] if found else []
            table.add_row(form.title, *(told or ["–"] * 3), self._move(form.id))
        lines = [
            Text.assemble((f"{name}: ", "bold"), text, (f"  ({code})" if code else "", "dim"))
            for name, text, code in self._lines
        ]
        return Group(
            Text(f"{scenario.show.title}", style="bold"),
            ProgressBar(total=self._ends, completed=min(self._t, self._ends), width=60),
            Text(f"{self._t:5.1f} of about {self._ends:.0f} s   {self._beat}"),
            table,
            *lines,
        )

    def _move(self, room: str) -> str:
        if room in self._tallies:
            return self._tallies[room]
        if room not in self._moves:
            return ""
        to_room, at = self._moves[room]
        left = at - self._t
        return f"moves to {to_room} in {left:.0f} s" if left > 0 else f"moved to {to_room}"


def describe(beat: Beat) -> str:
    """A beat as a line of text."""
    if isinstance(beat, Say):
        return f"{beat.who}: “{beat.text}”"
    about = getattr(beat, "member", "") or getattr(beat, "reaction", "") or getattr(beat, "to", "")
    return f"{beat.who} {beat.do.replace('_', ' ')} {about}".rstrip()


def heads(counts: CountsView) -> str:
    """How many listen, and how many of them are simulated."""
    return f"{counts.listeners:,} listening" + _of_which(counts.simulated)


def most(counts: CountsView) -> str:
    """How many listened at the most, and how many of them were simulated."""
    return f"{counts.peak:,}" + _of_which(counts.peak_simulated)


def _of_which(simulated: int) -> str:
    return f", of which {simulated:,} simulated" if simulated else ""


def figures(tally: TallyView) -> str:
    """A ledger as a line of text."""
    return f"{tally.moved} of {tally.offered} moved, {tally.declined} declined, {tally.lost} lost"


def to_terminal(console: Console) -> Progress:
    """A picture if the console is a terminal, else lines."""
    return Picture(console) if console.is_terminal else Lines(console.file)
