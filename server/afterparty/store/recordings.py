"""What is known of recordings beside their sound: where they begin, who played them, clips of them,
reactions to what was recorded. All of one room is under its show's tag, and goes when its recording
is deleted.

What a clip is, is opaque here. Which room a clip is of is kept in an index outside of any tag,
written before the clip: a line of it that leads nowhere does no harm.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

CLIPS_MOST = 100
"""Clips of one recording."""

CLIPS_OF_ONE = 10
"""Clips of one recording that one member makes."""


PAGE = 1_000
"""About how many counts of reactions come at once: a millisecond or two of Redis."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a recording."""

    cut: int
    """Ticks at the beginning that are not played."""
    deleted: bool
    plays: int
    """Distinct members who played it."""


class Recordings:
    """All recordings over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def about(self, show: str, room: str) -> About:
        """What is known of a room's recording; of none it is nothing."""
        cut, deleted, plays = await self._link.on_show("recording", show, keys.ident(room))
        return About(int(cut), bool(deleted), int(plays))

    async def cut(self, show: str, room: str, ticks: int) -> bool:
        """Leave so many ticks at the beginning out; False if it is deleted."""
        return bool(await self._link.on_show("recording_cut", show, keys.ident(room), ticks))

    async def play(self, show: str, room: str, member: str) -> bool:
        """A member plays it: they count once. False if it is deleted."""
        answer = await self._link.on_show("recording_play", show, keys.ident(room), member)
        return bool(answer)

    async def delete(self, show: str, room: str) -> None:
        """Forget all that is known of it, but that it is deleted. Again is no change."""
        clips = await self._link.on_show("recording_delete", show, keys.ident(room))
        if clips:
            await self._link.command("HDEL", keys.CLIPS, *clips)

    async def react(self, show: str, room: str, times: Mapping[tuple[int, str], int]) -> None:
        """Add reactions: how often each came at a moment (seconds since the epoch, as coarse as the
        caller likes). Nothing is added to what is deleted."""
        words = [word for (at, what), n in times.items() for word in (f"{at} {what}", n)]
        once = secrets.token_hex(8)
        await self._link.on_show("recording_react", show, keys.ident(room), once, *words)

    async def reactions(self, show: str, room: str) -> dict[tuple[int, str], int]:
        """All that ``react`` added: a long evening's are very many, so they are read in pages."""
        found: dict[tuple[int, str], int] = {}
        key, cursor = keys.reacted(show, room), -1
        while cursor:
            page: dict[bytes, bytes]
            cursor, page = await self._link.command("HSCAN", key, max(cursor, 0), "COUNT", PAGE)
            for field, times in page.items():
                at, _, what = field.decode().partition(" ")
                found[int(at), what] = int(times)
        return found

    async def add_clip(self, show: str, room: str, clip: str, member: str, body: bytes) -> bool:
        """Keep a clip of a member's. False if there are too many of the recording, or theirs."""
        await self._link.command("HSET", keys.CLIPS, keys.ident(clip), room)
        words = (clip, member, body, CLIPS_MOST, CLIPS_OF_ONE)
        added = await self._link.on_show("clip_add", show, keys.ident(room), *words)
        if not added:
            await self._link.command("HDEL", keys.CLIPS, clip)
        return bool(added)

    async def clips(self, show: str, room: str) -> dict[str, bytes]:
        """All clips of a recording, by their identity."""
        flat = await self._link.command("HGETALL", keys.clips(show, room))
        return {clip.decode(): bytes(body) for clip, body in flat.items()}

    async def room_of(self, clip: str) -> str | None:
        """The room that a clip is of, or None."""
        room = await self._link.command("HGET", keys.CLIPS, keys.ident(clip))
        return None if room is None else str(room, "ascii")

    async def clip(self, show: str, room: str, clip: str) -> bytes | None:
        """A clip, or None."""
        body: bytes | None = await self._link.command("HGET", keys.clips(show, room), clip)
        return body

    async def drop_clip(self, show: str, room: str, clip: str, member: str) -> None:
        """Forget a clip of a member's. Again is no change."""
        await self._link.on_show("clip_drop", show, keys.ident(room), keys.ident(clip), member)
        await self._link.command("HDEL", keys.CLIPS, clip)
