"""Ogg Opus (RFC 3533, RFC 7845): Opus packets of a tick each as pages of a file, and its headers.

Pure: packets and comments in, bytes out. Chapters are comments as players of Vorbis and Opus know
them (the Vorbis chapter extension). Knows no rooms and no files.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence

from afterparty.media.desk.clock import SAMPLE_RATE, TICK_SAMPLES, TICKS_PER_SECOND

SILENT = b"\xf8\xff\xfe"
"""A tick of silence that decodes to zeros, of the kind of all that we send (`opus.TOC`)."""

LOOKAHEAD_SAMPLES = 120
"""By how much an encoder of low delay is behind: what a player skips, so that times are true."""

SETTLE_TICKS = 4
"""A decoder that begins in the midst of a stream is right after 80 ms (RFC 7845 section 4.6)."""

MOST_PACKETS = 255
"""Packets on one page: each is shorter than 255 bytes, so one segment."""

CHAPTERS_MOST = 999
"""Chapters are numbered by three digits."""

_HEADER = struct.Struct("<4sBBqIIIB")
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_NOWHERE = -1
"""Granule position of a page on which no packet ends."""
_REVERSED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))
_VENDOR = b"Afterparty"


def checksum(page: bytes) -> int:
    """CRC-32 of a page whose own field is zero (RFC 3533 section 6).

    Its polynomial is zlib's, its bits go the other way and it begins with zero: so zlib is given
    the bits in reverse.
    """
    found = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(found.to_bytes(4, "little").translate(_REVERSED), "big")


def chapters(named: Sequence[tuple[int, str]]) -> list[tuple[str, str]]:
    """Comments for chapters: the tick at which each begins, and its name. At most 999."""
    found: list[tuple[str, str]] = []
    for number, (tick, name) in enumerate(named[:CHAPTERS_MOST], 1):
        seconds, rest = divmod(tick, TICKS_PER_SECOND)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        milliseconds = rest * 1000 // TICKS_PER_SECOND
        at = f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
        found += [(f"CHAPTER{number:03}", at), (f"CHAPTER{number:03}NAME", name)]
    return found


class OggOpus:
    """One logical stream of mono ticks. `skip` ticks at its beginning are decoded and not played.

    Call `headers` once, then `page` for everything else in order.
    """

    def __init__(self, serial: int, skip: int = 0) -> None:
        self._serial = serial & 0xFFFFFFFF
        self._pre_skip = skip * TICK_SAMPLES + LOOKAHEAD_SAMPLES
        self._number = 0
        self._samples = 0

    def headers(self, comments: Iterable[tuple[str, str]]) -> bytes:
        """OpusHead and OpusTags (RFC 7845 section 5), on pages of their own."""
        head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, self._pre_skip, SAMPLE_RATE, 0, 0)
        texts = [f"{key}={value}".encode() for key, value in comments]
        tags = [b"OpusTags", struct.pack("<I", len(_VENDOR)), _VENDOR]
        tags.append(struct.pack("<I", len(texts)))
        for text in texts:
            tags += [struct.pack("<I", len(text)), text]
        first = self._page(bytes([len(head)]), head, 0, _FIRST)
        return first + self._packet(b"".join(tags))

    def page(self, lengths: bytes, sound: bytes, *, last: bool = False) -> bytes:
        """A page of packets, a tick each: the length of each in a byte, and all of them together.

        Raises ValueError if they do not fit on one page.
        """
        fits = 0 < len(lengths) <= MOST_PACKETS and max(lengths) < 255
        if not fits or sum(lengths) != len(sound):
            raise ValueError("these packets do not make a page")
        self._samples += len(lengths) * TICK_SAMPLES
        return self._page(lengths, sound, self._samples, _LAST if last else 0)

    def silence(self, ticks: int, *, last: bool = False) -> bytes:
        """A page of silence. Raises ValueError if it does not fit on one page."""
        return self.page(bytes([len(SILENT)]) * ticks, SILENT * ticks, last=last)

    def _packet(self, packet: bytes) -> bytes:
        """One packet of any length, over as many pages as it needs."""
        laced = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
        pages = []
        for at in range(0, len(laced), 255):
            table = laced[at : at + 255]
            body, packet = packet[: sum(table)], packet[sum(table) :]
            granule = 0 if at + 255 >= len(laced) else _NOWHERE
            pages.append(self._page(table, body, granule, _CONTINUED if at else 0))
        return b"".join(pages)

    def _page(self, table: bytes, body: bytes, granule: int, flags: int) -> bytes:
        words = (b"OggS", 0, flags, granule, self._serial, self._number)
        self._number += 1
        rest = table + body
        crc = checksum(_HEADER.pack(*words, 0, len(table)) + rest)
        return _HEADER.pack(*words, crc, len(table)) + rest
