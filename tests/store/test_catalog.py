import asyncio

import pytest

from afterparty.store import keys
from afterparty.store.catalog import Catalog
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.servers import Client


async def test_shows(redis: Client) -> None:
    catalog = Catalog(redis)
    assert await catalog.shows() == []
    await catalog.create_show("b", b"{}")
    await catalog.create_show("a", b"[1]")
    with pytest.raises(AlreadyExists):
        await catalog.create_show("a", b"other")
    assert await catalog.shows() == [("a", b"[1]"), ("b", b"{}")]
    assert await catalog.show("a") == b"[1]"
    assert await catalog.show("c") is None


async def test_rooms_belong_to_one_show(redis: Client) -> None:
    catalog = Catalog(redis)
    await catalog.add_room("a", "r2")
    await catalog.add_room("a", "r1")
    await catalog.add_room("a", "r1")
    assert await catalog.rooms("a") == ["r1", "r2"]
    with pytest.raises(AlreadyExists):
        await catalog.add_room("b", "r1")
    assert await catalog.rooms("b") == []
    assert await catalog.show_of("r1") == "a"
    assert await catalog.show_of("r3") is None


async def test_of_two_that_claim_a_room_one_gets_it(redis: Client) -> None:
    catalog = Catalog(redis)
    shows = [f"s{n}" for n in range(10)]
    answers = await asyncio.gather(
        *(catalog.add_room(show, "r") for show in shows), return_exceptions=True
    )
    owner = await catalog.show_of("r")
    for show, answer in zip(shows, answers, strict=True):
        assert await catalog.rooms(show) == (["r"] if show == owner else [])
        assert (answer is None) == (show == owner)


async def test_an_index_that_lacks_lines_is_healed(redis: Client) -> None:
    catalog = Catalog(redis)
    await catalog.create_show("a", b"{}")
    await catalog.add_room("a", "r")
    await catalog.add_room("a", "q")
    await redis.delete(keys.ROOMS)
    await catalog.add_room("a", "r")
    assert await catalog.show_of("r") == "a"
    assert await catalog.show_of("q") is None
    await catalog.heal()
    assert await catalog.show_of("q") == "a"

    await redis.delete(keys.SHOWS)
    with pytest.raises(AlreadyExists):
        await catalog.create_show("a", b"{}")
    assert await catalog.shows() == [("a", b"{}")]


async def test_bad_ids_are_refused(redis: Client) -> None:
    catalog = Catalog(redis)
    with pytest.raises(StoreError, match="bad_id"):
        await catalog.create_show("a b", b"")
    with pytest.raises(StoreError, match="bad_id"):
        await catalog.add_room("a", "}")
    assert await redis.keys("*") == []
