"""What falls due is done, whatever becomes of another room's deadline."""

import asyncio
from dataclasses import replace

from afterparty.core import events as e
from afterparty.core.deadlines import Deadline
from afterparty.core.evolution import evolve
from afterparty.core.model import Role, Room, RoomKind
from afterparty.node.live.clockwork import Clockwork


def _due(name: str) -> tuple[Room, e.Event]:
    """A room with an invitation that ran out long ago."""
    created = e.RoomCreated(1, "h", name, "s", RoomKind.SPACE, "Title", "current", "en", None, ())
    invited = e.MemberInvited(2, "h", "fan", Role.SPEAKER, 3.0)
    room = evolve(evolve(None, created), invited)
    return replace(room), invited


async def test_one_rooms_fault_stops_no_other_rooms_clock() -> None:
    done = asyncio.Event()

    async def act(room: str, deadline: Deadline) -> None:
        if room == "broken":
            raise KeyError("nobody foresaw this")
        done.set()

    clockwork = Clockwork(act)
    clockwork.on_event(*_due("broken"))
    clockwork.on_event(*_due("sound"))
    running = asyncio.create_task(clockwork.run())
    try:
        async with asyncio.timeout(10):
            await done.wait()
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
