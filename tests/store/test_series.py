"""Series on a real server: each name once, bounded, with its followers counted."""

import asyncio

import pytest

from afterparty.store.accounts import Accounts
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.series import SeriesBook
from afterparty.store.servers import Client


async def test_a_series_is_made_once(redis: Client) -> None:
    book = SeriesBook(redis)
    assert await book.read("talks") is None
    asked = (book.add("talks", b"%d" % n, 5) for n in range(6))
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, AlreadyExists) for one in told) == 5
    made = await book.read("talks")
    assert made is not None
    assert await book.all() == [made]


async def test_there_are_so_many_and_no_more(redis: Client) -> None:
    book = SeriesBook(redis)
    for n in range(3):
        await book.add(f"s{n}", b"", 3)
    with pytest.raises(StoreError) as refused:
        await book.add("s3", b"", 3)
    assert refused.value.code == "list_full"
    with pytest.raises(AlreadyExists):
        await book.add("s2", b"", 3)
    assert len(await book.all()) == 3


async def test_followers_are_counted(redis: Client) -> None:
    book, accounts = SeriesBook(redis), Accounts(redis)
    for member in ("ann", "bob", "ann"):
        await accounts.follow_series(member, "talks", 5)
    assert await book.followers("talks") == 2
    assert await book.followers("another") == 0
