"""Real servers for the tests of the store: each test runs on Valkey and on Redis."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from afterparty.store.binary import find_server
from afterparty.store.connect import client
from afterparty.store.embedded import EmbeddedStore


@pytest.fixture(params=["embedded", "redis-server"])
def binary(request: pytest.FixtureRequest) -> Path:
    if request.param == "embedded":
        return find_server()
    found = shutil.which("redis-server")
    if found is None:
        absent = pytest.fail if os.environ.get("CI") else pytest.skip
        absent("no redis-server on the path")
    return Path(found)


@pytest.fixture
async def embedded(tmp_path: Path, binary: Path) -> AsyncIterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "data", binary)
    yield store
    await store.stop()


@pytest.fixture
async def redis(embedded: EmbeddedStore) -> AsyncIterator[Redis]:
    async with client(await embedded.start()) as redis:
        yield redis
