"""Which node mixes which room, and a number that rises whenever that changes.

The number, the epoch, is what tells two nodes apart that both believe to mix: the higher one does.
A node that mixes renews one lease for all rooms of a show. When that has run out its rooms stay its
own until somebody asks for them boldly, who has reason to believe that it is gone: so an outage of
the store takes no room from the node that mixes it.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

CHUNK = 200
"""Rooms asked for in one step."""


class Lead(NamedTuple):
    """Who mixes a room."""

    node: str
    address: str
    """``host:port`` of its media port, for other nodes."""
    epoch: int
    """Higher than any before it of the room: milliseconds since 1970 at the server, or more."""


class Asked(NamedTuple):
    """What a node says of a room that it asks for."""

    bold: bool = False
    """It may be taken from a node whose lease has run out."""
    known: int = 0
    """The highest epoch of the room that the node has known: whatever the server has forgotten, the
    next one is higher."""


class Leads:
    """The leases of all shows over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def ask(
        self, show: str, node: str, address: str, ttl_ms: int, rooms: Mapping[str, Asked]
    ) -> dict[str, Lead]:
        """Take or keep the lead of rooms of a show, or learn who has it.

        A room that nobody has is taken. ``address`` holds no spaces.

        Raises:
            StoreUnavailable: it is not known who leads.
            StoreError: ``bad_id``.
        """
        found: dict[str, Lead] = {}
        names = list(rooms)
        for first in range(0, len(names), CHUNK):
            some = names[first : first + CHUNK]
            words: list[str | int] = []
            for room in some:
                bold, known = rooms[room]
                words += [keys.ident(room), int(bold), known]
            answer = await self._link.on_show(
                "lead", show, keys.ident(node), address, ttl_ms, *words
            )
            found |= {
                room: Lead(holder.decode(), where.decode(), int(epoch))
                for room, (holder, where, epoch) in zip(some, answer, strict=True)
            }
        return found

    async def release(self, show: str, node: str, rooms: Collection[str]) -> None:
        """Give up the lead of rooms that the node has; of others it is no change."""
        if rooms:
            await self._link.on_show("unlead", show, keys.ident(node), *map(keys.ident, rooms))
