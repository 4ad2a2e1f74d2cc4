"""When those who ask to speak ask, and take it back: apart from beats and from each other. Pure.

Both are events of the room's log. Two within a moment of each other could come in either order;
kept apart, the same plan makes the same log.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

APART_SECONDS = 0.3
"""Wall seconds between any two of them, and between one and a beat, where there is room for it."""

BEFORE_SECONDS = 1.0
"""How long before going somebody takes their request back, at most."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody means to do something at ``at``, and may from ``since`` to ``until``."""

    who: str
    at: float
    since: float
    until: float


def spread(wishes: Iterable[Wish], taken: list[float]) -> dict[str, float]:
    """When each does it: as near as can be to what was meant. ``taken``, in order, is added to.

    Where there is no room left, it stays as it was meant.
    """
    found: dict[str, float] = {}
    for wish in sorted(wishes, key=lambda one: (one.at, one.who)):
        found[wish.who] = at = _nearest(wish, taken)
        insort(taken, at)
    return found


def _nearest(wish: Wish, taken: Sequence[float]) -> float:
    place = bisect_left(taken, wish.at - APART_SECONDS)
    later = earlier = wish.at
    for other in islice(taken, place, None):
        if other >= later + APART_SECONDS:
            break
        later = other + APART_SECONDS
    place = bisect_left(taken, wish.at + APART_SECONDS)
    for other in reversed(taken[:place]):
        if other <= earlier - APART_SECONDS:
            break
        earlier = other - APART_SECONDS
    free = [at for at in (earlier, later) if wish.since <= at <= wish.until]
    return min(free, key=lambda at: abs(at - wish.at), default=wish.at)


def taking_back(who: str, asked: float, goes: float) -> Wish | None:
    """The wish to take a request back before going; ``None`` where there is no time between."""
    since, until = asked + APART_SECONDS, goes - APART_SECONDS
    if since >= until:
        return None
    return Wish(who, max(since, until - BEFORE_SECONDS), since, until)
