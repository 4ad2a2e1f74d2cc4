"""Somebody else's server that is told of events by webhook: real HTTP on loopback, as bad as asked.

It checks signatures by itself, from what Standard Webhooks says, without the server's own code.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = int | str | None
"""A status; ``close`` (hang up), ``hang`` (say nothing), ``flood`` (200 and a body without end), or
a whole answer; None: 200."""


@dataclass
class Told:
    """One request as it came."""

    headers: dict[str, str]
    raw: bytes
    answer: Answer

    @property
    def body(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = json.loads(self.raw)
        return found


@dataclass
class Receiver:
    """What has come, in order; and how the next ones are answered."""

    url: str = ""
    told: list[Told] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """Of the next requests, one each; afterwards ``always``."""
    always: Answer = None
    connections: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def good(self) -> list[dict[str, Any]]:
        """Bodies of the requests that were acknowledged."""
        return [one.body for one in self.told if one.answer in (None, 204, "flood")]

    def types(self) -> list[str]:
        """Types of the events that were acknowledged."""
        return [body["type"] for body in self.good]

    async def until(self, true: Callable[["Receiver"], bool], seconds: float = 40.0) -> None:
        """Wait for what has come to be enough."""
        async with asyncio.timeout(seconds):
            while not true(self):
                self._news.clear()
                await self._news.wait()

    def check(self, secret: str) -> None:
        """Every request was signed with that secret, and is what it says that it is.

        The sequence counts up by one; the same number is the same event.
        """
        key = base64.b64decode(secret.removeprefix("whsec_"))
        last = 0
        seen: dict[int, str] = {}
        for one in self.told:
            ident, stamp = one.headers["webhook-id"], one.headers["webhook-timestamp"]
            content = ident.encode() + b"." + stamp.encode() + b"." + one.raw
            right = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
            assert one.headers["webhook-signature"] == f"v1,{right}"
            assert abs(int(stamp) - time.time()) < 300
            assert one.headers["content-type"] == "application/json"
            body = one.body
            assert ident == body["id"] == f"{body['room']}:{body['number']}"
            assert body["type"] == body["event"]["type"]
            assert body["at"] == body["event"]["at"]
            assert last <= body["sequence"] <= last + 1, "in order, none left out"
            last = body["sequence"]
            assert seen.setdefault(last, ident) == ident, "one number, one event"
        ids = [body["id"] for body in self.good]
        assert len({one.headers["webhook-id"] for one in self.told}) == len(seen)
        assert sorted(set(ids)) == sorted(set(seen.values()) & set(ids))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._one(reader, writer):
                pass
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        self._open.discard(writer)
        self._news.set()

    async def _hang_up(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        while self._open:
            self._news.clear()
            await self._news.wait()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        assert head.startswith("POST "), head
        lines = (line.partition(":") for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in lines}
        raw = await reader.readexactly(int(headers["content-length"]))
        answer = self.answers.pop(0) if self.answers else self.always
        self.told.append(Told(headers, raw, answer))
        self._news.set()
        if answer == "hang":
            await reader.read()
            return False
        if answer == "close":
            return False
        if answer == "flood":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        if isinstance(answer, str):
            writer.write(answer.encode())
        else:
            writer.write(f"HTTP/1.1 {answer or 200} So\r\nContent-Length: 2\r\n\r\nok".encode())
        await writer.drain()
        return True


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on a free port of loopback."""
    found = Receiver()
    server = await asyncio.start_server(found._serve, "127.0.0.1", 0, ssl=tls)
    scheme = "http" if tls is None else "https"
    found.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?of=test"
    try:
        yield found
    finally:
        server.close()
        await found._hang_up()
