"""Bad input at every door: a code and a sentence, nothing lost, nobody else disturbed."""

import asyncio
import contextlib
import json
import os
import random
import socket as sockets
import struct
from collections.abc import AsyncIterator

import httpx
import pytest
from aioice import stun
from tests.e2e.conftest import Counting, Evening, Server, loudness, tone
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from afterparty.client.api import Api
from afterparty.client.ear import Recorder
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer

DATAGRAMS = 100_000

BATCH = 200
"""Datagrams sent before it is seen that they were read: the kernel keeps no more than a few hundred
for the server, and what it throws away tests nothing."""


# REST


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/v1/rooms/no-such", None, "no_such_room"),
        ("GET", "/v1/shows/no-such", None, "no_such_show"),
        ("GET", "/v1/shows/no-such/counts", None, "no_such_show"),
        ("GET", "/v1/rooms/%00", None, "bad_request"),
        ("GET", "/v1/rooms/" + "x" * 65, None, "bad_request"),
        ("GET", "/v1/rooms/{room}/events?limit=100000", None, "bad_request"),
        ("GET", f"/v1/rooms/{{room}}/events?after={2**64}", None, "bad_request"),
        ("GET", "/v1/nothing", None, "not_found"),
        ("PUT", "/v1/rooms", None, "method_not_allowed"),
        ("POST", "/v1/token", b"{", "bad_json"),
        ("POST", "/v1/token", b'{"handle": ":system"}', "bad_request"),
        ("POST", "/v1/token", b'{"handle": "a", "unknown": 1}', "bad_request"),
        ("POST", "/v1/token", b'{"handle": ".."}', "bad_request"),
        ("POST", "/v1/token", b'{"name": "' + b"x" * 70_000 + b'"}', "too_large"),
        ("POST", "/v1/shows", b"{}", "unauthenticated"),
        ("POST", "/v1/rooms/{room}/commands", b'{"type": "open"}', "unauthenticated"),
        ("GET", "/problems/no-such", None, "not_found"),
    ],
)
async def test_rest_answers_problems(
    evening: Evening, method: str, path: str, body: bytes | None, code: str
) -> None:
    async with httpx.AsyncClient(base_url=evening.url) as client:
        answer = await client.request(
            method,
            path.replace("{room}", evening.pre),
            content=body,
            headers={"content-type": "application/json"} if body else {},
        )
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "token",
    ["~", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJob3N0IiwiYXVkIjoiYWZ0ZXJwYXJ0eSJ9."],
)
async def test_forged_tokens_are_refused(evening: Evening, token: str) -> None:
    async with httpx.AsyncClient(base_url=evening.url) as client:
        answer = await client.post(
            f"/v1/rooms/{evening.pre}/commands",
            json={"type": "end"},
            headers={"authorization": f"Bearer {token}"},
        )
    assert answer.status_code == 401
    assert answer.json()["code"] in ("bad_token", "unauthenticated")


async def test_a_token_permits_only_what_it_says(evening: Evening) -> None:
    async with httpx.AsyncClient(base_url=evening.url) as client:
        fan = {"authorization": f"Bearer {await evening.token('fan')}"}
        answer = await client.post("/v1/shows", json={"show": "x", "title": "x"}, headers=fan)
        assert answer.json()["code"] == "forbidden"
        ended = {"type": "end"}
        path = f"/v1/rooms/{evening.pre}/commands"
        answer = await client.post(path, json=ended, headers=fan)
        assert answer.json()["code"] == "not_permitted"
        answer = await client.get(f"/v1/shows/{evening.show}/members", headers=fan)
        assert answer.json()["code"] == "forbidden"
        other = await evening.token("host", show="another")
        answer = await client.post(path, json=ended, headers={"authorization": f"Bearer {other}"})
        assert answer.json()["code"] == "forbidden"


