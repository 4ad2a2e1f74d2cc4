"""RTP and RTCP of a peer whose keys are good: what is authentic can still be nonsense."""

import struct
from types import SimpleNamespace

import pylibsrtp
from pylibsrtp import Policy
from tests.node.doors.test_webrtc_http import offer

from afterparty.media.datagrams import rtp as wire
from afterparty.media.datagrams.port import MAX_DATAGRAM
from afterparty.media.inward.sdp import CLIENT_LEVEL, parse_offer
from afterparty.media.inward.session import Session
from afterparty.media.inward.uplink import Uplink

_TRAILER = 160
"""More bytes than libsrtp makes any packet longer by."""
_KEY = bytes(range(28))
_LEVELS = f"a=extmap:1 {CLIENT_LEVEL}\r\n"
_SHAPE = parse_offer(offer("sendrecv") + _LEVELS).shape


def _srtp(kind: int) -> pylibsrtp.Session:
    policy = Policy(key=_KEY, ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    return pylibsrtp.Session(policy)


class _Speaker:
    """A session that may be heard; its peer's keys are ours."""

    def __init__(self) -> None:
        self.link = SimpleNamespace(receiver=None)
        self.session = Session(
            session_id="s",
            room_id="r",
            peer=SimpleNamespace(address=None),  # type: ignore[arg-type]
            link=self.link,  # type: ignore[arg-type]
            shape=_SHAPE,
            ssrc=1,
            heard_at=0.0,
            csrc=7,
            uplink=Uplink(60),
            connected=True,
        )

    def send(self, data: bytes) -> str:
        """One packet, protected if it is anything that can be."""
        # New ends each time: what one packet does to libsrtp's replay window is not the question.
        self.link.receiver = _srtp(Policy.SSRC_ANY_INBOUND)
        sender = _srtp(Policy.SSRC_ANY_OUTBOUND)
        try:
            protect = sender.protect_rtcp if wire.is_rtcp(data) else sender.protect
            data, told = protect(data[: MAX_DATAGRAM - _TRAILER]), "protected"
        except pylibsrtp.Error:
            told = "as it was"
        reason = self.session.receive(data[:MAX_DATAGRAM], now=100.0)
        assert self.session.uplink is not None
        sound = self.session.uplink.pull()
        assert sound is None or len(sound) == 960
        return f"{told} {reason} {sound is None}"


_speaker = _Speaker()


def rtp(data: bytes) -> str:
    """A packet as it was, and as it is from somebody who may be heard."""
    told = ""
    for level_id in (None, 1, 14):
        packet = wire.parse(data, level_id)
        if packet is not None:
            assert 0 <= packet.payload_type < 128
            assert len(packet.payload) <= len(data) - wire.HEADER_LENGTH
            assert packet.level is None or 0 <= packet.level <= 127
            told = f"{data[0] >> 4} {packet.level is None}"
    if len(data) < 2:
        return "short"
    return f"{told} {_speaker.send(data)}"


def opus_packet(sequence: int, payload: bytes, level: int | None = 20) -> bytes:
    """A packet as an honest speaker sends it, for the corpus."""
    first = 0x90 if level is not None else 0x80
    head = struct.pack("!BBHII", first, 111, sequence, 960 * sequence, 5)
    if level is not None:
        head += struct.pack("!HHBBH", 0xBEDE, 1, 0x10, level, 0)
    return head + payload
