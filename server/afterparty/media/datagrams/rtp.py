"""RTP and RTCP on the wire (RFC 3550, RFC 8285): reading what speakers send, writing what we send.

Pure functions of bytes. SRTP, sockets and jitter are not known here.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

HEADER_LENGTH = 12
MAX_CSRCS = 15
"""The CSRC count is a field of four bits."""

_ONE_BYTE_PROFILE = 0xBEDE
_FIXED = struct.Struct("!BBHII")
_WORD_PAIR = struct.Struct("!HH")


class RtpPacket(NamedTuple):
    """One RTP packet, its padding removed."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    level: int | None
    """Loudness that the sender states (RFC 6464), 0 (loudest) to 127 -dBov, if it states any."""


def is_rtcp(data: bytes) -> bool:
    """Tell RTCP from RTP on one port (RFC 5761 section 4). `data` has at least two bytes."""
    return 64 <= data[1] & 0x7F <= 95


def parse(data: bytes, level_id: int | None = None) -> RtpPacket | None:
    """Parse one RTP packet; None if it is malformed.

    `level_id` is the negotiated id of the client-to-mixer audio level extension (RFC 6464).
    """
    if len(data) < HEADER_LENGTH:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        return None
    start = HEADER_LENGTH + 4 * (first & 0x0F)
    level = None
    if first & 0x10:
        if len(data) < start + 4:
            return None
        profile, words = _WORD_PAIR.unpack_from(data, start)
        end = start + 4 + 4 * words
        if len(data) < end:
            return None
        if level_id is not None and profile == _ONE_BYTE_PROFILE:
            level = _level(data[start + 4 : end], level_id)
        start = end
    end = len(data)
    if first & 0x20:
        padding = data[-1]
        if not 0 < padding <= end - start:
            return None
        end -= padding
    if end < start:
        return None
    return RtpPacket(
        second & 0x7F, second > 0x7F, sequence, timestamp, ssrc, data[start:end], level
    )


def _level(elements: bytes, level_id: int) -> int | None:
    """Find the audio level among one-byte header extension elements (RFC 8285 section 4.2)."""
    at = 0
    while at < len(elements):
        element, length = elements[at] >> 4, (elements[at] & 0x0F) + 1
        if element == 15:
            return None
        if elements[at] == 0:
            at += 1
            continue
        if element == level_id and at + 1 < len(elements):
            return elements[at + 1] & 0x7F
        at += 1 + length
    return None


def header_tail(csrcs: Sequence[int], levels: bytes, level_id: int | None) -> tuple[int, bytes]:
    """Return the first byte of an RTP header, and everything that follows the SSRC.

    `csrcs`: at most 15 contributing sources. `levels`: one byte (-dBov) for each of them, written
    as the mixer-to-client extension (RFC 6465) if `level_id` is not None.
    """
    tail = struct.pack(f"!{len(csrcs)}I", *csrcs)
    if level_id is None or not levels:
        return 0x80 | len(csrcs), tail
    element = bytes([(level_id << 4) | (len(levels) - 1)]) + levels
    element += bytes(-len(element) % 4)
    tail += _WORD_PAIR.pack(_ONE_BYTE_PROFILE, len(element) // 4) + element
    return 0x90 | len(csrcs), tail


def sender_report(
    ssrc: int, ntp: int, timestamp: int, packets: int, octets: int, cname: str
) -> bytes:
    """Compound RTCP of a sender report and an SDES CNAME (RFC 3550 sections 6.4.1 and 6.5)."""
    report = struct.pack(
        "!BBHIQIII",
        0x80, 200, 6, ssrc, ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF,
    )  # fmt: skip
    name = cname.encode()[:255]
    chunk = struct.pack("!IBB", ssrc, 1, len(name)) + name
    chunk += bytes(4 - len(chunk) % 4)  # at least one null ends the list of items
    return report + struct.pack("!BBH", 0x81, 202, len(chunk) // 4) + chunk
