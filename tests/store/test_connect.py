import asyncio
import socket
from pathlib import Path

import pytest
from tests.store.conftest import opened

from afterparty.store import servers
from afterparty.store.connect import open_store
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import StoreError, StoreUnavailable
from afterparty.store.inbox import Message, Resync
from afterparty.store.log import RoomLog
from afterparty.store.ops import Counts, Enter, Lease
from afterparty.store.servers import client


async def test_a_store_of_our_own(tmp_path: Path) -> None:
    async with open_store(None, tmp_path) as store:
        assert store.embedded is not None
        await store.catalog.create_show("s", b"{}")
        await store.catalog.add_room("s", "r")
        await store.log.commit("s", "r", 0, [b"x"])
        await store.presence.apply("s", [Enter("c", "n", "m", "r")])
        with pytest.raises(StoreError, match="data_in_use"):
            async with open_store(None, tmp_path):
                pass
        server = store.embedded
    assert server.pid is None
    async with open_store(None, tmp_path) as store:
        assert await store.catalog.rooms("s") == ["r"]
        assert await store.presence.counts("s") == {"r": Counts(1, 1, 1, 1)}


async def test_two_nodes_on_one_server(embedded: EmbeddedStore, tmp_path: Path) -> None:
    url = await embedded.start()
    async with open_store(url, tmp_path) as one, open_store(url, tmp_path) as two:
        assert one.embedded is None
        async with two.bus.listen("s") as inbox:
            assert await inbox.get() == Resync()
            await one.bus.publish("s", b"hello")
            assert await inbox.get() == Message(b"hello")
        await one.presence.apply("s", [Enter("c1", "n1", "m", "r")])
        await two.presence.apply("s", [Enter("c2", "n2", "m", "r"), Enter("c3", "n2", "k", "r")])
        assert await one.presence.counts("s") == {"r": Counts(2, 2, 2, 2)}
        await one.presence.renew("n1", 60_000)
        assert await one.presence.evict_dead("s") == ["n2"]
        assert await two.presence.where("s", "m") == {"r"}
        assert await two.presence.where("s", "k") == set()


async def test_a_lease_is_renewed_while_every_connection_is_taken(
    embedded: EmbeddedStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "ANSWER_S", 0.5)
    url = await embedded.start()
    async with open_store(url, tmp_path) as store:
        waiting = [
            asyncio.create_task(store.redis.execute_command("BLPOP", f"k{n}", 0))
            for n in range(servers.CONNECTIONS)
        ]
        async with asyncio.timeout(20), opened(url) as other:
            while (await other.info("clients"))["blocked_clients"] < servers.CONNECTIONS:
                pass
        with pytest.raises(StoreUnavailable):
            await store.presence.live_nodes("s")
        assert await store.presence.renew("n", 60_000) is Lease.NEW
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize("url", ["http://x", "localhost:6379", "redis://localhost:port", ""])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="bad_url"):
        client(url)


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        async with open_store(f"unix://{tmp_path}/no.sock", tmp_path):
            pass


@pytest.fixture
def silent_url():
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}"


async def test_a_server_that_never_answers(
    silent_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "ANSWER_S", 0.05)
    async with client(silent_url) as redis:
        with pytest.raises(StoreUnavailable):
            await RoomLog(redis).commit("s", "r", 0, [b"x"])


async def test_who_waits_for_an_answer_can_be_cancelled(silent_url: str) -> None:
    async with client(silent_url) as redis:
        asking = asyncio.create_task(RoomLog(redis).version("s", "r"))
        for _ in range(20):
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
