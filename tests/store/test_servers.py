"""Every kind of Redis that a URL can name: what is read from it, and that the store works there."""

import asyncio
import datetime
import ipaddress
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis.asyncio import Redis, RedisCluster
from tests.store.conftest import opened
from tests.store.servers import Cluster, Server, free_ports, until

from afterparty.store import keys
from afterparty.store.bus import Bus
from afterparty.store.connect import Store, open_store
from afterparty.store.errors import StoreError, StoreUnavailable
from afterparty.store.inbox import LogGrew, Message, Resync
from afterparty.store.ops import Counts, Enter
from afterparty.store.servers import CONNECTIONS, client


@pytest.mark.parametrize(
    "url",
    [
        "http://x",
        "localhost:6379",
        "redis://localhost:port",
        "redis+cluster://",
        "redis+cluster://a:1,,b:2",
        "redis+cluster://a:1/3",
        "redis+cluster://a:port",
        "redis+cluster://a?colour=blue",
        "redis+sentinel://a:1",
        "redis+sentinel://a:1/name/first",
        "redis+other://a",
        "rediss",
        "",
    ],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="bad_url"):
        client(url)


def test_a_refusal_keeps_the_password() -> None:
    for url in ("redis://:secret/x@a:1", "redis+cluster://u:secret@a:b", "sentinel://:secret@a"):
        with pytest.raises(StoreError) as refused:
            client(url)
        assert "secret" not in str(refused.value)


async def test_a_sentinel_url_is_read() -> None:
    found = client(
        "rediss+sentinel://u:p%40ss@one,[::1]:5/mymaster/2"
        "?sentinel_username=s&sentinel_password=q&ssl_ca_certs=/ca.pem"
    )
    assert isinstance(found, Redis)
    pool = found.connection_pool
    assert (pool.service_name, pool.is_master) == ("mymaster", True)
    assert pool.connection_kwargs.items() >= {
        "username": "u", "password": "p@ss", "db": 2, "ssl_ca_certs": "/ca.pem"
    }.items()  # fmt: skip
    asked = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]
    assert [(one["host"], one["port"]) for one in asked] == [("one", 26379), ("::1", 5)]
    assert [(one["username"], one["password"]) for one in asked] == [("s", "q")] * 2
    assert all(one["ssl_ca_certs"] == "/ca.pem" for one in asked)


def test_a_cluster_url_is_read() -> None:
    found = client("rediss+cluster://u:p@one,two:7?ssl_ca_certs=/ca.pem")
    assert isinstance(found, RedisCluster)
    assert [node.name for node in found.startup_nodes] == ["one:6379", "two:7"]
    for node in found.startup_nodes:
        given = node.connection_kwargs
        assert (given["username"], given["password"]) == ("u", "p")
        assert given["ssl_ca_certs"] == "/ca.pem"


async def check(store: Store) -> None:
    """All parts of a store, as a node uses them."""
    for show in "abcdef":  # in as many slots
        await store.catalog.create_show(show, b"{}")
        await store.catalog.add_room(show, f"{show}-r")
        async with store.bus.listen(show) as inbox:
            assert await inbox.get() == Resync()
            assert await store.log.commit(show, f"{show}-r", 0, [b"x"], ["m"]) == 1
            assert await inbox.get() == LogGrew(f"{show}-r", 1)
            await store.bus.publish(show, b"hello")
            assert await inbox.get() == Message(b"hello")
        await store.presence.apply(show, [Enter("c", "dead", "m", f"{show}-r")])
        assert await store.presence.counts(show) == {f"{show}-r": Counts(1, 0, 0, 1)}
        assert await store.presence.evict_dead(show) == ["dead"]
    assert [show for show, _ in await store.catalog.shows()] == list("abcdef")
    assert await store.records.add("e", 7, b"seven", simulated=False) == b"seven"
    assert (await store.records.read()).bodies == [b"seven"]
    await store.presence.renew("n", 60_000)


# TLS


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A key, and a certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's Redis")])
    now = datetime.datetime.now(datetime.UTC)
    local = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(local, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, own = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, own, serialization.NoEncryption()))
    (folder / "certificate.pem").write_bytes(made.public_bytes(pem))
    return folder / "key.pem", folder / "certificate.pem"


async def test_a_server_that_speaks_tls(tmp_path: Path) -> None:
    key, certificate = _certificate(tmp_path)
    [port] = free_ports(1)
    server = Server(
        tmp_path / "data",
        port,
        *("--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(certificate), "--tls-key-file", str(key)),
        *("--tls-ca-cert-file", str(certificate)),
    )
    server.start()
    try:
        url = f"rediss://127.0.0.1:{port}"
        known = f"{url}?ssl_ca_certs={certificate}"
        async with asyncio.timeout(30):
            while True:
                try:
                    async with open_store(known, tmp_path) as store:
                        await check(store)
                    break
                except StoreUnavailable:  # it is starting
                    await asyncio.sleep(0.05)
        with pytest.raises(StoreUnavailable, match="certificate verify failed"):
            async with open_store(url, tmp_path):
                pass
    finally:
        server.__exit__()


# Sentinel


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Server, Server, str]]:
    """A master, its replica, and the URL of the Sentinel that watches them."""
    ports = free_ports(3)
    master, replica = (Server(tmp_path / str(port), port) for port in ports[:2])
    folder = tmp_path / "sentinel"
    folder.mkdir()
    settings = folder / "sentinel.conf"
    settings.write_text(
        f"sentinel monitor mymaster 127.0.0.1 {ports[0]} 1\n"
        "sentinel down-after-milliseconds mymaster 500\n"
        "sentinel failover-timeout mymaster 3000\n"
    )
    sentinel = Server(folder, ports[2], str(settings), "--sentinel", sentinel=True)
    with master, replica:
        replica.ask("REPLICAOF", "127.0.0.1", master.port)
        until(lambda: _info(replica)["master_link_status"] == "up", "the replica")
        with sentinel:
            until(lambda: _replicas(sentinel) == 1, "the Sentinel")
            yield master, replica, f"redis+sentinel://127.0.0.1:{sentinel.port}/mymaster"


