"""Who is heard in a feed, as RTP tells it: contributing sources and their levels (RFC 6465).

Built for the hot path of very many listeners: a packet costs one comparison unless its list of
sources changed, and levels are read only when somebody asks.
"""

import struct
from dataclasses import dataclass

from afterparty.client.rtp import FIXED, Level, parse_extensions, payload_offset, unpack_levels

MAX_SOURCES = 256
"""How many different sources are remembered; the one heard longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Source:
    """One contributing source of a feed."""

    csrc: int
    level: Level | None
    """Its level in the last packet that named it; None if no level was negotiated or sent."""
    first_at: float
    last_at: float


@dataclass(slots=True)
class _Run:
    """The packets in a row that named the same sources."""

    names: bytes
    since: float
    until: float
    packet: bytes


class Sources:
    """Remembers which sources a feed named, and when."""

    __slots__ = ("_heard", "_level_number", "_run")

    def __init__(self, level_number: int | None = None) -> None:
        self._level_number = level_number
        self._heard: dict[int, Source] = {}
        self._run: _Run | None = None

    def receive(self, packet: bytes, now: float) -> None:
        """Take note of one RTP packet, encrypted or not: its header is in the clear either way."""
        count = packet[0] & 0x0F
        run = self._run
        if not count:
            if run is not None:
                self._settle(run)
                self._run = None
            return
        names = packet[FIXED.size : FIXED.size + 4 * count]
        if run is not None and run.names == names:
            run.until, run.packet = now, packet
            return
        if run is not None:
            self._settle(run)
        self._run = _Run(names, now, now, packet)

    def current(self) -> frozenset[int]:
        """The sources named by the newest packet."""
        return frozenset() if self._run is None else frozenset(_unpack(self._run.names))

    def heard(self) -> dict[int, Source]:
        """Every source so far (at most `MAX_SOURCES`), by its CSRC."""
        if self._run is not None:
            self._settle(self._run)
        return dict(self._heard)

    def forget(self) -> None:
        """Begin anew, as at a mark."""
        self._heard.clear()
        self._run = None

    def _settle(self, run: _Run) -> None:
        names = _unpack(run.names)
        levels = self._levels(run.packet, len(names))
        for place, csrc in enumerate(names):
            before = self._heard.pop(csrc, None)
            self._heard[csrc] = Source(
                csrc=csrc,
                level=levels[place] if place < len(levels) else None,
                first_at=run.since if before is None else before.first_at,
                last_at=run.until,
            )
        while len(self._heard) > MAX_SOURCES:
            del self._heard[next(iter(self._heard))]

    def _levels(self, packet: bytes, count: int) -> tuple[Level, ...]:
        if self._level_number is None:
            return ()
        try:
            block = packet[FIXED.size + 4 * count : payload_offset(packet)]
        except ValueError:
            return ()
        return unpack_levels(parse_extensions(block).get(self._level_number, b""), count)


def _unpack(names: bytes) -> tuple[int, ...]:
    return struct.unpack(f"!{len(names) // 4}I", names)
