"""A book as a node knows it: always as the store has it, however many read and write at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from afterparty.core.model import Role, RoomKind
from afterparty.core.records import Appearance, Book, Entry, First, RecordKind, book_of
from afterparty.core.season import FirstRule
from afterparty.node.books.book import KnownBook
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.records import RecordBook
from afterparty.store.servers import Client, client, close


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Client]:
    store = EmbeddedStore(tmp_path / "store")
    found = client(await store.start())
    try:
        yield found
    finally:
        await close(found)
        await store.stop()


def entry(name: str, listeners: int) -> Entry:
    return Entry(name, RecordKind.ROOM, name, listeners, 1.0, True, "ann", room_kind=RoomKind.SPACE)


async def test_what_another_node_writes_is_read(redis: Client) -> None:
    here, there = (KnownBook(RecordBook(redis, most=3)) for _ in range(2))
    assert await here.read() == Book()
    for name, listeners in (("a", 1), ("b", 2), ("a", 3), ("c", 4), ("d", 5)):
        assert await there.enter(entry(name, listeners), grows=True) == entry(name, listeners)
        assert await here.read() == await there.read()
    kept = book_of((entry("a", 3), entry("c", 4), entry("d", 5)))
    assert await here.read() == kept, "the lowest went"
    assert await here.enter(entry("e", 2)) is None
    assert await here.read() is await here.read(), "what has not changed is the same value"


async def test_who_fits_a_rule_is_looked_for_again_when_the_book_has_changed(
    redis: Client,
) -> None:
    rule = FirstRule("host", "First to host", (), Role.HOST, RoomKind.SPACE)
    book = KnownBook(RecordBook(redis))
    assert book.fits(rule) == ()
    host = Appearance("ann", "Ann", Role.HOST, (), 1.0)
    hosted = replace(entry("a", 1), stage=(host,))
    await book.enter(hosted)
    await book.read()
    assert book.fits(rule) == (First(rule, hosted, host),)
    assert book.fits(rule) is book.fits(rule)


async def test_what_the_store_has_forgotten_is_forgotten(redis: Client) -> None:
    book = KnownBook(RecordBook(redis))
    for n in range(4):
        await book.enter(entry(f"e{n}", n + 1))
    assert len((await book.read()).entries) == 4
    await redis.flushall()
    assert await book.read() == Book()
    await book.enter(entry("new", 1))
    assert await book.read() == book_of((entry("new", 1),))


async def test_many_read_and_write_at_once(redis: Client) -> None:
    book = KnownBook(RecordBook(redis))

    async def grow(name: str) -> None:
        for listeners in range(1, 30):
            await book.enter(entry(name, listeners), grows=True)
            held = (await book.read()).find(name)
            assert held is not None
            assert held.listeners >= listeners

    await asyncio.gather(*(grow(name) for name in "abcdef"))
    assert await book.read() == book_of(tuple(entry(name, 29) for name in "abcdef"))
