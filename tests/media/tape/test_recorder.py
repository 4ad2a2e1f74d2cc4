"""What is on the disk, and when: written by the recorder, read by the reel."""

import errno
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.media.tape.test_chunk import said

from afterparty.media.tape import recorder as module
from afterparty.media.tape.recorder import WAITING_TICKS, Recorder
from afterparty.media.tape.reel import Reel, sound

NOON = 50 * 1_000_000
EVER = 1e12


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    found = Recorder("n-1", wall=lambda: NOON / 50)
    yield found
    await found.close()


def reel(folder: Path) -> Reel:
    found = Reel(folder)
    found.read()
    return found


def ticks_of(found: Reel) -> list[int]:
    return [tick for piece in found.pieces for tick in range(piece.tick, piece.end)]


async def test_what_is_mixed_is_on_the_disk_after_a_flush(
    recorder: Recorder, tmp_path: Path
) -> None:
    recorder.begin("a", tmp_path / "show" / "a", EVER)
    for tick in range(NOON, NOON + 120):
        recorder.take("a", 3, tick, said(tick, (5, 30), payload=b"\xf8%d" % tick))
        recorder.take("b", 3, tick, said(tick, (5, 30)))
    assert not (tmp_path / "show").exists(), "the clock does not wait for a disk"
    await recorder.flush()
    assert [path.name for path in (tmp_path / "show" / "a").iterdir()] == ["3-n-1.part"]
    found = reel(tmp_path / "show" / "a")
    assert ticks_of(found) == list(range(NOON, NOON + 120))
    assert b"".join(packets for _, _, packets in sound(found.pieces)) == b"".join(
        b"\xf8%d" % tick for tick in range(NOON, NOON + 120)
    )
    assert recorder.stats.ticks == 120
    assert recorder.stats.bytes == sum(p.stat().st_size for p in tmp_path.glob("**/*.part"))


async def test_each_lead_has_a_part_of_its_own(recorder: Recorder, tmp_path: Path) -> None:
    recorder.begin("a", tmp_path, EVER)
    for epoch, first in ((3, NOON), (8, NOON + 10), (9, NOON + 20)):
        for tick in range(first, first + 10):
            recorder.take("a", epoch, tick, None)
    await recorder.flush()
    assert {p.name for p in tmp_path.iterdir()} == {"3-n-1.part", "8-n-1.part", "9-n-1.part"}
    assert ticks_of(reel(tmp_path)) == list(range(NOON, NOON + 30))


async def test_the_end_is_written_and_its_file_closed(recorder: Recorder, tmp_path: Path) -> None:
    recorder.begin("a", tmp_path, EVER)
    recorder.begin("a", tmp_path, EVER)
    recorder.take("a", 1, NOON, None)
    recorder.end("a")
    recorder.end("a")
    recorder.take("a", 1, NOON + 1, None)
    await recorder.flush()
    assert ticks_of(reel(tmp_path)) == [NOON]
    assert len(recorder) == 0
    names = [Path(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")]
    assert not [p for p in names if p.exists() and str(p.readlink()).startswith(str(tmp_path))]


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    recorder = Recorder("n-1", wall=lambda: NOON / 50)
    recorder.begin("a", tmp_path, EVER)
    recorder.take("a", 1, NOON, None)
    await recorder.close()
    assert ticks_of(reel(tmp_path)) == [NOON]


async def test_a_clock_that_was_set_anew_is_believed(tmp_path: Path) -> None:
    recorder = Recorder("n-1", wall=lambda: NOON / 50 + 3600)
    recorder.begin("a", tmp_path, EVER)
    for tick in range(3):
        recorder.take("a", 1, NOON + tick, None)
    await recorder.close()
    later = NOON + 3600 * 50
    assert ticks_of(reel(tmp_path)) == [later, later + 1, later + 2]


async def test_a_recording_is_only_so_long(
    recorder: Recorder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.begin("a", tmp_path, NOON / 50 + 1)
    for tick in range(NOON, NOON + 100):
        recorder.take("a", 1, tick, None)
    await recorder.flush()
    assert ticks_of(reel(tmp_path)) == list(range(NOON, NOON + 50))
    assert [r.message for r in caplog.records] == [
        "the recording of room a is as long as may be, and ends"
    ]


async def test_a_disk_that_is_too_slow_holds_up_nothing(
    recorder: Recorder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.begin("a", tmp_path, EVER)
    for tick in range(NOON, NOON + WAITING_TICKS + 7):
        recorder.take("a", 1, tick, None)
    assert recorder.stats.lost == 7
    assert len(caplog.records) == 1
    await recorder.flush()
    assert len(ticks_of(reel(tmp_path))) == WAITING_TICKS


class Usage(NamedTuple):
    free: int


async def test_a_disk_that_is_full_is_left_so_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder("n-1", least_free=1000, wall=lambda: NOON / 50)
    recorder.begin("a", tmp_path, EVER)
    usage = shutil.disk_usage
    for tick, free in enumerate((5000, 1000, 1000, 5000), NOON):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: Usage(free))
        recorder.take("a", 1, tick, None)
        await recorder.flush()
    monkeypatch.setattr(shutil, "disk_usage", usage)
    await recorder.close()
    assert ticks_of(reel(tmp_path)) == [NOON, NOON + 3]
    assert recorder.stats.lost == 2
    assert [r.message for r in caplog.records] == ["the disk is full: nothing more is recorded"]


async def test_what_was_written_by_half_does_not_hide_what_follows(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.begin("a", tmp_path, EVER)
    recorder.take("a", 1, NOON, None)
    await recorder.flush()
    write = os.write
    calls = []

    def half(number: int, data: Any) -> int:
        calls.append(number)
        if len(calls) == 1:
            return write(number, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "write", half)
    recorder.take("a", 1, NOON + 1, None)
    await recorder.flush()
    monkeypatch.setattr(module.os, "write", write)
    recorder.take("a", 1, NOON + 2, None)
    await recorder.flush()
    assert len(calls) == 2
    assert ticks_of(reel(tmp_path)) == [NOON, NOON + 2]
    assert recorder.stats.lost == 1
