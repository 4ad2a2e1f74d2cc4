"""Several nodes as processes: one is killed or paused, all are restarted, while people listen."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import (
    Counting,
    Evening,
    Nodes,
    open_evening,
    several_nodes,
    tone,
)
from tests.e2e.test_whip_whep import listen, posting

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer
from afterparty.client.session import Session
from afterparty.wire.messages import RoomEvent, ToClient, Welcome

pytestmark = pytest.mark.timeout(180)

WITHIN = 5.0
"""Seconds in which whoever lost a node is back: what is promised."""


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with several_nodes(tmp_path / "data", 2) as found:
        yield found


class Told:
    """All that a session was told: whether it missed or was told twice, and what it resumed."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.welcomes: list[Welcome] = []

    def __call__(self, message: ToClient) -> None:
        if isinstance(message, RoomEvent):
            self.numbers.append(message.number)
        elif isinstance(message, Welcome):
            self.welcomes.append(message)

    def whole(self, last: int) -> bool:
        """Whether every event until ``last`` was told, once and in order, over all drops."""
        first, *again = self.welcomes
        consecutive = self.numbers == list(range(first.room.number + 1, last + 1))
        return consecutive and all(welcome.resumed for welcome in again)


async def hears_again(session: Session) -> None:
    """Wait until a session has sound that is not its first."""
    while session.peers_made < 2 or not session.peer or session.peer.state != "connected":  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.02)


async def until_counted(api: Api, evening: Evening, participants: int) -> None:
    """Wait until so many are counted in the evening's first room."""
    async with asyncio.timeout(20):
        while (await api.counts(evening.show)).rooms[evening.pre].participants != participants:  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.05)


async def until_gone(client: httpx.AsyncClient, url: str) -> None:
    """Wait until a node does not answer any more."""
    with contextlib.suppress(httpx.TransportError):
        while True:
            await client.get(f"{url}/healthz")
            await asyncio.sleep(0.05)


async def invite(urls: list[str], evening: Evening, token: str, member: str) -> int:
    """Invite somebody by whichever node answers; asking twice is asking once."""
    async with contextlib.AsyncExitStack() as stack:
        apis = [await stack.enter_async_context(Api(url, token)) for url in urls]
        while True:
            for api in apis:
                with contextlib.suppress(ApiError):
                    return await api.command(evening.pre, "invite", member=member)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def counting(urls: list[str], evening: Evening) -> AsyncIterator[set[int]]:
    """Every count of participants that the nodes that answer give meanwhile."""
    seen: set[int] = set()

    async def poll() -> None:
        async with contextlib.AsyncExitStack() as stack:
            apis = [await stack.enter_async_context(Api(url)) for url in urls]
            while True:
                for api in apis:
                    with contextlib.suppress(ApiError):
                        counts = await api.counts(evening.show)
                        seen.add(counts.rooms[evening.pre].participants)
                await asyncio.sleep(0.05)

    polling = asyncio.create_task(poll())
    try:
        yield seen
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


async def test_a_killed_node_costs_nobody_the_room(nodes: Nodes) -> None:
    alive, killed = nodes.urls
    async with open_evening(alive, "killed") as evening:
        told, ear = Told(), Counting()
        host = await evening.join("host", url=alive)
        token = await evening.token("host")
        fan = await evening.join("fan", url=killed, told=told)
        assert fan.welcome.nodes == [killed, alive]
        await fan.listen(lambda: Peer(ear=ear))
        async with counting([alive], evening) as counted:
            number = await invite([alive], evening, token, "m0")
            nodes.kill(killed)
            for n in range(1, 20):
                number = await invite([alive], evening, token, f"m{n}")
            async with asyncio.timeout(WITHIN):
                await fan.until(lambda s: s.drops == 1 and s.state == "joined")
                await fan.until(lambda s: s.room.number == number)
                await hears_again(fan)
            assert fan.url == alive
            assert fan.peer is not None
            assert fan.peer.state == "connected"
            await ear.more(2)
            assert told.whole(number)
            await asyncio.to_thread(nodes.read)  # it is up again, at the same address
        assert counted == {2}
        again = await evening.join("late", url=killed)
        assert again.welcome.room.number == number
        for session in (host, fan, again):
            await session.close()
        await until_counted(evening.host, evening, 0)


async def test_a_speaker_whose_node_is_killed_is_heard_again(nodes: Nodes) -> None:
    alive, killed = nodes.urls
    async with open_evening(alive, "speaker") as evening:
        fan, speaker = (
            await evening.join("fan", url=alive),
            await evening.join("speaker", url=killed),
        )
        await speaker.command("unmute")
        await speaker.listen()
        nodes.kill(killed)
        async with asyncio.timeout(WITHIN):
            await speaker.until(lambda s: s.drops == 1 and s.state == "joined")
            await hears_again(speaker)
        assert (speaker.role, speaker.url) == ("speaker", alive)
        assert speaker.peer is not None
        speaking = asyncio.create_task(Mouth().say(speaker.peer, tone(440.0, 30)))
        async with asyncio.timeout(20):
            await fan.until(lambda s: "speaker" in s.speaking)
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


