"""Which nodes there are, and what each says of itself; this node's own word among them.

It is renewed as often as the lease and read at the same time, so what a node says is known to the
others within a second or so, and forgotten when its lease has run out. Whoever wants to hear of
changes puts a callback into ``on_change``. Knows nothing of rooms.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

import structlog
from pydantic import StringConstraints, TypeAdapter, ValidationError

from afterparty.node.ground.settings import Settings, SettingsError, address_of
from afterparty.store.nodes import Nodes

URLS_LIMIT = 32
"""Addresses of nodes that a client is told at most."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What a node says of itself."""

    name: str
    url: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$", max_length=256)] = ""
    """Where clients reach it; empty: only through a front door."""
    relay: Annotated[str, StringConstraints(pattern=r"^\S*$", max_length=256)] = ""
    """``address:port`` where other nodes reach its UDP port."""
    draining: bool = False
    """It is going down: nobody is sent there."""
    keys: tuple[Annotated[str, StringConstraints(max_length=64)], ...] = ()
    """What the keys that it has are called; empty: it is of a version that does not say."""


_info = TypeAdapter(NodeInfo)


class Registry:
    """This node among the others. ``peers`` are as the store had them last."""

    def __init__(self, nodes: Nodes, mine: NodeInfo) -> None:
        self._nodes = nodes
        self._peers: dict[str, NodeInfo] = {}
        self._withdrawn = False
        self.mine = mine
        self.on_change: list[Callable[[], None]] = []
        """Called when ``mine`` or a peer has changed, come or gone. Must not block or raise."""

    def peers(self) -> dict[str, NodeInfo]:
        """The other nodes that live, by name."""
        return dict(self._peers)

    def urls(self) -> list[str]:
        """Where clients reach nodes that are staying: this one first, the others by name."""
        staying = [self.mine, *(self._peers[name] for name in sorted(self._peers))]
        found = [node.url for node in staying if node.url and not node.draining]
        return list(dict.fromkeys(found))[:URLS_LIMIT]

    async def refresh(self, ttl_ms: int) -> None:
        """Say again what this node is, good for ``ttl_ms``, and read what the others say.

        Raises:
            StoreError: the store is away; the peers are those of last time.
        """
        if self._withdrawn:
            return
        await self._nodes.publish(self.mine.name, _info.dump_json(self.mine), ttl_ms)
        found: dict[str, NodeInfo] = {}
        for name, body in (await self._nodes.all()).items():
            try:
                said = _info.validate_json(body)
            except ValidationError:
                log.warning("a node says what is not understood", node=name)
                continue
            if name != self.mine.name and said.name == name:
                found[name] = said
        if found != self._peers:
            self._peers = found
            self._tell()

    async def drain(self, ttl_ms: int) -> None:
        """Say that this node is going down. Raises ``StoreError``; it is draining all the same."""
        self.mine = replace(self.mine, draining=True)
        self._tell()
        await self.refresh(ttl_ms)

    async def withdraw(self) -> None:
        """Say no more, from now on: this node is gone. Raises ``StoreError``."""
        self._withdrawn = True
        await self._nodes.withdraw(self.mine.name)

    def _tell(self) -> None:
        for changed in self.on_change:
            try:
                changed()
            except Exception:  # the others hear of it all the same
                log.exception("a listener failed", of="nodes")


def relay_of(settings: Settings, port: int) -> str:
    """``address:port`` where other nodes reach this one's UDP port, which is bound to ``port``.

    Raises:
        SettingsError: a name that has no address, or a port that is none.
    """
    host, _, given = settings.relay.partition(":")
    if given and not (given.isdigit() and 0 < int(given) < 65536):
        raise SettingsError(f"AFTERPARTY_RELAY is HOST or HOST:PORT, not {settings.relay!r}")
    address = address_of(host) if host else settings.announced()[0]
    return f"{address}:{given or port}"
