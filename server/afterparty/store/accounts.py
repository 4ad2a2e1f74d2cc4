"""What belongs to an account: whom it follows and blocks, and what it is to hear of.

Each is a bounded set under the account's own hash tag. What somebody else has to find their way
back from (a room to those it reminds) is a second set, where that one looks. The account's own is
written first and removed last: a step that fails in between is put right by asking again.
"""

import asyncio
from dataclasses import dataclass

from afterparty.store import keys
from afterparty.store.errors import StoreError
from afterparty.store.link import Link
from afterparty.store.servers import Client


@dataclass(frozen=True, slots=True)
class Lists:
    """All that an account has listed, in no order."""

    follows: frozenset[str]
    blocks: frozenset[str]
    reminders: frozenset[str]
    series: frozenset[str]


class Accounts:
    """Accounts over one client of Redis; each is there as soon as it lists something.

    What adds takes ``most``, the bound of that list, answers whether it was news, and raises
    ``StoreError("list_full")`` beyond it. All may be sent twice.
    """

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def lists(self, member: str) -> Lists:
        """Everything on the account's lists."""
        root = keys.account(member)
        names = ("follows", "blocks", "reminders", "series")
        return Lists(*await asyncio.gather(*(self._names(f"{root}:{name}") for name in names)))

    async def follow(self, member: str, other: str, most: int) -> bool:
        """Have the account follow a member."""
        own = f"{keys.account(member)}:follows"
        return await self._add(own, other, most, f"{keys.account(other)}:followers", member)

    async def unfollow(self, member: str, other: str) -> None:
        """Have it follow them no more."""
        own = f"{keys.account(member)}:follows"
        await self._remove(own, other, f"{keys.account(other)}:followers", member)

    async def follows(self, member: str, other: str) -> bool:
        """Whether the account follows a member."""
        own = f"{keys.account(member)}:follows"
        return bool(await self._link.command("SISMEMBER", own, keys.ident(other)))

    async def block(self, member: str, other: str, most: int) -> bool:
        """Put a member on the account's block list."""
        return await self._add(f"{keys.account(member)}:blocks", other, most)

    async def unblock(self, member: str, other: str) -> bool:
        """Take a member off the list; whether they were on it."""
        own = f"{keys.account(member)}:blocks"
        return bool(await self._link.command("SREM", own, keys.ident(other)))

    async def blocks(self, member: str) -> frozenset[str]:
        """Whom the account has blocked."""
        return await self._names(f"{keys.account(member)}:blocks")

    async def remind(self, member: str, show: str, room: str, most: int) -> bool:
        """Have the account reminded of a room of a show."""
        own = f"{keys.account(member)}:reminders"
        return await self._add(own, room, most, keys.reminded(show, room), member)

    async def forget(self, member: str, show: str, room: str) -> None:
        """Have it reminded of that room no more."""
        own = f"{keys.account(member)}:reminders"
        await self._remove(own, room, keys.reminded(show, room), member)

    async def done(self, member: str, *rooms: str) -> None:
        """Take rooms off the account's reminders, whether or not their notices are on the way."""
        if rooms:
            own = f"{keys.account(member)}:reminders"
            await self._link.command("SREM", own, *(keys.ident(room) for room in rooms))

    async def follow_series(self, member: str, series: str, most: int) -> bool:
        """Have the account follow a series."""
        own = f"{keys.account(member)}:series"
        return await self._add(own, series, most, keys.series_followers(series), member)

    async def unfollow_series(self, member: str, series: str) -> None:
        """Have it follow that series no more."""
        own = f"{keys.account(member)}:series"
        await self._remove(own, series, keys.series_followers(series), member)

    async def _names(self, key: str) -> frozenset[str]:
        return frozenset(name.decode() for name in await self._link.command("SMEMBERS", key))

    async def _add(
        self, own: str, name: str, most: int, reverse: str | None = None, member: str = ""
    ) -> bool:
        added = int(await self._link.on_key("list_add", own, keys.ident(name), most))
        if added < 0:
            raise StoreError("list_full", f"At most {most} may be on that list.")
        if reverse is not None:
            await self._link.command("SADD", reverse, member)
        return bool(added)

    async def _remove(self, own: str, name: str, reverse: str, member: str) -> None:
        await self._link.command("SREM", reverse, member)
        await self._link.command("SREM", own, keys.ident(name))
