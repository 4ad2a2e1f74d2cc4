"""A client that takes nothing: it is dropped, its socket is freed, and nobody waits for it."""

import asyncio
import base64
import json
import os
import socket as sockets
import struct
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import Evening, Server


def _frame(text: str) -> bytes:
    """A masked text frame (RFC 6455, section 5.2), of 126 to 65,535 bytes."""
    body, mask = text.encode(), os.urandom(4)
    masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(body))
    return struct.pack("!BBH", 0x81, 0x80 | 126, len(body)) + mask + masked


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks sockets up in /proc")
async def test_who_never_reads_is_dropped(evening: Evening, server: Server) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    hello = {"type": "hello", "token": await evening.token("slow"), "room": evening.pre}
    key = base64.b64encode(os.urandom(16)).decode()
    with sockets.socket() as slow:
        slow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", port))
        slow.sendall(
            f"GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        slow.setblocking(False)
        await asyncio.get_running_loop().sock_recv(slow, 15)
        await asyncio.get_running_loop().sock_sendall(slow, _frame(json.dumps(hello)))
        async with httpx.AsyncClient(base_url=server.url) as client, asyncio.timeout(90):
            await _participants(evening, 1)
            await evening.host.command(evening.pre, "unmute")
            await evening.host.command(evening.pre, "consent", captions=True)
            gone = asyncio.create_task(_participants(evening, 0))
            while not gone.done():
                await evening.host.command(evening.pre, "say", text="🎙" * 500)
            assert "afterparty_connections 0.0" in (await client.get("/metrics")).text
            while _open_sockets(slow, port):
                await client.get("/healthz")


def _open_sockets(slow: sockets.socket, port: int) -> bool:
    """Whether the kernel still has the server's end of the connection."""
    mine = slow.getsockname()[1]
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    lines = [line.split()[1:4] for line in table]
    return any(
        int(local.split(":")[1], 16) == port
        and int(remote.split(":")[1], 16) == mine
        and state == "01"
        for local, remote, state in lines
    )


async def _participants(evening: Evening, wanted: int) -> None:
    while (await evening.host.counts(evening.show)).rooms[evening.pre].participants != wanted:
        pass
