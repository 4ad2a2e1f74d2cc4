"""Opaque bodies by name: each is made once and never changes, and there are only so many."""

from afterparty.store import keys
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.link import Link
from afterparty.store.servers import Client


class Named:
    """All bodies of one kind, over one client of Redis."""

    def __init__(self, redis: Client, root: str, kind: str) -> None:
        """``root``: the key below which they lie; ``kind``: what one is called."""
        self._link, self._root, self._kind = Link(redis), root, kind

    async def add(self, name: str, body: bytes, most: int) -> None:
        """Make one.

        Raises:
            AlreadyExists: there is one of that name; it is left alone.
            StoreError: ``list_full``: there are ``most`` already.
        """
        ident = keys.ident(name)
        added = int(await self._link.on_key("named_add", self._root, ident, body, most))
        if added < 0:
            raise StoreError("list_full", f"There are {most} {self._kind} already.")
        if not added:
            raise AlreadyExists(f"There are already {self._kind} named {name}.")

    async def read(self, name: str) -> bytes | None:
        """The body of that name, or None."""
        bodies = f"{self._root}:bodies"
        body: bytes | None = await self._link.command("HGET", bodies, keys.ident(name))
        return body

    async def drop(self, name: str) -> bool:
        """Take the body of that name away; whether there was one."""
        bodies = f"{self._root}:bodies"
        return bool(await self._link.command("HDEL", bodies, keys.ident(name)))

    async def all(self) -> list[bytes]:
        """Every body, in no order."""
        return list(await self._link.command("HVALS", f"{self._root}:bodies"))
