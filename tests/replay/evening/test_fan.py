"""afterparty.replay.evening.fan: one of the audience does what the plan says, in its order."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from afterparty.client.errors import ClientError, Lost
from afterparty.replay.evening.attendance import Attendance
from afterparty.replay.evening.fan import Attendee
from afterparty.replay.evening.notebook import Notebook
from afterparty.replay.plan.audience import Fan, Inclination
from afterparty.replay.plan.visits import Visit

FAN = Fan("fans-1", "fans", anonymous=False, visits=(Visit("first", 0.0, 0.2),),
          inclination=Inclination.FOLLOW, decides_after=0.5)  # fmt: skip


class Room:
    """A session in a room that lasts: what is sent there is kept."""

    def __init__(self, did: list[str], handoff: Any) -> None:
        self.did = did
        self.role = "listener"
        self.room = SimpleNamespace(handoff=handoff)
        self.moves: list[object] = []
        self.ending: ClientError | None = None

    async def command(self, type_: str, **fields: object) -> int:
        self.did.append(type_)
        return 0

    async def until(self, true: Callable[["Room"], bool]) -> None:
        if not true(self):
            await asyncio.sleep(60)
            raise Lost("over", "It is over.")

    async def wait_over(self) -> None:
        await asyncio.sleep(60)


class Coming(Attendance):
    """Comes into a `Room`, and keeps what was done."""

    def __init__(self, handoff: Any = None) -> None:
        super().__init__("http://127.0.0.1:1", "", "fans-1", Notebook({}))
        self.did: list[str] = []
        self.handoff = handoff

    async def break_off(self) -> None:
        self.did.append("break off")

    async def come(self, room: str) -> bool:
        self.did.append(f"come to {room}")
        self.session = Room(self.did, self.handoff)  # type: ignore[assignment]  # as far as asked
        return True

    async def leave(self) -> None:
        self.did.append("leave")
        self.session = None

    async def close(self) -> None:
        self.session = None


async def played(fan: Fan, coming: Coming) -> list[str]:
    async with asyncio.timeout(20):
        await Attendee(fan, coming, {"first": "first-1", "second": "second-1"}).attend()
    return coming.did


async def test_attempts_break_before_one_comes() -> None:
    assert await played(replace(FAN, broken=(0.0, 0.05)), Coming()) == [
        "break off", "break off", "come to first-1", "leave",
    ]  # fmt: skip


async def test_who_goes_over_leaves_and_comes_to_the_other_room() -> None:
    visits = (Visit("first", 0.0, 0.1), Visit("second", 0.1, 0.2))
    assert await played(replace(FAN, visits=visits), Coming()) == [
        "come to first-1", "leave", "come to second-1", "leave",
    ]  # fmt: skip


async def test_a_request_is_taken_back_in_time() -> None:
    asking = replace(FAN, requests_at=0.05, withdraws_at=0.1)
    assert await played(asking, Coming()) == ["come to first-1", "request", "withdraw", "leave"]


@pytest.mark.parametrize(("left", "does"), [(0.1, ["stay"]), (10.0, [])])
async def test_who_comes_late_decides_in_what_is_left_of_the_countdown(
    left: float, does: list[str]
) -> None:
    """Of ten seconds a fan who goes after 0.2 s sees no more than the beginning."""
    coming = Coming()
    moves_at = coming.book.epoch + left
    coming.handoff = SimpleNamespace(handoff="h", phase="offered", moves_at=moves_at)
    found = await played(replace(FAN, inclination=Inclination.STAY), coming)
    assert found == ["come to first-1", *does, "leave"]
