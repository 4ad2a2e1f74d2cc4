"""Seasons on a real server: each name once, bounded, each with a book of its own."""

import asyncio

import pytest

from afterparty.store import keys
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.records import RecordBook
from afterparty.store.seasons import SeasonStore
from afterparty.store.servers import Client


async def test_a_season_is_made_once(redis: Client) -> None:
    store = SeasonStore(redis)
    assert await store.read("of-2021") is None
    asked = (store.add("of-2021", b"%d" % n, 5) for n in range(6))
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, AlreadyExists) for one in told) == 5
    made = await store.read("of-2021")
    assert made is not None
    assert await store.all() == [made]


async def test_there_are_so_many_and_no_more(redis: Client) -> None:
    store = SeasonStore(redis)
    for n in range(3):
        await store.add(f"s{n}", b"", 3)
    with pytest.raises(StoreError) as refused:
        await store.add("s3", b"", 3)
    assert refused.value.code == "list_full"
    assert len(await store.all()) == 3


async def test_each_has_a_book_of_its_own(redis: Client) -> None:
    store = SeasonStore(redis)
    await store.book("a").add("e", 1, b"in a", simulated=True)
    await store.book("b").add("e", 2, b"in b", simulated=True)
    assert (await store.book("a").read()).bodies == [b"in a"]
    assert (await store.book("b").read()).bodies == [b"in b"]
    assert (await RecordBook(redis).read()).bodies == []
    with pytest.raises(StoreError):
        keys.season("{evil}")
