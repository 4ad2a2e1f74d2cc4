"""Reports on a real server: numbered, few of one kind, and the oldest go."""

import pytest

from afterparty.store import reports as module
from afterparty.store.reports import ReportStore
from afterparty.store.servers import Client


@pytest.fixture
def store(redis: Client) -> ReportStore:
    return ReportStore(redis)


async def test_reports_are_numbered_and_read_by_the_page(store: ReportStore) -> None:
    numbers = [await store.add(f"m{n}", "r", None, b"%d" % n) for n in range(5)]
    assert numbers == [1, 2, 3, 4, 5]
    assert await store.read(0, 2) == [(1, b"0"), (2, b"1")]
    assert await store.read(2, 100) == [(3, b"2"), (4, b"3"), (5, b"4")]


async def test_of_one_about_another_there_are_few_until_they_are_dealt_with(
    store: ReportStore,
) -> None:
    for _ in range(module.OPEN):
        assert await store.add("a", "r", "b", b"x")
    assert await store.add("a", "r", "b", b"x") is None
    for by, room, member in (("a", "r", None), ("a", "r", "c"), ("a", "s", "b"), ("c", "r", "b")):
        assert await store.add(by, room, member, b"x")
    assert await store.drop(1)
    assert not await store.drop(1)
    assert await store.add("a", "r", "b", b"x")
    assert await store.add("a", "r", "b", b"x") is None


async def test_a_report_that_is_sent_twice_is_kept_once(
    store: ReportStore, redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a client that lost its answer."""
    monkeypatch.setattr(module.secrets, "token_hex", lambda size: "the same")
    assert [await store.add("a", "r", "b", b"x") for _ in range(3)] == [1, 1, 1]
    assert await store.read(0, 100) == [(1, b"x")]


async def test_the_oldest_go_and_are_open_no_more(
    store: ReportStore, redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for n in range(7):
        assert await store.add("a", "r", f"m{n}", b"%d" % n)
    assert await store.read(0, 100) == [(5, b"4"), (6, b"5"), (7, b"6")]
    assert await redis.hlen("ap:{:reports}:open") == 3
