"""What members have reported, in Redis: numbered, opaque, bounded, and never in a room's log.

All keys share one tag of their own, so each step is one script. The oldest goes when there are
too many; of one reporter about one member of one room there are but a few at a time.
"""

import secrets

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

MOST = 10_000
"""Reports that are kept."""

OPEN = 3
"""Of one reporter, about one member of one room, that are not dealt with."""


class ReportStore:
    """The reports over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def add(self, by: str, room: str, member: str | None, body: bytes) -> int | None:
        """Keep a report, ``member`` being None if it is about the room; its number.

        None if as many of the same reporter about the same are open as may be.
        """
        whose = (
            f"{keys.ident(by)} {keys.ident(room)} {'' if member is None else keys.ident(member)}"
        )
        words = (whose, body, OPEN, MOST, secrets.token_hex(8))
        number = await self._link.on_key("report_add", keys.REPORTS, *words)
        return int(number) or None

    async def read(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Up to ``limit`` reports with numbers above ``after``, the oldest first."""
        key = f"{keys.REPORTS}:all"
        page = await self._link.command("XRANGE", key, f"{after + 1}-0", "+", "COUNT", limit)
        return [(int(entry.partition(b"-")[0]), fields[b"body"]) for entry, fields in page]

    async def drop(self, number: int) -> bool:
        """A report is dealt with; whether there was one."""
        return bool(await self._link.on_key("report_drop", keys.REPORTS, number))
