"""A random evening: members come, go, drop, stay and follow while rooms hand each other over, and
the host lets them onto the stage, sends them out, and shuts and opens the doors.

In the end the server's counts are what everybody knows of themselves, every ledger balances, and
nobody has a place or a raised hand who is not there.
``AFTERPARTY_SEED`` runs an evening again.
"""

import asyncio
import contextlib
import os
import random
from collections import defaultdict

from tests.e2e.conftest import Evening

from afterparty.client.errors import ClientError
from afterparty.client.session import Session
from afterparty.core.model import Role
from afterparty.wire.views import REACTIONS

STEPS = 180
MEMBERS = 8
SESSIONS = 12


KINDS = {
    "join": 6, "leave": 2, "drop": 3,
    "stay": 2, "follow": 3, "offer": 3, "cancel": 1,
    "request": 3, "accept": 3, "unmute": 1, "raise_hand": 2, "lower_hand": 1, "react": 1,
    "demote": 1, "mute_all": 1, "remove": 1, "block": 1, "unblock": 1, "lock": 1, "unlock": 2,
}  # fmt: skip
"""What can happen, and how often beside the rest."""

OF_THE_HOST: dict[str, tuple[str, dict[str, object]]] = {
    **{kind: (kind, {}) for kind in ("accept", "demote", "remove", "block", "unblock")},
    "mute_all": ("mute_all", {}),
    "lock": ("lock", {"locked": True}),
    "unlock": ("lock", {"locked": False}),
}
"""By REST, in either room."""

AIMED = ("accept", "demote", "remove", "block", "unblock")


class _Party:
    """Everybody who is there, and what they do next."""

    def __init__(self, evening: Evening, chance: random.Random) -> None:
        self.evening, self.chance = evening, chance
        self.sessions: list[Session] = []

    @property
    def rooms(self) -> tuple[str, str]:
        return self.evening.pre, self.evening.post

    async def step(self) -> None:
        """One thing happens; that it may be refused is part of it."""
        self.see_out()
        [kind] = self.chance.choices(tuple(KINDS), tuple(KINDS.values()))
        session = self.chance.choice(self.sessions) if self.sessions else None
        with contextlib.suppress(ClientError):
            if kind == "join" or session is None:
                await self._join()
            elif kind == "offer":
                await self._offer()
            elif kind == "cancel":
                room = self.chance.choice(self.rooms)
                if handoff := (await self.evening.host.room(room)).room.handoff:
                    await self.evening.host.command(room, "cancel_handoff", handoff=handoff.handoff)
            elif kind in OF_THE_HOST:
                await self._host(*OF_THE_HOST[kind])
            elif kind == "drop":
                session.drop()
            elif kind == "leave":
                self.sessions.remove(session)
                await self._leave(session)
            elif kind == "stay":
                await session.stay()
            elif kind == "follow":
                await session.follow()
            elif kind == "react":
                await session.command("react", reaction=self.chance.choice(REACTIONS["current"]))
            else:
                await session.command(kind)

    def see_out(self) -> None:
        """Whoever was sent out is there no more."""
        for session in self.sessions:
            if session.ending is not None:
                assert session.ending.code in ("removed", "blocked"), session.ending
        self.sessions = [session for session in self.sessions if session.ending is None]

    async def _host(self, kind: str, fields: dict[str, object]) -> None:
        """The host does something in one of the rooms, to one of those who may be there."""
        room = self.chance.choice(self.rooms)
        if kind == "accept":
            waiting = (await self.evening.host.room(room)).room.requests
            fields = {"member": waiting[0].member} if waiting else {"member": "m0"}
        elif kind in AIMED:
            fields = {"member": f"m{self.chance.randrange(MEMBERS)}"}
        await self.evening.host.command(room, kind, **fields)

    async def _join(self) -> None:
        if len(self.sessions) < SESSIONS:
            handle = f"m{self.chance.randrange(MEMBERS)}"
            session = await self.evening.join(handle, self.chance.choice(self.rooms))
            self.sessions.append(session)

    async def _leave(self, session: Session) -> None:
        with contextlib.suppress(ClientError):
            await session.until(lambda s: s.state == "joined")
            await session.leave()

    async def _offer(self) -> None:
        source, other = self.chance.sample(self.rooms, 2)
        seconds = self.chance.choice((0.0, 0.0, 0.05, 0.3))
        await self.evening.host.command(source, "offer_handoff", to_room=other, seconds=seconds)

    async def settled(self) -> None:
        """Wait until no handoff is under way and everybody is connected."""
        for room in self.rooms:
            while (handoff := (await self.evening.host.room(room)).room.handoff) is not None:
                if handoff.phase in ("closed", "canceled"):
                    break
        for session in self.sessions:
            with contextlib.suppress(ClientError):  # sent out
                await session.until(lambda s: s.state == "joined")

    def truth(self) -> dict[str, int]:
        """Distinct members in each room, as they themselves know it."""
        self.see_out()
        where: defaultdict[str, set[str]] = defaultdict(set)
        for session in self.sessions:
            where[session.room.room].add(session.member)
        return {room: len(where[room]) for room in self.rooms}


async def test_a_random_evening_is_counted_exactly(evening: Evening) -> None:
    seed = int(os.environ.get("AFTERPARTY_SEED", random.SystemRandom().randrange(2**32)))
    print(f"AFTERPARTY_SEED={seed}")
    await evening.host.command(evening.post, "open")
    async with asyncio.timeout(100):
        party = _Party(evening, random.Random(seed))
        doing: set[asyncio.Task[None]] = set()
        for _ in range(STEPS):
            doing.add(asyncio.create_task(party.step()))
            if len(doing) >= 4:  # several things at once, in no order
                _, doing = await asyncio.wait(doing, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*doing)
        await party.settled()
        # A dropped connection of somebody who left is held for ten seconds.
        while await _participants(evening) != party.truth():
            pass
        for room in (evening.pre, evening.post):
            present = {s.member for s in party.sessions if s.room.room == room}
            while await _holders(evening, room) - present:
                pass  # a place is given up a moment after its holder has gone
            blocked: set[str] = set()
            async for event in evening.host.all_events(room):
                if event["type"] == "member_blocked":
                    blocked.add(event["member"])
                elif event["type"] == "member_unblocked":
                    blocked.discard(event["member"])
                elif event["type"] == "handoff_closed":
                    tally = event["tally"]
                    outcomes = await evening.host.handoff(room, event["handoff"])
                    assert len(outcomes) == tally["offered"]
                    kinds = ("moved", "declined", "lost")
                    assert sum(tally[kind] for kind in kinds) == tally["offered"]
                    assert set(outcomes.values()) <= set(kinds)
            assert not blocked & present, "blocked, and inside"


async def _participants(evening: Evening) -> dict[str, int]:
    rooms = (await evening.host.counts(evening.show)).rooms
    return {room: rooms[room].participants for room in (evening.pre, evening.post)}


async def _holders(evening: Evening, room: str) -> set[str]:
    """Who has a seat, a raised hand, or asks to speak, of those who can ever have come."""
    found = (await evening.host.room(room)).room
    assert len([seat for seat in found.seats if seat.role is Role.HOST]) == 1
    assert len(found.seats) <= 1 + found.speaker_places
    people = [*found.seats, *found.requests, *found.hands]
    return {one.member for one in people} - {"host", "speaker", "guest"}
