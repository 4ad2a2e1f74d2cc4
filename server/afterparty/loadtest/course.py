"""The course of a load test: what the swarm was like from moment to moment, and step by step.

Kept as it goes, so that there is something to report whenever a run is broken off. Judges nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from afterparty.loadtest.level import Counted, Measured, Sound, Verdict


@dataclass(frozen=True, slots=True)
class Sample:
    """The whole swarm, and the server where it can be seen, at one moment."""

    t: float
    """Seconds since the run began."""
    wanted: int
    asked: int
    joining: int
    connected: int
    hearing: int
    left: int
    failed: int
    waiting: int
    packets: int
    missing: int
    silence: float
    """Seconds, in the window so far."""
    dropped: int
    swarm_cpu: float
    server_cpu: float | None = None
    """CPU seconds so far, its store included; ``None``: not to be seen from here."""
    server_memory: int | None = None
    """Resident bytes, its store included."""


@dataclass(frozen=True, slots=True)
class CountPoll:
    """The server's count, and the swarm's at the same time."""

    t: float
    server: int
    """Listeners, less those who were there before the run."""
    swarm: int
    settled: bool
    """Nobody was coming or going: the two must be equal."""

    @property
    def counted(self) -> Counted:
        """The comparison alone."""
        return Counted(self.t, self.server, self.swarm)


@dataclass(frozen=True, slots=True)
class Bins:
    """How many values lie in each of equal steps from 0."""

    width: float
    many: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Late:
    """How often an Afterparty server was behind with its sound, by its own metrics."""

    ticks: int
    """Ticks that began when the next was due."""
    ticks_skipped: int
    """Ticks that it left out."""
    departures: int
    """Ticks that waited because the one before was still being sent."""
    departures_skipped: int
    """Ticks that a listener never got, summed over all."""

    def since(self, before: "Late") -> "Late":
        """What has been added since then."""
        return Late(
            self.ticks - before.ticks,
            self.ticks_skipped - before.ticks_skipped,
            self.departures - before.departures,
            self.departures_skipped - before.departures_skipped,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One number of listeners, measured and judged."""

    name: str
    wanted: int
    began: float
    """When the first of its joins began, seconds since the run began."""
    since: float
    """The window."""
    until: float
    measured: Measured
    verdict: Verdict
    silences: Bins
    """Longest silence of each listener, seconds."""
    late: Late | None
    """Of the server, in the window; ``None``: not to be known."""


@dataclass(slots=True)
class Course:
    """One run, as far as it came."""

    started_at: float
    """Seconds since the Unix epoch."""
    target: str = ""
    server: str = ""
    """The server's name and version, as far as it tells."""
    room: str | None = None
    speaker: str = ""
    """Who spoke, in words."""
    samples: list[Sample] = field(default_factory=list)
    counts: list[CountPoll] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    first_sounds: list[float] = field(default_factory=list)
    """Seconds of each join."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Failures and waits by a stable word."""
    sound: Sound | None = None
    """What the sample found; ``None``: the run did not come so far."""
    interrupted: bool = False
    trouble: str = ""
    """Why the run could not be finished, a sentence."""
    ended: float = 0.0
    recorded: str = ""
    """What became of entering it in the record book."""
