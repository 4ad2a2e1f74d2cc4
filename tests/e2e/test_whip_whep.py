"""WHIP and WHEP against a real server: our own peer, and aiortc as somebody else's player."""

import asyncio
import fractions
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import av
import httpx
import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from tests.e2e.conftest import Counting, Evening, loudness, tone

from afterparty.client.ear import Recorder
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer
from afterparty.client.session import Session

HOST, ENCODER = 437.0, 719.0
HEARD, NOT_HEARD = 0.05, 0.001


@dataclass
class Guest:
    """Somebody who came by WHIP or WHEP."""

    http: httpx.AsyncClient
    answer: str
    path: str

    async def leave(self) -> int:
        """DELETE; the status."""
        return (await self.http.delete(self.path)).status_code


@asynccontextmanager
async def posting(
    evening: Evening, who: str | None, **grants: object
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with somebody's token."""
    token = await evening.token(who, **grants)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=evening.url, headers=headers, timeout=30) as http:
        yield http


async def come(http: httpx.AsyncClient, kind: str, room: str, sdp: str) -> Guest:
    """Offer sound; 201 or the test fails."""
    answer = await http.post(
        f"/v1/rooms/{room}/{kind}", content=sdp, headers={"Content-Type": "application/sdp"}
    )
    assert answer.status_code == 201, answer.text
    return Guest(http, answer.text, answer.headers["location"])


async def listen(http: httpx.AsyncClient, room: str) -> tuple[Guest, Peer, Counting]:
    """A listener by WHEP, connected."""
    ear = Counting(Recorder())
    peer = Peer(ear=ear)
    guest = await come(http, "whep", room, await peer.offer())
    await peer.connect(guest.answer, timeout=30)
    return guest, peer, ear


async def counted(evening: Evening) -> dict[str, int]:
    """Participants of the evening's rooms."""
    rooms = (await evening.host.counts(evening.show)).rooms
    return {room: rooms[room].participants for room in (evening.pre, evening.post)}


async def until_counted(evening: Evening, pre: int, post: int) -> None:
    """Wait until so many are counted in the two rooms."""
    async with asyncio.timeout(30):
        while await counted(evening) != {evening.pre: pre, evening.post: post}:  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.05)


@asynccontextmanager
async def talking(session: Session, hz: float) -> AsyncIterator[None]:
    """The member speaks, microphone open."""
    await session.listen()
    await session.command("unmute")
    assert session.peer is not None
    speaking = asyncio.create_task(Mouth().say(session.peer, tone(hz, 60)))
    try:
        yield
    finally:
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)


