"""What each node tells the others of itself, for as long as it lives.

A node's word is opaque here and has a key of its own that expires; the index of names is cleaned
by whoever reads it. Each command touches one key, so on a cluster they may lie in any slots.
"""

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client


class Nodes:
    """The nodes of one store."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def publish(self, node: str, body: bytes, ttl_ms: int) -> None:
        """Let others read ``body`` for ``ttl_ms`` more milliseconds."""
        await self._link.command("SET", keys.node_info(node), body, "PX", ttl_ms)
        # In this order, and each time: a reader that found no key may have taken the name away.
        await self._link.command("SADD", keys.ALL_NODES, node)

    async def withdraw(self, node: str) -> None:
        """Take the node's word back. Again is no change."""
        await self._link.command("DEL", keys.node_info(node))
        await self._link.command("SREM", keys.ALL_NODES, node)

    async def all(self) -> dict[str, bytes]:
        """What every living node says of itself, by name; names of dead ones are let go of."""
        held = await self._link.command("SMEMBERS", keys.ALL_NODES)
        names = sorted(name.decode() for name in held)
        bodies = {name: await self._link.command("GET", keys.node_info(name)) for name in names}
        gone = [name for name, body in bodies.items() if body is None]
        if gone:
            await self._link.command("SREM", keys.ALL_NODES, *gone)
        return {name: body for name, body in bodies.items() if body is not None}
