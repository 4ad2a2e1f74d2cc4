"""Seasons on a real server: each with a book of its own."""

import pytest

from afterparty.store import keys
from afterparty.store.errors import StoreError
from afterparty.store.records import GONE_SECONDS, Changes, RecordBook
from afterparty.store.seasons import MOST_OF_A_SEASON, SeasonStore
from afterparty.store.servers import Client


async def test_each_has_a_book_of_its_own(redis: Client) -> None:
    store = SeasonStore(redis)
    a, b = store.book("a", "1"), store.book("b", "1")
    await a.add("e", 1, b"in a", simulated=True)
    await b.add("e", 2, b"in b", simulated=True)
    assert (await a.read()).bodies == [b"in a"]
    assert (await b.read()).bodies == [b"in b"]
    assert (await RecordBook(redis).read()).bodies == []
    with pytest.raises(StoreError):
        keys.season("{evil}")


async def test_of_one_that_is_dropped_nothing_is_left_and_nothing_comes_late(redis: Client) -> None:
    store = SeasonStore(redis)
    await store.made.add("a", b"first", 9)
    book = store.book("a", "1")
    for n in range(MOST_OF_A_SEASON + 1):  # so that every key of a book is there
        await book.add(f"e{n}", n, b"entry", simulated=True)
    await book.add("real", 1, b"entry", simulated=False)
    assert await store.drop("a", "1")
    assert not await store.drop("a", "1"), "again is no change"
    assert await store.made.all() == []
    assert await book.add("late", 9, b"late", simulated=True, grows=True) is None
    assert await book.read() == Changes(0, True, [])
    gone = f"{keys.season('a')}:gone"
    assert [key async for key in redis.scan_iter()] == [gone.encode()]
    assert 0 < await redis.ttl(gone) <= GONE_SECONDS, "and that goes by itself"

    await store.made.add("a", b"second", 9)
    anew = store.book("a", "2")
    assert await anew.add("e", 1, b"anew", simulated=True) == b"anew"
    assert await book.add("late", 9, b"late", simulated=True) is None
    assert (await anew.read()).bodies == [b"anew"]
