"""What is slow to make and asked for by anybody: made once for all who ask in the same moment, and
kept for many times as long as that took. So asking again and again costs this node no more than a
small share of its time, however much there is to make.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

KEPT_TIMES = 20
"""For how many times as long as it took to make is something good."""

FRESH_SECONDS = 0.5
"""The least for which it is good."""

T = TypeVar("T")


def good_until(began: float) -> float:
    """Until when what was begun then, and is made now, is good (monotonic seconds)."""
    now = time.monotonic()
    return now + max(FRESH_SECONDS, KEPT_TIMES * (now - began))


class Reckoned(Generic[T]):
    """The latest of what is made again and again."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._made: tuple[object, T] | None = None
        self._good_until = 0.0

    async def get(
        self, state: object, make: Callable[[], Awaitable[T]], *, final: bool = False
    ) -> T:
        """What was made of this state, or what ``make`` makes of it now. ``final``: nothing else
        can be made of the state, so it is good for ever. Raises as ``make`` does."""
        async with self._lock:
            good = final or time.monotonic() < self._good_until
            if good and self._made is not None and self._made[0] == state:
                return self._made[1]
            began = time.monotonic()
            made = await make()
            self._made, self._good_until = (state, made), good_until(began)
            return made