class Tone(MediaStreamTrack):
    """A sine in real time, as an encoder's microphone would give it."""

    kind = "audio"

    def __init__(self, hz: float) -> None:
        super().__init__()
        self._sound, self._at = tone(hz, 1), 0
        self._began = asyncio.get_running_loop().time()

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms."""
        due = self._began + self._at / 48_000
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        at = self._at % len(self._sound)
        frame = av.AudioFrame.from_ndarray(self._sound[None, at : at + 960], "s16", "mono")
        frame.sample_rate, frame.pts = 48_000, self._at
        frame.time_base = fractions.Fraction(1, 48_000)
        self._at += 960
        return frame


async def test_a_listener_by_whep_is_a_member_like_any_other(evening: Evening) -> None:
    await evening.host.command(evening.post, "open")
    host, guest_host = await evening.join("host"), await evening.join("guest", evening.post)
    await until_counted(evening, 1, 1)
    async with (
        posting(evening, "fan") as http,
        talking(host, HOST),
        talking(guest_host, ENCODER),
    ):
        fan, peer, ear = await listen(http, evening.pre)
        assert await counted(evening) == {evening.pre: 2, evening.post: 1}
        await ear.more(50)
        assert ear.recorder is not None
        assert loudness(ear.recorder.pcm()[-24_000:], HOST) > HEARD

        await host.command("offer_handoff", to_room=evening.post, seconds=0.0)
        await until_counted(evening, 0, 3)
        peer.mark()
        await ear.more(15)
        ear.recorder.clear()
        await ear.more(50)
        sound = ear.recorder.pcm()
        assert loudness(sound, ENCODER) > HEARD, "sound follows"
        assert loudness(sound, HOST) < NOT_HEARD

        assert await fan.leave() == 200, "at the address that it always had"
        await until_counted(evening, 0, 2)
        async with asyncio.timeout(20):
            await peer.gone.wait()
        assert await fan.leave() == 404
        await peer.close()


async def test_the_end_of_the_room_is_the_end_of_the_session(evening: Evening) -> None:
    async with posting(evening, None) as http:
        fan, peer, _ = await listen(http, evening.pre)
        await evening.host.command(evening.pre, "end")
        async with asyncio.timeout(20):
            await peer.gone.wait()
        assert (await http.get(fan.path)).status_code == 404
        await peer.close()


async def test_a_load_test_s_token_is_many_listeners(evening: Evening) -> None:
    async with posting(evening, "load", grants=["simulate"]) as http:
        fans = [await listen(http, evening.pre) for _ in range(12)]
        assert await counted(evening) == {evening.pre: 12, evening.post: 0}
        for _, peer, ear in fans:
            await ear.more(1)
            await peer.close()
        # Whoever closes their DTLS leaves no trace, without a DELETE.
        await until_counted(evening, 0, 0)


async def test_somebody_else_s_player_hears(evening: Evening) -> None:
    host = await evening.join("host")
    pc = RTCPeerConnection()
    try:
        pc.addTransceiver("audio", direction="recvonly")
        arrived = asyncio.get_running_loop().create_future()
        pc.on("track", arrived.set_result)
        async with posting(evening, None) as http, talking(host, HOST):
            await pc.setLocalDescription(await pc.createOffer())
            fan = await come(http, "whep", evening.pre, pc.localDescription.sdp)
            await pc.setRemoteDescription(RTCSessionDescription(fan.answer, "answer"))
            pieces: list[np.ndarray] = []
            async with asyncio.timeout(60):
                track = await arrived
                while sum(map(len, pieces)) < 96_000:
                    frame = await track.recv()
                    samples = frame.to_ndarray().reshape(-1, 2)[:, 0].astype(np.float64)
                    if samples.any():
                        pieces.append(samples)
            assert loudness(np.concatenate(pieces)[-48_000:], HOST) > 0.5
            assert await fan.leave() == 200
    finally:
        await pc.close()


async def test_somebody_else_s_encoder_is_heard(evening: Evening) -> None:
    pc = RTCPeerConnection()
    try:
        pc.addTransceiver(Tone(ENCODER), direction="sendonly")
        async with posting(evening, "speaker") as http, posting(evening, None) as other:
            await pc.setLocalDescription(await pc.createOffer())
            encoder = await come(http, "whip", evening.pre, pc.localDescription.sdp)
            await pc.setRemoteDescription(RTCSessionDescription(encoder.answer, "answer"))
            _, peer, ear = await listen(other, evening.pre)
            assert ear.recorder is not None
            async with asyncio.timeout(60):
                while loudness(ear.recorder.pcm()[-48_000:], ENCODER) < 0.5:
                    await ear.more(25, seconds=30)
            assert ear.recorder.timeline[-1].csrcs, "and named"
            summary = await evening.host.room(evening.pre)
            seat = next(seat for seat in summary.room.seats if seat.member == "speaker")
            assert not seat.muted
            assert summary.counts.listeners == 1
            assert await encoder.leave() == 200
            await peer.close()
    finally:
        await pc.close()


async def test_only_a_seat_may_publish(evening: Evening) -> None:
    async with posting(evening, "fan") as http:
        answer = await http.post(
            f"/v1/rooms/{evening.pre}/whip",
            content="v=0\r\n",
            headers={"Content-Type": "application/sdp"},
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
