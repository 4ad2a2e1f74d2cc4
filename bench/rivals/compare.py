"""Ours beside others: what a listener costs each server, for the same swarm on the same machine.

Each rival carries one listener, then a few (as many for all), then as many as it does well with.
What is counted is the server's process and its children, with all that it does besides: decoding,
mixing and encoding, too. Nothing of the swarm, of who speaks, or of the adapter before Janus.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bench.figures import Figure
from bench.rivals.crowd import Found, Stretch, measure
from bench.rivals.janus import is_installed, running_janus
from bench.rivals.ours import running_ours
from bench.rivals.rival import Rival
from bench.rivals.stock import running_stock

FEW = 15
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Contest:
    """A rival, and how many listeners it is given."""

    start: Callable[[], AbstractAsyncContextManager[Rival]]
    many: int
    rate: float
    """Joins a second."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A rival, and what it cost."""

    name: str
    packet_ms: int
    found: Found

    @property
    def a_core(self) -> float:
        """Listeners a core, with all that the server does besides."""
        return self.a_core_of(self.found.many)

    @property
    def a_core_more(self) -> float:
        """Listeners a core, if only those beyond the first are counted."""
        one, most = self.found.few, self.found.many
        packets = most.received / most.seconds - one.received / one.seconds
        return self._listeners(packets / (most.load - one.load))

    def a_core_of(self, stretch: Stretch) -> float:
        """As `a_core`, but for this stretch."""
        return self._listeners(stretch.packets_a_core)

    def _listeners(self, packets: float) -> float:
        # By the packets that are due: a server that is short of time skips some, and seems cheap.
        return packets * self.packet_ms / 1000


@asynccontextmanager
async def _stock() -> AsyncIterator[Rival]:
    with running_stock() as rival:
        yield rival


STOCK = Contest(_stock, many=FEW, rate=5.0)
JANUS = Contest(running_janus, many=400, rate=50.0)
OURS = (
    Contest(partial(running_ours, 20, many_on_one=False), many=400, rate=50.0),  # just as Janus
    Contest(partial(running_ours, 20), many=1_000, rate=100.0),
    Contest(partial(running_ours, 60), many=2_000, rate=100.0),
    Contest(partial(running_ours, 120), many=3_000, rate=100.0),
)


async def run(quick: bool) -> list[Figure]:
    """Measure once; quickly: only stock aiortc, with two listeners."""
    if quick:
        return list(figures(await _entry(STOCK, (1, 2), 0.5)))
    stock = await _enter(STOCK)
    janus = None
    if is_installed():
        janus = await _enter(JANUS)
    else:
        print("NOT COMPARED: Janus, which is not installed (on Debian: apt-get install janus).")
    ours = [await _enter(contest) for contest in OURS]
    others = [stock, *([janus] if janus else [])]
    found = [figure for entry in [*others, *ours] for figure in figures(entry)]
    return found + [figure for other in others for own in ours for figure in ratios(own, other)]


def figures(entry: Entry) -> Iterator[Figure]:
    """What is told of one rival."""
    most, name = entry.found.many, entry.name
    a_second = most.received / most.seconds
    due = most.listeners * most.seconds * 1000 / entry.packet_ms
    yield Figure(
        f"{name}: CPU a packet", most.cpu / most.received * 1e6, "µs",
        f"{most.listeners} listeners, {a_second:,.0f} packets a second",
    )  # fmt: skip
    yield Figure(f"{name}: CPU a listener", 1e3 / entry.a_core, "ms a second", "as packets are due")
    yield Figure(f"{name}: listeners a core", entry.a_core, "", "all that the server does")
    yield Figure(f"{name}: listeners a core, each one more", entry.a_core_more, "")
    for stretch in entry.found.stretches[1:-1]:
        yield Figure(
            f"{name}: listeners a core, {stretch.listeners} there",
            entry.a_core_of(stretch), "", "all that the server does",
        )  # fmt: skip
    grown = (most.memory - entry.found.empty) / most.listeners / 1024
    yield Figure(f"{name}: memory a listener", grown, "KiB")
    yield Figure(f"{name}: CPU a join", entry.found.join_cpu * 1e3, "ms", "less the sound")
    lost = f", {entry.found.dropped} lost by the swarm itself" if entry.found.dropped else ""
    yield Figure(
        f"{name}: packets received", most.received / most.expected * 100, "%",
        f"of {most.expected:,} sent{lost}",
    )  # fmt: skip
    yield Figure(
        f"{name}: packets received, by the clock", most.received / due * 100, "%",
        "below 100: the server skipped some, for want of a core",
    )  # fmt: skip


def ratios(ours: Entry, other: Entry) -> list[Figure]:
    """How many times as many listeners a core carries with ours."""
    title = f"{ours.name} ÷ {other.name}"
    frames = ours.packet_ms // other.packet_ms
    wide = "" if frames == 1 else f"{frames} frames a packet against one"
    return [
        Figure(f"{title}: listeners a core", ours.a_core / other.a_core, "times", wide),
        Figure(f"{title}: each one more", ours.a_core_more / other.a_core_more, "times", wide),
    ]


async def _enter(contest: Contest) -> Entry:
    return await _entry(contest, sorted({1, FEW, contest.many}), SECONDS)


async def _entry(contest: Contest, steps: Sequence[int], seconds: float) -> Entry:
    async with contest.start() as rival:
        return Entry(
            rival.name, rival.packet_ms, await measure(rival, steps, seconds, contest.rate)
        )
