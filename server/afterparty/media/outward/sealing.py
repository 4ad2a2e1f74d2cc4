"""Sealing: one packet of a feed becomes a block of datagrams, each for its row.

Headers, indices and nonces are made for the whole block by numpy; only the encryption is done row
by row. Writes blocks and the rows' counters, and nothing else.
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from afterparty.media.datagrams.rtp import HEADER_LENGTH, header_tail, sender_report
from afterparty.media.datagrams.srtp import TAG, as_bytes, big_endian, rtcp_nonces, rtp_nonces
from afterparty.media.desk.clock import ntp_time, rtp_timestamp
from afterparty.media.outward.lanes import LanePacket
from afterparty.media.outward.rows import Rows, Shape
from afterparty.media.outward.sender import Block

Numbers = NDArray[np.int64]

STEP = 128
"""Packets sealed without a pause."""

_RTCP_HEADER = 8
"""Bytes of an RTCP packet that are authenticated and not encrypted (RFC 7714 section 9.2)."""
_ENCRYPTED = 1 << 31
"""The E flag before the 31-bit SRTCP index (RFC 3711 section 3.4)."""


def seal_packets(
    rows: Rows, numbers: Numbers, shape: Shape, packet: LanePacket, block: Block
) -> Iterator[None]:
    """Fill a block with one packet for each of these rows, which all have this shape.

    Yields after every `STEP` of them, so that others may have their turn; rows may be removed
    meanwhile. The block is full when the iterator ends.
    """
    first, tail = header_tail(packet.csrcs, packet.levels, shape.level_id)
    marker = 0x80 if packet.marker else 0
    head = struct.pack(
        "!BBHII", first, marker | shape.payload_type, 0, rtp_timestamp(packet.tick), 0
    )
    count, payload = numbers.size, packet.payload
    indices = rows.index[numbers]
    headers = np.empty((count, HEADER_LENGTH + len(tail)), np.uint8)
    headers[:] = np.frombuffer(head + tail, np.uint8)
    headers[:, 2:4] = big_endian(indices)[:, 6:]
    headers[:, 8:12] = big_endian(rows.ssrc[numbers])[:, 4:]
    # Counted before it is sealed, so that no index is ever used twice, whatever fails below.
    rows.index[numbers] = indices + np.uint64(1)
    rows.sent[numbers] += 1
    rows.octets[numbers] += len(payload)
    _address(rows, numbers, block)
    if shape.gcm:
        start = headers.shape[1]
        block.data[:count, :start] = headers
        block.lengths[:count] = start + len(payload) + TAG
        views = block.views(start, len(payload) + TAG)
        nonces = rtp_nonces(rows.masks[numbers], indices)
        ready = zip(rows.seals[numbers].tolist(), nonces, as_bytes(headers), views, strict=False)
        for start in range(0, count, STEP):
            if start:
                yield
            for seal, nonce, header, view in islice(ready, STEP):
                seal(nonce, payload, header, view)
    else:
        seals = rows.seals[numbers].tolist()
        sealed = (seal(h + payload) for seal, h in zip(seals, as_bytes(headers), strict=True))
        for start in range(0, count, STEP):
            if start:
                yield
            _copy(islice(sealed, STEP), block, start)


def seal_reports(rows: Rows, numbers: Numbers, tick: int, cname: str, block: Block) -> None:
    """Fill a block with a sender report for each of these rows."""
    ntp, timestamp = ntp_time(tick), rtp_timestamp(tick)
    plain = [
        sender_report(ssrc, ntp, timestamp, sent, octets, cname)
        for ssrc, sent, octets in zip(
            rows.ssrc[numbers].tolist(),
            rows.sent[numbers].tolist(),
            rows.octets[numbers].tolist(),
            strict=True,
        )
    ]
    indices = rows.reports[numbers] & np.uint64(_ENCRYPTED - 1)
    rows.reports[numbers] += np.uint64(1)
    nonces = rtcp_nonces(rows.rtcp_masks[numbers], indices)
    gcm = [rows.shapes[shape].gcm for shape in rows.shape[numbers].tolist()]
    _address(rows, numbers, block)
    _copy(
        (
            _sealed_report(key, nonce, report, index) if is_gcm else key(report)
            for key, nonce, report, index, is_gcm in zip(
                rows.rtcp_seals[numbers].tolist(), nonces, plain, indices.tolist(), gcm, strict=True
            )
        ),
        block,
    )


def _sealed_report(key: bytes, nonce: bytes, report: bytes, index: int) -> bytes:
    """SRTCP by AES-GCM (RFC 7714 section 9). The key is set up anew each time: once in five
    seconds that is cheaper than to keep it set up."""
    trailer = struct.pack("!I", _ENCRYPTED | index)
    header = report[:_RTCP_HEADER]
    sealed = AESGCM(key).encrypt(nonce, report[_RTCP_HEADER:], header + trailer)
    return header + sealed + trailer


def _address(rows: Rows, numbers: Numbers, block: Block) -> None:
    count = numbers.size
    block.count = count
    block.names[:count] = rows.names[numbers]
    block.name_lengths[:count] = rows.name_length[numbers]
    if block.wants_addresses:
        block.addresses = rows.addresses[numbers].tolist()


def _copy(datagrams: Iterable[bytes], block: Block, start: int = 0) -> None:
    for i, datagram in enumerate(datagrams, start):
        block.data[i, : len(datagram)] = np.frombuffer(datagram, np.uint8)
        block.lengths[i] = len(datagram)
