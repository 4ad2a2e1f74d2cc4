"""The embedded store is killed while people listen: it comes back, and nothing was lost."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import Counting, Evening, Server, end, open_evening, start_server

from afterparty.client.errors import ClientError
from afterparty.client.peer import Peer


def store_of(server: Server) -> int:
    """The process id of the server's own store."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return int(children.read_text().split()[0])


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the store by /proc")
async def test_a_store_that_is_killed_comes_back(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    try:
        async with open_evening(server.url, "killed") as evening:
            await evening.host.command(evening.post, "open")
            fans = [await evening.join(f"fan{n}") for n in range(5)]
            ear = Counting()
            peer = await fans[0].listen(lambda: Peer(ear=ear))
            await ear.more(2)
            peer.mark()
            await evening.host.command(
                evening.pre, "offer_handoff", to_room=evening.post, seconds=0.0
            )
            os.kill(store_of(server), signal.SIGKILL)
            leaving = asyncio.create_task(fans.pop().close())
            async with httpx.AsyncClient(base_url=server.url) as client, asyncio.timeout(60):
                while (answer := await client.get("/v1/shows/killed/counts")).status_code != 200:
                    assert answer.status_code == 503
                    assert answer.json()["code"] == "store_unavailable"
                    assert "retry-after" in answer.headers
                while (await client.get("/readyz")).status_code != 200:
                    pass
            await leaving
            async with asyncio.timeout(60):
                await asyncio.gather(
                    *(fan.until(lambda s: s.room.room == evening.post) for fan in fans)
                )
                expected = {evening.pre: 0, evening.post: 4}
                while await _participants(evening) != expected:
                    pass
            await evening.join("late", evening.post)
            expected[evening.post] += 1
            assert await _participants(evening) == expected
            await ear.more(3)
            reception = peer.stats().reception
            assert (reception.gaps, reception.missing, fans[0].peers_made) == (0, 0, 1)
    finally:
        end(server)


async def _participants(evening: Evening) -> dict[str, int]:
    try:
        rooms = (await evening.host.counts(evening.show)).rooms
    except ClientError:
        return {}
    return {room: rooms[room].participants for room in (evening.pre, evening.post)}
