"""The store is stopped, or killed: sound goes on, and nothing acknowledged is lost."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.chaos.party import LISTENERS, Party, open_party, until_so

from afterparty.client.api import Api

EXACT_SECONDS = 5.0
RECOVERY_SECONDS = 3.0
SETTLED_SECONDS = 20.0
UNBROKEN_SECONDS = 1.0
"""Packets carry 120 ms; the machine is busy with telling 500 clients."""
AWAY_SECONDS = float(os.environ.get("AFTERPARTY_CHAOS_AWAY", "30"))

pytestmark = pytest.mark.timeout(400)


class Diary:
    """Lines that the host says again and again, and those that were acknowledged."""

    def __init__(self, party: Party) -> None:
        self._party = party
        self.kept: list[tuple[float, float, str]] = []
        """When it was sent, when that was answered, and the line."""
        self.refused: list[str] = []

    async def write(self) -> None:
        """Say line after line at one node, until cancelled."""
        url, number = self._party.urls[1], 0
        headers = {"Authorization": f"Bearer {self._party.token}"}
        async with httpx.AsyncClient(trust_env=False, timeout=10, headers=headers) as http:
            while True:
                number += 1
                line = f"line {number}"
                body = {"type": "say", "text": line, "language": "en"}
                sent = time.monotonic()
                with contextlib.suppress(httpx.HTTPError):
                    answer = await http.post(f"{url}/v1/rooms/pre/commands", json=body)
                    if answer.status_code == 200:
                        self.kept.append((sent, time.monotonic(), line))
                    else:
                        assert answer.status_code == 503, answer.text
                        assert int(answer.headers["Retry-After"]) > 0
                        self.refused.append(answer.json()["code"])
                await asyncio.sleep(0.05)

    async def check(self) -> None:
        """Whatever was acknowledged is in the log, in order."""
        events = await self._party.ask(lambda api: _all(api, "pre"))
        said = [event["text"] for event in events if event["type"] == "line_said"]
        kept = [line for _, _, line in self.kept]
        assert [line for line in said if line in set(kept)] == kept


async def _all(api: Api, room: str) -> list[dict[str, Any]]:
    return [event async for event in api.all_events(room)]


async def _writing(party: Party) -> tuple[Diary, asyncio.Task[None]]:
    diary = Diary(party)
    await party.command("pre", "unmute")
    await party.command("pre", "consent", captions=True)
    writing = asyncio.create_task(diary.write())
    await until_so(lambda: len(diary.kept) >= 5)
    return diary, writing


async def _audience(party: Party) -> None:
    await party.come(LISTENERS, "pre")
    await party.speaker(1, "singer", 440)
    await party.hearing(party.here.keys())


async def test_the_store_is_stopped_for_a_while(tmp_path: Path) -> None:
    async with open_party(tmp_path) as party:
        await _audience(party)
        diary, writing = await _writing(party)
        pid = party.store.pid
        assert pid is not None
        # It falls due while nobody can write it down.
        await party.command("pre", "offer_handoff", to_room="post", seconds=3)
        party.mark()
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(AWAY_SECONDS)
            gaps = party.gaps(party.here.keys() - {"singer"})
            states = {session.state for session in party.here.values()}
        finally:
            os.kill(pid, signal.SIGCONT)
        back = time.monotonic()
        assert states == {"joined"}, "whoever was in the room is in it"
        assert max(gaps) < UNBROKEN_SECONDS
        await _recovers(party, diary, back)
        await party.settled(SETTLED_SECONDS, back)
        assert (await party.poll()).rooms == {"pre": 0, "post": len(party.here)}
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        assert set(diary.refused) == {"store_unavailable"}
        await diary.check()


async def test_the_store_is_killed_and_comes_back(tmp_path: Path) -> None:
    async with open_party(tmp_path) as party:
        await _audience(party)
        diary, writing = await _writing(party)
        for _ in range(3):
            party.mark()
            pid = party.store.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            await _recovers(party, diary, killed)
            assert max(party.gaps(party.here.keys() - {"singer"})) < UNBROKEN_SECONDS
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        assert set(diary.refused) <= {"store_unavailable"}
        await diary.check()


async def _recovers(party: Party, diary: Diary, since: float) -> None:
    await until_so(lambda: bool(diary.kept) and diary.kept[-1][0] >= since)
    took = next(answered for sent, answered, _ in diary.kept if sent >= since) - since
    exact = await party.exact(EXACT_SECONDS, since)
    print(f"commands again after {took:.1f} s, counts exact after {exact:.1f} s")
    assert took <= RECOVERY_SECONDS
