"""Bit for bit what libsrtp would have sent."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pylibsrtp import Policy
from tests.media.keys import PROFILES, row_of, session

from afterparty.media.datagrams.rtp import sender_report
from afterparty.media.datagrams.srtp import session_keys
from afterparty.media.desk.clock import ntp_time, rtp_timestamp
from afterparty.media.outward.lanes import LanePacket
from afterparty.media.outward.rows import Rows
from afterparty.media.outward.sealing import STEP, seal_packets, seal_reports
from afterparty.media.outward.sender import Block

NEAR_ROLLOVERS = [
    *range(65_530, 65_542), 95_000, 125_000, *range(131_066, 131_076), 160_000, 190_000,
    *range(196_602, 196_612),
]  # fmt: skip
"""Packet indices on both sides of three rollovers, no further apart than SRTP can follow."""


def datagrams(block: Block) -> list[bytes]:
    return [block.data[i, : block.lengths[i]].tobytes() for i in range(block.count)]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("size", [1, 100, 602, 1150])
def test_packets_are_those_of_libsrtp(profile: str, size: int) -> None:
    rows, block = Rows(), Block()
    number = rows.add("1", row_of(1, profile))
    sender = session(1, profile, Policy.SSRC_ANY_OUTBOUND)
    receiver = session(1, profile, Policy.SSRC_ANY_INBOUND)
    for tick, index in enumerate(NEAR_ROLLOVERS):
        rows.index[number] = index
        packet = LanePacket(tick, b"\xf8" * size, (7, 8), b"\x14\x15", tick % 2 == 0)
        shape = rows.shapes[rows.shape[number]]
        assert not list(seal_packets(rows, np.array([number]), shape, packet, block))
        plain = struct.pack(
            "!BBHIIIIHHB2sx", 0x92, 111 | (0x80 if packet.marker else 0), index & 0xFFFF,
            rtp_timestamp(tick), 1, 7, 8, 0xBEDE, 1, 0x51, b"\x14\x15",
        ) + packet.payload  # fmt: skip
        (ours,) = datagrams(block)
        assert receiver.unprotect(ours) == plain
        assert ours == sender.protect(plain)
        assert rows.index[number] == index + 1
    assert rows.sent[number] == len(NEAR_ROLLOVERS)
    assert rows.octets[number] == size * len(NEAR_ROLLOVERS)


@pytest.mark.parametrize("profile", PROFILES)
def test_reports_are_those_of_libsrtp(profile: str) -> None:
    rows, block = Rows(), Block()
    number = rows.add("1", row_of(1, profile))
    rows.sent[number], rows.octets[number] = 4_000_000_000, 2**33
    sender = session(1, profile, Policy.SSRC_ANY_OUTBOUND)
    receiver = session(1, profile, Policy.SSRC_ANY_INBOUND)
    gcm = rows.shapes[0].gcm
    for tick in range(1, 6):
        if gcm:
            rows.reports[number] = tick  # libsrtp begins with 1
        seal_reports(rows, np.array([number]), tick, "cname", block)
        plain = sender_report(1, ntp_time(tick), rtp_timestamp(tick), 4_000_000_000, 2**33, "cname")
        (ours,) = datagrams(block)
        assert ours == sender.protect_rtcp(plain)
        assert receiver.unprotect_rtcp(ours) == plain


@pytest.mark.parametrize("profile", ["SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80"])
def test_a_block_is_sealed_step_by_step_and_has_each_rows_own(profile: str) -> None:
    rows, block, sealed = Rows(), Block(), []
    count = 2 * STEP + 10

    def counted(seal: Callable[..., Any]) -> Callable[..., Any]:
        def protect(*given: Any) -> Any:
            sealed[-1] += 1
            return seal(*given)

        return protect

    numbers = np.array([rows.add(str(n), row_of(n, profile, index=n * 60)) for n in range(count)])
    for n in numbers:
        rows.seals[n] = counted(rows.seals[n])
    packet = LanePacket(77, b"\xf8" * 40, (), b"", False)
    sealed.append(0)
    for step, _ in enumerate(seal_packets(rows, numbers[::-1], rows.shapes[0], packet, block)):
        rows.remove(str(step))  # its turn is still to come
        sealed.append(0)
    assert sealed == [STEP, STEP, 10]
    for n, datagram in zip(reversed(range(count)), datagrams(block), strict=True):
        plain = session(n, profile, Policy.SSRC_ANY_INBOUND).unprotect(datagram)
        assert struct.unpack_from("!HII", plain, 2) == (n * 60, 77 * 960, n)
        assert plain[12:] == packet.payload


def test_keys_are_derived_as_in_the_vectors_of_the_rfc() -> None:
    """RFC 3711 appendix B.3, whose salt has 14 bytes: the key derivation takes it as it is."""
    key = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139")
    salt = bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6")
    keys = session_keys(key, salt)
    assert keys.rtp_key.hex().upper() == "C61E7A93744F39EE10734AFE3FF7A087"
    assert keys.rtp_salt.hex().upper() == "30CBBC08863D8C85D49DB34A9AE1"[:24]
