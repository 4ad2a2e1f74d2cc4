"""A node that goes down: whom it tells what, and when it is done."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.node.conftest import House, open_house

from afterparty.node.abroad.registry import NodeInfo, Registry
from afterparty.node.drain import PACE, STEP_SECONDS, drain
from afterparty.node.live.connection import Connection
from afterparty.store.errors import StoreUnavailable
from afterparty.wire import messages as m

OTHER = "http://other:8080"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data", url="http://this:8080") as found:
        yield found


async def another(house: House, url: str = OTHER) -> Registry:
    """The word of another node."""
    found = Registry(house.node.store.nodes, NodeInfo("other", url))
    await found.refresh(60_000)
    return found


async def told(house: House, connection: Connection) -> m.Closing:
    """The last word to a client, whose socket breaks after it."""
    found: list[m.ToClient] = []
    while (batch := await connection.outbox.next()) is not None:
        found += map(m.to_client.validate_json, batch)
    house.node.members.detach(connection, connection.outbox)
    (closing,) = (message for message in found if isinstance(message, m.Closing))
    return closing


async def test_a_node_that_is_alone_says_goodbye(house: House) -> None:
    fan = await house.join("fan")
    draining = asyncio.create_task(drain(house.node, 60.0, asyncio.Event()))
    closing = await told(house, fan)
    assert (closing.code, closing.nodes) == ("shutting_down", [])
    assert fan.outbox.closing == (1012, "shutting_down")
    await draining
    assert not await house.node.ready()


async def test_members_are_sent_on_and_stay_counted_until_they_are_there(house: House) -> None:
    other = await another(house)
    fan = await house.join("fan")
    released: list[bool] = []

    async def release() -> None:
        await other.refresh(60_000)
        released.append(other.peers()[house.node.name].draining)

    async def fails() -> None:
        raise StoreUnavailable("away")

    house.node.releases += [fails, release]
    draining = asyncio.create_task(drain(house.node, 60.0, asyncio.Event()))
    closing = await told(house, fan)
    assert (closing.code, closing.nodes) == ("shutting_down", [OTHER])
    assert released == [True]
    assert await house.participants() == {"pre": 1, "post": 0}
    house.node.members.taken_up(fan.connection, "fan")
    await draining
    async with asyncio.timeout(20):
        while await house.participants() != {"pre": 0, "post": 0}:
            pass  # it is in no hub already, and on its way out of presence


async def test_members_are_sent_on_a_few_at_a_time(house: House) -> None:
    await another(house)
    fans = await asyncio.gather(*(house.join(f"fan{n}") for n in range(2 * PACE)))
    hurry = asyncio.Event()
    draining = asyncio.create_task(drain(house.node, 60.0, hurry))
    await told(house, fans[0])
    sent_on = sum(fan.outbox.closing is not None for fan in fans)
    assert sent_on <= PACE * STEP_SECONDS + 1
    hurry.set()
    await draining
    assert all(fan.outbox.closing is not None for fan in fans)


async def test_whoever_does_not_go_is_not_waited_for_longer_than_that(house: House) -> None:
    await another(house)
    fan = await house.join("fan")
    draining = asyncio.create_task(drain(house.node, 0.5, asyncio.Event()))
    await told(house, fan)
    await draining
    assert house.node.hub.holds(fan), "the node's end takes them out"


async def test_nobody_is_sent_to_a_node_that_goes_down_too(house: House) -> None:
    other = await another(house)
    await other.drain(60_000)
    await house.node.registry.refresh(60_000)
    fan = await house.join("fan")
    draining = asyncio.create_task(drain(house.node, 60.0, asyncio.Event()))
    assert (await told(house, fan)).nodes == []
    await draining
