"""Who is heard, by what the packets name."""

import struct

from afterparty.client.rtp import Level
from afterparty.client.sources import MAX_SOURCES, Sources


def packet(*csrcs: int, levels: bytes = b"") -> bytes:
    extension = b""
    if levels:
        body = bytes([2 << 4 | len(levels) - 1]) + levels
        body += bytes(-len(body) % 4)
        extension = struct.pack("!HH", 0xBEDE, len(body) // 4) + body
    first = 0x80 | len(csrcs) | (0x10 if levels else 0)
    return (
        bytes([first]) + bytes(11) + struct.pack(f"!{len(csrcs)}I", *csrcs) + extension + b"cipher"
    )


def test_nobody() -> None:
    sources = Sources(2)
    sources.receive(packet(), 1.0)
    assert sources.heard() == {}
    assert sources.current() == frozenset()


def test_times_and_levels_of_a_conversation() -> None:
    sources = Sources(2)
    sources.receive(packet(10, levels=b"\x85"), 1.0)
    sources.receive(packet(10, levels=b"\x86"), 1.02)
    assert sources.current() == {10}
    assert sources.heard()[10].level == Level(6, voice=True)
    sources.receive(packet(10, 11, levels=b"\x87\x20"), 1.04)
    assert sources.current() == {10, 11}
    sources.receive(packet(), 1.06)
    sources.receive(packet(11, levels=b"\x90"), 1.08)
    heard = sources.heard()
    assert (heard[10].first_at, heard[10].last_at, heard[10].level) == (1.0, 1.04, Level(7, True))
    assert (heard[11].first_at, heard[11].last_at, heard[11].level) == (1.04, 1.08, Level(16, True))


def test_without_negotiated_levels() -> None:
    sources = Sources()
    sources.receive(packet(10, levels=b"\x85"), 1.0)
    assert sources.heard()[10].level is None


def test_an_extension_cut_short_has_no_levels() -> None:
    sources = Sources(2)
    sources.receive(packet(10, levels=b"\x85")[:18], 1.0)
    assert sources.heard()[10].level is None


def test_a_mark_forgets() -> None:
    sources = Sources()
    sources.receive(packet(10), 1.0)
    sources.forget()
    assert sources.heard() == {}
    sources.receive(packet(10), 2.0)
    assert sources.heard()[10].first_at == 2.0


def test_memory_is_bounded() -> None:
    sources = Sources()
    for csrc in range(MAX_SOURCES + 5):
        sources.receive(packet(csrc), float(csrc))
    heard = sources.heard()
    assert len(heard) == MAX_SOURCES
    assert min(heard) == 5
