"""RTP as bytes, against hand-made packets and aiortc's own reading of them."""

import pytest
from aiortc.rtp import RtpPacket as TheirPacket
from hypothesis import given, settings
from hypothesis import strategies as st

from afterparty.client import rtp
from afterparty.client.rtp import Level


@settings(deadline=None)
@given(
    payload=st.binary(min_size=1, max_size=300),
    sequence=st.integers(0, 65_535),
    timestamp=st.integers(0, 2**32 - 1),
    ssrc=st.integers(0, 2**32 - 1),
    marker=st.booleans(),
    extension=st.none() | st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)),
)
def test_what_is_built_reads_back(
    payload: bytes,
    sequence: int,
    timestamp: int,
    ssrc: int,
    marker: bool,
    extension: tuple[int, bytes] | None,
) -> None:
    packet = rtp.build(
        payload,
        payload_type=111,
        sequence=sequence,
        timestamp=timestamp,
        ssrc=ssrc,
        marker=marker,
        extension=extension,
    )
    ours = rtp.parse(packet)
    assert ours == rtp.RtpPacket(
        marker, 111, sequence, timestamp, ssrc, (), dict([extension] if extension else []), payload
    )
    theirs = TheirPacket.parse(packet)
    assert (theirs.payload, theirs.sequence_number, theirs.timestamp, theirs.ssrc) == (
        payload, sequence, timestamp, ssrc,
    )  # fmt: skip


def test_sources_levels_and_padding() -> None:
    packet = (
        bytes.fromhex("b2 6f 0001 00000002 00000003 0000000a 0000000b")
        + bytes.fromhex("bede 0001 2185 7f00")
        + b"sound"
        + b"\0\0\3"
    )
    read = rtp.parse(packet)
    assert read.csrcs == (10, 11)
    assert read.payload == b"sound"
    assert rtp.unpack_levels(read.extensions[2], 2) == (Level(5, True), Level(127))
    assert packet[rtp.payload_offset(packet) :].startswith(b"sound")


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80" * 11,
        b"\x00" * 12,
        b"\x81" + bytes(11),
        b"\x90" + bytes(11),
        b"\x90" + bytes(11) + b"\xbe\xde\x00\x09",
        b"\xa0" + bytes(11) + b"\x09",
    ],
)
def test_what_is_no_packet_is_refused(packet: bytes) -> None:
    with pytest.raises(ValueError, match="RTP packet"):
        rtp.parse(packet)


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_read_or_are_refused(data: bytes) -> None:
    try:
        read = rtp.parse(data)
    except ValueError:
        return
    assert data.count(read.payload) >= 1


@pytest.mark.parametrize(
    ("payload", "ticks"),
    [
        ("", 0.0),
        ("78", 1.0),
        ("79", 2.0),
        ("7b03", 3.0),
        ("7b86", 6.0),
        ("7b", 0.0),
        ("18", 3.0),
        ("f8", 1.0),
        ("80", 0.125),
        ("60", 0.5),
    ],
)
def test_ticks_of_an_opus_packet(payload: str, ticks: float) -> None:
    assert rtp.opus_samples(bytes.fromhex(payload)) == ticks * 960


def test_levels_are_clamped() -> None:
    assert rtp.pack_level(Level(300, True)) == b"\xff"
    assert rtp.pack_level(Level(-4)) == b"\x00"


def test_extension_blocks_that_are_not_ours() -> None:
    assert rtp.parse_extensions(b"") == {}
    assert rtp.parse_extensions(bytes.fromhex("1000 0001 0101 0100")) == {}
    assert rtp.parse_extensions(bytes.fromhex("bede 0001 0000 10aa")) == {1: b"\xaa"}
    assert rtp.parse_extensions(bytes.fromhex("bede 0001 f0aa 10aa")) == {}
