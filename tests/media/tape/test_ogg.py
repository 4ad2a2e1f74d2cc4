"""Ogg Opus as others read it: by the letter of RFC 3533, and decoded by FFmpeg."""

import io
import struct

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.media.peer import Tone, loudness_at

from afterparty.media.desk.opus import TOC, OpusDecoder, OpusEncoder
from afterparty.media.tape import ogg
from afterparty.media.tape.ogg import SILENT, OggOpus, chapters, checksum


def by_the_letter(page: bytes) -> int:
    """RFC 3533's checksum, a bit at a time."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ (0x04C11DB7 if crc >> 31 else 0)) & 0xFFFFFFFF
    return crc


@given(st.binary(max_size=300))
def test_the_checksum_is_that_of_the_letter(page: bytes) -> None:
    assert checksum(page) == by_the_letter(page)


def pages(data: bytes) -> list[tuple[int, int, int, bytes, bytes]]:
    """Flags, granule position, number, segment table and body of each page; all must be sound."""
    found = []
    while data:
        magic, version, flags, granule, serial, number, crc, segments = struct.unpack_from(
            "<4sBBqIIIB", data
        )
        assert (magic, version, serial, number) == (b"OggS", 0, 7, len(found))
        table = data[27 : 27 + segments]
        size = 27 + segments + sum(table)
        page = data[:size]
        assert crc == by_the_letter(page[:22] + bytes(4) + page[26:])
        found.append((flags, granule, number, table, page[27 + segments :]))
        data = data[size:]
    return found


def decoded(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data)) as file:
        frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
    sound = np.concatenate(frames, axis=1)[0]
    return sound / 32768 if sound.dtype == np.int16 else sound


def test_silence_is_silent_and_of_the_kind_of_all_else() -> None:
    assert SILENT[0] == TOC
    decoder = OpusDecoder()
    encoder = OpusEncoder()
    t = np.arange(960) / 48_000
    for _ in range(10):
        decoder.decode(encoder.encode((9000 * np.sin(2 * np.pi * 400 * t)).astype(np.int16)))
    last = [decoder.decode(SILENT) for _ in range(5)][-1]
    assert len(last) == 960
    assert not np.any(last)


def test_a_stream_is_as_the_letter_says() -> None:
    stream = OggOpus(7)
    data = stream.headers([("TITLE", "A night")])
    data += stream.silence(50) + stream.silence(10, last=True)
    first, tags, one, two = pages(data)
    assert first[0] == 2
    assert first[4] == struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 120, 48_000, 0, 0)
    assert (tags[0], tags[1]) == (0, 0)
    assert tags[4].startswith(b"OpusTags\x0a\x00\x00\x00Afterparty\x01\x00\x00\x00\x0d\x00\x00\x00")
    assert (one[0], one[1], len(one[3])) == (0, 50 * 960, 50)
    assert (two[0], two[1], len(two[3])) == (4, 60 * 960, 10)


def test_headers_longer_than_a_page_go_on_with_the_next() -> None:
    many = chapters([(50 * n, "Somebody with a long name, as some have" * 3) for n in range(2000)])
    stream = OggOpus(7)
    data = stream.headers(many) + stream.silence(1, last=True)
    _, *tags, _ = pages(data)
    assert len(tags) > 1
    assert [flags for flags, *_ in tags] == [0] + [1] * (len(tags) - 1)
    assert [granule for _, granule, *_ in tags] == [-1] * (len(tags) - 1) + [0]
    with av.open(io.BytesIO(data)) as file:
        assert len(file.chapters()) == 999


def test_a_packet_of_whole_segments_ends_with_an_empty_one() -> None:
    fixed = len(b"OpusTags") + 4 + len(ogg._VENDOR) + 4 + 4
    stream = OggOpus(7)
    data = stream.headers([("A", "x" * (255 * 255 - fixed - 2))]) + stream.silence(1, last=True)
    _, full, rest, _ = pages(data)
    assert (len(full[3]), full[1]) == (255, -1)
    assert (rest[3], rest[4], rest[0]) == (b"\0", b"", 1)
    assert len(decoded(data)) == 960 - 120


def test_players_read_the_chapters() -> None:
    stream = OggOpus(7)
    data = stream.headers(chapters([(0, "Jae"), (75, "방찬"), (50 * 4000, "Ye=rin")]))
    data += stream.silence(50, last=True)
    with av.open(io.BytesIO(data)) as file:
        found = [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in file.chapters()]
    assert found == [(0, "Jae"), (1.5, "방찬"), (4000, "Ye=rin")]


def test_sound_is_where_it_was_and_as_long() -> None:
    tone = OpusEncoder()
    t = np.arange(960 * 50) / 48_000
    wave = (9000 * np.sin(2 * np.pi * 600 * t)).astype(np.int16)
    packets = [tone.encode(wave[at : at + 960]) for at in range(0, len(wave), 960)]
    stream = OggOpus(7)
    data = stream.headers([]) + stream.silence(50)
    data += stream.page(bytes(map(len, packets)), b"".join(packets)) + stream.silence(50, last=True)
    sound = decoded(data)
    assert len(sound) == 960 * 150 - 120
    assert np.abs(sound[: 48_000 - 200]).max() < 0.001
    loud = np.flatnonzero(np.abs(sound) > 0.05)
    assert abs(loud[0] - 48_000) < 100
    assert abs(loud[-1] - 96_000) < 300
    assert loudness_at(sound[50_000:94_000], 600) > 0.9


def test_a_stream_that_begins_amid_another_skips_what_is_not_right_yet() -> None:
    tone = Tone(600)
    packets = [tone.next() for _ in range(54)]
    whole = packets[4:]
    stream = OggOpus(7, skip=4)
    data = stream.headers([])
    for packet in whole:
        data += stream.page(bytes([len(packet)]), packet)
    sound = decoded(data)
    assert len(sound) == (50 - 4) * 960 - 120


@pytest.mark.parametrize(
    ("lengths", "sound"),
    [(b"", b""), (b"\3", b"ab"), (b"\xff", b"a" * 255), (b"\1" * 256, b"a" * 256)],
)
def test_what_makes_no_page_is_refused(lengths: bytes, sound: bytes) -> None:
    with pytest.raises(ValueError, match="do not make a page"):
        OggOpus(7).page(lengths, sound)
