"""Simulated members in presence: each counted like any other, and held by a node without a socket.

Their identity is ``sim-`` and their id. Each has one connection, ``:`` and the id, whichever node
holds it; so entering one again is no second connection, and a node may do with another's what it is
asked to. That node hears of it by the bus, as of everything that was moved. Who they are to be is
the caller's business.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.ops import Counts, chain, read_counts
from afterparty.store.servers import Client

CONN = ":"
"""How their connections begin; no other does."""

STEP = 2_000
"""Most ids in one step: some 10 ms of Redis."""


@dataclass(frozen=True, slots=True)
class Step:
    """What simulated members do in one moment, in this order; each is named once."""

    enter: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Ids by the room in which they are from now on; from another room they go over."""
    leave: Sequence[str] = ()
    follow: Sequence[str] = ()
    handoffs: Sequence[str] = ()
    """Those that may be followed."""
    stay: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Stepped:
    """What came of a step."""

    changed: int
    """Members for whom it changed anything."""
    found: dict[str, str]
    """By id, the room of each that the asking node holds, of those who followed or were lost."""
    counts: dict[str, Counts]
    """Counts afterwards, of each room that was named or touched."""


def _pieces(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[first : first + STEP] for first in range(0, len(ids), STEP))


def ids_of(conns: Iterable[str]) -> list[str]:
    """The ids of those connections that are of simulated members without a socket."""
    return [conn[1:] for conn in conns if conn.startswith(CONN)]


class CrowdStore:
    """Over one client of Redis. Every method raises ``StoreUnavailable`` if it does not answer."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def step(self, show: str, node: str, step: Step) -> Stepped:
        """Take one step of at most ``STEP`` ids, at one instant.

        ``node`` holds from now on whom it enters. Raises StoreError ``bad_id``.
        """
        groups = [("E", keys.ident(room), "", ids) for room, ids in step.enter.items()]
        groups += [
            ("L", "", "", step.leave),
            ("F", "", chain(step.handoffs), step.follow),
            ("S", "", "", step.stay),
        ]
        return await self._run(show, node, groups)

    async def again(
        self, show: str, node: str, room: str, ids: Sequence[str], onward: Sequence[str]
    ) -> Stepped:
        """Enter those again, at most ``STEP``, whom ``node`` held in the room before.

        ``found`` are all whom the node holds now; the others left meanwhile, or another node holds
        them. Whom presence has lost is entered where :meth:`Presence.along` has them belong.
        """
        return await self._run(show, node, [("A", keys.ident(room), chain(onward), ids)])

    async def leave(self, show: str, node: str, ids: Sequence[str], room: str = "") -> int:
        """Have any number leave, if named only who is in that room; how many did."""
        gone = 0
        for some in _pieces(ids):
            gone += (await self._run(show, node, [("L", room, "", some)])).changed
        return gone

    async def disown(self, show: str, node: str, ids: Sequence[str]) -> None:
        """Have any number leave whom the node holds still, and did not mean to.

        Unlike whoever leaves, they may be entered again by a node that has lost them.
        """
        for some in _pieces(ids):
            await self._run(show, node, [("D", "", "", some)])

    async def held(self, show: str, node: str) -> list[str]:
        """Ids of all whom the node holds in the show, in no order.

        A piece at a time: they may be a hundred thousand, and others ask the store meanwhile.
        """
        found: set[str] = set()
        key, cursor = keys.held(show, node), b"0"
        while True:
            cursor, some = await self._link.command("SSCAN", key, cursor, "COUNT", STEP)
            found.update(ids_of(conn.decode() for conn in some))
            if int(cursor) == 0:
                return list(found)

    async def located(self, show: str, node: str, ids: Sequence[str]) -> dict[str, str]:
        """By id, the room of each whom the node holds."""
        found: dict[str, str] = {}
        for some in _pieces(ids):
            conns = [CONN + keys.ident(one) for one in some]
            lines = await self._link.command("HMGET", keys.conns(show), *conns)
            for one, line in zip(some, lines, strict=True):
                if line is not None:
                    holder, _, room = line.decode().split("|", 2)
                    if holder == node:
                        found[one] = room
        return found

    async def _run(
        self, show: str, node: str, groups: Iterable[tuple[str, str, str, Sequence[str]]]
    ) -> Stepped:
        args = [keys.ident(node)]
        for what, room, handoffs, ids in groups:
            if ids or room:
                args += [what, room, handoffs, " ".join(map(keys.ident, ids))]
        changed, flat, counts = await self._link.on_show("crowd", show, *args)
        words = [word.decode() for word in flat]
        found = dict(zip(words[::2], words[1::2], strict=True))
        return Stepped(changed, found, read_counts(counts))
