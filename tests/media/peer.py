"""The other end of a media session: aiortc's DTLS and aioice's STUN over one plain UDP socket.

It records every packet as it came, so that tests can look at sequence numbers, CSRCs and rollover
where a browser would hide them.
"""

import asyncio
import re
import secrets
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pylibsrtp
from aioice import stun
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtp import RtcpPacket
from av import AudioFrame, CodecContext
from av.packet import Packet

from afterparty.media.desk.clock import TickClock, TickCounts, run_ticks

CLIENT_LEVEL_ID = 3
MIXER_LEVEL_ID = 5
PAYLOAD_TYPE = 111
CERTIFICATE = RTCCertificate.generateCertificate()


@dataclass(frozen=True)
class Heard:
    """One RTP packet as this peer received it."""

    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload_type: int
    csrcs: tuple[int, ...]
    levels: bytes
    payload: bytes


def read_rtp(data: bytes) -> Heard:
    first, second, sequence, timestamp, ssrc = struct.unpack_from("!BBHII", data)
    assert first >> 6 == 2
    count = first & 15
    csrcs = struct.unpack_from(f"!{count}I", data, 12)
    at, levels = 12 + 4 * count, b""
    if first & 0x10:
        profile, words = struct.unpack_from("!HH", data, at)
        assert profile == 0xBEDE
        element = data[at + 4]
        assert element >> 4 == MIXER_LEVEL_ID
        levels = data[at + 5 : at + 6 + (element & 15)]
        at += 4 + 4 * words
    return Heard(sequence, timestamp, ssrc, second > 127, second & 127, csrcs, levels, data[at:])


