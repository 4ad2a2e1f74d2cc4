"""A node stays alive whatever else waits; one that ends gives back what it held."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.node.conftest import House, open_house
from tests.store.servers import Server, free_ports

from afterparty.node import node as node_module
from afterparty.store.errors import StoreUnavailable
from afterparty.store.nodes import Nodes
from afterparty.store.ops import Lease
from afterparty.store.presence import Presence
from afterparty.store.servers import Client, client, close


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "redis", free_ports(1)[0]) as found:
        yield found


@pytest.fixture
async def redis(server: Server) -> AsyncIterator[Client]:
    found = client(server.url)
    yield found
    await close(found)


async def away(*_: object) -> None:
    raise StoreUnavailable("away")


@pytest.mark.parametrize("failing", ["mixing.release", "registry.withdraw", "none"])
async def test_a_node_that_ends_is_gone_at_once(
    server: Server, redis: Client, tmp_path: Path, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, _, does = failing.partition(".")
    async with open_house(tmp_path / "data", redis_url=server.url) as house:
        await house.join("fan")
        assert set(await Nodes(redis).all()) == {house.node.name}
        if does:
            monkeypatch.setattr(getattr(house.node, part), does, away)
    counts = await Presence(redis).counts("show")
    assert counts["pre"].participants == 0
    listed = set(await Nodes(redis).all())
    assert listed == ({house.node.name} if part == "registry" else set())


async def test_the_lease_does_not_wait_for_the_registry(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, renewed = asyncio.Event(), asyncio.Semaphore(0)
    renew = house.node.store.presence.renew

    async def stuck(ttl_ms: int) -> None:
        asked.set()
        await asyncio.Event().wait()

    async def counted(node: str, ttl_ms: int) -> Lease:
        found = await renew(node, ttl_ms)
        renewed.release()
        return found

    monkeypatch.setattr(node_module, "RENEW_SECONDS", 0.02)
    monkeypatch.setattr(house.node.registry, "refresh", stuck)
    monkeypatch.setattr(house.node.store.presence, "renew", counted)
    async with asyncio.timeout(20):
        await asked.wait()
        for _ in range(5):
            await renewed.acquire()
