"""Webhooks on a real server: held by one node, written down only by it, and each step once."""

import pytest

from afterparty.store import webhooks as module
from afterparty.store.errors import StoreError
from afterparty.store.servers import Client
from afterparty.store.webhooks import Standing, WebhookStore


@pytest.fixture
def store(redis: Client) -> WebhookStore:
    return WebhookStore(redis)


async def test_a_webhook_is_held_by_one_node_at_a_time(store: WebhookStore) -> None:
    assert await store.add("w", b"body", {"r": 7})
    assert await store.hold("one", 60_000) == {"w": b"body"}
    assert await store.hold("two", 60_000) == {}
    assert await store.hold("one", 60_000) == {"w": b"body"}
    await store.free("two")
    assert await store.hold("two", 60_000) == {}
    await store.free("one")
    assert await store.hold("two", 60_000) == {"w": b"body"}
    assert await store.cursors("w") == {"r": 7}


async def test_a_lease_that_has_run_out_is_anybodys(store: WebhookStore) -> None:
    await store.add("w", b"body", {})
    await store.hold("one", 1)
    while not await store.hold("two", 60_000):
        pass
    assert await store.hold("one", 60_000) == {}


async def test_only_who_holds_it_writes_down(store: WebhookStore) -> None:
    await store.add("w", b"body", {"r": 1})
    await store.hold("one", 60_000)
    assert not await store.take("two", "w", "r", 2)
    assert not await store.done("two", "w", ("r", 2), {"r": 2})
    assert await store.failed("two", "w", 1.0, 2.0, 9.0) is None
    assert await store.standing("w") == Standing()
    assert await store.cursors("w") == {"r": 1}


async def test_what_is_told_is_known_before_and_counted_once(store: WebhookStore) -> None:
    await store.add("w", b"body", {"r": 1})
    await store.hold("one", 60_000)
    assert await store.take("one", "w", "r", 2)
    assert (await store.standing("w")).pending == ("r", 2)
    await store.free("one")
    await store.hold("two", 60_000)
    for _ in range(2):  # the answer may be lost, and the same be sent again
        assert await store.take("two", "w", "r", 2)
        assert await store.done("two", "w", ("r", 2), {"r": 2, "other": 9})
        assert await store.done("two", "w", ("r", 2), {"r": 2, "other": 9})
    # Taken again after it was done with, it would count again: nobody does that, cursors say so.
    assert (await store.standing("w")).delivered == 2
    assert await store.cursors("w") == {"r": 2, "other": 9}
    assert await store.done("two", "w", None, {"r": 5})
    assert (await store.standing("w")).delivered == 2
    assert await store.cursors("w") == {"r": 5, "other": 9}


async def test_failing_is_remembered_until_it_is_over(store: WebhookStore) -> None:
    await store.add("w", b"body", {})
    await store.hold("one", 60_000)
    await store.take("one", "w", "r", 1)
    assert await store.failed("one", "w", 100.0, 101.0, 50.0) is True
    assert await store.failed("one", "w", 120.0, 122.5, 50.0) is True
    found = await store.standing("w")
    assert (found.failures, found.failing_since, found.next_at) == (2, 100.0, 122.5)
    await store.done("one", "w", ("r", 1), {"r": 1})
    assert await store.standing("w") == Standing(delivered=1)
    await store.take("one", "w", "r", 2)
    assert await store.failed("one", "w", 200.0, 201.0, 50.0) is True
    assert await store.failed("one", "w", 250.0, 251.0, 50.0) is False
    assert (await store.standing("w")).disabled == "failing"
    assert await store.hold("one", 60_000) == {}


async def test_who_is_gone_is_told_nothing_more(store: WebhookStore) -> None:
    await store.add("w", b"body", {})
    await store.hold("one", 60_000)
    assert await store.failed("one", "w", 1.0, 2.0, 50.0, "gone") is False
    assert (await store.standing("w")).disabled == "gone"
    assert await store.take("one", "w", "r", 1) is False


async def test_what_is_thrown_away_is_gone_with_all_that_is_known_of_it(
    store: WebhookStore, redis: Client
) -> None:
    await store.add("w", b"body", {"r": 1})
    await store.hold("one", 60_000)
    await store.take("one", "w", "r", 2)
    assert await store.drop("w")
    assert not await store.drop("w")
    assert await store.all() == {}
    assert not await store.take("one", "w", "r", 2)
    assert await store.cursors("w") == {}
    assert await store.standing("w") == Standing()


async def test_there_are_not_too_many(store: WebhookStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    assert await store.add("a", b"1", {})
    assert await store.add("b", b"2", {})
    assert not await store.add("c", b"3", {})
    assert await store.add("a", b"again", {}), "it is there"
    assert await store.all() == {"a": b"1", "b": b"2"}
    with pytest.raises(StoreError):
        await store.add("a b", b"", {})
