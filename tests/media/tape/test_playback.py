import io
import struct
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from tests.media.peer import loudness_at
from tests.media.tape.test_chunk import said
from tests.media.tape.test_ogg import decoded

from afterparty.media.desk.opus import OpusEncoder
from afterparty.media.tape.chunk import chunks_of, encode
from afterparty.media.tape.ogg import SETTLE_TICKS
from afterparty.media.tape.playback import play, write
from afterparty.media.tape.reel import Reel

NOON = 50 * 1_000_000


def tone(hertz: float, ticks: int) -> list[bytes]:
    encoder = OpusEncoder()
    t = np.arange(960 * ticks) / 48_000
    wave = (9000 * np.sin(2 * np.pi * hertz * t)).astype(np.int16)
    return [encoder.encode(wave[at : at + 960]) for at in range(0, len(wave), 960)]


def reel(folder: Path, *stretches: tuple[int, float]) -> Reel:
    """Two seconds of a tone at each of these ticks, each in a part of its own."""
    for epoch, (first, hertz) in enumerate(stretches):
        packets = [said(n, (5, 20), payload=p) for n, p in enumerate(tone(hertz, 100), first)]
        data = b"".join(map(encode, chunks_of((packet.tick, packet) for packet in packets)))
        (folder / f"{epoch}-n.part").write_bytes(data)
    found = Reel(folder)
    found.read()
    return found


def test_gaps_are_silent_and_as_long_as_they_were(tmp_path: Path) -> None:
    found = reel(tmp_path, (NOON, 400), (NOON + 275, 900))
    data = b"".join(play(found, found.first, found.end, found.first, [], 7))
    sound = decoded(data)
    assert len(sound) == 375 * 960 - 120
    assert loudness_at(sound[4800:91_200], 400) > 0.9
    assert not np.any(np.abs(sound[2000 + 100 * 960 : 275 * 960 - 400]) > 0.001)
    assert loudness_at(sound[275 * 960 + 4800 : 375 * 960 - 400], 900) > 0.9


def test_the_last_page_says_so_and_positions_rise(tmp_path: Path) -> None:
    found = reel(tmp_path, (NOON, 400), (NOON + 275, 900))
    for end in (found.end, NOON + 190, NOON + 301):
        data = b"".join(play(found, found.first, end, found.first, [], 7))
        at, heads = 0, []
        while at < len(data):
            flags, granule, segments = struct.unpack_from("<5xBq12xB", data, at)
            heads.append((flags, granule))
            at += 27 + segments + sum(data[at + 27 : at + 27 + segments])
        assert [flags for flags, _ in heads] == [2, *[0] * (len(heads) - 2), 4]
        assert all(a < b for (_, a), (_, b) in pairwise(heads[1:]))
        assert heads[-1][1] == (end - found.first) * 960


def test_a_part_of_it_is_right_from_its_first_moment(tmp_path: Path) -> None:
    found = reel(tmp_path, (NOON, 400))
    data = b"".join(play(found, NOON + 50, NOON + 75, found.first, [], 7))
    sound = decoded(data)
    assert len(sound) == 25 * 960 - 120
    peaks = [float(np.abs(sound[at : at + 960]).max()) for at in range(0, 20 * 960, 960)]
    assert min(peaks) > 0.9 * max(peaks)


def test_nothing_before_the_floor_is_given(tmp_path: Path) -> None:
    found = reel(tmp_path, (NOON, 400), (NOON + 100, 900))
    floor = NOON + 100
    first = floor + SETTLE_TICKS
    data = b"".join(play(found, first, found.end, floor, [("TITLE", "t")], 7))
    assert len(decoded(data)) == (found.end - first) * 960 - 120
    with av.open(io.BytesIO(data)) as file:
        packets = [bytes(packet) for packet in file.demux(audio=0) if packet.size]
    assert packets == tone(900, 100)


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "whole.ogg"
    write(path, [b"one", b"two"])
    assert path.read_bytes() == b"onetwo"

    def failing() -> object:
        yield b"half"
        assert not (tmp_path / "other.ogg").exists()
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        write(tmp_path / "other.ogg", failing())
    assert [p.name for p in tmp_path.iterdir()] == ["whole.ogg"]


def test_a_reel_that_was_deleted_is_not_played_on(tmp_path: Path) -> None:
    found = reel(tmp_path, (NOON, 400), (NOON + 100, 900))
    pages = play(found, found.first, found.end, found.first, [], 7)
    next(pages)
    next(pages)
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(FileNotFoundError):
        list(pages)
