"""A host whose node and client die: waited for, followed, back, or timed out. On real processes.

Also whoever is sent out of a room: by every door, at every node.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests.e2e.cast import Asking
from tests.e2e.conftest import Evening, Nodes, open_evening, several_nodes
from tests.e2e.test_whip_whep import listen
from websockets.asyncio.client import connect

from afterparty.client.errors import ClientError
from afterparty.client.session import Session
from afterparty.core.model import Role, RoomState

pytestmark = pytest.mark.timeout(180)

GRACE = 5
"""Seconds; the host's connection is held for six before, or their node's lease runs out."""


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with several_nodes(tmp_path / "data", 2, HOST_GRACE_SECONDS=str(GRACE)) as found:
        yield found


@asynccontextmanager
async def host_at(url: str, evening: Evening) -> AsyncIterator[Asking]:
    """The host by a socket that does not come back by itself."""
    async with connect(f"{url.replace('http', 'ws')}/v1/ws") as socket:
        asking = Asking(socket)
        token = await evening.token("host")
        assert (await asking.ask("hello", token=token, room=evening.pre))["type"] == "welcome"
        yield asking


async def cohost_at(url: str, evening: Evening) -> Session:
    session = await evening.join("cohost", url=url)
    await evening.host.command(evening.pre, "invite", member="cohost", role="cohost")
    await session.until(lambda s: "cohost" in {i.member for i in s.room.invitations})
    await session.command("accept_invitation")
    return session


async def until_away(session: Session, away: bool) -> None:
    """Wait until somebody in the room is told."""
    async with asyncio.timeout(60):
        await session.until(lambda s: (s.room.away is not None) is away)


async def test_a_cohost_takes_over_from_a_host_whose_node_was_killed(nodes: Nodes) -> None:
    alive, killed = nodes.urls
    async with open_evening(alive, "taken-over") as evening:
        cohost = await cohost_at(alive, evening)
        with pytest.raises(ClientError, match="host_not_away"):
            await cohost.command("take_over")
        async with host_at(killed, evening) as host:
            host.socket.transport.abort()  # their client dies with the node
            nodes.kill(killed)
        await until_away(cohost, True)
        away = cohost.room.away
        assert away is not None
        assert away.until - away.since == pytest.approx(GRACE)
        await cohost.command("take_over")
        await cohost.until(lambda s: s.role == Role.HOST)
        assert cohost.room.away is None
        await asyncio.to_thread(nodes.read)
        former = await evening.join("host", url=killed)
        assert former.role in (Role.COHOST, Role.LISTENER)  # or had been gone for too long
        await cohost.command("end")
        assert (await former.wait_over()).code == "room_over"


async def test_a_host_returns_in_time_and_then_does_not(nodes: Nodes) -> None:
    one, other = nodes.urls
    async with (
        open_evening(one, "returned") as evening,
        httpx.AsyncClient(
            base_url=one,
            headers={"Authorization": f"Bearer {await evening.token('ear')}"},
            timeout=30,
        ) as http,
    ):
        fan = await evening.join("fan", url=one)
        guest, ear, _ = await listen(http, evening.pre)
        async with host_at(one, evening) as host:
            host.socket.transport.abort()
        await until_away(fan, True)
        async with host_at(other, evening) as host:
            await until_away(fan, False)
            host.socket.transport.abort()
        await until_away(fan, True)
        assert (await fan.wait_over()).code == "room_over"
        found = await evening.host.room(evening.pre)
        assert found.room.state is RoomState.TIMED_OUT
        async with asyncio.timeout(20):
            while (await http.get(guest.path)).status_code != 404:  # noqa: ASYNC110 - asked
                await asyncio.sleep(0.05)
        await ear.close()
        with pytest.raises(ClientError, match="room_over"):
            await evening.join("late", url=other)


async def test_who_is_blocked_is_out_at_every_node_by_every_door(nodes: Nodes) -> None:
    one, other = nodes.urls
    async with (
        open_evening(one, "blocked") as evening,
        httpx.AsyncClient(
            base_url=other,
            headers={"Authorization": f"Bearer {await evening.token('troll')}"},
            timeout=30,
        ) as http,
    ):
        here, there = [await evening.join("troll", url=url) for url in nodes.urls]
        await evening.join("fan", url=other)
        guest, ear, counting = await listen(http, evening.pre)
        await counting.more(2)
        await evening.host.command(evening.pre, "block", member="troll")
        for session in (here, there):
            assert (await session.wait_over()).code == "blocked"
        async with asyncio.timeout(20):
            while (await http.get(guest.path)).status_code != 404:  # noqa: ASYNC110 - asked
                await asyncio.sleep(0.05)
            while (await evening.host.counts(evening.show)).rooms[evening.pre].participants > 1:  # noqa: ASYNC110 - asked
                await asyncio.sleep(0.05)
        await ear.close()
        for url in nodes.urls:
            with pytest.raises(ClientError, match="blocked"):
                await evening.join("troll", url=url)
        for door in ("whep", "whip"):
            answer = await http.post(
                f"/v1/rooms/{evening.pre}/{door}",
                content="v=0",
                headers={"Content-Type": "application/sdp"},
            )
            assert answer.status_code == 403
        await evening.host.command(evening.pre, "unblock", member="troll")
        async with asyncio.timeout(20):  # the host's own list follows in a moment
            while True:
                with contextlib.suppress(ClientError):
                    again = await evening.join("troll", url=one)
                    break
        assert again.state == "joined"
