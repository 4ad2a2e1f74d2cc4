"""The record book on a real server: once each, bounded, and still there after a restart."""

import asyncio

import pytest

from afterparty.store import keys, records
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import StoreError
from afterparty.store.records import RecordBook
from afterparty.store.servers import Client, client


async def test_an_entry_is_written_once(redis: Client) -> None:
    book = RecordBook(redis)
    assert await book.read() == (0, [])
    assert await book.add("a", 5, b"first", simulated=True) == b"first"
    assert await book.add("a", 9, b"second", simulated=False) == b"first"
    version, bodies = await book.read()
    assert bodies == [b"first"]
    assert await book.read(version) == (version, None)
    with pytest.raises(StoreError):
        await book.add("a b", 1, b"", simulated=True)


async def test_of_many_that_write_one_entry_one_does(redis: Client) -> None:
    book = RecordBook(redis)
    bodies = [b"%d" % n for n in range(20)]
    found = await asyncio.gather(*(book.add("a", 1, body, simulated=False) for body in bodies))
    assert len(set(found)) == 1
    assert await book.read() == (1, [found[0]])


async def test_the_lowest_go_and_only_among_their_like(
    redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MOST", 3)
    book = RecordBook(redis)
    assert await book.add("real", 1, b"real", simulated=False) == b"real"
    for listeners in (5, 2, 9):
        await book.add(f"s{listeners}", listeners, b"%d" % listeners, simulated=True)
    assert await book.add("s1", 1, b"1", simulated=True) is None
    assert await book.add("s2b", 2, b"2b", simulated=True) is None, "no higher than the lowest"
    assert await book.add("s7", 7, b"7", simulated=True) == b"7"
    assert sorted((await book.read())[1] or []) == [b"5", b"7", b"9", b"real"]
    sizes = [await redis.zcard(f"{keys.RECORDS}:rank:{kind}") for kind in ("simulated", "real")]
    assert sizes == [3, 1]


async def test_a_restart_loses_nothing(embedded: EmbeddedStore) -> None:
    async with client(await embedded.start()) as redis:
        await RecordBook(redis).add("a", 44_208, b"kept", simulated=True)
    await embedded.stop()
    async with client(await embedded.start()) as redis:
        assert await RecordBook(redis).read() == (1, [b"kept"])