async def test_a_body_in_pieces_is_bounded_too(evening: Evening) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 10_000

    async with httpx.AsyncClient(base_url=evening.url) as client:
        answer = await client.post(
            "/v1/token", content=pieces(), headers={"content-type": "application/json"}
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


# WebSocket


async def _socket(evening: Evening) -> ClientConnection:
    return await connect(evening.url.replace("http", "ws") + "/v1/ws")


async def _until(socket: ClientConnection, kind: str) -> dict[str, object]:
    async with asyncio.timeout(40):
        while (message := json.loads(await socket.recv()))["type"] != kind:
            pass
    return message


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("", "hello_expected"),
        ("{", "hello_expected"),
        ("[1]", "hello_expected"),
        ("[" * 30_000, "hello_expected"),
        (b"\x00\x01", "hello_expected"),
        ('{"type": "ping", "ref": 7}', "hello_expected"),
        ('{"type": "hello", "token": "x", "room": "r"}', "bad_token"),
        ('{"type": "hello", "token": "TOKEN", "room": "no-such"}', "no_such_room"),
        ('{"type": "hello", "token": "TOKEN", "room": "../../etc"}', "hello_expected"),
    ],
)
async def test_a_bad_hello_is_turned_away(evening: Evening, first: str | bytes, code: str) -> None:
    async with await _socket(evening) as socket:
        if isinstance(first, str):
            first = first.replace("TOKEN", await evening.token("fan"))
        await socket.send(first)
        refused = await _until(socket, "refused")
        assert refused["code"] == code
        assert (await _until(socket, "closing"))["code"] == code
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4000


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad_json"),
        ("nonsense", "bad_json"),
        ("[" * 30_000, "bad_json"),
        ('{"ref": 5}', "bad_message"),
        ('{"type": "no_such", "ref": 5}', "bad_message"),
        ('{"type": "accept", "ref": 5}', "bad_message"),
        ('{"type": "accept", "ref": 5, "member": {"a": 1}}', "bad_message"),
        ('{"type": "accept", "ref": 5, "member": "nobody"}', "not_permitted"),
        ('{"type": "say", "ref": 5, "text": "hello"}', "not_permitted"),
        ('{"type": "offer_handoff", "ref": 5, "to_room": "no-such"}', "no_such_room"),
        ('{"type": "react", "ref": 5, "reaction": "🐍"}', "bad_reaction"),
        ('{"type": "media_offer", "ref": 5, "sdp": ""}', "sdp_malformed"),
        ('{"type": "media_offer", "ref": 5, "sdp": "v=0\\r\\nm=audio"}', "sdp_malformed"),
        ('{"type": "hello", "ref": 5, "token": "x", "room": "r"}', "bad_message"),
    ],
)
async def test_a_bad_message_is_refused_and_the_socket_lives(
    evening: Evening, text: str, code: str
) -> None:
    async with await _socket(evening) as socket:
        hello = {"type": "hello", "token": await evening.token("fan"), "room": evening.pre}
        await socket.send(json.dumps(hello))
        await _until(socket, "welcome")
        await socket.send(text)
        refused = await _until(socket, "refused")
        assert refused["code"] == code
        assert refused["message"]
        assert refused["ref"] == (5 if '"ref": 5' in text else 0)
        await socket.send('{"type": "ping", "ref": 9}')
        assert (await _until(socket, "pong"))["ref"] == 9


async def test_a_flood_is_slowed_then_dropped(evening: Evening) -> None:
    watcher = await evening.join("watcher")
    async with await _socket(evening) as socket:
        hello = {"type": "hello", "token": await evening.token("fan"), "room": evening.pre}
        await socket.send(json.dumps(hello))
        await _until(socket, "welcome")
        codes: set[str | None] = set()

        async def read() -> None:
            # Beside the sending: what is unread when the server cuts the socket may be lost.
            with contextlib.suppress(ConnectionClosed):
                while True:
                    codes.add(json.loads(await socket.recv()).get("code"))

        reading = asyncio.create_task(read())
        # At once, as a client may whose kernel gathers them: the server has read the last of them
        # before it has answered the first.
        ping = Frame(Opcode.TEXT, b'{"type": "ping"}')
        socket.transport.write(b"".join(ping.serialize(mask=True) for _ in range(2000)))
        await reading
        assert "rate_limited" in codes
        assert socket.close_code == 4000
    assert await watcher.command("request") > 0


async def test_an_oversized_message_closes_only_its_socket(evening: Evening) -> None:
    watcher = await evening.join("watcher")
    async with await _socket(evening) as socket:
        await socket.send('{"type": "hello", "token": "' + "x" * 40_000 + '"}')
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1009
    assert await watcher.command("request") > 0


# UDP


