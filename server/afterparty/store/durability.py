"""Whether the server keeps what it has acknowledged: asked once, when a store opens.

An event is acknowledged when the server has answered. Only with the settings in ``KEEPS`` is it on
the disk by then, and stays; who runs the server decides, and is told here what is at stake.
"""

import asyncio
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode

from afterparty.store.errors import StoreError, StoreUnavailable, translated
from afterparty.store.servers import ANSWER_S, Client

log = logging.getLogger(__name__)

KEEPS: Final[Mapping[str, str]] = MappingProxyType(
    {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
)
"""The settings with which nothing acknowledged is lost in a crash or for want of memory."""


def lacking(settings: Mapping[str, str]) -> list[str]:
    """What of ``KEEPS`` a server's settings lack, as one would set it."""
    return [f"{name} {value}" for name, value in KEEPS.items() if settings.get(name) != value]


async def tell(redis: Client, *, ours: bool) -> None:
    """Warn if an acknowledged event could be lost; nothing to ask if the server is ``ours``.

    Raises StoreUnavailable if there is no answer.
    """
    if ours:
        return
    try:
        found = await _settings(redis)
    except StoreUnavailable:
        raise
    except StoreError:
        log.warning(
            "Redis does not say how it keeps data (CONFIG GET is forbidden): make sure of %s, or "
            "acknowledged events may be lost",
            ", ".join(f"{name} {value}" for name, value in KEEPS.items()),
        )
        return
    for settings in found:
        if missing := lacking(settings):
            log.warning(
                "acknowledged events may be lost when Redis stops: it is to be set to %s",
                ", ".join(missing),
            )
            return


async def _settings(redis: Client) -> list[dict[str, str]]:
    """The settings of every server that acknowledges."""
    with translated():
        async with asyncio.timeout(ANSWER_S):
            if isinstance(redis, RedisCluster):
                await redis.initialize()
                return [await _of(node) for node in redis.get_primaries()]
            return [await _of(redis)]


async def _of(server: Redis | ClusterNode) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in KEEPS:  # one by one: several at once are for Redis 7
        found |= await server.execute_command("CONFIG GET", name)
    return found
