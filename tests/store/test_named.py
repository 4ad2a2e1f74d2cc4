"""Named bodies on a real server: each name once, bounded, each kind by itself."""

import asyncio

import pytest

from afterparty.store import keys
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.named import Named
from afterparty.store.servers import Client


async def test_a_name_is_given_once(redis: Client) -> None:
    named = Named(redis, keys.SERIES, "series")
    assert await named.read("talks") is None
    asked = (named.add("talks", b"%d" % n, 5) for n in range(6))
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, AlreadyExists) for one in told) == 5
    made = await named.read("talks")
    assert made is not None
    assert await named.all() == [made]
    assert await Named(redis, keys.SEASONS, "seasons").all() == []


async def test_there_are_so_many_and_no_more(redis: Client) -> None:
    named = Named(redis, keys.SERIES, "series")
    for n in range(3):
        await named.add(f"s{n}", b"", 3)
    with pytest.raises(StoreError, match="There are 3 series already") as refused:
        await named.add("s3", b"", 3)
    assert refused.value.code == "list_full"
    with pytest.raises(AlreadyExists):
        await named.add("s2", b"", 3)
    assert len(await named.all()) == 3


async def test_one_that_is_dropped_makes_place(redis: Client) -> None:
    named = Named(redis, keys.SERIES, "series")
    await named.add("s0", b"", 1)
    assert await named.drop("s0")
    assert not await named.drop("s0")
    assert await named.read("s0") is None
    await named.add("s1", b"", 1)
