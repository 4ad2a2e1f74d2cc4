import struct

import pytest
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import (
    HeaderExtensions,
    HeaderExtensionsMap,
    RtcpPacket,
    RtcpSdesPacket,
    RtcpSrPacket,
)
from aiortc.rtp import RtpPacket as TheirPacket
from hypothesis import example, given, settings
from hypothesis import strategies as st

from afterparty.media.datagrams.rtp import header_tail, is_rtcp, parse, sender_report

LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"


def their_packet() -> tuple[TheirPacket, HeaderExtensionsMap]:
    packet = TheirPacket(111, 1, 65535, 2**32 - 1, 77, b"opus")
    packet.csrc = [5, 6]
    packet.extensions = HeaderExtensions(mid="0", audio_level=(True, 42))
    ids = HeaderExtensionsMap()
    ids.configure(
        RTCRtpParameters(
            headerExtensions=[
                RTCRtpHeaderExtensionParameters(id=4, uri=MID),
                RTCRtpHeaderExtensionParameters(id=9, uri=LEVEL),
            ]
        )
    )
    return packet, ids


def test_reads_what_another_implementation_writes() -> None:
    packet, ids = their_packet()
    ours = parse(packet.serialize(ids), level_id=9)
    assert ours is not None
    assert ours == (111, True, 65535, 2**32 - 1, 77, b"opus", 42)
    other = parse(packet.serialize(ids), level_id=3)
    assert other is not None
    assert other.level is None


def test_padding_is_removed() -> None:
    packet, ids = their_packet()
    packet.padding_size = 4
    ours = parse(packet.serialize(ids))
    assert ours is not None
    assert ours.payload == b"opus"


HEAD = struct.pack("!BBHII", 0x80, 111, 1, 2, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD[:11],
        b"\x00" + HEAD[1:],
        b"\x8f" + HEAD[1:] + bytes(40),  # fifteen CSRCs promised, ten there
        b"\x90" + HEAD[1:] + b"\xbe\xde",
        b"\x90" + HEAD[1:] + b"\xbe\xde\xff\xff",
        b"\xa0" + HEAD[1:] + b"\x00",  # padding of no bytes
        b"\xa0" + HEAD[1:] + b"\x05",  # more padding than packet
    ],
)
def test_malformed_packets_are_refused(data: bytes) -> None:
    assert parse(data, 1) is None


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([0x80, 0x90, 0xB0, 0xBF]))
@example(b"\x6f\x00\x01" + bytes(8) + b"\xbe\xde\x00\x01\x30\xff\xff\xff", 0x90)
def test_any_bytes_are_read_or_refused(data: bytes, first: int) -> None:
    packet = parse(bytes([first]) + data, 3)
    assert packet is None or len(packet.payload) <= len(data)


@pytest.mark.parametrize("count", [0, 1, 3, 15])
@pytest.mark.parametrize("level_id", [None, 5])
def test_a_written_header_is_read_back(count: int, level_id: int | None) -> None:
    csrcs, levels = tuple(range(100, 100 + count)), bytes(range(count))
    first, tail = header_tail(csrcs, levels, level_id)
    data = bytes([first, 111]) + HEAD[2:] + tail + b"opus"
    theirs = TheirPacket.parse(data)
    assert tuple(theirs.csrc) == csrcs
    assert theirs.payload == b"opus"
    ours = parse(data, level_id)
    assert ours is not None
    assert ours.level == (0 if level_id and count else None)
    if level_id and count:
        at = 12 + 4 * count + 4
        assert data[at] == level_id << 4 | count - 1
        assert data[at + 1 : at + 1 + count] == levels


def test_a_sender_report_is_read_by_another_implementation() -> None:
    for cname in ("a", "ab", "abc", "abcd", "abcdefgh"):
        data = sender_report(7, (1 << 63) + 5, 960, 2**32 + 3, 80, cname)
        assert is_rtcp(data)
        report, sdes = RtcpPacket.parse(data)
        assert isinstance(report, RtcpSrPacket)
        assert isinstance(sdes, RtcpSdesPacket)
        assert report.sender_info.ntp_timestamp == (1 << 63) + 5
        assert report.sender_info.packet_count == 3
        assert sdes.chunks[0].items == [(1, cname.encode())]
