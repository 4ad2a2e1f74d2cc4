"""One socket against a whole node: the ASGI messages a server would pass on, without the server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.websockets import WebSocket
from tests.node.conftest import HOST, House, open_house
from tests.node.doors.test_webrtc_http import offer

from afterparty.core import commands as c
from afterparty.core.model import Person
from afterparty.node.access.limits import Limits
from afterparty.node.doors.socket import serve
from afterparty.node.ground.settings import Settings
from afterparty.node.live.connection import WAITING_LIMIT
from afterparty.wire.messages import Pong, encode

AWAY = "203.0.113.5"


class Client:
    """Somebody at the other end of a socket."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.reads = asyncio.Event()
        """Cleared: it takes nothing, and whoever sends to it waits."""
        self.reads.set()
        self.is_waited_for = asyncio.Event()

    async def take(self, message: Any) -> None:
        """Be sent something."""
        if not self.reads.is_set():
            self.is_waited_for.set()
        await self.reads.wait()
        self.outbox.put_nowait(message)

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def next(self) -> dict[str, Any]:
        """The next message, counts and the like left out; ``{"close": code}`` at the end."""
        async with asyncio.timeout(20):
            while True:
                sent = await self.outbox.get()
                if sent["type"] == "websocket.close":
                    return {"close": sent["code"], "reason": sent["reason"]}
                if sent["type"] == "websocket.send":
                    message: dict[str, Any] = json.loads(sent["text"])
                    if message["type"] not in ("counts", "event", "media_state"):
                        return message

    async def ask(self, **message: Any) -> dict[str, Any]:
        """Send a message; the next that comes."""
        self.say(**message)
        return await self.next()


@asynccontextmanager
async def connected(house: House, host: str = AWAY) -> AsyncIterator[Client]:
    """A socket of somebody's, served until the end of the block."""
    client = Client()
    client.inbox.put_nowait({"type": "websocket.connect"})
    scope = {"type": "websocket", "path": "/v1/ws", "headers": [], "client": (host, 5)}
    serving = asyncio.create_task(
        serve(house.node, WebSocket(scope, client.inbox.get, client.take))
    )
    try:
        yield client
    finally:
        client.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(20):
            await serving


async def enter(house: House, client: Client, member: str = "fan") -> dict[str, Any]:
    """Say hello; the welcome."""
    token, _ = house.node.mint.mint(Person(member, member, member), seconds=60)
    return await client.ask(type="hello", token=token, room="pre")


async def test_one_address_offers_sound_only_so_fast(house: House) -> None:
    house.node.limits = Limits(Settings(dev=True, joins_per_second=0.2))
    async with connected(house) as client, connected(house, "127.0.0.1") as own:
        assert (await enter(house, client))["type"] == "welcome"
        for expected in ("media_answer", "media_answer", "refused"):
            answer = await client.ask(type="media_offer", sdp=offer("sendrecv"))
            assert answer["type"] == expected
            assert (await client.ask(type="media_close"))["type"] == "ok"
        assert answer["code"] == "rate_limited"
        await enter(house, own, "another")
        answer = await own.ask(type="media_offer", sdp=offer("sendrecv"))
        assert answer["type"] == "media_answer", "a developer's own machine has no such limit"


async def test_who_says_nothing_is_told_what_was_expected(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path / "data", hello_seconds=0.01) as house,
        connected(house) as client,
    ):
        for kind in ("refused", "closing"):
            said = await client.next()
            assert (said["type"], said["code"]) == (kind, "hello_expected")
        assert await client.next() == {"close": 4000, "reason": "hello_expected"}


async def test_who_leaves_is_answered_and_then_closed_without_a_word(house: House) -> None:
    async with connected(house) as client:
        await enter(house, client)
        assert (await client.ask(type="leave", ref=3))["type"] == "ok"
        assert await client.next() == {"close": 1000, "reason": "left"}


async def test_when_the_room_is_over_that_is_said(house: House) -> None:
    async with connected(house) as client:
        await enter(house, client)
        await house.node.rooms.execute("pre", c.EndRoom(HOST))
        said = await client.next()
        assert (said["type"], said["code"]) == ("closing", "room_over")
        assert await client.next() == {"close": 1001, "reason": "room_over"}


async def test_a_socket_that_is_replaced_is_told(house: House) -> None:
    async with connected(house) as client, connected(house) as again:
        welcome = await enter(house, client)
        token, _ = house.node.mint.mint(Person("fan", "fan", "fan"), seconds=60)
        taken = {"connection": welcome["connection"], "resume": welcome["room"]["number"]}
        resumed = await again.ask(type="hello", token=token, room="pre", **taken)
        assert resumed["resumed"] is True
        said = await client.next()
        assert (said["type"], said["code"]) == ("closing", "replaced")
        assert await client.next() == {"close": 4000, "reason": "replaced"}


async def test_a_slow_consumer_is_closed_without_a_word(house: House) -> None:
    """What waits for it is not sent any more, and no ``closing`` either."""
    async with connected(house) as client:
        await enter(house, client)
        client.reads.clear()
        (connection,) = house.node.hub.sockets()
        connection.outbox.post(encode(Pong(ref=1, now=1.0)))
        await client.is_waited_for.wait()
        for _ in range(WAITING_LIMIT + 1):
            connection.outbox.post(encode(Pong(ref=2, now=1.0)))
        client.reads.set()
        assert (await client.next())["ref"] == 1
        assert await client.next() == {"close": 4000, "reason": "slow_consumer"}
