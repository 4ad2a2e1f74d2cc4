import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from afterparty.node.ground import reckoned
from afterparty.node.ground.reckoned import FRESH_SECONDS, KEPT_TIMES, Reckoned, good_until


def counter() -> Callable[[], Awaitable[int]]:
    """Something that is another number each time that it is made."""
    numbers = iter(range(1, 100))

    async def make() -> int:
        await asyncio.sleep(0)
        return next(numbers)

    return make


async def test_it_is_made_once_for_all_who_ask() -> None:
    found, make = Reckoned[int](), counter()
    assert await asyncio.gather(*(found.get("as it is", make) for _ in range(5))) == [1] * 5
    assert await found.get("another state", make) == 2


def test_it_is_good_for_many_times_as_long_as_it_took() -> None:
    now = time.monotonic()
    assert good_until(now - 10) >= now + 10 * KEPT_TIMES
    assert now + FRESH_SECONDS <= good_until(now) < now + 10


async def test_what_is_not_final_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reckoned, "good_until", lambda began: began)
    found, make = Reckoned[int](), counter()
    assert [await found.get("as it is", make) for _ in range(2)] == [1, 2]
    assert await found.get("as it is", make, final=True) == 2


async def test_what_could_not_be_made_is_not_kept() -> None:
    found = Reckoned[int]()

    async def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await found.get("as it is", fail)
    assert await found.get("as it is", counter()) == 1
