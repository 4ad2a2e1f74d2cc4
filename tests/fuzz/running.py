"""Feeds a door: inputs from its corpus and mutations of it, counted, timed, and judged."""

import hashlib
import random
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.fuzz.doors import CORPUS, DOORS, kept
from tests.fuzz.mutation import mutate

CPU_SECONDS = 1.0
"""How much of a processor one input may cost, however busy the machine is."""

STRETCH = 10_000
"""Inputs after which a door says how far it is."""

NOVELTIES = 500
"""Inputs that led to something new, from which others are made."""


@dataclass
class Finding:
    """An input that a door did not take as it should have."""

    door: str
    data: bytes
    why: str

    def keep(self) -> str:
        """Put the input into the corpus, so that every later run begins with it; its file."""
        file = CORPUS / self.door / f"finding-{hashlib.sha256(self.data).hexdigest()[:12]}"
        file.write_bytes(self.data)
        return str(file.relative_to(CORPUS.parent))


@dataclass
class Tally:
    """What became of a door's inputs."""

    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    """Most CPU seconds that one input took."""
    outcomes: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def judge(door: str, data: bytes, tally: Tally) -> None:
    """Let one input in; a finding is kept in the tally."""
    began = time.thread_time()
    try:
        outcome = DOORS[door].take(data)
    except Exception as fault:  # whatever it is, it ought not to have come out
        where = "".join(traceback.format_exception(fault)[-3:])
        tally.findings.append(Finding(door, data, where))
        outcome = f"{type(fault).__name__}"
    took = time.thread_time() - began
    if took > CPU_SECONDS:
        tally.findings.append(Finding(door, data, f"took {took:.1f} s of a processor"))
    tally.inputs += 1
    tally.slowest = max(tally.slowest, took)
    tally.outcomes.add(outcome)


def feed(
    door: str,
    inputs: int,
    chance: random.Random,
    most: int = 3,
    tell: Callable[[Tally], None] | None = None,
) -> Tally:
    """Let so many inputs in, the corpus first; stop early at ``most`` findings.

    ``tell`` is told every ``STRETCH`` inputs how far it is.
    """
    tally, began = Tally(), time.perf_counter()
    for data in _inputs(door, chance, tally):
        if tally.inputs >= inputs or len(tally.findings) >= most:
            break
        judge(door, data, tally)
        if tell is not None and not tally.inputs % STRETCH:
            tell(tally)
    tally.seconds = time.perf_counter() - began
    return tally


def _inputs(door: str, chance: random.Random, tally: Tally) -> Iterator[bytes]:
    pool = [*kept(door), *DOORS[door].seeds()]
    yield from pool
    old = len(pool)
    while True:
        known = len(tally.outcomes)
        data = mutate(chance, pool, DOORS[door].words)
        yield data
        if len(tally.outcomes) > known:
            # Something new: others near it may be too. The oldest novelty makes way.
            if len(pool) - old >= NOVELTIES:
                del pool[old]
            pool.append(data)
