"""The service level: what was promised, what was measured, and whether the one kept the other.

Pure: numbers in, a verdict out. A verdict is never "held" where nothing was measured, nor where the
load test itself lost packets.
"""

from dataclasses import dataclass
from enum import StrEnum

FAILED_SHARE = 0.001
"""Share of the listeners who may fail to come in, or not be hearing at the end."""


EXCUSED = 2
"""Seconds that a stutter may spoil for one listener."""


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """What is promised to the listeners."""

    min_received: float = 99.9
    """Per cent of the packets."""
    max_silence: float = 250.0
    """Longest time between two packets of any listener, milliseconds."""
    max_first_sound: float = 2.0
    """Seconds from deciding to join to the first packet, 99th percentile."""
    max_wrong_sound: float = 5.0
    """Per cent of the seconds decoded: where one packet of 1,000 may be lost, and 50 make a second,
    one second of 20 may have a hole."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The server's count beside the swarm's, asked while nobody came or went."""

    t: float
    """Seconds since the run began."""
    server: int
    swarm: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What one measuring window found, and the joins that led to it."""

    wanted: int
    """Listeners there should be."""
    asked: int
    """Joins since the measurement before."""
    failed: int
    """Of these, given up."""
    hearing: int
    """Listeners who were hearing at the end of the window (with churn: a moment later)."""
    measured: int
    """Listeners who were there for the whole window."""
    expected: int
    """Packets sent to those."""
    received: int
    """Packets that came."""
    silences: tuple[float, float, float]
    """Longest time between two packets: median listener, 99th percentile, worst; seconds."""
    first_sound: tuple[float, float, float] | None
    """Time to first sound: median, 99th percentile, worst; seconds. ``None``: nobody joined."""
    dropped: int
    """Datagrams lost on the load test's own sockets."""
    counts: tuple[Counted, ...] | None = None
    """Comparisons of counts; ``None``: this run compares none."""
    strangers: int = 0
    """Listeners in the room before the run: subtracted from the server's count."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What the sampled listeners found in what they decrypted and decoded."""

    checked: int
    """Packets decrypted."""
    unauthentic: int
    """Packets whose tag was wrong."""
    decoded: int
    """Seconds of sound decoded."""
    wrong_sound: int
    """Seconds of these that were not what the speaker said."""
    ticks_missing: int
    """20 ms of the stream that no packet covered."""
    stutters: int = 0
    """Times that the load test's own speaker came late."""
    decoders: int = 0
    """Listeners who decoded: each stutter is heard by all of them, in at most `EXCUSED` seconds,
    which are not held against the server."""


