"""What it costs a server that listeners come or go, apart from what those cost who are there.

Pure: CPU seconds, and how many there were when.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple


class Steady(NamedTuple):
    """So many listeners, and nobody coming or going."""

    listeners: int
    load: float
    """Cores in use."""


def cpu_each(
    spent: float, ramp: Sequence[tuple[float, int]], before: Steady, after: Steady
) -> float:
    """CPU seconds of each who came, or left: what was spent meanwhile, less the sound of those who
    were there. ``ramp``: when, in seconds, and how many there were."""
    many = after.listeners - before.listeners
    each = (after.load - before.load) / many
    for (since, there), (until, _) in itertools.pairwise(ramp):
        spent -= (until - since) * (before.load + each * (there - before.listeners))
    return spent / abs(many)
