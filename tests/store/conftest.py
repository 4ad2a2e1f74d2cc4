"""Real servers for the tests of the store: each test runs on Valkey, on Redis, and on a cluster."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.store.servers import Cluster

from afterparty.store.binary import find_server
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.servers import Client, client, close

BINARIES = ["embedded", "redis-server"]


def _binary(name: str) -> Path:
    if name == "embedded":
        return find_server()
    found = shutil.which("redis-server")
    if found is None:
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent("no redis-server on the path")
    return Path(found)


@pytest.fixture(params=BINARIES)
def binary(request: pytest.FixtureRequest) -> Path:
    return _binary(request.param)


@pytest.fixture
async def embedded(tmp_path: Path, binary: Path) -> AsyncIterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "data", binary)
    yield store
    await store.stop()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three masters, for all tests together: each begins with no keys."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Client]:
    """A client, closed in the end."""
    found = client(url)
    try:
        yield found
    finally:
        await close(found)


@pytest.fixture(params=[*BINARIES, "cluster"])
async def redis(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Client]:
    if request.param == "cluster":
        cluster: Cluster = request.getfixturevalue("cluster")
        async with opened(cluster.url) as found:
            await found.flushall()
            yield found
        return
    store = EmbeddedStore(tmp_path / "data", _binary(request.param))
    try:
        async with opened(await store.start()) as found:
            yield found
    finally:
        await store.stop()
