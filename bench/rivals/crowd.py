"""One rival under the swarm: so many listeners, then more, and what each step costs its process.

Knows no rival in particular. CPU time and memory are those of the process and its children.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from afterparty.loadtest.crew import Crew
from afterparty.loadtest.summary import packets
from afterparty.loadtest.tally import Order
from afterparty.loadtest.worker import worker_main
from bench.ramp import Steady, cpu_each
from bench.rivals.rival import Rival
from bench.server import family

JOIN_SECONDS = 60.0
SETTLE_SECONDS = 2.0
TELL_SECONDS = 30.0
CHECKED = 0.01
"""Share of the listeners who decrypt all they get: enough to know that it is sound."""


class CrowdError(Exception):
    """The listeners could not be had, or what they heard was not to be believed; a sentence."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A while of steady sound."""

    listeners: int
    seconds: float
    cpu: float
    """Seconds."""
    memory: int
    """Resident bytes, as it ended."""
    expected: int
    """Packets, by their sequence numbers."""
    received: int

    @property
    def load(self) -> float:
        """Cores in use."""
        return self.cpu / self.seconds

    @property
    def steady(self) -> Steady:
        """How many there were, and the load."""
        return Steady(self.listeners, self.load)

    @property
    def packets_a_core(self) -> float:
        """Packets sent for a second of CPU."""
        return self.received / self.cpu


@dataclass(frozen=True, slots=True)
class Found:
    """What one rival cost."""

    empty: int
    """Resident bytes with nobody there."""
    stretches: tuple[Stretch, ...]
    """By the number of listeners, the fewest first."""
    join_cpu: float
    """Seconds of CPU a join, less what the sound cost meanwhile: of the joins of the last step."""
    dropped: int
    """Datagrams that were lost at the swarm's own socket."""

    @property
    def few(self) -> Stretch:
        """With the fewest listeners."""
        return self.stretches[0]

    @property
    def many(self) -> Stretch:
        """With the most."""
        return self.stretches[-1]


async def measure(rival: Rival, steps: Sequence[int], seconds: float, rate: float) -> Found:
    """Let listeners in, `rate` a second, and measure for so many seconds at each step.

    Raises:
        CrowdError: they did not all get in, or were sent what is not authentic.
        CrewError: the swarm broke down.
    """
    order = Order(
        worker=0, target=rival.whep, token=rival.token, most=steps[-1],
        loopback=rival.many_on_one, via="whep", room=None,
        decrypt=CHECKED, decode=0, tone=(), join_seconds=JOIN_SECONDS,
    )  # fmt: skip
    empty, join_cpu = family(rival.pid).memory, 0.0
    stretches: list[Stretch] = []
    here: list[tuple[float, int]] = []
    crew = Crew(worker_main, [order], lambda: here.append((time.monotonic(), _hearing(crew))))
    async with crew:
        for step in steps:
            before, began = family(rival.pid).cpu, time.monotonic()
            crew.want(step, rate)
            if not await crew.until(lambda: _hearing(crew) >= step, step / rate + JOIN_SECONDS):  # noqa: B023 - awaited at once
                raise CrowdError(
                    f"{_hearing(crew)} of {step} listeners got into {rival.name}: {crew.reasons}"
                )
            spent = family(rival.pid).cpu - before
            there = stretches[-1].steady if stretches else Steady(0, 0.0)
            ramp = [(began, there.listeners)]
            ramp += [sample for sample in here if sample[0] > began]
            await crew.until(lambda: False, SETTLE_SECONDS)
            length = seconds if stretches else seconds / 2  # with one, there is nothing to average
            stretches.append(await _stretch(crew, rival, step, length))
            join_cpu = cpu_each(spent, ramp, there, stretches[-1].steady)
        dropped = sum(worker.dropped for worker in crew.latest.values())
        (outcome,) = await crew.finish(JOIN_SECONDS)
    if outcome.unauthentic or not outcome.checked:
        raise CrowdError(f"{rival.name}: {outcome.unauthentic} of {outcome.checked} packets false")
    return Found(empty, tuple(stretches), join_cpu, dropped)


async def _stretch(crew: Crew, rival: Rival, listeners: int, seconds: float) -> Stretch:
    name = str(listeners)
    before, began = family(rival.pid).cpu, time.monotonic()
    crew.mark(name)
    await crew.until(lambda: False, seconds)
    crew.mark(f"after {name}")
    after, ended = family(rival.pid), time.monotonic()
    expected, received = packets(await crew.window(name, TELL_SECONDS))
    return Stretch(listeners, ended - began, after.cpu - before, after.memory, expected, received)


def _hearing(crew: Crew) -> int:
    return sum(worker.hearing for worker in crew.latest.values())
