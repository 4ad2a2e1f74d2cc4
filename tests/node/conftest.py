"""A whole node inside the test's own process: real store, real sound, no socket."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from afterparty.core import commands as c
from afterparty.core.model import HandoffPhase, Person, RoomKind, Show
from afterparty.node.access.tokens import Bearer
from afterparty.node.ground.settings import Settings
from afterparty.node.live.connection import Connection
from afterparty.node.node import Node
from afterparty.node.opening import open_node

HOST = Person("host", "host", "Host")


def bearer(member: str, **more: Any) -> Bearer:
    """Somebody with a handle."""
    return Bearer(Person(member, member, member), **more)


@dataclass
class House:
    """A node with one show: the rooms ``pre`` and ``post``, both live, hosted by ``host``."""

    node: Node

    async def join(self, member: str, room: str = "pre", **more: Any) -> Connection:
        """Let somebody in."""
        return await self.node.members.join(bearer(member, **more), room)

    async def offer(self, handoff: str, *, seconds: float, to: str = "post") -> None:
        """Offer the audience of ``pre`` another room."""
        offer = c.OfferHandoff(HOST, handoff, to, "show", True, seconds)
        await self.node.rooms.execute("pre", offer)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to be so after an event of any room."""
        happened = asyncio.Event()
        self.node.rooms.listen(lambda room, event: happened.set())
        async with asyncio.timeout(20):
            while not true():
                happened.clear()
                await happened.wait()

    def phase(self, room: str = "pre") -> HandoffPhase | None:
        """How far the room's handoff is."""
        handoff = self.node.rooms.room(room).handoff
        return handoff and handoff.phase

    async def participants(self) -> dict[str, int]:
        """Members in each room, by the store."""
        counts = await self.node.audience.counts_now("show")
        return {room: found.participants for room, found in counts.items()}

    def held(self) -> dict[str, int]:
        """Distinct members in each room, by the hub."""
        members: dict[str, set[str]] = {room: set() for room in self.node.rooms.rooms_of("show")}
        for connection in self.node.hub.all():
            members[connection.room].add(connection.member)
        return {room: len(found) for room, found in members.items()}


@asynccontextmanager
async def open_house(data: Path, **settings: Any) -> AsyncIterator[House]:
    """Open a node and its evening."""
    async with open_node(Settings(data=data, dev=True, **settings)) as node:
        await node.create_show(Show("show", "A show", created_at=time.time(), created_by="host"))
        for room in ("pre", "post"):
            await node.rooms.create_room(c.CreateRoom(HOST, room, "show", RoomKind.SPACE, room))
            await node.rooms.execute(room, c.OpenRoom(HOST))
        yield House(node)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """One node for one test."""
    async with open_house(tmp_path / "data") as found:
        yield found
