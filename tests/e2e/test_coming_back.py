"""Drops, restarts and power cuts: who comes back, what is counted, what was written down."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.e2e.conftest import Counting, Evening, Server, open_evening, running
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.client.peer import Peer


async def _participants(evening: Evening) -> int:
    return (await evening.host.counts(evening.show)).rooms[evening.pre].participants


async def test_a_dropped_socket_is_taken_up_again_with_its_sound(evening: Evening) -> None:
    fan = await evening.join("fan")
    ear = Counting()
    peer = await fan.listen(lambda: Peer(ear=ear))
    fan.drop()
    await evening.host.command(evening.pre, "invite", member="somebody")
    await fan.until(lambda s: s.drops == 1 and s.state == "joined")
    await fan.until(lambda s: len(s.room.invitations) == 1)
    assert fan.welcome.resumed
    assert fan.welcome.sound
    assert fan.peer is peer
    assert await _participants(evening) == 1
    await ear.more(2)


async def test_missed_events_come_once_and_in_order(evening: Evening) -> None:
    url = evening.url.replace("http", "ws") + "/v1/ws"
    token = await evening.token("fan")
    hello = {"type": "hello", "ref": 1, "token": token, "room": evening.pre}
    async with connect(url) as socket:
        await socket.send(json.dumps(hello))
        welcome = json.loads(await socket.recv())
        socket.transport.abort()
    for n in range(5):
        await evening.host.command(evening.pre, "invite", member=f"m{n}")
    hello |= {"resume": welcome["room"]["number"], "connection": welcome["connection"]}
    async with connect(url) as socket:
        await socket.send(json.dumps(hello))
        again = json.loads(await socket.recv())
        assert again["resumed"] is True
        numbers = []
        while len(numbers) < 5:
            message = json.loads(await socket.recv())
            if message["type"] == "event":
                numbers.append(message["number"])
        first = welcome["room"]["number"] + 1
        assert numbers == list(range(first, first + 5))
        assert again["room"]["number"] == numbers[-1]


async def test_a_connection_is_its_members_own(evening: Evening) -> None:
    fan = await evening.join("fan")
    url = evening.url.replace("http", "ws") + "/v1/ws"
    hello = {
        "type": "hello",
        "token": await evening.token("thief"),
        "room": evening.pre,
        "resume": 1,
        "connection": fan.welcome.connection,
    }
    async with connect(url) as socket:
        await socket.send(json.dumps(hello))
        welcome = json.loads(await socket.recv())
        assert welcome["connection"] != fan.welcome.connection
        assert (welcome["you"]["member"], welcome["sound"]) == ("thief", False)
        assert await fan.command("request") > 0
    assert (fan.state, fan.drops) == ("joined", 0)


async def test_leaving_counts_at_once(evening: Evening) -> None:
    first, second = await evening.join("fan"), await evening.join("fan")
    assert await _participants(evening) == 1, "one member with two browsers counts once"
    await first.leave()
    assert await _participants(evening) == 1
    await second.leave()
    assert await _participants(evening) == 0
    counts = (await evening.host.counts(evening.show)).rooms[evening.pre]
    assert (counts.peak, counts.tuned_in) == (1, 1)


async def test_sigkill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged = 0
    with running(tmp_path / "data") as server:
        async with open_evening(server.url, "cut") as evening:
            await evening.host.command(evening.pre, "unmute")
            await evening.host.command(evening.pre, "consent", captions=True)
            said = asyncio.Event()

            async def say() -> None:
                nonlocal acknowledged
                while True:
                    await evening.host.command(evening.pre, "say", text=f"line {acknowledged}")
                    acknowledged += 1
                    if acknowledged == 40:
                        said.set()

            saying = asyncio.create_task(say())
            await said.wait()
            server.kill()
            with pytest.raises(ApiError):
                await saying
    with running(tmp_path / "data") as server:
        async with Api(server.url) as api:
            events = await api.events(evening.pre, 0, 1000)
            lines = [event["text"] for event in events if event["type"] == "line_said"]
            assert lines[:acknowledged] == [f"line {n}" for n in range(acknowledged)]
            assert [event["number"] for event in events] == list(range(1, len(events) + 1))
            assert (await api.room(evening.pre)).room.state == "live"


@asynccontextmanager
async def _in_a_room(server: Server) -> AsyncIterator[tuple[Evening, ClientConnection]]:
    """A bare socket of the host's that was welcomed and does nothing by itself."""
    async with (
        open_evening(server.url, "cut") as evening,
        connect(server.url.replace("http", "ws") + "/v1/ws") as socket,
    ):
        hello = {"type": "hello", "token": await evening.token("host"), "room": evening.pre}
        await socket.send(json.dumps(hello))
        await socket.recv()
        yield evening, socket


async def test_a_restart_evicts_what_the_dead_node_held(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        async with _in_a_room(server) as (evening, _):
            server.kill()
    with running(tmp_path / "data") as server:
        async with Api(server.url) as api, asyncio.timeout(60):
            while (await api.counts(evening.show)).rooms[evening.pre].participants:
                pass
            assert (await api.counts(evening.show)).rooms[evening.pre].tuned_in == 1


async def test_going_down_says_so(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        async with _in_a_room(server) as (_, socket):
            assert await asyncio.to_thread(server.stop) == 0
            codes = []
            with contextlib.suppress(ConnectionClosed):
                while True:
                    codes.append(json.loads(await socket.recv()).get("code"))
            assert codes[-1] == "shutting_down"
            assert socket.close_code == 1012


async def test_who_missed_too_much_begins_anew(evening: Evening) -> None:
    """More events than may wait for a socket: told one by one they would only drop it again."""
    await evening.host.command(evening.pre, "unmute")
    for _ in range(130):
        await evening.host.command(evening.pre, "mute")
        await evening.host.command(evening.pre, "unmute")
    url = evening.url.replace("http", "ws") + "/v1/ws"
    fan = await evening.join("fan")
    hello = {
        "type": "hello",
        "token": await evening.token("fan"),
        "room": evening.pre,
        "resume": 0,
        "connection": fan.welcome.connection,
    }
    async with connect(url) as socket:
        await socket.send(json.dumps(hello))
        welcome = json.loads(await socket.recv())
        assert welcome["connection"] == fan.welcome.connection
        assert welcome["resumed"] is False
        await socket.send('{"type": "ping", "ref": 2}')
        while json.loads(await socket.recv())["type"] != "pong":
            pass


async def test_who_ends_a_room_is_answered_before_it_closes(evening: Evening) -> None:
    host, fan = await evening.join("host"), await evening.join("fan")
    assert await host.command("end") > 0
    for session in (host, fan):
        assert (await session.wait_over()).code == "room_over"
    async with asyncio.timeout(40):
        while await _participants(evening):
            pass
