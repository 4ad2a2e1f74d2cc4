"""afterparty.replay.evening.attendance: where a member looks for a gap when they are moved."""

import asyncio
import struct
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.replay.evening.test_notebook import room
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosedError

from afterparty.client.session import Session
from afterparty.core.model import Role
from afterparty.replay.evening.attendance import Attendance
from afterparty.replay.evening.crossing import Crossing
from afterparty.replay.evening.notebook import Notebook
from afterparty.wire.messages import Moved, RoomEvent
from afterparty.wire.views import NOBODY


@dataclass
class Clocked(Notebook):
    """Notes by a clock that a test sets."""

    time: float = 0.0

    def now(self) -> float:
        return self.time


def event(kind: str) -> RoomEvent:
    return RoomEvent(room="pre", number=9, event={"type": kind})


async def test_a_gap_counts_from_when_the_room_begins_to_move() -> None:
    """The sound changes then; presence, and with it the news, may come many packets later."""
    book = Clocked({}, began=0.0, time=9.0)
    crossing = Crossing()
    for number, tick in enumerate(t for t in range(800) if not 503 <= t < 507):
        header = struct.pack("!BBHII", 0x81, 96, number, tick * 960, 7)
        crossing.receive(header + struct.pack("!I", 5) + b"opus", tick * 0.02)
    session = SimpleNamespace(peer=SimpleNamespace(sources=crossing))
    member = Attendance("http://127.0.0.1:9", "", "fan", book, session=cast("Session", session))
    told: Any = member._told
    told(event("handoff_offered"))
    book.time = 10.0
    told(event("handoff_begun"))
    book.time = 13.0
    told(Moved(handoff="h", from_room="pre", role=Role.LISTENER, room=room("post"), counts=NOBODY))
    book.time = 14.0
    await member.measure_crossings()
    found = member.record()
    assert (found.missed_ticks_at_handoff, found.moved_in_sound) == (4, True)


async def test_a_connection_breaks_before_one_is_in() -> None:
    """A real socket, opened and torn off: the server sees it go without a word."""
    seen: list[int | None] = []
    over = asyncio.Event()

    async def door(socket: ServerConnection) -> None:
        with pytest.raises(ConnectionClosedError):
            await socket.recv()
        seen.append(socket.close_code)
        over.set()

    async with serve(door, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        member = Attendance(f"http://127.0.0.1:{port}", "", "fan", Notebook({}))
        await member.break_off()
        await asyncio.wait_for(over.wait(), 20)
    assert seen == [1006]
    assert member.record().broken == 1
    assert member.record().stays == ()


async def test_a_server_that_does_not_answer_is_a_refusal() -> None:
    book = Notebook({})
    member = Attendance("http://127.0.0.1:1", "", "fan", book)
    await member.break_off()
    assert [(one.doing, one.code) for one in book.refusals] == [("connect", "unreachable")]
    assert member.record().broken == 0