def _malformed(chance: random.Random, username: str, ssrc: int) -> bytes:
    """A datagram of some kind that no honest peer sends, by somebody who may know of a session what
    travels in the clear."""
    kind = chance.randrange(7)
    noise = chance.randbytes(chance.randrange(0, 400))
    if kind == 0:
        return noise
    if kind == 1:  # STUN, cut or with lengths that lie
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = username
        return bytes(message)[: chance.randrange(1, 40)] + noise
    if kind == 2:  # STUN that claims to be someone, signed with a wrong password
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = username
        message.add_message_integrity(b"wrong")
        return bytes(message)
    if kind == 3:  # DTLS records
        return bytes([chance.choice((20, 21, 22, 23, 63))]) + b"\xfe\xfd" + noise
    if kind == 4:  # RTP
        return struct.pack("!BBHII", 0x80, 111, chance.randrange(65536), 0, ssrc) + noise
    if kind == 5:  # RTCP
        return struct.pack("!BBHI", 0x80, 200, chance.randrange(65536), ssrc) + noise
    return b"\x01\x01" + chance.randbytes(18) + noise  # a STUN response nobody asked for


def _known(peer: Peer) -> tuple[str, int]:
    """What whoever listens on the way knows of a peer: its ICE username, and its SSRC."""
    agent = peer._link.agent
    return f"{agent._remote_ufrag}:{agent.ufrag}", peer.ssrc


async def _read(api: Api) -> float:
    return (await api.metrics())["afterparty_media_datagrams_total"]


async def _until_read(api: Api, wanted: float) -> float:
    """Wait until so many datagrams were read, or no more come; how many were."""
    found = await _read(api)
    while found < wanted:
        before, found = found, await _read(api)
        if found == before:
            break
    return found


async def test_malformed_datagrams_disturb_nobody(evening: Evening, server: Server) -> None:
    """100,000 of them, while a listener listens: their sound has no gap.

    They come from a stranger, and as if from the listener's and the speaker's own addresses.
    """
    seed = int(os.environ.get("AFTERPARTY_SEED", random.SystemRandom().randrange(2**32)))
    print(f"AFTERPARTY_SEED={seed}")
    chance = random.Random(seed)
    host, fan = await evening.join("host"), await evening.join("fan")
    await host.listen()
    await host.command("unmute")
    ear = Counting(Recorder())
    peer = await fan.listen(lambda: Peer(ear=ear))
    speaking = asyncio.create_task(Mouth().say(host.peer, tone(440, 120)))
    await ear.more(25)
    ear.recorder.clear()
    before = ear.packets
    with sockets.socket(sockets.AF_INET, sockets.SOCK_DGRAM) as attacker:
        attacker.connect(("127.0.0.1", server.media_port))
        ways = [
            (attacker.send, "nobody:here", 1),
            (attacker.send, *_known(peer)),
            (peer._link.send, *_known(peer)),
            (host.peer._link.send, *_known(host.peer)),
        ]
        start = read = await _read(evening.host)
        for _ in range(DATAGRAMS // BATCH):
            for n in range(BATCH):
                send, username, ssrc = ways[n % len(ways)]
                with contextlib.suppress(OSError):  # a refusal by the kernel, not by the server
                    send(_malformed(chance, username, ssrc))
            read = await _until_read(evening.host, read + BATCH)
    during = ear.packets - before
    sound = ear.recorder.pcm()
    await ear.more(25)
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)
    assert during > 25
    assert loudness(sound, 440) > 0.5, "the speaker was heard all the while"
    reception = peer.stats().reception
    assert (reception.gaps, reception.missing, reception.ssrc_changes) == (0, 0, 0)
    assert fan.peers_made == 1
    print(f"{read - start:.0f} were read")
    assert read - start > 0.9 * DATAGRAMS
    assert (await evening.host.metrics())["afterparty_media_faults_total"] == 0


async def test_who_has_left_can_ask_for_nothing(evening: Evening) -> None:
    """What a client sent right after ``leave`` is read before its socket is closed."""
    async with await _socket(evening) as socket:
        hello = {"type": "hello", "token": await evening.token("fan"), "room": evening.pre}
        await socket.send(json.dumps(hello))
        await _until(socket, "welcome")
        for message in ("leave", "request", "request", "request"):
            await socket.send(json.dumps({"type": message}))
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    assert (await evening.host.room(evening.pre)).room.requests == []