class Tone:
    """Opus packets of a sine, one per 20 ms, made by an encoder other than the server's."""

    def __init__(self, hertz: float, amplitude: float = 0.3) -> None:
        codec = CodecContext.create("libopus", "w")
        codec.bit_rate, codec.format, codec.layout = 64_000, "s16", "mono"
        codec.sample_rate, codec.time_base = 48_000, Fraction(1, 48_000)
        codec.options = {"application": "audio"}
        self._codec, self._hertz, self._amplitude, self._at = codec, hertz, amplitude, 0

    def next(self) -> bytes:
        t = np.arange(self._at, self._at + 960) / 48_000
        wave = (32767 * self._amplitude * np.sin(2 * np.pi * self._hertz * t)).astype(np.int16)
        frame = AudioFrame.from_ndarray(wave[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, self._at
        self._at += 960
        return b"".join(bytes(p) for p in self._codec.encode(frame))


def decode(packets: list[Heard]) -> np.ndarray:
    """Decode consecutive packets to mono samples at 48 kHz, full scale 1.0."""
    codec = CodecContext.create("libopus", "r")
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", 48_000
    pieces = [f.to_ndarray()[0] for p in packets for f in codec.decode(Packet(p.payload))]
    return np.concatenate(pieces).astype(np.float64) / 32768


def loudness_at(samples: np.ndarray, hertz: float) -> float:
    """Share of the spectrum's power within 30 Hz of a pitch."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    pitch = np.fft.rfftfreq(len(samples), 1 / 48_000)
    return float(power[np.abs(pitch - hertz) < 30].sum() / power.sum())


class _Pipe:
    role = "controlling"

    def __init__(self, peer: "RawPeer") -> None:
        self._peer = peer
        self.inbox: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def _recv(self) -> bytes:
        data = await self.inbox.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._peer.send(data)


class RawPeer(asyncio.DatagramProtocol):
    """A client of one media session."""

    def __init__(self) -> None:
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        self.heard: list[Heard] = []
        self.rtcp: list[RtcpPacket] = []
        self.stun_responses: list[stun.Message] = []
        self.broken = 0
        self.ssrc = secrets.randbits(31)
        self.sequence = secrets.randbits(15)
        self.timestamp = secrets.randbits(31)
        self._news = asyncio.Event()
        self._pipe = _Pipe(self)
        self.dtls = RTCDtlsTransport(self._pipe, [CERTIFICATE])
        self.dtls._set_role("client")
        self._talking: asyncio.Task[None] | None = None

    def offer(self, direction: str = "sendrecv") -> str:
        digest = next(f for f in CERTIFICATE.getFingerprints() if f.algorithm == "sha-256")
        lines = [
            "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
            f"m=audio 9 UDP/TLS/RTP/SAVPF {PAYLOAD_TYPE}", "c=IN IP4 0.0.0.0",
            "a=mid:0", f"a={direction}", "a=rtcp-mux", f"a=rtpmap:{PAYLOAD_TYPE} opus/48000/2",
            f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{self.password}", "a=setup:actpass",
            f"a=fingerprint:sha-256 {digest.value}",
            f"a=extmap:{CLIENT_LEVEL_ID} urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            f"a=extmap:{MIXER_LEVEL_ID} urn:ietf:params:rtp-hdrext:csrc-audio-level",
        ]  # fmt: skip
        return "\r\n".join(lines) + "\r\n"

    async def open(self, answer: str) -> None:
        """Take the answer in and open the socket; sends nothing."""
        self.answer = answer
        self.server = ("127.0.0.1", int(_attribute(r"m=audio (\d+)", answer)))
        self.remote_ufrag = _attribute(r"a=ice-ufrag:(\S+)", answer)
        self.remote_password = _attribute(r"a=ice-pwd:(\S+)", answer)
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )

    async def connect(self, answer: str, by: tuple[str, int] | None = None) -> "RawPeer":
        """Pass ICE and DTLS, `by` another address than the answer's on demand; after that sound
        flows."""
        await self.open(answer)
        self.server = by or self.server
        await self.check()
        await self.handshake()
        return self

    async def handshake(self) -> None:
        digest = _attribute(r"a=fingerprint:sha-256 (\S+)", self.answer)
        await self.dtls.start(RTCDtlsParameters([RTCDtlsFingerprint("sha-256", digest)]))
        assert self.dtls.state == "connected"

    def request(self, username: str | None = None, password: str | None = None) -> bytes:
        """A binding request, with wrong credentials on demand."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = username or f"{self.remote_ufrag}:{self.ufrag}"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity((password or self.remote_password).encode())
        return bytes(message)

    async def check(self) -> stun.Message:
        """Do one authenticated binding request and return the verified response."""
        before = len(self.stun_responses)
        self.send(self.request())
        await self.until(lambda: len(self.stun_responses) > before)
        response = self.stun_responses[-1]
        assert response.check_message_integrity(self.remote_password.encode())
        return response

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition on what was received holds."""
        async with asyncio.timeout(10):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def hear(self, count: int) -> list[Heard]:
        """Wait for so many packets from now on, and return them."""
        before = len(self.heard)
        await self.until(lambda: len(self.heard) >= before + count)
        return self.heard[before : before + count]

    async def hear_from(self, csrc: int, count: int) -> list[Heard]:
        """Wait until a CSRC is heard, then return the next so many packets."""
        before = len(self.heard)
        await self.until(lambda: any(csrc in p.csrcs for p in self.heard[before:]))
        return await self.hear(count)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[0] < 4:
            self.stun_responses.append(stun.parse_message(data))
        elif data[0] < 64:
            self._pipe.inbox.put_nowait(data)
        elif self.dtls._rx_srtp is not None:
            try:
                if 64 <= data[1] & 127 <= 95:
                    self.rtcp += RtcpPacket.parse(self.dtls._rx_srtp.unprotect_rtcp(data))
                else:
                    self.heard.append(read_rtp(self.dtls._rx_srtp.unprotect(data)))
            except pylibsrtp.Error:
                self.broken += 1
        self._news.set()

    def send(self, data: bytes) -> None:
        self.transport.sendto(data, self.server)

    def send_opus(self, payload: bytes, level: int | None = 20) -> None:
        """Send one RTP packet of 20 ms."""
        first, extension = 0x80, b""
        if level is not None:
            first = 0x90
            extension = struct.pack("!HHBBH", 0xBEDE, 1, CLIENT_LEVEL_ID << 4, 0x80 | level, 0)
        header = struct.pack(
            "!BBHII", first, PAYLOAD_TYPE, self.sequence & 0xFFFF,
            self.timestamp & 0xFFFFFFFF, self.ssrc,
        )  # fmt: skip
        self.sequence += 1
        self.timestamp += 960
        self.send(self.dtls._tx_srtp.protect(header + extension + payload))

    def talk(self, tone: Tone) -> None:
        """Send a tone in real time until `hush` or `close`."""
        work = run_ticks(TickClock(), lambda _: self.send_opus(tone.next()), TickCounts())
        self._talking = asyncio.create_task(work)

    async def hush(self) -> None:
        if self._talking is not None:
            self._talking.cancel()
            await asyncio.gather(self._talking, return_exceptions=True)
            self._talking = None

    async def close(self) -> None:
        await self.hush()
        pump = self.dtls._task
        await self.dtls.stop()
        if pump is not None:
            await asyncio.gather(pump, return_exceptions=True)
        self.transport.close()


def _attribute(pattern: str, sdp: str) -> str:
    found = re.search(pattern, sdp)
    assert found, pattern
    return found[1]


Join = Callable[..., Awaitable[RawPeer]]
