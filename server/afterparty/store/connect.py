"""Opens the store: one Redis client and everything that stands on it.

``async with open_store(url, data_dir) as store:`` is all that a node needs.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from afterparty.store.bus import Bus
from afterparty.store.catalog import Catalog
from afterparty.store.embedded import EmbeddedStore
from afterparty.store.errors import StoreError
from afterparty.store.leads import Leads
from afterparty.store.link import ANSWER_S, Link
from afterparty.store.log import RoomLog
from afterparty.store.nodes import Nodes
from afterparty.store.presence import Presence
from afterparty.store.records import RecordBook

CONNECTIONS = 32
"""Most connections of one process, less the bus'; who needs one more waits for it."""
CONNECT_S = 2.0
"""How long Redis may take to accept a connection."""
RETRIES = 4
"""How often a request is sent again after a lost connection, over about 1.5 s."""


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of an open store; they share one client and close with it."""

    redis: Redis
    log: RoomLog
    catalog: Catalog
    presence: Presence
    leads: Leads
    records: RecordBook
    nodes: Nodes
    bus: Bus
    embedded: EmbeddedStore | None
    """The server of our own, if no other was named."""


@asynccontextmanager
async def open_store(url: str | None, data_dir: Path) -> AsyncIterator[Store]:
    """Connect to the Redis at ``url``, or start one of our own in ``data_dir / "redis"``.

    Raises:
        StoreError: ``bad_url``, or as :meth:`EmbeddedStore.start`.
        StoreUnavailable: no answer from ``url``.
    """
    async with AsyncExitStack() as stack:
        embedded = None
        if url is None:
            embedded = EmbeddedStore(data_dir / "redis")
            stack.push_async_callback(embedded.stop)
            url = await embedded.start()
        redis = client(url)
        stack.push_async_callback(redis.aclose)
        catalog = Catalog(redis)
        await Link(redis).command("PING")
        await catalog.heal()
        bus = await stack.enter_async_context(Bus(redis))
        yield Store(
            redis,
            RoomLog(redis),
            catalog,
            Presence(redis),
            Leads(redis),
            RecordBook(redis),
            Nodes(redis),
            bus,
            embedded,
        )


def client(url: str) -> Redis:
    """A client with limits on everything that may wait. Raises StoreError ``bad_url``."""
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise StoreError("bad_url", "A Redis URL begins with redis://, rediss:// or unix://.")
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=ANSWER_S,
            socket_connect_timeout=CONNECT_S,
            socket_timeout=None,  # Link keeps the time
            health_check_interval=15,
            retry=Retry(ExponentialBackoff(cap=0.8, base=0.1), RETRIES),
            protocol=2,  # the bus reads replies in this form
        )
    except ValueError as error:
        raise StoreError("bad_url", f"That is no Redis URL: {error}.") from None
    return Redis.from_pool(pool)
