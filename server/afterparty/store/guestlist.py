"""Who is in a room and what they are called, a page at a time: Redis does much else meanwhile.

Presence knows members by their identity; a name is kept with the connection that came with it, and
goes with it.
"""

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

PAGE = 500
"""About how many members come at once: a millisecond of Redis or less."""


class GuestList:
    """Over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def page(self, show: str, room: str, cursor: int = 0) -> tuple[dict[str, list[str]], int]:
        """Some of those in the room who are not simulated, with their connections, and the cursor.

        Begin with cursor 0; a next cursor of 0 says that this was the last page. Who is there all
        the while is on some page, now and then on two; small rooms come as one page.
        """
        key = keys.present(show, room)
        after, page = await self._link.command("HSCAN", key, cursor, "COUNT", PAGE)
        return {member.decode(): conns.decode().split() for member, conns in page.items()}, int(
            after
        )

    async def simulated(self, show: str, room: str) -> int:
        """How many simulated members are in the room."""
        return int(await self._link.command("HLEN", keys.simulated(show, room)))

    async def names(self, show: str, conns: list[str]) -> list[str | None]:
        """What the member of each connection is called; None if that is not known."""
        if not conns:
            return []
        found = await self._link.command("HMGET", keys.names(show), *map(keys.ident, conns))
        return [None if name is None else name.decode() for name in found]
