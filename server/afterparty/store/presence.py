"""Who is in which room, counted exactly; the ledger of handoffs; and the leases of nodes.

Presence is made of connections: a member is in a room while one of their connections is, on
whichever node. Every change is one step in Redis, so at no instant is a member who moves counted
in two rooms or in none.

A node's id names one life of one process. What it holds stands as long as its lease; when that
has run out, any node may evict it.
"""

import math
import time
from collections.abc import Sequence
from typing import Literal

from afterparty.store import keys
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.link import Link
from afterparty.store.ops import (
    Counts,
    Lease,
    Ledger,
    Op,
    Outcome,
    Peak,
    PresenceResult,
    Swept,
    chain,
    read_counts,
)
from afterparty.store.servers import ANSWER_S, Client

CHUNK = 500
"""Most operations in one step: Redis does nothing else meanwhile."""

SWEEP = 2_000
"""About how many members a handoff moves in one step: some 20 ms of Redis."""

LATE_S = 1.0
"""After how long an answer about leases says nothing of their holders, in seconds."""

EVICTION_MS = 10_000
"""How long a node that died in the midst of evicting another keeps it from coming back."""

EVICTION_S = EVICTION_MS / 1000 - ANSWER_S - 1
"""How long a node evicts another at most, in seconds: its last step is over before that time is."""


