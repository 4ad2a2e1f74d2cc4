"""What it costs the media plane alone when a listener joins, stays, and asks for consent.

One process is the plane, this one all listeners, one after the other: an offer, an ICE check, a
DTLS handshake by OpenSSL itself. What the plane does anyway in the same time is taken off.
"""

import asyncio
import os
import re
import secrets
import socket
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe

from aioice import stun
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES
from OpenSSL import SSL

from afterparty.media.events import MediaConfig, MediaEvent
from afterparty.media.plane import MediaPlane
from bench.child import Ask, asked, beside
from bench.figures import Figure
from bench.server import Server

LISTENERS = 1000
WARM_UP = 50
CONSENTS = 10
"""Binding requests of each listener, to measure what one costs."""
AT_ONCE = 64
"""They come in bursts, as they do to a server that has been busy sending for a while."""
SETTLE_SECONDS = 1.0

_OFFER = """v=0
o=- {number} 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:{ufrag}
a=ice-pwd:{password}
a=ice-options:trickle
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=recvonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
""".replace("\n", "\r\n")


def _context() -> tuple[SSL.Context, str]:
    certificate = RTCCertificate.generateCertificate()
    context = certificate._create_ssl_context(SRTP_PROFILES)
    return context, certificate.getFingerprints()[0].value


_CONTEXT, _FINGERPRINT = _context()


@dataclass
class _Listener:
    """One client; blocking, as nothing else happens meanwhile."""

    ufrag: str = field(default_factory=lambda: secrets.token_hex(4))
    password: str = field(default_factory=lambda: secrets.token_hex(12))
    connected: bool = False

    def offer(self) -> str:
        return _OFFER.format(
            number=secrets.randbits(62),
            ufrag=self.ufrag,
            password=self.password,
            fingerprint=_FINGERPRINT,
        )

    def take(self, answer: str) -> None:
        def of(pattern: str) -> str:
            found = re.search(pattern, answer)
            assert found, pattern
            return found[1]

        self._username = f"{of('a=ice-ufrag:(.*)')}:{self.ufrag}".replace("\r", "")
        self._key = of("a=ice-pwd:(.*)").strip().encode()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(5)
        self._socket.connect(("127.0.0.1", int(of(r"m=audio (\d+)"))))

    def request(self) -> bytes:
        """A binding request."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = self._username
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._key)
        return bytes(request)

    def ask(self, request: bytes) -> None:
        self._socket.send(request)

    def answered(self) -> None:
        while self._socket.recv(1500)[0] > 3:
            pass  # sound

    def handshake(self) -> None:
        ssl = SSL.Connection(_CONTEXT)
        ssl.set_connect_state()
        while True:
            try:
                ssl.do_handshake()
            except SSL.WantReadError:
                pass
            else:
                return
            while True:
                try:
                    self._socket.send(ssl.bio_read(4096))
                except SSL.WantReadError:
                    break
            while (data := self._socket.recv(1500))[0] > 63 or data[0] < 4:
                pass
            ssl.bio_write(data)

    def close(self) -> None:
        self._socket.close()


async def _plane(pipe: Pipe) -> None:
    """The plane's process: answers offers, and tells what it has used."""
    connected, itself = 0, Server("", os.getpid())

    def on_event(event: MediaEvent) -> None:
        nonlocal connected
        connected += type(event).__name__ == "SessionConnected"

    plane = MediaPlane(MediaConfig(host="127.0.0.1", session_timeout=600.0), on_event)
    await plane.start()
    plane.open_room("a")
    try:
        pipe.send("ready")
        number = 0
        async for question in asked(pipe):
            if question == "usage":
                pipe.send((time.process_time(), itself.usage().node_memory, connected))
            else:
                number += 1
                pipe.send(plane.answer(str(number), "a", question))
    finally:
        await plane.stop()


async def run(quick: bool) -> list[Figure]:
    """Measure once."""
    count = 8 if quick else LISTENERS
    async with beside(_plane) as ask:
        listeners: list[_Listener] = []
        await _join(ask, listeners, WARM_UP if not quick else 2)
        return await _measure(ask, listeners, count)


async def _join(ask: Ask, listeners: list[_Listener], count: int) -> None:
    came = [_Listener() for _ in range(count)]
    await _offer(ask, came)
    await asyncio.to_thread(_connect, came)
    listeners += came


async def _offer(ask: Ask, came: list[_Listener]) -> None:
    for listener in came:
        listener.take(await ask(listener.offer()))


def _connect(came: list[_Listener]) -> None:
    for listener in came:
        listener.ask(listener.request())
        listener.answered()
        listener.handshake()


def _consent(listeners: list[_Listener]) -> None:
    for start in range(0, len(listeners), AT_ONCE):
        group = listeners[start : start + AT_ONCE]
        requests = [(listener, listener.request()) for listener in group]
        for listener, request in requests:
            listener.ask(request)
        for listener in group:
            listener.answered()


async def _measure(ask: Ask, listeners: list[_Listener], count: int) -> list[Figure]:
    async def usage() -> tuple[float, int, int]:
        await asyncio.sleep(SETTLE_SECONDS)
        cpu, memory, connected = await ask("usage")
        return cpu, memory, connected

    async def idle(seconds: float) -> float:
        """CPU that the plane uses by itself in so long a time."""
        before, _, _ = await ask("usage")
        await asyncio.sleep(2)
        after, _, _ = await ask("usage")
        return float((after - before) / 2 * seconds)

    came = [_Listener() for _ in range(count)]
    cost: dict[str, float] = {}
    start, memory, before = await usage()
    began = time.monotonic()
    await _offer(ask, came)
    offered, _, _ = await usage()
    cost["offers"] = offered - start - await idle(time.monotonic() - began)
    began = time.monotonic()
    offered, _, _ = await ask("usage")
    await asyncio.to_thread(_connect, came)
    joined, full, after = await usage()
    assert after - before == count, (before, after)
    took = time.monotonic() - began
    resting = await idle(took)
    cost["shakes"] = joined - offered - resting
    listeners += came
    began = time.monotonic()
    joined, _, _ = await ask("usage")
    for _ in range(CONSENTS):
        await asyncio.to_thread(_consent, listeners)
    asked_all, _, _ = await ask("usage")
    took = time.monotonic() - began
    consents = (asked_all - joined - await idle(took)) / (CONSENTS * len(listeners))
    for listener in listeners:
        listener.close()
    return [
        Figure("CPU an answer", cost["offers"] / count * 1e3, "ms", "the pipe that asks included"),
        Figure("CPU a check and a handshake", cost["shakes"] / count * 1e3, "ms", "ICE and DTLS"),
        Figure("CPU a join", sum(cost.values()) / count * 1e3, "ms", "both"),
        Figure("CPU a consent check", consents * 1e6, "µs", f"{AT_ONCE} at a time"),
        Figure("memory a listener", (full - memory) / count / 1024, "KiB", "once they listen"),
    ]