class Ruling(StrEnum):
    """How a run is judged."""

    HELD = "held"
    BROKEN = "broken"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise: what it says, what was measured, and whether it held."""

    name: str
    """A stable word."""
    says: str
    measured: str
    held: bool
    value: float | None
    limit: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """All clauses, and what they come to."""

    ruling: Ruling
    clauses: tuple[Clause, ...]
    because: str = ""
    """Why it was not judged."""

    @property
    def broken(self) -> tuple[Clause, ...]:
        """The clauses that did not hold."""
        return tuple(clause for clause in self.clauses if not clause.held)


def judge(level: ServiceLevel, found: Measured, because: str = "") -> Verdict:
    """Hold what was measured against the service level; ``because``: why that says nothing."""
    clauses = (
        _joins(found),
        _hearing(found),
        _received(level, found),
        _silence(level, found),
        *_first_sound(level, found),
        *_count(found),
    )
    verdict = rule(clauses, because or _not_judged(found))
    if verdict.ruling is Ruling.HELD and found.counts == ():
        because = "The swarm never rested long enough to compare counts; a longer --hold helps."
        return rule(clauses, because)
    return verdict


def rule(clauses: tuple[Clause, ...], because: str = "") -> Verdict:
    """The verdict that these clauses come to; ``because``: why they say nothing."""
    if because:
        return Verdict(Ruling.NOT_JUDGED, clauses, because)
    held = all(clause.held for clause in clauses)
    return Verdict(Ruling.HELD if held else Ruling.BROKEN, clauses)


def _not_judged(found: Measured) -> str:
    if found.dropped:
        return (
            f"The load test itself fell behind: {found.dropped:,} packets were lost on its own"
            " sockets, so what is missing may be its own fault."
        )
    return ""


def _joins(found: Measured) -> Clause:
    share = found.failed / found.asked if found.asked else 0.0
    return Clause(
        "joins",
        f"at most {FAILED_SHARE:.1%} of the joins fail",
        f"{found.failed:,} of {found.asked:,} failed",
        share <= FAILED_SHARE,
        share,
        FAILED_SHARE,
    )


def _hearing(found: Measured) -> Clause:
    share = 1 - found.hearing / found.wanted if found.wanted else 1.0
    return Clause(
        "hearing",
        f"at least {1 - FAILED_SHARE:.1%} of the listeners wanted are there and hear",
        f"{found.hearing:,} of {found.wanted:,} heard",
        share <= FAILED_SHARE,
        share,
        FAILED_SHARE,
    )


def _received(level: ServiceLevel, found: Measured) -> Clause:
    percent = 100 * found.received / found.expected if found.expected else None
    return Clause(
        "received",
        f"at least {level.min_received:g} % of the packets come",
        "nobody was there for the whole window"
        if percent is None
        else f"{_percent(percent)} % of {found.expected:,} packets to {found.measured:,} listeners",
        percent is not None and percent >= level.min_received,
        percent,
        level.min_received,
    )


def _percent(value: float) -> str:
    """Three decimals, never rounded up to a hundred."""
    return "100" if value >= 100 else f"{min(value, 99.999):.3f}"


def _silence(level: ServiceLevel, found: Measured) -> Clause:
    worst = 1000 * found.silences[2]
    return Clause(
        "silence",
        f"no listener waits longer than {level.max_silence:g} ms for a packet",
        f"{worst:.0f} ms at worst" if found.measured else "nobody was there for the whole window",
        found.measured > 0 and worst <= level.max_silence,
        worst if found.measured else None,
        level.max_silence,
    )


def _first_sound(level: ServiceLevel, found: Measured) -> tuple[Clause, ...]:
    if found.asked == 0:
        return ()
    p99 = found.first_sound[1] if found.first_sound else None
    return (
        Clause(
            "first_sound",
            f"99 % of the joins hear within {level.max_first_sound:g} s",
            "nobody heard anything" if p99 is None else f"99 % within {p99:.2f} s",
            p99 is not None and p99 <= level.max_first_sound,
            p99,
            level.max_first_sound,
        ),
    )


def _count(found: Measured) -> tuple[Clause, ...]:
    if not found.counts:
        return ()
    worst = max(found.counts, key=lambda count: abs(count.server - count.swarm))
    off = abs(worst.server - worst.swarm)
    if off:
        differ = sum(count.server != count.swarm for count in found.counts)
        told = (
            f"the server counted {worst.server:,} listeners where {worst.swarm:,} were"
            f" ({differ} of {len(found.counts)} comparisons differ)"
        )
    else:
        told = f"{worst.server:,} listeners, the same in all {len(found.counts)} comparisons"
    return (Clause("count", "the server counts every listener exactly once", told, off == 0,
                   off, 0),)  # fmt: skip


def sound_clause(level: ServiceLevel, sound: Sound) -> tuple[Clause, ...]:
    """What was found in the sound; none if nothing was decrypted, which is a choice of the run."""
    if not sound.checked:
        return ()
    told = f"{sound.checked:,} packets decrypted, {sound.unauthentic:,} with a wrong tag"
    wrong, excused = 0.0, 0
    if sound.decoded:
        excused = EXCUSED * sound.stutters * sound.decoders
        wrong = 100 * max(0, sound.wrong_sound - excused) / sound.decoded
        told += f"; {sound.decoded:,} s decoded, {sound.wrong_sound:,} s of them wrong"
    if sound.stutters and sound.decoded:
        told += f" (our own speaker came late, which may explain up to {excused:,} s)"
    says = (
        "what is decrypted is authentic, and of what is decoded at most"
        f" {level.max_wrong_sound:g} % of the seconds are not what was said"
    )
    held = not sound.unauthentic and wrong <= level.max_wrong_sound
    return (Clause("sound", says, told, held, round(wrong, 3), level.max_wrong_sound),)