class Presence:
    """Presence of all shows over one client of Redis; a node's own lease over ``own``, if given."""

    def __init__(self, redis: Client, own: Client | None = None) -> None:
        self._link = Link(redis)
        self._own = Link(own or redis)

    async def apply(self, show: str, ops: Sequence[Op]) -> PresenceResult:
        """Apply the operations in order; each ``CHUNK`` of them is one atomic step.

        Raises:
            StoreUnavailable: it is not known which chunks were applied. Applying all again is
                right for presence; a Move that had been made then answers that it changed nothing.
            StoreError: ``bad_id``; nothing was applied.
        """
        packed = [op.args() for op in ops]
        changed: list[bool] = []
        counts: dict[str, Counts] = {}
        for first in range(0, len(packed), CHUNK):
            args = [arg for op in packed[first : first + CHUNK] for arg in op]
            done, flat = await self._link.on_show("apply", show, *args)
            changed += [bool(one) for one in done]
            counts |= read_counts(flat)
        return PresenceResult(tuple(changed), counts)

    async def counts(self, show: str) -> dict[str, Counts]:
        """Counts of all the show's rooms at one instant."""
        return read_counts(await self._link.on_show("counts", show))

    async def peak(self, show: str, room: str) -> Peak:
        """The room's peak; nobody at 0 if nobody ever listened."""
        found = await self._link.command("HGET", keys.peak(show), keys.ident(room))
        words = [*str(found or b"0", "ascii").split(), "0", "0"]  # an older server kept the first
        return Peak(int(words[0]), int(words[1]), float(words[2]))

    async def roll(
        self, show: str, most: int
    ) -> tuple[dict[str, Counts], dict[str, list[str]] | None]:
        """Counts of all the show's rooms at one instant, and members but for the simulated.

        The members are ``None`` where there are more than ``most`` in all.
        """
        flat, *rolls = await self._link.on_show("roll", show, most)
        if not rolls:
            return read_counts(flat), None
        members = {name.decode(): [m.decode() for m in found] for name, *found in rolls[0]}
        return read_counts(flat), members

    async def where(self, show: str, member: str) -> set[str]:
        """The rooms in which the member is."""
        found = await self._link.on_show("where", show, keys.ident(member))
        return {room.decode() for room in found}

    async def gone(self, show: str, room: str, members: Sequence[str]) -> set[str]:
        """Those of the members who have been in the room, and are not now; none is simulated."""
        if not members:
            return set()
        names = [keys.ident(member) for member in members]
        here = await self._link.command("HMGET", keys.present(show, room), *names)
        came = await self._link.command("SMISMEMBER", keys.tuned(show, room), *names)
        flags = zip(members, here, came, strict=True)
        return {member for member, conns, entered in flags if conns is None and entered}

    async def been(self, show: str, room: str, members: Sequence[str]) -> set[str]:
        """Those of the members who are in the room, or have been."""
        if not members:
            return set()
        names = [keys.ident(member) for member in members]
        came = await self._link.command("SMISMEMBER", keys.tuned(show, room), *names)
        return {member for member, entered in zip(members, came, strict=True) if entered}

    async def held(self, show: str, node: str) -> list[str]:
        """The connections that the node holds in the show, in no order."""
        found = await self._link.command("SMEMBERS", keys.held(show, node))
        return [conn.decode() for conn in found]

    async def located(self, show: str, conns: Sequence[str]) -> dict[str, str]:
        """In which room each of the connections is; those that are nowhere are left out."""
        found: dict[str, str] = {}
        for first in range(0, len(conns), CHUNK):
            some = conns[first : first + CHUNK]
            lines = await self._link.command("HMGET", keys.conns(show), *map(keys.ident, some))
            found |= {
                conn: line.decode().split("|", 2)[2]
                for conn, line in zip(some, lines, strict=True)
                if line is not None
            }
        return found

    async def evict(self, show: str, node: str, until: float = math.inf) -> int:
        """Remove every connection that the node holds in the show; returns how many.

        No step of it begins after ``until``, a monotonic time.
        """
        gone, left = 0, 1
        while left and time.monotonic() < until:
            step, left = await self._link.on_show("evict", show, keys.ident(node), CHUNK)
            gone += step
        return gone

    # Leases

    async def renew(self, node: str, ttl_ms: int) -> Lease:
        """Keep the node alive for ``ttl_ms`` more milliseconds, and say whether it had lapsed."""
        return Lease((await self._own.on_key("renew", keys.lease(node), ttl_ms)).decode())

    async def live_nodes(self, show: str) -> set[str]:
        """The nodes that hold presence in the show and whose lease stands."""
        return {node for node, lease in await self._leases(show) if lease == b"alive"}

    async def evict_dead(self, show: str) -> list[str]:
        """Evict what nodes hold whose lease has run out; returns the nodes, in order.

        Of several that try, one does it. The dead node cannot take its lease back until its
        presence is gone, so nothing that it enters anew is swept away: what takes longer, or was
        held up, is left to the next time. If the answer is late, nobody is dead: the store has
        paused, and no lease could be renewed.
        """
        evicted = []
        asked = time.monotonic()
        leases = sorted(await self._leases(show))
        if time.monotonic() - asked > LATE_S:
            return []
        for node, lease in leases:
            if lease is not None:
                continue
            until = time.monotonic() + EVICTION_S
            mine = await self._link.command(
                "SET", keys.lease(node), "evicting", "NX", "PX", EVICTION_MS
            )
            if not mine:
                continue
            gone = await self.evict(show, node, until)
            if time.monotonic() < until:  # else the mark runs out by itself, or has
                await self._link.on_key("freed", keys.lease(node))
                if gone:  # or somebody else was done as we began
                    evicted.append(node)
        return evicted

    async def _leases(self, show: str) -> list[tuple[str, bytes | None]]:
        held = await self._link.command("SMEMBERS", keys.nodes(show))
        nodes = [node.decode() for node in held]
        return [(node, await self._link.command("GET", keys.lease(node))) for node in nodes]

    # Handoffs

    async def handoff_open(self, show: str, handoff: str, from_room: str, to_room: str) -> Ledger:
        """Open a handoff: everyone in ``from_room``, and who enters while it is open, is offered.

        The same again changes nothing, even when it has been closed since.

        Raises:
            AlreadyExists: another handoff is open from that room, or this one has other rooms.
            StoreError: ``bad_handoff`` if both rooms are the same.
        """
        if from_room == to_room:
            raise StoreError("bad_handoff", "A handoff is between two rooms.")
        rooms = keys.ident(from_room), keys.ident(to_room)
        opened, answer = await self._link.on_show("handoff_open", show, keys.ident(handoff), *rooms)
        if not opened:
            raise AlreadyExists(answer.decode())
        return _ledger(answer)

    async def handoff_from(self, show: str, room: str) -> str | None:
        """The handoff that is open from the room, if any."""
        found = await self._link.command("HGET", keys.handing(show), keys.ident(room))
        return None if found is None else str(found, "ascii")

    async def decline(self, show: str, handoff: str, member: str) -> Outcome | None:
        """The member stays, if they are offered. Returns their outcome then, or None."""
        return await self._answer(show, handoff, member, Outcome.DECLINED)

    async def handoff_undecline(self, show: str, handoff: str, member: str) -> Outcome | None:
        """The member is offered again, if they declined and are still there. Returns as decline."""
        return await self._answer(show, handoff, member, Outcome.OFFERED)

    async def _answer(self, show: str, handoff: str, member: str, wish: Outcome) -> Outcome | None:
        outcome = await self._link.on_show(
            "handoff_answer", show, keys.ident(handoff), keys.ident(member), wish
        )
        return None if outcome is None else Outcome(outcome.decode())

    async def handoff_sweep(self, show: str, handoff: str, node: str, limit: int = SWEEP) -> Swept:
        """Move about ``limit`` of those who are offered, in one step; nobody once it is closed.

        The connections of ``node`` are in the answer, and the bus tells the other nodes of theirs.

        Raises:
            StoreUnavailable: it is not known whether they were moved. Sweeping again moves the
                next; ``located`` tells where connections are.
        """
        moved, own, flat = await self._link.on_show(
            "handoff_sweep", show, keys.ident(handoff), keys.ident(node), limit
        )
        return Swept(moved, own.decode().split(), read_counts(flat))

    async def along(self, show: str, member: str, room: str, handoffs: Sequence[str]) -> str:
        """The room in which a member belongs who was in ``room`` and may have been lost there.

        ``handoffs`` lead on from that room, each from where the one before leads to. A member is
        taken along by one that has moved them; and by one that counts them as lost, if it was
        carried out and is closed: the audience is in the other room. While it is open they are
        offered it again when they come in, and whoever has declined stays. So does whoever is in
        the old room by another connection and not in the new one: they came back there, and are
        never counted in both.
        """
        ids = keys.ident(member), keys.ident(room)
        return str(await self._link.on_show("along", show, *ids, chain(handoffs)), "ascii")

    async def handoff_declined(self, show: str, handoff: str) -> set[str]:
        """Who has declined so far; empty if there is no such handoff."""
        found = await self._link.on_show("handoff_declined", show, keys.ident(handoff))
        return set(found.decode().split())

    async def handoff_close(
        self, show: str, handoff: str, leftover: Literal["lost", "declined"] | None
    ) -> Ledger:
        """Close the handoff; who has not answered becomes ``leftover``. Again: the same ledger.

        With ``leftover`` None it is closed only if everybody has answered.
        Raises StoreError ``unknown_handoff``.
        """
        if leftover not in ("lost", "declined", None):
            raise StoreError("bad_outcome", "Who is left over is either lost or declined.")
        return _ledger(
            await self._link.on_show("handoff_close", show, keys.ident(handoff), leftover or "")
        )

    async def handoff_ledger(self, show: str, handoff: str) -> Ledger:
        """The handoff's account at one instant. Raises StoreError ``unknown_handoff``."""
        return _ledger(await self._link.on_show("handoff_ledger", show, keys.ident(handoff)))

    async def handoff_outcomes(self, show: str, handoff: str) -> dict[str, Outcome]:
        """Everyone who was ever offered the handoff, and what has become of them."""
        settled, rest, become = await self._link.on_show(
            "handoff_outcomes", show, keys.ident(handoff)
        )
        found = dict.fromkeys((member.decode() for member in rest), Outcome(become.decode()))
        by_turns = iter(settled)
        for member, outcome in zip(by_turns, by_turns, strict=True):
            found[member.decode()] = Outcome(outcome.decode())
        return found


def _ledger(flat: Sequence[int]) -> Ledger:
    offered, pending, moved, declined, lost, state = flat
    if state < 0:
        raise StoreError("unknown_handoff", "There is no such handoff.")
    return Ledger(offered, pending, moved, declined, lost, state == 1)
