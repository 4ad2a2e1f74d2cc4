"""How a load test is going, for whoever watches: bars in a terminal, plain lines elsewhere."""

import sys
from collections import deque
from typing import IO, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from afterparty.loadtest.course import Sample, Step

EVERY = 5.0
"""Seconds between two lines."""

RATE_OVER = 6
"""Samples that a rate is taken over: three seconds."""


class Progress(Protocol):
    """What a run tells."""

    def tell(self, phase: str, now: Sample) -> None:
        """The swarm as it is, twice a second."""

    def judged(self, step: Step) -> None:
        """A measuring window is over, and judged."""

    def end(self) -> None:
        """The run is over, however it ended."""


class Rates:
    """How fast things go, from the last few samples."""

    def __init__(self) -> None:
        self._last: deque[Sample] = deque(maxlen=RATE_OVER)

    def take(self, now: Sample) -> None:
        """Take note of a sample."""
        self._last.append(now)

    @property
    def packets(self) -> float:
        """Packets a second."""
        return self._of(lambda now: now.packets)

    @property
    def server(self) -> float | None:
        """Cores that the server is busy with; ``None``: not to be seen."""
        if not self._last or self._last[-1].server_cpu is None:
            return None
        return self._of(lambda now: now.server_cpu or 0.0)

    @property
    def swarm(self) -> float:
        """Cores that the swarm is busy with."""
        return self._of(lambda now: now.swarm_cpu)

    def _of(self, value) -> float:  # type: ignore[no-untyped-def]
        if len(self._last) < 2:
            return 0.0
        first, last = self._last[0], self._last[-1]
        return float((value(last) - value(first)) / max(last.t - first.t, 1e-3))


class Lines:
    """A line every few seconds."""

    def __init__(self, out: IO[str] | None = None) -> None:
        self._out = out or sys.stdout
        self._said_at = -EVERY
        self._rates = Rates()

    def tell(self, phase: str, now: Sample) -> None:
        """Say how it goes, every few seconds."""
        self._rates.take(now)
        if now.t - self._said_at >= EVERY:
            self._said_at = now.t
            told = "  ".join(f"{what} {value}" for what, value in figures(now, self._rates))
            print(f"{now.t:7.1f} s  {phase}: {told}", file=self._out, flush=True)

    def judged(self, step: Step) -> None:
        """Say what came of a step."""
        print(f"           {outcome(step)}", file=self._out, flush=True)

    def end(self) -> None:
        """Nothing more to say."""


class Bars:
    """A live picture in a terminal."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=4, transient=True)
        self._console = console
        self._rates = Rates()
        self._begun = False

    def tell(self, phase: str, now: Sample) -> None:
        """Draw anew."""
        if not self._begun:
            self._begun = True
            self._live.start()
        self._rates.take(now)
        self._live.update(self.frame(phase, now))

    def judged(self, step: Step) -> None:
        """Leave a line behind, above the picture."""
        self._console.print(outcome(step), highlight=False)

    def end(self) -> None:
        """Take the picture away."""
        self._live.stop()

    def frame(self, phase: str, now: Sample) -> RenderableType:
        """The picture of a moment."""
        bars = Table(box=None, pad_edge=False)
        for name, value in (("joined", now.connected), ("hearing", now.hearing)):
            bars.add_row(
                name,
                ProgressBar(total=max(now.wanted, 1), completed=value, width=40),
                f"{value:,} of {now.wanted:,}",
            )
        told = Table(box=None, pad_edge=False)
        for name, text in figures(now, self._rates)[1:]:
            told.add_row(name, text)
        return Group(Text(f"{now.t:.0f} s  {phase}", style="bold"), bars, told)


def figures(now: Sample, rates: Rates) -> list[tuple[str, str]]:
    """What is worth telling of a moment."""
    told = [
        ("hearing", f"{now.hearing:,} of {now.wanted:,}"),
        ("packets/s", f"{rates.packets:,.0f}"),
        ("lost", f"{now.missing:,}"),
        ("longest silence", f"{1000 * now.silence:.0f} ms"),
        ("swarm CPU", f"{100 * rates.swarm:.0f} %"),
    ]
    if rates.server is not None:
        told.append(("server CPU", f"{100 * rates.server:.0f} %"))
    if now.server_memory is not None:
        told.append(("server memory", f"{now.server_memory / 2**20:,.0f} MiB"))
    told += [
        (name, f"{value:,}")
        for name, value in (
            ("waiting at the door", now.waiting),
            ("failed", now.failed),
            ("dropped here", now.dropped),
        )
        if value
    ]
    return told


def outcome(step: Step) -> str:
    """A judged step as a line of text."""
    told = f"{step.name}: {step.wanted:,} listeners, {step.verdict.ruling}"
    broken = "; ".join(f"{clause.name}: {clause.measured}" for clause in step.verdict.broken)
    return f"{told} ({step.verdict.because or broken})" if step.verdict.ruling != "held" else told


def to_terminal(console: Console) -> Progress:
    """Bars if the console is a terminal, else lines."""
    return Bars(console) if console.is_terminal else Lines(console.file)
