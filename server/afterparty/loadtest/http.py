"""A small HTTP/1.1 client for very many small requests: a few kept connections, httptools parsing.

Bounded in everything: connections, waiting requests, headers, bodies, time. Knows no WHEP.
"""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

CONNECTIONS = 8
MAX_BODY = 1 << 18
MAX_HEADERS = 64
IDLE_SECONDS = 3.0
"""A connection idle for longer is not used again: servers close theirs after five or so."""


class HttpError(Exception):
    """No response was to be had; `code` is `http_unreachable`, `http_broken` or `http_timeout`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Response:
    """A response, read to its end."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


class _Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.usable = True
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # what asyncio promises of TCP

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail()

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self._fail()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self._headers) >= MAX_HEADERS:
            raise ValueError("too many headers")
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > MAX_BODY:
            raise ValueError("the body is too long")

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 or self._answer is None:
            return
        response = Response(status, self._headers, bytes(self._body))
        self.usable = self.usable and self._parser.should_keep_alive()
        answer, self._answer = self._answer, None
        if not answer.done():
            answer.set_result(response)
        self._begin()

    def ask(self, request: bytes) -> "asyncio.Future[Response]":
        """Send a request; its response comes as the future, or `HttpError`."""
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._answer = answer
        if self._transport is None or self._transport.is_closing():
            self._fail()
        else:
            self._transport.write(request)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def _fail(self) -> None:
        self.close()
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(HttpError("http_broken"))


class HttpClient:
    """Requests to one server (scheme, host and port). `close()` it in the end."""

    def __init__(self, url: str, connections: int = CONNECTIONS) -> None:
        """ValueError if the URL is not http or https, or has no host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https URL: {url}")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname
        self._port = parts.port or (443 if self._tls else 80)
        self._authority = parts.netloc.rpartition("@")[2]
        self._idle: deque[_Connection] = deque()
        self._free = asyncio.Semaphore(connections)
        self._all: set[_Connection] = set()

    async def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Send a request and read its response. Raises `HttpError`.

        Waits for a free connection; put a limit on the time from outside. Headers must not come
        from strangers: they are written as they are.
        """
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._authority}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"Content-Length: {len(body)}\r\n\r\n")
        text = "\r\n".join(lines).encode("latin-1") + body
        async with self._free:
            connection = await self._take()
            self._all.add(connection)
            try:
                response = await connection.ask(text)
            except BaseException:
                connection.close()
                raise
            finally:
                self._all.discard(connection)
            if connection.usable:
                connection.idle_since = asyncio.get_running_loop().time()
                self._idle.append(connection)
            else:
                connection.close()
            return response

    async def _take(self) -> _Connection:
        loop = asyncio.get_running_loop()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and loop.time() - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.close()
        try:
            _, connection = await loop.create_connection(
                _Connection, self._host, self._port, ssl=self._tls
            )
        except OSError as error:
            raise HttpError("http_unreachable") from error
        return connection

    def close(self) -> None:
        """Close all connections; requests under way fail."""
        for connection in (*self._idle, *self._all):
            with contextlib.suppress(OSError):
                connection.close()
        self._idle.clear()
