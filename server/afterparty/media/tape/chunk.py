"""Chunks: what a part of a recording consists of, each some ticks of a room's feed.

A part is a file that only grows, chunk by chunk. Each chunk carries a checksum, so one that was
being written when the machine died is told from a whole one. Packets lie in it as they go onto a
page of Ogg. Pure: no files here.

Layout, big-endian: ``APc1``, length of what follows the checksum, CRC-32 of it; first tick (64
bits), ticks (8), runs (16); of each run its CSRC (32), first tick after the chunk's, ticks, and
loudest level (8 each); the length of each packet (8); the packets.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from afterparty.media.desk.feed import FeedPacket
from afterparty.media.tape.ogg import SILENT

MAGIC = b"APc1"
CHUNK_TICKS = 50
"""Ticks in one chunk at most: a second."""

_FRAME = struct.Struct(">4sII")
_HEAD = struct.Struct(">QBH")
_RUN = struct.Struct(">IBBB")
FRAME_BYTES = _FRAME.size
BODY_LIMIT = 65_536
"""Bytes after the checksum; no chunk of ours comes near it."""


class Run(NamedTuple):
    """A voice that is heard without a break, within one chunk."""

    csrc: int
    start: int
    """Ticks after the chunk's first."""
    ticks: int
    level: int
    """The loudest, in -dBov."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive ticks of a feed."""

    tick: int
    lengths: bytes
    """Of each tick's packet, a byte each."""
    sound: bytes
    """The packets, one after the other."""
    runs: tuple[Run, ...]


def chunks_of(ticks: Iterable[tuple[int, FeedPacket | None]]) -> Iterator[Chunk]:
    """Chunks of the ticks of a feed, in order; silent ones have no packet, or one of comfort."""
    some: list[tuple[int, FeedPacket | None]] = []
    for tick, packet in ticks:
        if some and (tick != some[-1][0] + 1 or len(some) == CHUNK_TICKS):
            yield _chunk(some)
            some = []
        some.append((tick, packet))
    if some:
        yield _chunk(some)


def _chunk(ticks: list[tuple[int, FeedPacket | None]]) -> Chunk:
    packets: list[bytes] = []
    runs: list[Run] = []
    going: dict[int, Run] = {}
    for at, (_, packet) in enumerate(ticks):
        heard = packet is not None and packet.csrcs
        packets.append(packet.payload if packet is not None and heard else SILENT)
        levels = dict(zip(packet.csrcs, packet.levels, strict=True)) if packet is not None else {}
        runs += [going.pop(csrc) for csrc in list(going) if csrc not in levels]
        for csrc, level in levels.items():
            run = going.get(csrc) or Run(csrc, at, 0, level)
            going[csrc] = run._replace(ticks=run.ticks + 1, level=min(run.level, level))
    runs += going.values()
    lengths = bytes(map(len, packets))
    return Chunk(ticks[0][0], lengths, b"".join(packets), tuple(runs))


def encode(chunk: Chunk) -> bytes:
    """A chunk as it lies in its part."""
    head = _HEAD.pack(chunk.tick, len(chunk.lengths), len(chunk.runs))
    runs = b"".join(_RUN.pack(*run) for run in chunk.runs)
    body = head + runs + chunk.lengths + chunk.sound
    return _FRAME.pack(MAGIC, len(body), zlib.crc32(body)) + body


def body_length(frame: bytes) -> int | None:
    """How many bytes follow a chunk's first `FRAME_BYTES`; None if these are not the first bytes
    of a chunk."""
    if len(frame) != FRAME_BYTES:
        return None
    magic, length, _ = _FRAME.unpack(frame)
    return length if magic == MAGIC and length <= BODY_LIMIT else None


def decode(data: bytes) -> Chunk | None:
    """A chunk, whole and by itself; None if it is torn."""
    length = body_length(data[:FRAME_BYTES])
    body = data[FRAME_BYTES:]
    if length is None or len(body) != length or zlib.crc32(body) != _FRAME.unpack_from(data)[2]:
        return None
    tick, ticks, many = _HEAD.unpack_from(body)
    at = _HEAD.size + many * _RUN.size
    runs = tuple(Run(*found) for found in _RUN.iter_unpack(body[_HEAD.size : at]))
    lengths, sound = body[at : at + ticks], body[at + ticks :]
    return Chunk(tick, lengths, sound, runs)
