"""Seasons on a real server: each with a book of its own."""

import pytest

from afterparty.store import keys
from afterparty.store.errors import StoreError
from afterparty.store.records import RecordBook
from afterparty.store.seasons import SeasonStore
from afterparty.store.servers import Client


async def test_each_has_a_book_of_its_own(redis: Client) -> None:
    store = SeasonStore(redis)
    await store.book("a").add("e", 1, b"in a", simulated=True)
    await store.book("b").add("e", 2, b"in b", simulated=True)
    assert (await store.book("a").read()).bodies == [b"in a"]
    assert (await store.book("b").read()).bodies == [b"in b"]
    assert (await RecordBook(redis).read()).bodies == []
    with pytest.raises(StoreError):
        keys.season("{evil}")
