"""Notices of rooms: who is to have one, what each account was given, and what all have by now.

A notice is opaque here and has an identity (``room:kind``), so several nodes may give the same one
to the same account: it has it once. Who is to have one comes in pages, for they may be very many.
"""

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

PAGE = 200
"""About how many accounts a page has."""

TELLING_MS = 10_000
"""How long a node that writes a notice is trusted to go on, without a word from it."""


class Notices:
    """Notices over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def reminded(self, show: str, room: str, cursor: int = 0) -> tuple[list[str], int]:
        """A page of the accounts that asked to be reminded of a room, and the next one's cursor.

        Begin with 0; a next cursor of 0 says that this was the last. Now and then one comes twice.
        """
        return await self._page(keys.reminded(show, room), cursor)

    async def followers(self, member: str, cursor: int = 0) -> tuple[list[str], int]:
        """The same of the accounts that follow a member."""
        return await self._page(f"{keys.account(member)}:followers", cursor)

    async def followers_of_series(self, series: str, cursor: int = 0) -> tuple[list[str], int]:
        """The same of the accounts that follow a series."""
        return await self._page(keys.series_followers(series), cursor)

    async def _page(self, key: str, cursor: int) -> tuple[list[str], int]:
        after, names = await self._link.command("SSCAN", key, cursor, "COUNT", PAGE)
        return [name.decode() for name in names], int(after)

    async def add(
        self, member: str, notice: str, at: float, body: bytes, most: int, done: str = ""
    ) -> bool:
        """Give an account a notice of the time ``at``; whether it is news to it.

        It keeps the newest ``most``. ``done``: a room of which it need not be reminded any more.
        """
        root = keys.account(member)
        given = await self._link.on_key("notice_add", root, notice, repr(at), body, most, done)
        return bool(given)

    async def read(self, member: str, after: str, limit: int) -> list[bytes]:
        """What the account was given after the notice ``after``, in that order; at most ``limit``.

        All if it has no such notice (any more).
        """
        found = await self._link.on_key("notice_read", keys.account(member), after, limit)
        return [bytes(body) for body in found]

    async def told(self, show: str) -> set[str]:
        """Which notices of the show's rooms everybody has, as ``room:kind``."""
        found = await self._link.command("SMEMBERS", keys.told(show))
        return {name.decode() for name in found}

    async def begin(self, show: str, room: str, kind: str, node: str) -> bool | None:
        """Whether the node may write a notice now: nobody else does. ``None`` if all have it."""
        if await self._link.command("SISMEMBER", keys.told(show), f"{room}:{kind}"):
            return None
        key = keys.telling(show, room, kind)
        began = await self._link.command("SET", key, node, "NX", "PX", TELLING_MS)
        return began is not None

    async def go_on(self, show: str, room: str, kind: str, node: str) -> None:
        """Say that the node is still at it."""
        await self._link.command("SET", keys.telling(show, room, kind), node, "PX", TELLING_MS)

    async def finish(self, show: str, room: str, kind: str, *, last: bool) -> None:
        """Everybody has it. ``last``: of that room nobody is to be reminded any more."""
        await self._link.command("SADD", keys.told(show), f"{room}:{kind}")
        if last:
            await self._link.command("UNLINK", keys.reminded(show, room))
        await self._link.command("DEL", keys.telling(show, room, kind))
