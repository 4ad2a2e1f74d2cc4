"""Requests that are too large or too slow, and sockets that read nothing, at a real TCP port."""

import asyncio
import base64
import os
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from afterparty.node.doors import httpprotocol
from afterparty.node.doors.httpprotocol import HEAD_LIMIT, HttpProtocol
from afterparty.node.doors.wsprotocol import WebSocketProtocol

_left = asyncio.Event()
"""Whoever asked for what is endless has gone."""


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    while (await receive()).get("more_body", False):
        pass
    if scope["path"] == "/endless":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        going = asyncio.create_task(receive())
        while not going.done():
            await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
            await asyncio.sleep(0)
        _left.set()
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def _door() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    _left.clear()
    config = uvicorn.Config(_app, http=HttpProtocol, ws=WebSocketProtocol, log_config=None)
    state = ServerState()
    make: Callable[[], HttpProtocol] = lambda: HttpProtocol(config, state, {})  # noqa: E731
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            async with asyncio.timeout(30):
                yield reader, writer
        finally:
            writer.close()


async def test_good_requests_follow_one_another_on_one_connection() -> None:
    body = b"x" * 2 * HEAD_LIMIT
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with _door() as (reader, writer):
        for _ in range(3):
            for piece in (head[:20], head[20:], body[:1000], body[1000:]):
                writer.write(piece)
                await writer.drain()
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize(
    "begun", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\n"], ids=["url", "one", "many"]
)
async def test_a_head_without_an_end_is_refused(begun: bytes) -> None:
    more = b"X: y\r\n" if begun.endswith(b"1\r\n") else b"xxxxxx"
    async with _door() as (reader, writer):
        writer.write(begun + more * (HEAD_LIMIT // len(more) + 1))
        assert (await reader.read()).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET / HTT", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc"],
    ids=["nothing", "head", "body"],
)
async def test_a_request_that_does_not_come_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpprotocol, "REQUEST_SECONDS", 0.1)
    async with _door() as (reader, writer):
        writer.write(begun)
        with suppress(ConnectionResetError):
            assert await reader.read() == b""


async def test_whoever_reads_nothing_of_an_answer_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(httpprotocol, "PIECE_SECONDS", 0.1)
    async with _door() as (_, writer):
        writer.transport.pause_reading()
        writer.write(b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        await _left.wait()


async def test_an_answer_that_is_read_is_sent_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each piece has its own time."""
    monkeypatch.setattr(httpprotocol, "PIECE_SECONDS", 5.0)
    async with _door() as (reader, writer):
        writer.write(b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n")
        for _ in range(8):
            await reader.readexactly(1_000_000)
        assert not _left.is_set()


async def test_pings_whose_answers_nobody_reads_end_the_socket() -> None:
    key = base64.b64encode(os.urandom(16))
    ping = struct.pack("!BB", 0x89, 0x80 | 125) + bytes(4) + bytes(125)
    async with _door() as (reader, writer):
        writer.write(
            b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        writer.transport.pause_reading()

        async def ping_on() -> None:
            while True:
                writer.write(ping * 1000)
                await writer.drain()

        with pytest.raises(ConnectionError):
            await ping_on()
