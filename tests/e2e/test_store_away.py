"""The store is away for longer than a lease, while people listen: by the public API alone."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import Counting, Evening, end, open_evening, start_server
from tests.store.servers import Server as Redis
from tests.store.servers import free_ports

from afterparty.client.errors import ClientError
from afterparty.client.peer import Peer

AWAY_SECONDS = 6.0
"""Longer than a lease, and than a request may take."""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path / "redis", free_ports(1)[0]) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "paused"])
async def test_sound_and_people_stay_and_nothing_is_lost(
    redis: Redis, tmp_path: Path, how: str
) -> None:
    server = start_server(tmp_path / "data", REDIS_URL=redis.url)
    try:
        async with open_evening(server.url, "away") as evening:
            fans = [await evening.join(f"fan{n}") for n in range(3)]
            ear = Counting()
            peer = await fans[0].listen(lambda: Peer(ear=ear))
            await ear.more(2)
            peer.mark()
            await evening.host.command(evening.pre, "unmute")
            await evening.host.command(evening.pre, "consent", captions=True)
            acknowledged = [await _say(evening, f"before {n}") for n in range(20)]

            redis.kill() if how == "killed" else redis.signal(signal.SIGSTOP)
            gone = time.monotonic()
            await _is_refused(evening)
            with pytest.raises(ClientError) as refused:
                await evening.join("late")
            assert refused.value.code == "store_unavailable"
            await fans.pop().close()  # who goes now has gone when the store is back
            while time.monotonic() - gone < AWAY_SECONDS:
                await ear.more(1)

            redis.start() if how == "killed" else redis.signal(signal.SIGCONT)
            back = time.monotonic()
            acknowledged.append(await _insist(evening, "after"))
            recovered = time.monotonic() - back
            async with asyncio.timeout(30):
                while await _participants(evening) != 2:
                    pass
            exact = time.monotonic() - back
            print(f"{how}: commands after {recovered:.2f} s, counts after {exact:.2f} s")
            await fans[0].until(lambda s: s.room.captions[-1].text == "after")
            events = [event async for event in evening.host.all_events(evening.pre)]
            assert [event["number"] for event in events] == list(range(1, len(events) + 1))
            said = [event["number"] for event in events if "text" in event]
            assert said == acknowledged
            await evening.join("late")
            assert await _participants(evening) == 3
            reception = peer.stats().reception
            assert (reception.gaps, reception.missing, fans[0].peers_made) == (0, 0, 1)
            assert [fan.drops for fan in fans] == [0, 0]
    finally:
        end(server)


async def _say(evening: Evening, text: str) -> int:
    return await evening.host.command(evening.pre, "say", text=text)


async def _insist(evening: Evening, text: str) -> int:
    """Say it until it is acknowledged."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await _say(evening, text)
            except ClientError as error:
                if error.code != "store_unavailable":
                    raise


async def _is_refused(evening: Evening) -> None:
    """As protocol.md says: with a status, a code, and when to come again."""
    token = await evening.token("host")
    async with httpx.AsyncClient(base_url=evening.url, timeout=20) as client:
        answer = await client.post(
            f"/v1/rooms/{evening.pre}/commands",
            json={"type": "invite", "member": "somebody"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get(f"/v1/rooms/{evening.pre}")).json()["room"]["state"] == "live"


async def _participants(evening: Evening) -> int:
    return (await evening.host.counts(evening.show)).rooms[evening.pre].participants
