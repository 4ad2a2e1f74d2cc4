from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.media.tape.test_chunk import said

from afterparty.media.tape import reel as module
from afterparty.media.tape.chunk import chunks_of, encode
from afterparty.media.tape.reel import Reel, sound


def write(folder: Path, name: str, *stretches: tuple[int, int]) -> Path:
    """A part whose packets say which part and which tick they are of."""
    path = folder / f"{name}.part"
    with path.open("ab") as file:
        for first, end in stretches:
            packets = (said(n, (5, 30), payload=f"{name}@{n}".encode()) for n in range(first, end))
            ticks = ((packet.tick, packet) for packet in packets)
            file.write(b"".join(map(encode, chunks_of(ticks))))
    return path


def told(reel: Reel, first: int = 0, end: int = 10**9) -> dict[int, str]:
    """Which part each tick is from, as its packet says."""
    found: dict[int, str] = {}
    for piece, lengths, packets in sound(reel.between(first, end)):
        at = 0
        for tick, length in enumerate(lengths, piece.tick):
            name, _, said_tick = packets[at : at + length].decode().partition("@")
            assert int(said_tick) == tick
            assert tick not in found
            found[tick] = name
            at += length
        assert at == len(packets)
    return found


def test_it_is_read_on_as_it_grows(tmp_path: Path) -> None:
    reel = Reel(tmp_path / "none")
    reel.read()
    assert (reel.pieces, reel.size) == ([], 0)
    reel = Reel(tmp_path)
    path = write(tmp_path, "1-a", (100, 180))
    reel.read()
    assert list(told(reel)) == list(range(100, 180))
    assert reel.size == path.stat().st_size
    before = reel.pieces
    reel.read()
    assert reel.pieces is before
    write(tmp_path, "1-a", (180, 200), (210, 220))
    write(tmp_path, "2-b", (230, 240))
    reel.read()
    assert list(told(reel)) == [*range(100, 200), *range(210, 220), *range(230, 240)]
    assert (reel.first, reel.end) == (100, 240)
    assert reel.entries == len(reel.pieces)


def test_a_part_that_is_alone_is_not_looked_through_for_what_overlaps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is put together again whenever it has grown, twice a second for hours."""

    def look_through(*_: object) -> None:
        raise AssertionError("there is nothing to overlap with")

    monkeypatch.setattr(module, "_left_over", look_through)
    write(tmp_path, "1-a", (100, 180))
    reel = Reel(tmp_path)
    reel.read()
    write(tmp_path, "1-a", (180, 200))
    reel.read()
    assert list(told(reel)) == list(range(100, 200))
    assert reel.entries == 3


def test_a_torn_end_is_left_aside_until_it_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path, "1-a", (100, 300))
    whole = path.read_bytes()
    reel = Reel(tmp_path)
    for cut in range(len(whole) - 400, len(whole)):
        path.write_bytes(whole[:cut])
        reel.read()
        assert list(told(reel)) == list(range(100, 250))
    path.write_bytes(whole)
    reel.read()
    assert list(told(reel)) == list(range(100, 300))


def test_where_two_overlap_the_higher_epoch_is_right(tmp_path: Path) -> None:
    write(tmp_path, "9-b", (150, 260))
    write(tmp_path, "10-a", (230, 240))
    write(tmp_path, "8-a", (100, 200), (250, 300))
    reel = Reel(tmp_path)
    reel.read()
    found = told(reel)
    assert list(found) == list(range(100, 300))
    names = [found[n] for n in (100, 149, 150, 229, 230, 239, 240, 259, 260)]
    assert names == ["8-a", "8-a", "9-b", "9-b", "10-a", "10-a", "9-b", "9-b", "8-a"]


stretches = st.lists(
    st.tuples(st.integers(0, 150), st.integers(1, 70)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=4,
)


@given(st.lists(stretches, max_size=4), st.integers(0, 200), st.integers(0, 200))
def test_each_tick_once_whoever_wrote_it(
    tmp_path_factory: pytest.TempPathFactory, parts: list, first: int, end: int
) -> None:
    folder = tmp_path_factory.mktemp("reel")
    expected: dict[int, str] = {}
    for epoch, some in enumerate(parts, 8):
        alone: list[tuple[int, int]] = []
        for a, b in sorted(some):  # a node's own ticks never go back
            a = max(a, alone[-1][1]) if alone else a
            if a < b:
                alone.append((a, b))
        write(folder, f"{epoch}-n", *alone)
        expected |= {tick: f"{epoch}-n" for a, b in alone for tick in range(a, b)}
    reel = Reel(folder)
    reel.read()
    assert told(reel) == dict(sorted(expected.items()))
    within = {tick: name for tick, name in sorted(expected.items()) if first <= tick < end}
    assert told(reel, first, end) == within


def test_what_was_deleted_or_changed_is_not_given(tmp_path: Path) -> None:
    path = write(tmp_path, "1-a", (100, 200))
    reel = Reel(tmp_path)
    reel.read()
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    with pytest.raises(ValueError, match="has changed"):
        told(reel)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        told(reel)