def _info(server: Server) -> dict[str, Any]:
    return server.ask("INFO", "replication")


def _replicas(sentinel: Server) -> int:
    return sentinel.ask("SENTINEL MASTERS")["mymaster"]["num-slaves"]


async def test_a_master_that_dies_is_followed_by_its_replica(
    watched: tuple[Server, Server, str], tmp_path: Path
) -> None:
    master, replica, url = watched
    async with open_store(url, tmp_path) as store:
        await check(store)
        async with store.bus.listen("a") as inbox:
            assert await inbox.get() == Resync()
            end = _info(master)["master_repl_offset"]
            until(lambda: _info(replica)["slave_repl_offset"] >= end, "the replica")
            master.kill()
            assert await _insist_on_commit(store) == 2
            assert await inbox.get() == Resync()
            await store.bus.publish("a", b"on the new one")
            while await inbox.get() != Message(b"on the new one"):
                pass
            assert await store.log.read("a", "a-r") == [(1, b"x"), (2, b"y")]
    assert _info(replica)["role"] == "master"


async def _insist_on_commit(store: Store) -> int:
    async with asyncio.timeout(30):
        while True:
            try:
                return await store.log.commit("a", "a-r", 1, [b"y"])
            except StoreUnavailable:
                await asyncio.sleep(0.1)


async def test_a_sentinel_that_does_not_answer_is_passed_over(
    watched: tuple[Server, Server, str], tmp_path: Path
) -> None:
    _, _, url = watched
    [nobody] = free_ports(1)
    first = url.replace("://", f"://127.0.0.1:{nobody},")
    async with open_store(first, tmp_path) as store:
        await check(store)


# A cluster


async def test_a_cluster(cluster: Cluster, tmp_path: Path) -> None:
    async with opened(cluster.url) as redis:
        await redis.flushall()
    async with open_store(cluster.url, tmp_path) as store:
        await check(store)
        assert isinstance(store.redis, RedisCluster)
        slots = {store.redis.get_node_from_key(keys.root(show)).name for show in "abcdef"}
        assert len(slots) == 3, "the shows of this test are on all masters"


async def test_any_master_of_a_cluster_will_do_to_hear(cluster: Cluster) -> None:
    """Wherever it is published: each carries it to all."""
    async with opened(cluster.url) as redis, opened(cluster.url) as other:
        for n in range(5):  # each listens to one of the three
            async with Bus(redis) as bus, bus.listen(f"s{n}") as inbox, Bus(other) as elsewhere:
                assert await inbox.get() == Resync()
                await elsewhere.publish(f"s{n}", b"hello")
                assert await inbox.get() == Message(b"hello")


async def test_more_ask_than_there_are_connections(cluster: Cluster, tmp_path: Path) -> None:
    async with open_store(cluster.url, tmp_path) as store:
        many = (store.log.version("a", f"r{n}") for n in range(10 * CONNECTIONS))
        assert set(await asyncio.gather(*many)) == {0}


async def test_a_master_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    with Cluster(tmp_path / "own") as cluster:
        async with open_store(cluster.url, tmp_path) as store:
            await check(store)
            assert isinstance(store.redis, RedisCluster)
            port = store.redis.get_node_from_key(keys.root("a")).port
            killed = next(one for one in cluster.masters if one.port == port)
            killed.kill()
            with pytest.raises(StoreUnavailable):
                await store.log.commit("a", "a-r", 1, [b"y"])
            killed.start()
            async with store.bus.listen("a") as inbox:
                assert await _insist_on_commit(store) == 2
                while await inbox.get() not in (LogGrew("a-r", 2), Resync()):
                    pass
        assert killed.ask("PING")


async def test_without_its_masters_a_cluster_is_unavailable(tmp_path: Path) -> None:
    [port] = free_ports(1)
    with pytest.raises(StoreUnavailable):
        async with open_store(f"redis+cluster://127.0.0.1:{port}", tmp_path):
            pass


async def test_a_server_that_pauses_is_unavailable_until_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("afterparty.store.servers.ANSWER_S", 0.3)
    [port] = free_ports(1)
    with Server(tmp_path / "data", port) as server:
        async with open_store(server.url, tmp_path) as store:
            server.signal(signal.SIGSTOP)
            with pytest.raises(StoreUnavailable):
                await store.log.commit("a", "a-r", 0, [b"x"])
            server.signal(signal.SIGCONT)
            assert await store.log.version("a", "a-r") in (0, 1), (
                "what it was sent it may have done"
            )
