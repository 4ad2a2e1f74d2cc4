"""Counts that are told are the latest, of every room, in whatever order news of them came."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.node.conftest import House

from afterparty.node.ground.settings import Settings
from afterparty.node.live.audience import WAITING_LIMIT
from afterparty.store.errors import StoreError, StoreUnavailable
from afterparty.store.ops import Counts, Leave, Op, PresenceResult
from afterparty.wire.messages import Counts as Told
from afterparty.wire.messages import to_client


async def test_old_news_is_put_right(house: House) -> None:
    """The answer to one request came after the news of a later one."""
    watcher = await house.join("watcher")
    house.node.audience.heard("show", {"pre": Counts(7, 7, 7, 7)})
    told: Told | None = None
    while told is None or told.rooms["pre"].participants != 1:
        batch = await watcher.outbox.next()
        assert batch is not None
        found = [to_client.validate_json(text) for text in batch]
        told = next((one for one in found if isinstance(one, Told)), told)
    assert house.node.audience.counts("pre").participants == 1


async def test_a_newer_message_has_what_the_one_it_replaces_had(house: House) -> None:
    """Two rooms change while a socket is slow: it hears of both."""
    watcher = await house.join("watcher")
    await house.join("other", "post")
    while house.node.audience.counts("post").participants != 1:
        await watcher.outbox.next()
    batch: list[str] | None = None
    await house.join("third", "post")
    while batch is None:
        batch = await watcher.outbox.next()
    told = to_client.validate_json(batch[-1])
    assert isinstance(told, Told)
    assert set(told.rooms) == {"pre", "post"}


def test_a_full_room_may_end() -> None:
    """Everybody in it leaves in the same moment."""
    assert Settings().max_members <= WAITING_LIMIT


async def test_a_lost_answer_leaves_a_doubt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked may be done or not: whoever keeps the lease has all looked at again."""

    async def lost(show: str, ops: Sequence[Op]) -> PresenceResult:
        raise StoreUnavailable("The answer is lost.")

    assert not house.node.audience.doubted
    monkeypatch.setattr(house.node.store.presence, "apply", lost)
    with pytest.raises(StoreError, match="store_unavailable"):
        await house.node.audience.do("show", Leave("c"))
    assert house.node.audience.doubted == {"show"}


async def test_a_show_that_waits_keeps_no_other_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a cluster of which one master is away."""
    presence, reached = house.node.store.presence, asyncio.Event()
    apply = presence.apply

    async def one_hangs(show: str, ops: Sequence[Op]) -> PresenceResult:
        if show == "slow":
            await reached.wait()
        return await apply(show, ops)

    monkeypatch.setattr(presence, "apply", one_hangs)
    audience = house.node.audience
    slow = asyncio.create_task(audience.do("slow", Leave("c")))
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert not await audience.do("show", Leave("c"))
    assert not slow.done()
    reached.set()
    assert not await slow
