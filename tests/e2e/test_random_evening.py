"""A random evening: members come, go, drop, stay and follow while rooms hand each other over.

In the end the server's counts are what everybody knows of themselves, and every ledger balances.
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

STEPS = 150
MEMBERS = 8
SESSIONS = 12


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
        kind = self.chance.choices(
            ("join", "leave", "drop", "stay", "follow", "offer", "cancel", "request"),
            (5, 2, 3, 2, 3, 3, 1, 1),
        )[0]
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
            elif kind == "drop":
                session.drop()
            elif kind == "leave":
                self.sessions.remove(session)
                await self._leave(session)
            elif kind == "stay":
                await session.stay()
            elif kind == "follow":
                await session.follow()
            else:
                await session.command("request")

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
            await session.until(lambda s: s.state == "joined")

    def truth(self) -> dict[str, int]:
        """Distinct members in each room, as they themselves know it."""
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
            found = (await evening.host.room(room)).room
            present = {s.member for s in party.sessions if s.room.room == room}
            assert {person.member for person in found.requests} <= present, "ghosts ask to speak"
            async for event in evening.host.all_events(room):
                if event["type"] == "handoff_closed":
                    tally = event["tally"]
                    outcomes = await evening.host.handoff(room, event["handoff"])
                    assert len(outcomes) == tally["offered"]
                    kinds = ("moved", "declined", "lost")
                    assert sum(tally[kind] for kind in kinds) == tally["offered"]
                    assert set(outcomes.values()) <= set(kinds)


async def _participants(evening: Evening) -> dict[str, int]:
    rooms = (await evening.host.counts(evening.show)).rooms
    return {room: rooms[room].participants for room in (evening.pre, evening.post)}
