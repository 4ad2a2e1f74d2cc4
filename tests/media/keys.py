"""Listeners for tests of the fan-out: a row, and the libsrtp session at its other end."""

import socket
from collections import defaultdict
from itertools import pairwise

from aiortc.rtp import RtcpPacket
from pylibsrtp import Policy, Session
from tests.media.peer import MIXER_LEVEL_ID, Heard, read_rtp

from afterparty.media.desk.clock import TICK_SAMPLES
from afterparty.media.desk.feed import Feed
from afterparty.media.inward.dtls import SrtpSender
from afterparty.media.outward.fanout import FanOut
from afterparty.media.outward.rows import Row

PROFILES = {
    "SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    "SRTP_AEAD_AES_256_GCM": (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
    "SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}


def secret_of(number: int, profile: str) -> bytes:
    """The master key and salt of a listener."""
    _, key, salt = PROFILES[profile]
    return bytes((number * 7 + i * 13) & 255 for i in range(key + salt))


def session(number: int, profile: str, ssrc_type: int) -> Session:
    """A libsrtp session of its keys, apart from the one that the row may use."""
    return Session(Policy(secret_of(number, profile), ssrc_type, 0, PROFILES[profile][0]))


def row_of(number: int, profile: str = "SRTP_AEAD_AES_128_GCM", port: int = 9, **row: int) -> Row:
    secret, key = secret_of(number, profile), PROFILES[profile][1]
    sender = session(number, profile, Policy.SSRC_ANY_OUTBOUND)
    return Row(
        address=("127.0.0.1", port),
        srtp=SrtpSender(profile, secret[:key], secret[key:], sender),
        ssrc=number,
        payload_type=111,
        level_id=MIXER_LEVEL_ID,
        **row,
    )


def ticks_of(heard: list[Heard]) -> list[int]:
    """The ticks that RTP packets carry, in the order in which they came."""
    ticks = []
    for packet in heard:
        code = packet.payload[0] & 3
        assert code in (0, 3)
        frames = 1 if code == 0 else packet.payload[1] & 0x3F
        ticks += [packet.timestamp // TICK_SAMPLES + i for i in range(frames)]
    return ticks


def widths_of(heard: list[Heard]) -> list[int]:
    """How many ticks each packet carries."""
    return [len(ticks_of([packet])) for packet in heard]


def steps(heard: list[Heard]) -> set[int]:
    """Steps in sequence from packet to packet."""
    return {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(heard)}


class Sink:
    """The far end of any number of rows: one socket, whose packets are told apart by SSRC."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self._sessions: dict[int, Session] = {}
        self.heard: defaultdict[int, list[Heard]] = defaultdict(list)
        self.rtcp: defaultdict[int, list[RtcpPacket]] = defaultdict(list)

    def add(
        self, fanout: FanOut, number: int, feed: Feed | None,
        profile: str = "SRTP_AEAD_AES_128_GCM", **row: int,
    ) -> list[Heard]:  # fmt: skip
        """Put a listener with this SSRC into a fan-out; what it will have heard."""
        self._sessions[number] = session(number, profile, Policy.SSRC_ANY_INBOUND)
        fanout.add(str(number), row_of(number, profile, self.port, **row), feed)
        return self.heard[number]

    def drain(self) -> None:
        """Read and unprotect everything that has come."""
        while True:
            try:
                data = self.socket.recv(2048)
            except BlockingIOError:
                return
            if 64 <= data[1] & 127 <= 95:
                ssrc = int.from_bytes(data[4:8])
                plain = self._sessions[ssrc].unprotect_rtcp(data)
                self.rtcp[ssrc] += RtcpPacket.parse(plain)
            else:
                ssrc = int.from_bytes(data[8:12])
                self.heard[ssrc].append(read_rtp(self._sessions[ssrc].unprotect(data)))
