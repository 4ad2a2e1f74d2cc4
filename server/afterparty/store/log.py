"""The room log: one stream of events per room, appended to only by who knows its end.

The number of an event is its stream id (event n is entry ``n-0``), so the stream's last id is the
room's version and nothing is counted twice. Events are opaque bytes here.
"""

import secrets
from collections.abc import Collection, Sequence

from afterparty.store import keys
from afterparty.store.errors import Conflict, Present, StoreError
from afterparty.store.link import Link
from afterparty.store.servers import Client

MAX_EVENTS = 1000
"""Most events, and most seats on the stage, in one commit."""


class RoomLog:
    """Reads and appends room logs over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def commit(
        self,
        show: str,
        room: str,
        expected: int,
        events: Sequence[bytes],
        stage: Collection[str] | None = None,
        absent: str | None = None,
        anywhere: bool = False,
    ) -> int:
        """Append ``events`` as numbers ``expected + 1`` and on, if the room is at ``expected``.

        ``stage``: the members who hold a seat on the stage after these events, or None for as
        before; stored in the same step, as they are not counted as listeners. ``absent``: a member
        who must not be in the room at that moment, by any connection; with ``anywhere``, in no room
        of the show. All or nothing, and safe to
        be sent twice by a client that lost the answer. Returns the new version.

        Raises:
            Conflict: somebody else has appended; ``actual`` is the room's version.
            Present: ``absent`` is there.
            StoreUnavailable: it is not known whether the events were appended.
            StoreError: ``bad_id``, or ``too_large`` for over ``MAX_EVENTS`` events or seats.
        """
        if len(events) > MAX_EVENTS or len(stage or ()) > MAX_EVENTS:
            raise StoreError("too_large", f"A commit carries at most {MAX_EVENTS} events.")
        args: list[str | bytes | int] = [keys.ident(room), expected, secrets.token_hex(8)]
        missing = "" if absent is None else (":" if anywhere else "") + keys.ident(absent)
        args += [missing, len(events), *events]
        if stage is not None:
            args += [1, *map(keys.ident, stage)]
        done, version = await self._link.on_show("commit", show, *args)
        if done < 0:
            raise Present(str(absent))
        if not done:
            raise Conflict(int(version))
        return int(version)

    async def read(
        self, show: str, room: str, after: int = 0, limit: int = 1000
    ) -> list[tuple[int, bytes]]:
        """Up to ``limit`` events with numbers above ``after``, in order, as (number, event)."""
        key = keys.log(show, room)
        entries = await self._link.command("XRANGE", key, f"{after + 1}-0", "+", "COUNT", limit)
        return [(_number(entry_id), fields[b"e"]) for entry_id, fields in entries]

    async def version(self, show: str, room: str) -> int:
        """The number of the room's last event; 0 for a room without any."""
        key = keys.log(show, room)
        last = await self._link.command("XREVRANGE", key, "+", "-", "COUNT", 1)
        return _number(last[0][0]) if last else 0


def _number(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])
