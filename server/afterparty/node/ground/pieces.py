"""Long answers, made a piece at a time: between two pieces the media clock may tick.

Whoever asks needs no token, and the sound of everybody is made on the same event loop.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import Response

from afterparty.wire.views import View

T = TypeVar("T")

PIECE = 20
"""Items made in one go, a few milliseconds of work at most."""


ANSWERS_KEPT = 32
"""Answers of one kind that are kept, those that were asked for last."""

FRESH_SECONDS = 1.0
"""How long an answer that is of the present is given again."""


async def gently(items: Iterable[T], piece: int = PIECE) -> AsyncIterator[T]:
    """The items, with a pause for everything else after every ``piece`` of them."""
    for number, item in enumerate(items, 1):
        yield item
        if number % piece == 0:
            await asyncio.sleep(0)


async def listed(empty: View, items: Iterable[T], write: Callable[[T], str]) -> Response:
    """The answer ``empty``, whose last field is an empty list, with the items in that list.

    ``write`` is an item as JSON.
    """
    head = empty.model_dump_json().removesuffix("]}")
    body = ",".join([write(item) async for item in gently(items)])
    return Response(f"{head}{body}]}}", media_type="application/json")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    of: object
    until: float
    answer: T


class Answers(Generic[T]):
    """Long answers of one kind, made one at a time, and given again while they are true.

    However many ask at once, there is one piece of work between two turns of the event loop.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, _Kept[T]] = OrderedDict()
        self._turn = asyncio.Lock()

    async def give(
        self, asked: Hashable, of: object, make: Callable[[], Awaitable[T]], fresh: float = math.inf
    ) -> T:
        """What ``make`` makes of the very value ``of``, given again for ``fresh`` seconds."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            kept = self._kept.pop(asked, None)
            if kept is None or kept.of is not of or kept.until <= clock():
                until = clock() + fresh
                kept = _Kept(of, until, await make())
            self._kept[asked] = kept
            if len(self._kept) > ANSWERS_KEPT:
                self._kept.popitem(last=False)
            return kept.answer
