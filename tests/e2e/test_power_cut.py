"""Server and store are killed in the middle of an evening: what was acknowledged is there after."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Server, running
from tests.e2e.test_store_killed import store_of
from tests.replay.little import LITTLE

from afterparty.client.api import Api
from afterparty.client.session import Session
from afterparty.replay.evening.progress import Silent
from afterparty.replay.evening.runner import run
from afterparty.replay.words.beats import Beat
from afterparty.replay.words.loading import parse
from afterparty.replay.words.scenario import Scenario
from afterparty.wire.messages import RoomEvent, ToClient

ACKNOWLEDGED = [
    ("before", "room_opened", {"by": "anna"}),
    ("before", "mute_changed", {"member": "anna", "muted": False}),
    ("before", "line_said", {"member": "anna", "text": "Hello"}),
    ("before", "speak_requested", {}),
    ("before", "seat_taken", {"by": "anna"}),
    ("before", "handoff_offered", {"by": "anna"}),
    ("after", "room_opened", {"by": "ben"}),
    ("after", "mute_changed", {"member": "cleo", "muted": False}),
]
"""What the beats led to that were answered before the cut: room, type and some keys."""


class Watching(Silent):
    """Says when the run has begun, and when the handoff's offer was acknowledged."""

    def __init__(self) -> None:
        self.began, self.offered = asyncio.Event(), asyncio.Event()
        self.refusals: list[tuple[str, str]] = []

    def begin(self, scenario: Scenario, speed: float, listeners: int, simulated: int = 0) -> None:
        self.began.set()

    def refused(self, t: float, beat: Beat, code: str) -> None:
        self.refusals.append((beat.do, code))

    def handoff(self, t: float, room: str, to_room: str, moves_in: float) -> None:
        self.offered.set()


class Witness:
    """Somebody in a room who writes down each event as it is told."""

    def __init__(self) -> None:
        self.told: dict[int, dict[str, Any]] = {}
        self.session: Session | None = None

    async def enter(self, url: str, room: str) -> None:
        """Come into a room."""
        async with Api(url) as api:
            token = (await api.token(None)).token
        self.session = await Session.join(url, token, room, on_message=self._hear)

    def _hear(self, message: ToClient) -> None:
        if isinstance(message, RoomEvent):
            self.told[message.number] = message.event


async def _rooms(url: str) -> dict[str, str]:
    """The run's rooms by the scenario's names."""
    async with Api(url) as api:
        show = next(found for found in await api.shows() if found.show.startswith("little-"))
    return {room.rsplit("-", 1)[0]: room for room in show.rooms}


def _cut(server: Server) -> None:
    """SIGKILL for both: the store first, or it would hear of its parent's end and go in order."""
    os.kill(store_of(server), signal.SIGKILL)
    server.kill()


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the store by /proc")
async def test_an_evening_cut_short_has_kept_all_that_was_acknowledged(tmp_path: Path) -> None:
    watching, witnesses = Watching(), {"before": Witness(), "after": Witness()}
    with running(tmp_path / "data") as server:
        playing = asyncio.create_task(
            run(parse(LITTLE), server.url, speed=6, real=None, seed=1, progress=watching,
                voices="tone")
        )  # fmt: skip
        async with asyncio.timeout(60):
            await watching.began.wait()
            rooms = await _rooms(server.url)
            for name, witness in witnesses.items():
                await witness.enter(server.url, rooms[name])
            await watching.offered.wait()
        _cut(server)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        for witness in witnesses.values():
            await witness.session.close()
    assert watching.refusals == [("say", "muted")]
    with running(tmp_path / "data") as server:
        async with Api(server.url) as api:
            logs = {
                name: [event async for event in api.all_events(room)]
                for name, room in rooms.items()
            }
    for name, log in logs.items():
        assert [event["number"] for event in log] == list(range(1, len(log) + 1))
        told = witnesses[name].told
        assert len(told) >= 2
        for number, event in told.items():
            assert log[number - 1] == {"number": number, **event}
    for name, kind, keys in ACKNOWLEDGED:
        assert any(event["type"] == kind and keys.items() <= event.items() for event in logs[name])
