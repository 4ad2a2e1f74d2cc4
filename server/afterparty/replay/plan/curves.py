"""How a crowd comes: each curve turns an even draw into a moment of a stretch of time. Pure.

A curve takes 0 to 1 to 0 to 1 and never turns back, so whoever is drawn earlier comes earlier.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

Curve = Literal["steady", "burst", "surge", "fandom"]

HEARD = 0.22
"""Part of the stretch after which, without an end, half of a fandom would have heard."""

EAGERNESS = 3.2
"""How steeply word spreads: higher is quieter at first, steeper then, and shorter in its tail."""


def _fandom(drawn: float) -> float:
    """Few at once, very many as word spreads, then a long tail: a log-logistic, cut off at 1."""
    all_in_time = 1 / (1 + HEARD**EAGERNESS)
    heard = drawn * all_in_time
    return HEARD * math.pow(heard / (1 - heard), 1 / EAGERNESS)


CURVES: Mapping[Curve, Callable[[float], float]] = MappingProxyType(
    {
        "steady": lambda drawn: drawn,
        "burst": lambda drawn: drawn**3,
        "surge": lambda drawn: drawn ** (1 / 3),
        "fandom": _fandom,
    }
)


def moment(curve: Curve, start: float, over: float, drawn: float) -> float:
    """When somebody comes for whom ``drawn`` (0 to 1) was drawn, in the unit of the times given."""
    return start + over * CURVES[curve](drawn)
