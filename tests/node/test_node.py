"""A node that ends gives back what it held, whatever of it cannot be done."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.node.conftest import open_house
from tests.store.servers import Server, free_ports

from afterparty.store.errors import StoreUnavailable
from afterparty.store.nodes import Nodes
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
