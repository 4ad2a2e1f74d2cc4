"""Which shows and rooms there are, and which show a room belongs to.

The show's own keys are the truth. The two indexes lie outside of the show's hash tag, so they are
written after it, in a step of their own; a process that dies in between leaves an index short of a
line, which the same call made again, or :meth:`Catalog.heal`, puts right.
"""

from afterparty.store import keys
from afterparty.store.errors import AlreadyExists
from afterparty.store.link import Link
from afterparty.store.servers import Client


class Catalog:
    """Shows and rooms over one client of Redis. Bodies are opaque bytes."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def create_show(self, show: str, body: bytes) -> None:
        """Create a show. Raises AlreadyExists if there is one of that id, and leaves it alone."""
        created = await self._link.command("SET", keys.root(show), body, "NX")
        await self._link.command("SADD", keys.SHOWS, show)
        if not created:
            raise AlreadyExists(f"There is already a show {show}.")

    async def show(self, show: str) -> bytes | None:
        """The show's body, or None."""
        body: bytes | None = await self._link.command("GET", keys.root(show))
        return body

    async def shows(self) -> list[tuple[str, bytes]]:
        """Every show as (id, body), ordered by id."""
        names = sorted(name.decode() for name in await self._link.command("SMEMBERS", keys.SHOWS))
        found = [(name, await self.show(name)) for name in names]
        return [(name, body) for name, body in found if body is not None]

    async def add_room(self, show: str, room: str) -> None:
        """Make the room one of the show's; again is no change.

        Raises AlreadyExists if the room belongs to another show.
        """
        key = keys.rooms(show)
        owner = await self.show_of(room)
        if owner is None:
            await self._link.command("SADD", key, room)
            await self._link.command("HSETNX", keys.ROOMS, room, show)
            owner = await self.show_of(room)
            if owner != show:  # another process was first to claim it
                await self._link.command("SREM", key, room)
        if owner != show:
            raise AlreadyExists(f"The room {room} belongs to the show {owner}.")

    async def rooms(self, show: str) -> list[str]:
        """The show's rooms, ordered by id: those added, and those with events or members."""
        names = await self._link.command("SMEMBERS", keys.rooms(show))
        return sorted(name.decode() for name in names)

    async def show_of(self, room: str) -> str | None:
        """The show that the room was added to, or None."""
        owner = await self._link.command("HGET", keys.ROOMS, keys.ident(room))
        return None if owner is None else str(owner, "ascii")

    async def heal(self) -> None:
        """Write again whatever the index of rooms lacks. O(rooms); done when a store opens."""
        for show, _ in await self.shows():
            for room in await self.rooms(show):
                await self._link.command("HSETNX", keys.ROOMS, room, show)
