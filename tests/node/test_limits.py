from pathlib import Path

import httpx
import pytest
from tests.node.conftest import HOST, open_house

from afterparty.core import commands as c
from afterparty.core.model import RoomKind, Show
from afterparty.node.app import create_app
from afterparty.node.limits import Bucket, Buckets, source_of
from afterparty.node.refused import Refused
from afterparty.node.rooms import ROOMS_OF_A_SHOW
from afterparty.node.settings import Settings


def test_a_burst_passes_and_then_the_rate() -> None:
    bucket = Bucket(rate=2.0, burst=3.0, now=100.0)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(100.5)
    assert not bucket.take(100.5)
    assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]


def test_sources_have_buckets_of_their_own() -> None:
    buckets = Buckets(rate=1.0, burst=1.0)
    assert buckets.take("a", 0.0)
    assert not buckets.take("a", 0.0)
    assert buckets.take("b", 0.0)


def test_the_oldest_source_is_forgotten_first() -> None:
    buckets = Buckets(rate=0.001, burst=1.0, most=2)
    for source in "abc":
        assert buckets.take(source, 0.0)
    assert not buckets.take("c", 0.0)
    assert buckets.take("a", 0.0), "forgotten, so it begins anew"


def test_a_source_is_an_address_or_a_network_of_them() -> None:
    assert source_of("192.0.2.7") == source_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff:1") != source_of("2001:db8:0:1::1")
    assert source_of("no address") == "no address"


async def test_one_address_writes_only_so_fast(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", secret="k" * 40, writes_per_second=0.001)
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client,
    ):
        app.state.node.writes = Buckets(0.001, 2)
        answers = [await client.post("/v1/shows", json={}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 429]
        assert answers[-1].json()["code"] == "rate_limited"
        assert "retry-after" in answers[-1].headers
        assert (await client.get("/v1/shows")).status_code == 200


async def test_shows_and_their_rooms_are_bounded(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data", max_shows=1) as house:
        with pytest.raises(Refused, match="server_full"):
            await house.node.create_show(Show("another", "Another"))
        for n in range(ROOMS_OF_A_SHOW - 2):
            made = c.CreateRoom(HOST, f"r{n}", "show", RoomKind.SPACE, "A room")
            await house.node.rooms.create_room(made)
        more = c.CreateRoom(HOST, "more", "show", RoomKind.SPACE, "A room")
        with pytest.raises(Refused, match="server_full"):
            await house.node.rooms.create_room(more)
