"""One socket against a whole node: the ASGI messages a server would pass on, without the server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.websockets import WebSocket
from tests.node.conftest import House
from tests.node.test_webrtc_http import offer

from afterparty.core.model import Person
from afterparty.node.limits import Buckets
from afterparty.node.socket import serve

AWAY = "203.0.113.5"


class Client:
    """Somebody at the other end of a socket."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

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
async def connected(
    house: House,
    host: str = AWAY,
    send: Callable[[Any], Awaitable[None]] | None = None,
) -> AsyncIterator[Client]:
    """A socket of somebody's, served until the end of the block."""
    client = Client()
    client.inbox.put_nowait({"type": "websocket.connect"})
    scope = {"type": "websocket", "path": "/v1/ws", "headers": [], "client": (host, 5)}
    serving = asyncio.create_task(
        serve(house.node, WebSocket(scope, client.inbox.get, send or client.outbox.put))
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
    house.node.offers = Buckets(0.001, 2)
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
