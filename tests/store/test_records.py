"""The record book on a real server: once each, bounded, and still there after a restart."""

import asyncio

import pytest

from afterparty.store import keys
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import StoreError
from afterparty.store.records import Changes, RecordBook
from afterparty.store.servers import Client, client


async def test_an_entry_is_written_once(redis: Client) -> None:
    book = RecordBook(redis)
    assert await book.read() == Changes(0, True, [])
    assert await book.add("a", 5, b"first", simulated=True) == b"first"
    assert await book.add("a", 9, b"second", simulated=False) == b"first"
    assert await book.read() == Changes(1, True, [b"first"])
    assert await book.read(1) == Changes(1, False, [])
    with pytest.raises(StoreError):
        await book.add("a b", 1, b"", simulated=True)


async def test_what_grows_is_replaced_by_what_is_as_high_or_higher(redis: Client) -> None:
    book = RecordBook(redis)
    for listeners, body, stands in (
        (5, b"five", b"five"),
        (4, b"late", b"five"),
        (5, b"five more", b"five more"),
        (9, b"nine", b"nine"),
    ):
        assert await book.add("a", listeners, body, simulated=True, grows=True) == stands
    assert await book.add("a", 12, b"once", simulated=True) == b"nine", "unless it does not grow"
    assert await book.read() == Changes(3, True, [b"nine"])
    await book.add("a", 9, b"nine", simulated=True, grows=True)
    assert (await book.read()).version == 3, "the same again is no change"


async def test_a_reader_hears_of_what_has_changed(redis: Client) -> None:
    book = RecordBook(redis, most=3)
    for name, listeners in (("a", 1), ("b", 2), ("c", 3)):
        await book.add(name, listeners, name.encode(), simulated=True)
    assert await book.read(2) == Changes(3, False, [b"c"])
    await book.add("a", 7, b"a again", simulated=True, grows=True)
    assert await book.read(3) == Changes(4, False, [b"a again"])
    changed = await book.read(2)
    assert (changed.version, sorted(changed.bodies)) == (4, [b"a again", b"c"])
    await book.add("d", 4, b"d", simulated=True)  # and the lowest goes
    told = await book.read(4)
    assert (told.version, told.whole, sorted(told.bodies)) == (5, True, [b"a again", b"c", b"d"])
    assert (await book.read(99)).whole, "a store that has lost what it had is read anew"


async def test_of_many_that_write_one_entry_one_does(redis: Client) -> None:
    book = RecordBook(redis)
    bodies = [b"%d" % n for n in range(20)]
    found = await asyncio.gather(*(book.add("a", 1, body, simulated=False) for body in bodies))
    assert len(set(found)) == 1
    assert await book.read() == Changes(1, True, [found[0] or b""])


async def test_the_lowest_go_and_only_among_their_like(
    redis: Client,
) -> None:
    book = RecordBook(redis, most=3)
    assert await book.add("real", 1, b"real", simulated=False) == b"real"
    for listeners in (5, 2, 9):
        await book.add(f"s{listeners}", listeners, b"%d" % listeners, simulated=True)
    assert await book.add("s1", 1, b"1", simulated=True) is None
    assert await book.add("s2b", 2, b"2b", simulated=True) is None, "no higher than the lowest"
    assert await book.add("s7", 7, b"7", simulated=True) == b"7"
    assert sorted((await book.read()).bodies) == [b"5", b"7", b"9", b"real"]
    sizes = [await redis.zcard(f"{keys.RECORDS}:rank:{kind}") for kind in ("simulated", "real")]
    assert sizes == [3, 1]


async def test_a_restart_loses_nothing(embedded: EmbeddedStore) -> None:
    async with client(await embedded.start()) as redis:
        await RecordBook(redis).add("a", 44_208, b"kept", simulated=True)
    await embedded.stop()
    async with client(await embedded.start()) as redis:
        assert await RecordBook(redis).read() == Changes(1, True, [b"kept"])
