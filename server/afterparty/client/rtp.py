"""RTP as bytes: headers, header extensions, the length of an Opus packet. No sockets, no keys.

The client's own small reading of RFC 3550, RFC 8285 and RFC 6716: enough to send one voice and to
tell what a listener was sent. Must not import the server's media code, which it is here to check.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

TICK_SAMPLES = 960
"""Samples of one tick: 20 ms at 48 kHz."""

FIXED = struct.Struct("!BBHII")
"""RFC 3550 section 5.1: V/P/X/CC, M/PT, sequence, timestamp, SSRC."""

_ONE_BYTE_PROFILE = 0xBEDE  # RFC 8285 section 4.2


class RtpPacket(NamedTuple):
    """One decrypted RTP packet."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    csrcs: tuple[int, ...]
    extensions: dict[int, bytes]
    """One-byte header extensions by their negotiated number (RFC 8285)."""
    payload: bytes


@dataclass(frozen=True, slots=True)
class Level:
    """How loud a source is: -dBov, so 0 is the loudest and 127 is digital silence (RFC 6464)."""

    decibels: int
    voice: bool = False


def is_rtcp(datagram: bytes) -> bool:
    """Whether a datagram of the RTP range is RTCP, by its second byte (RFC 5761 section 4)."""
    return 192 <= datagram[1] <= 223


def build(
    payload: bytes,
    *,
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    marker: bool = False,
    extension: tuple[int, bytes] | None = None,
) -> bytes:
    """The bytes of an RTP packet with at most one header extension, `(number, value)`."""
    second = payload_type | (0x80 if marker else 0)
    first = 0x80 if extension is None else 0x90
    header = FIXED.pack(first, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    if extension is None:
        return header + payload
    number, value = extension
    body = bytes([number << 4 | (len(value) - 1)]) + value
    body += bytes(-len(body) % 4)
    return header + struct.pack("!HH", _ONE_BYTE_PROFILE, len(body) // 4) + body + payload


def payload_offset(packet: bytes) -> int:
    """Where the payload begins, past CSRCs and extension; ValueError if the packet ends first."""
    first = packet[0]
    offset = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if len(packet) < offset + 4:
            raise ValueError("the RTP packet ends inside its header extension")
        offset += 4 + 4 * (packet[offset + 2] << 8 | packet[offset + 3])
    if len(packet) < offset:
        raise ValueError("the RTP packet ends inside its header")
    return offset


def parse(packet: bytes) -> RtpPacket:
    """Read a decrypted RTP packet; ValueError if it is not one."""
    if len(packet) < FIXED.size or packet[0] >> 6 != 2:
        raise ValueError("not an RTP packet")
    first, second, sequence, timestamp, ssrc = FIXED.unpack_from(packet)
    start = payload_offset(packet)
    end = len(packet)
    if first & 0x20:
        end -= packet[-1]
        if end < start:
            raise ValueError("the RTP packet has more padding than payload")
    return RtpPacket(
        marker=second >= 0x80,
        payload_type=second & 0x7F,
        sequence=sequence,
        timestamp=timestamp,
        ssrc=ssrc,
        csrcs=struct.unpack_from(f"!{first & 0x0F}I", packet, FIXED.size),
        extensions=parse_extensions(packet[FIXED.size + 4 * (first & 0x0F) : start]),
        payload=packet[start:end],
    )


def parse_extensions(block: bytes) -> dict[int, bytes]:
    """Read a header extension block, its four leading bytes included (RFC 8285 section 4.2).

    Empty for no block and for a profile that is not the one-byte form; stops at what is cut short.
    """
    if len(block) < 4 or block[0] << 8 | block[1] != _ONE_BYTE_PROFILE:
        return {}
    found: dict[int, bytes] = {}
    at = 4
    while at < len(block):
        number, length = block[at] >> 4, (block[at] & 0x0F) + 1
        if number == 0:
            at += 1
            continue
        if number == 15 or at + 1 + length > len(block):
            break
        found[number] = block[at + 1 : at + 1 + length]
        at += 1 + length
    return found


def pack_level(level: Level) -> bytes:
    """The value of the ssrc-audio-level extension (RFC 6464 section 3)."""
    return bytes([(0x80 if level.voice else 0) | max(0, min(127, level.decibels))])


def unpack_levels(value: bytes, count: int) -> tuple[Level, ...]:
    """The levels of the first `count` CSRCs from a csrc-audio-level value (RFC 6465 section 3)."""
    return tuple(Level(byte & 0x7F, byte >= 0x80) for byte in value[:count])


def _frame_samples() -> tuple[int, ...]:
    """Samples at 48 kHz of one frame, by the five configuration bits (RFC 6716 table 2)."""
    silk, hybrid, celt = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)
    return silk * 3 + hybrid * 2 + celt * 4


_FRAME_SAMPLES = _frame_samples()


def opus_samples(payload: bytes) -> int:
    """How many 48 kHz samples an Opus packet holds (RFC 6716 section 3); 0 for an empty packet."""
    if not payload:
        return 0
    frames = (1, 2, 2, 0)[payload[0] & 3]
    if payload[0] & 3 == 3 and len(payload) > 1:
        frames = payload[1] & 0x3F
    return _FRAME_SAMPLES[payload[0] >> 3] * frames
