"""The Redis that a URL names, of whatever kind, and the client that speaks to it.

===================================================  ======================================
``redis://user:pass@host:6379/db``, ``unix://path``  one server
``redis+sentinel://user:pass@host:26379,…/name/db``  the master that these Sentinels know as name
``redis+cluster://user:pass@host:6379,…``            a cluster, found by any of its nodes
===================================================  ======================================

``rediss`` in place of ``redis``: the same over TLS. The login is that of the servers that hold the
data; ``?sentinel_username=…&sentinel_password=…`` is that of the Sentinels. All other options are
redis-py's, such as ``?ssl_ca_certs=/path``.

Beside a client's own connections, :func:`hearing` makes one to hear pub/sub on. Whoever made a
client closes it with :func:`close`.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster, Sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import SentinelConnectionPool
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import RedisClusterException

from afterparty.store.errors import StoreError

ANSWER_S = 4.0
"""How long a request may take, in seconds, with all its retries."""
CONNECTIONS = 32
"""Most requests of one process at a time, and so its connections, less the bus'."""
CONNECT_S = 2.0
"""How long Redis may take to accept a connection, and a Sentinel to answer."""
RETRIES = 4
"""How often a request is sent again after a lost connection, over about 1.5 s."""

_LIMITS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "socket_connect_timeout": CONNECT_S,
        "socket_timeout": None,  # Link keeps the time
        "health_check_interval": 15,
        "protocol": 2,  # the bus reads replies in this form
    }
)

Client = Redis | RedisCluster
"""What Link sends to: either takes one command after another, and finds the server for its key."""


def client(url: str) -> Client:
    """A client with limits on everything that may wait. Raises StoreError ``bad_url``."""
    kinds: dict[str, Callable[[str], Client]] = {
        "redis": _server,
        "rediss": _server,
        "unix": _server,
        "redis+sentinel": _sentinel,
        "rediss+sentinel": _sentinel,
        "redis+cluster": _cluster,
        "rediss+cluster": _cluster,
    }
    scheme, sign, _ = url.partition("://")
    if not sign or scheme not in kinds:
        named = ", ".join(f"{kind}://" for kind in kinds)
        raise StoreError("bad_url", f"A Redis URL begins with one of {named}.")
    try:
        return kinds[scheme](url)
    except (ValueError, TypeError, RedisClusterException):  # what they say may hold the password
        raise StoreError("bad_url", f"That is no URL of the kind {scheme}://.") from None


def hearing(client: Client) -> AbstractConnection:
    """A connection of its own, not open yet, on which to hear what is published.

    In a cluster that is to whichever master: each hears all that is published on any.
    """
    if isinstance(client, RedisCluster):
        nodes = client.get_primaries() or list(client.nodes_manager.startup_nodes.values())
        node = random.choice(nodes)  # noqa: S311 -- no secret
        once = {"retry": Retry(NoBackoff(), 0)}  # the next attempt is with another
        return node.connection_class(**node.connection_kwargs | once)
    pool = client.connection_pool
    return pool.connection_class(**pool.connection_kwargs)


async def close(client: Client) -> None:
    """Close every connection of the client."""
    await client.aclose()
    if isinstance(client, RedisCluster):  # while it looks for its nodes it leaves them open
        await client.nodes_manager.aclose()
        await client.nodes_manager.aclose("startup_nodes")
    elif isinstance(client.connection_pool, SentinelConnectionPool):
        await client.connection_pool.sentinel_manager.aclose()


def _retry() -> Retry:
    return Retry(ExponentialBackoff(cap=0.8, base=0.1), RETRIES)


def _server(url: str) -> Redis:
    return Redis.from_pool(
        BlockingConnectionPool.from_url(
            url, max_connections=CONNECTIONS, timeout=ANSWER_S, retry=_retry(), **_LIMITS
        )
    )


class _SentinelPool(SentinelConnectionPool, BlockingConnectionPool):
    """To the master of the moment; who needs one connection more waits for it."""


def _sentinel(url: str) -> Redis:
    hosts, options = _listed(url, 26379)
    name, _, db = urlsplit(url).path.strip("/").partition("/")
    if not name:
        raise ValueError("no master is named")
    own = [option for option in options if option.startswith("sentinel_")]
    theirs = {option.removeprefix("sentinel_"): options.pop(option) for option in own}
    theirs |= {option: value for option, value in options.items() if option.startswith("ssl")}
    # One that does not answer is passed over, so these keep the time themselves.
    quick = {"socket_timeout": CONNECT_S, "retry": Retry(NoBackoff(), 0)}
    sentinels = Sentinel(hosts, sentinel_kwargs={**_LIMITS, **quick, **theirs})  # type: ignore[no-untyped-call] # redis-py's gap
    master: Redis = sentinels.master_for(
        name,
        connection_pool_class=_SentinelPool,
        max_connections=CONNECTIONS,
        timeout=ANSWER_S,
        retry=_retry(),
        db=int(db or 0),
        **_LIMITS,
        **options,
    )
    return master


class _Cluster(RedisCluster):
    """Who needs one connection more waits for it, as with one server, and is not refused it."""

    def __init__(self, nodes: list[ClusterNode], **options: Any) -> None:
        super().__init__(startup_nodes=nodes, **options)
        self._places = asyncio.Semaphore(CONNECTIONS)

    async def execute_command(self, *words: Any, **options: Any) -> Any:
        """One command, sent to the node that has its key."""
        async with self._places:
            return await super().execute_command(*words, **options)


def _cluster(url: str) -> RedisCluster:
    hosts, options = _listed(url, 6379)
    if urlsplit(url).path.strip("/"):
        raise ValueError("a cluster has no numbered databases")
    nodes = [ClusterNode(host, port) for host, port in hosts]
    spare = 2 * CONNECTIONS  # those that are being closed are still counted
    return _Cluster(nodes, max_connections=spare, retry=_retry(), **_LIMITS, **options)


def _listed(url: str, port: int) -> tuple[list[tuple[str, int]], dict[str, Any]]:
    """The hosts that a URL lists, and its login and options as redis-py reads them.

    Raises ValueError.
    """
    split = urlsplit(url)
    login, at, listed = split.netloc.rpartition("@")
    hosts = []
    for one in listed.split(","):
        found = urlsplit(f"//{one}")
        if not found.hostname:
            raise ValueError("a host has no name")
        hosts.append((found.hostname, found.port or port))
    options: dict[str, Any] = {**parse_url(f"redis://{login}{at}?{split.query}")}
    if split.scheme.startswith("rediss"):
        options["ssl"] = True
    return hosts, options
