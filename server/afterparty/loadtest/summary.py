"""From what the workers tell to what can be judged: sums, percentiles, bins. Pure."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from afterparty.loadtest.course import Bins, Sample
from afterparty.loadtest.level import Sound
from afterparty.loadtest.machine import Usage
from afterparty.loadtest.tally import Outcome, Progress, Window

MOST_BINS = 40


def together(t: float, wanted: int, told: Iterable[Progress], server: Usage | None) -> Sample:
    """The whole swarm at one moment, from each worker's latest word."""
    workers = list(told)

    def total(name: str) -> int:
        return sum(getattr(worker, name) for worker in workers)

    return Sample(
        t=t,
        wanted=wanted,
        asked=total("asked"),
        joining=total("joining"),
        connected=total("connected"),
        hearing=total("hearing"),
        left=total("left"),
        failed=total("failed"),
        waiting=total("waiting"),
        packets=total("packets"),
        missing=total("gaps"),
        silence=max((worker.silence for worker in workers), default=0.0),
        dropped=total("dropped"),
        swarm_cpu=sum(worker.cpu for worker in workers),
        server_cpu=server.cpu if server else None,
        server_memory=server.memory if server else None,
    )


def spread(values: Sequence[float] | NDArray[np.float64]) -> tuple[float, float, float] | None:
    """Median, 99th percentile and highest; ``None`` of nothing."""
    if len(values) == 0:
        return None
    # The higher of two neighbours: a percentile must not be a value that nobody had to bear.
    found = np.percentile(np.asarray(values), (50, 99, 100), method="higher")
    return (float(found[0]), float(found[1]), float(found[2]))


def bins(values: Sequence[float] | NDArray[np.float64], width: float) -> Bins:
    """Values in steps of ``width`` or, so that they are not too many, of a multiple of it."""
    if len(values) == 0:
        return Bins(width, ())
    found = np.maximum(np.asarray(values), 0.0)
    width *= max(1, int(np.ceil((found.max() + 1e-9) / (width * MOST_BINS))))
    return Bins(width, tuple(np.bincount((found / width).astype(np.int64)).tolist()))


def silences(windows: Sequence[Window]) -> NDArray[np.float64]:
    """The longest silence of each listener, of all workers."""
    return np.concatenate([window.longest_silence for window in windows] or [np.zeros(0)])


def packets(windows: Sequence[Window]) -> tuple[int, int]:
    """Packets expected and received by all listeners."""
    expected = sum(int(window.expected.sum()) for window in windows)
    return expected, sum(int(window.received.sum()) for window in windows)


def sampled(outcomes: Sequence[Outcome], stutters: int, decoders: int) -> Sound:
    """What the samples of all workers found, of a speaker who came late so often."""
    return Sound(
        checked=sum(outcome.checked for outcome in outcomes),
        unauthentic=sum(outcome.unauthentic for outcome in outcomes),
        decoded=sum(outcome.decoded for outcome in outcomes),
        wrong_sound=sum(outcome.wrong_sound for outcome in outcomes),
        ticks_missing=sum(outcome.ticks_missing for outcome in outcomes),
        stutters=stutters,
        decoders=decoders,
    )
