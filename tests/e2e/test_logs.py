"""What a real server logs under use, misuse and faults: JSON, and nothing that is a secret."""

import asyncio
import contextlib
import json
import re
import socket as sockets
import sys
from pathlib import Path

import httpx
from tests.e2e.cast import Asking
from tests.e2e.conftest import ROOT, end, open_evening, start_server
from tests.node.doors.test_webrtc_http import FRAGMENT, SDP, offer
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from afterparty.client.peer import Peer

SECRET = "the-key-of-this-server-and-nobody-elses"
ADDRESS = "203.0.113.77"
PASSWORD = "peers+password/0123456789abcdef"
FORGED = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJob3N0IiwiYXVkIjoiYWZ0ZXJwYXJ0eSJ9.AAAAbbbbCCCC"
OPAQUE = "an-opaque-token-of-elsewhere"
COMING_FROM = {"X-Forwarded-For": ADDRESS}


async def test_no_secret_token_or_address_is_logged(tmp_path: Path) -> None:
    settings = {"SECRET": SECRET, "TRUSTED_PROXIES": "127.0.0.1", "PORT": "0"}
    sabotaged = (sys.executable, str(ROOT / "tests" / "e2e" / "sabotaged.py"))
    server = start_server(tmp_path / "data", command=sabotaged, **settings)
    try:
        async with open_evening(server.url, "logged") as evening, asyncio.timeout(60):
            tokens = [FORGED, OPAQUE, await evening.token("fan"), await evening.token(None)]
            fan = await evening.join("fan")
            peer = await fan.listen(Peer)
            media = peer.stats()
            assert media is not None
            sim = await evening.token("sim", grants=["simulate"])
            tokens.append(sim)
            await _misuse_http(server.url, evening.pre, tokens)
            await _misuse_sockets(server.url, evening.pre, tokens)
            _misuse_udp(server.media_port)
            await fan.command("request")
    finally:
        end(server)
    log = (tmp_path / "data.log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    told = json.dumps(lines)
    for door in ("a request failed", "a message failed"):
        assert door in told, "the sabotage worked, or nothing was shown"
    assert told.count("RuntimeError") >= 3
    assert "Invalid HTTP request received" in told, "other libraries' logs are among them"
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    for token in tokens:
        for part in (token, token.split(".")[-1]):
            assert part not in log
    for secret in (SECRET, PASSWORD, ADDRESS, "eyJ"):
        assert secret not in log
    assert not re.search(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", log)


async def _misuse_http(url: str, room: str, tokens: list[str]) -> None:
    sdp = offer().replace("p" * 24, PASSWORD)
    assert PASSWORD in sdp
    async with httpx.AsyncClient(base_url=url, headers=COMING_FROM) as http:
        for token in tokens:
            auth = {"Authorization": f"Bearer {token}"}
            await http.get(f"/v1/rooms/{room}?access_token={token}", headers=auth)
            await http.get(f"/v1/rooms/{token}", headers=auth)
            await http.post("/v1/token", content=f'{{"token": "{token}"')
            record = {"kind": "loadtest", "title": f"sabotage {token}", "listeners": 1}
            await http.post("/v1/records", json=record, headers=auth)
            for body in (sdp, sdp + "s=sabotage\r\n", sdp.replace("a=", "b"), "x" * 20_000):
                kind = {"Content-Type": SDP}
                await http.post(f"/v1/rooms/{room}/whep", content=body, headers=auth | kind)
            pieces = {"Content-Type": FRAGMENT, "If-Match": "*"}
            await http.patch(f"/v1/whep/{token}", content=sdp, headers=auth | pieces)
    with sockets.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as raw:
        raw.sendall(f"NONSENSE {FORGED} Bearer {OPAQUE}\r\n\r\n".encode())
        raw.settimeout(20)
        assert raw.recv(100)


async def _misuse_sockets(url: str, room: str, tokens: list[str]) -> None:
    ws = url.replace("http", "ws") + "/v1/ws"
    for token in tokens:
        async with connect(f"{ws}?token={token}", additional_headers=COMING_FROM) as socket:
            asking = Asking(socket)
            hello = await asking.ask("hello", token=token, room=room)
            if hello["type"] != "welcome":
                continue
            for text in ("sabotage", token):
                await asking.ask("say", text=f"{text} {token}")
            bad = f"v=0\r\na=ice-pwd:{PASSWORD}\r\n"
            await asking.ask("media_offer", sdp=bad)
            await socket.send(f'{{"token": "{token}"')
            with contextlib.suppress(WebSocketException):
                await socket.send("x" * 40_000 + token)
                await socket.wait_closed()
        with contextlib.suppress(WebSocketException):
            async with connect(f"{ws}/{token}", additional_headers=COMING_FROM):
                pass


def _misuse_udp(port: int) -> None:
    with sockets.socket(sockets.AF_INET, sockets.SOCK_DGRAM) as udp:
        for first in (0, 1, 20, 22, 63, 128, 200, 255):
            udp.sendto(bytes([first, 1]) + PASSWORD.encode() * 4, ("127.0.0.1", port))