@pytest.mark.slow
async def test_a_node_that_falls_silent_is_left(nodes: Nodes) -> None:
    """As a machine that is gone: nothing answers, and nothing says so."""
    alive, silent = nodes.urls
    async with open_evening(alive, "silent") as evening:
        told = Told()
        fan, other = (
            await evening.join("fan", url=silent, told=told),
            await evening.join("other", url=alive),
        )
        async with counting([alive], evening) as counted:
            nodes.pause(silent, signal.SIGSTOP)
            async with asyncio.timeout(20):
                await fan.until(lambda s: s.drops == 1 and s.state == "joined")
            assert fan.url == alive
            nodes.pause(silent, signal.SIGCONT)
            async with asyncio.timeout(20):
                await other.until(lambda s: s.counts[evening.pre].participants == 2)
                number = await invite([silent], evening, await evening.token("host"), "m0")
                await fan.until(lambda s: s.room.number == number)
            assert told.whole(number)
        assert max(counted) == 2  # while nothing is heard of the fan, only one is there
        # The node that was paused holds nobody any more, so whoever leaves has left.
        await fan.close()
        await until_counted(evening.host, evening, 1)


@pytest.mark.slow
async def test_a_rolling_restart_costs_nobody_anything(nodes: Nodes) -> None:
    before = list(nodes.pids)
    async with open_evening(nodes.urls[0], "rolling") as evening:
        token = await evening.token("host")
        told = [Told() for _ in range(30)]
        sessions = [
            await evening.join(f"fan{n}", url=nodes.urls[n % 2], told=one)
            for n, one in enumerate(told)
        ]
        for session in sessions[:4]:
            await session.listen()
        restarting = asyncio.create_task(asyncio.to_thread(lambda: [nodes.read(), nodes.read()]))
        number = n = 0
        async with counting(nodes.urls, evening) as counted:
            nodes.process.send_signal(signal.SIGHUP)
            while not restarting.done():
                number = await invite(nodes.urls, evening, token, f"m{n}")
                n += 1
                await asyncio.sleep(0.1)
            await restarting
            await asyncio.gather(*(s.until(lambda s: s.room.number >= number) for s in sessions))
        assert set(before).isdisjoint(nodes.pids)
        assert counted == {30}
        for session, one in zip(sessions, told, strict=True):
            assert session.drops >= 1
            assert one.whole(session.room.number)
        for session in sessions[:4]:
            async with asyncio.timeout(WITHIN):
                await hears_again(session)
        await asyncio.gather(*(session.close() for session in sessions))
        async with Api(nodes.urls[1]) as api:
            await until_counted(api, evening, 0)


async def test_a_node_that_goes_down_lets_nobody_in(tmp_path: Path) -> None:
    with several_nodes(tmp_path / "data", 2, DRAIN_SECONDS="120") as nodes:
        staying, going = nodes.urls
        async with open_evening(going, "going") as evening, posting(evening, "guest") as http:
            _, peer, ear = await listen(http, evening.pre)
            fan = await evening.join("fan", url=going)
            os.kill(nodes.pids[1], signal.SIGTERM)
            async with asyncio.timeout(30):
                await fan.until(lambda s: s.drops == 1 and s.state == "joined")
            assert fan.url == staying
            await ear.more(2)  # who came by HTTP hears on
            assert (await http.get("/healthz")).status_code == 200
            assert (await http.get("/readyz")).status_code == 503
            late = Peer()
            refused = await http.post(
                f"/v1/rooms/{evening.pre}/whep",
                content=await late.offer(),
                headers={"Content-Type": "application/sdp"},
            )
            await late.close()
            assert (refused.status_code, refused.json()["code"]) == (503, "shutting_down")
            assert "retry-after" in refused.headers
            upgrade = {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            }
            refused = await http.get("/v1/ws", headers=upgrade)
            assert (refused.status_code, refused.json()["code"]) == (503, "shutting_down")
            assert "retry-after" in refused.headers
            os.kill(nodes.pids[1], signal.SIGTERM)  # for the second time: at once
            async with asyncio.timeout(60):
                await asyncio.to_thread(nodes.read)
                await peer.gone.wait()
            await peer.close()
            assert fan.drops == 1


async def test_no_process_outlives_the_one_that_started_them(tmp_path: Path) -> None:
    with several_nodes(tmp_path / "data", 2) as nodes:
        nodes.process.kill()
        async with httpx.AsyncClient() as client, asyncio.timeout(60):
            await asyncio.gather(*(until_gone(client, url) for url in nodes.urls))


async def test_they_end_in_order(tmp_path: Path) -> None:
    with several_nodes(tmp_path / "data", 2) as nodes:
        async with open_evening(nodes.urls[0], "order") as evening:
            fan = await evening.join("fan", url=nodes.urls[0])
            nodes.process.terminate()
            assert await asyncio.to_thread(nodes.process.wait, 60) == 0
            assert fan.drops >= 1
