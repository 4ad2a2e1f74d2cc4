"""What is said when acknowledged events could be lost."""

import logging
from pathlib import Path

import pytest
from tests.store.conftest import opened
from tests.store.servers import Cluster, Server, free_ports

from afterparty.store.connect import open_store
from afterparty.store.durability import KEEPS, lacking, tell
from afterparty.store.errors import StoreUnavailable
from afterparty.store.servers import client, close


def test_what_is_lacking() -> None:
    assert lacking(KEEPS) == []
    assert lacking({**KEEPS, "appendfsync": "everysec"}) == ["appendfsync always"]
    assert lacking({}) == [f"{name} {value}" for name, value in KEEPS.items()]


async def test_a_server_that_keeps_all_is_no_news(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Server(tmp_path / "data", free_ports(1)[0]) as server:
        async with open_store(server.url, tmp_path):
            pass
    assert not caplog.records
    async with open_store(None, tmp_path):  # our own
        pass
    assert not caplog.records


async def test_a_server_that_may_lose_some_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Server(tmp_path / "data", free_ports(1)[0]) as server:
        server.ask("CONFIG", "SET", "appendfsync", "everysec")
        async with open_store(server.url, tmp_path):
            pass
    [told] = caplog.records
    assert told.levelno == logging.WARNING
    assert "appendfsync always" in told.message
    assert "appendonly" not in told.message


async def test_one_master_of_three_is_enough(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(cluster.url) as redis:
        await tell(redis, ours=False)
        assert not caplog.records
        cluster.masters[2].ask("CONFIG", "SET", "appendonly", "no")
        try:
            await tell(redis, ours=False)
        finally:
            cluster.masters[2].ask("CONFIG", "SET", "appendonly", "yes")
    assert [told.levelno for told in caplog.records] == [logging.WARNING]


async def test_a_server_that_does_not_say(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Server(tmp_path / "data", free_ports(1)[0]) as server:
        server.ask("ACL", "SETUSER", "node", "on", ">secret", "~*", "&*", "+@all", "-config")
        async with open_store(server.url.replace("//", "//node:secret@"), tmp_path):
            pass
    [told] = caplog.records
    assert "CONFIG GET is forbidden" in told.message
    assert "secret" not in caplog.text


async def test_a_server_that_is_away_is_an_error(tmp_path: Path) -> None:
    redis = client(f"unix://{tmp_path}/no.sock")
    with pytest.raises(StoreUnavailable):
        await tell(redis, ours=False)
    await close(redis)
