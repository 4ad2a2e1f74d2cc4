"""Everybody who may come to a door, with the token that each has, and a room ready for them.

The tests of permissions ask at the wire; what they compare with is read from the core's tables.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from afterparty.core.rules import RULES

STAGE = ("cohost", "cohost2", "speaker", "speaker2")
"""Who have seats beside the host; whose names begin alike have the same role."""

ASKED = MappingProxyType(
    {
        # The host of every room made the show too, and may simulate; is no admin.
        "host": {"handle": "host", "grants": ["host", "simulate"]},
        "cohost": {"handle": "cohost"},
        "speaker": {"handle": "speaker"},
        "listener": {"handle": "listener"},
        "anonymous": {},
        "admin": {"handle": "admin", "grants": ["admin"]},
        "stranger": {"handle": "stranger", "grants": ["host"]},
        # The same people again, with tokens that are worth less.
        "elsewhere": {"handle": "host", "grants": ["host", "simulate"], "show": "another"},
        "astray": {"handle": "listener", "show": "another"},
        "confined": {"handle": "host", "grants": ["host", "simulate"], "room": "another"},
        "lowered": {"handle": "host", "grants": ["host", "simulate"], "ceiling": "listener"},
    }
)
"""What is asked of ``/v1/token``, by the name that these tests have for the bearer."""

BEARERS = (*ASKED, "none", "forged")
"""All of them, and two whose requests come without a token that is any good."""

ROLES = ("host", "cohost", "speaker", "listener", "anonymous")
"""Bearers of whom the room alone says what they may."""


@dataclass
class Cast:
    """One show on a server that hands out tokens, and everybody's way to ask."""

    http: httpx.AsyncClient
    show: str
    stack: AsyncExitStack
    """What stays open until the show is done with."""
    tokens: dict[str, str] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    rooms: list[str] = field(default_factory=list)
    mark: str = ""
    """What everybody's handle ends with, where limits of members are not to add up."""

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx.Response:
        """One request as somebody; a text is sent as it is, anything else as JSON."""
        if who != "none":
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str):
            return await self.http.request(method, path, content=body, headers=named)
        return await self.http.request(method, path, json=body, headers=named)

    async def done(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """One request that has to be carried out; its answer."""
        answer = await self.ask(who, method, path, body)
        assert answer.status_code < 300, (who, method, path, answer.text)
        return answer.json()

    async def command(self, who: str, room: str, type_: str, **fields: Any) -> None:
        """A room command that has to be carried out."""
        await self.done(who, "POST", f"/v1/rooms/{room}/commands", {"type": type_, **fields})

    async def room(
        self, name: str, state: str, kind: str = "space", *, rules: str = "current", **more: Any
    ) -> str:
        """Make a room in a state: seats, somebody who asks to speak, two who are invited."""
        room = f"{self.show}-{name}"
        self.rooms.append(room)
        seats = STAGE if RULES[rules].cohosts else [m for m in STAGE if "cohost" not in m]
        stage = [{"member": f"{m}{self.mark}", "role": m.rstrip("2")} for m in seats]
        body = {"room": room, "kind": kind, "title": name, "rules": rules, "stage": stage, **more}
        await self.done("host", "POST", f"/v1/shows/{self.show}/rooms", body)
        for who in ("listener", "anonymous"):
            await self.command("host", room, "invite", member=self.members[who])
        if state != "scheduled":
            await self.command("host", room, "open")
            asking = await self.stack.enter_async_context(self.joined("stranger", room))
            assert (await asking.ask("request"))["type"] == "ok"
        if state == "over":
            await self.over(room)
        return room

    async def newcomer(self, who: str) -> None:
        """Somebody more, of whom no room knows."""
        reply = await self.done("none", "POST", "/v1/token", {"handle": f"{who}{self.mark}"})
        self.tokens[who], self.members[who] = reply["token"], reply["member"]

    async def over(self, room: str) -> None:
        """End a room, or call it off, and wait until everybody has gone, with their sound."""
        state = (await self.done("none", "GET", f"/v1/rooms/{room}"))["room"]["state"]
        if state in ("scheduled", "live"):
            await self.command("host", room, "end" if state == "live" else "cancel")
        async with asyncio.timeout(30):
            while (await self._roll())[room]["counts"]["participants"]:
                pass

    async def _roll(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.done("host", "GET", f"/v1/shows/{self.show}/members")
        return found["rooms"]

    @asynccontextmanager
    async def joined(self, who: str, room: str) -> AsyncIterator["Asking"]:
        """Somebody's socket in a room."""
        async with self.opened() as joined:
            hello = await joined.ask("hello", token=self.tokens[who], room=room)
            assert hello["type"] == "welcome", (who, hello)
            yield joined

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Asking"]:
        """A socket over which nothing was said yet."""
        url = str(self.http.base_url).replace("http", "ws").rstrip("/")
        # Nobody reads of what is not asked for: with a bound it would stop before the end is told.
        async with connect(f"{url}/v1/ws", max_queue=None) as socket:
            yield Asking(socket)

    async def state(self) -> dict[str, Any]:
        """Everything that a request could change, as the server has it now."""
        figures = (await self.http.get("/metrics")).text.splitlines()
        return {
            "members": await self._roll(),
            "rooms": {r: _asked_for((await self.done("none", "GET", f"/v1/rooms/{r}"))["room"])
                      for r in self.rooms},
            "questions": [await self.done("none", "GET", f"/v1/rooms/{r}/questions")
                          for r in self.rooms],
            "shows": await self.done("none", "GET", "/v1/shows"),
            "records": [record for record in
                        (await self.done("none", "GET", "/v1/records"))["records"]
                        if record["kind"] != "room"],
            "sessions": [line for line in figures if line.startswith(
                ("afterparty_http_sessions ", "afterparty_media_sessions "))],
        }  # fmt: skip


@dataclass
class Asking:
    """A socket, and the one question at a time that is asked over it."""

    socket: ClientConnection
    _ref: int = 0

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        """Send a message and wait for the reply that carries its ``ref``."""
        self._ref += 1
        await self.socket.send(json.dumps({"type": type_, "ref": self._ref, **fields}))
        while True:
            reply: dict[str, Any] = json.loads(await self.socket.recv())
            if reply.get("ref") == self._ref:
                return reply


def _asked_for(room: dict[str, Any]) -> dict[str, Any]:
    """A room but for its honours, which nobody asks for: the server sees that they are due."""
    return {**room, "honours": [], "number": room["number"] - len(room["honours"])}


@asynccontextmanager
async def open_cast(url: str, show: str, mark: str = "") -> AsyncIterator[Cast]:
    """Everybody's tokens, and a simulated show without rooms."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJob3N0In0."
        cast = Cast(http, show, stack, tokens={"forged": forged}, mark=mark)
        for who, asked in ASKED.items():
            if "handle" in asked:
                asked = {**asked, "handle": f"{asked['handle']}{mark}"}
            reply: Mapping[str, str] = await cast.done("none", "POST", "/v1/token", asked)
            cast.tokens[who], cast.members[who] = reply["token"], reply["member"]
        body = {"show": show, "title": show, "simulated": True}
        await cast.done("host", "POST", "/v1/shows", body)
        yield cast
        for room in cast.rooms:
            await cast.over(room)
