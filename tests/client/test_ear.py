"""A recorder: the sound, and its timing by RTP timestamps."""

import wave
from pathlib import Path

import numpy as np
import pytest
from tests.client.far_end import RATE, strongest

from afterparty.client.ear import MAX_GAP, Recorder, Turn
from afterparty.client.opus import OpusEncoder
from afterparty.client.rtp import RtpPacket


def packets(count: int, hertz: float = 700, start: int = 0) -> list[RtpPacket]:
    encoder = OpusEncoder()
    n = np.arange(count * 960)
    pcm = (8000 * np.sin(2 * np.pi * hertz * n / RATE)).astype(np.int16)
    return [
        packet(encoder.encode(pcm[tick * 960 : (tick + 1) * 960]), start + tick * 960, tick)
        for tick in range(count)
    ]


def packet(payload: bytes, timestamp: int, sequence: int, csrcs: tuple[int, ...] = ()) -> RtpPacket:
    return RtpPacket(False, 111, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 7, csrcs, {}, payload)


@pytest.mark.parametrize("start", [0, 2**32 - 10 * 960])
def test_gaps_are_silence_of_the_right_length(start: int) -> None:
    ear = Recorder()
    sent = packets(60, start=start)
    for one in sent[:20] + sent[40:]:
        ear.hear(one)
    pcm = ear.pcm()
    assert len(pcm) == 60 * 960
    assert not pcm[20 * 960 : 40 * 960].any()
    assert strongest(pcm[2 * 960 : 20 * 960]) == pytest.approx(700, abs=5)
    assert strongest(pcm[42 * 960 :]) == pytest.approx(700, abs=5)


def test_late_packets_are_left_out() -> None:
    ear = Recorder()
    first, second, third = packets(3)
    for one in (first, third, second):
        ear.hear(one)
    assert (ear.late, len(ear.pcm())) == (1, 3 * 960)


def test_what_is_not_opus_is_silence() -> None:
    ear = Recorder()
    good = packets(3)
    for one in (good[0], good[1]._replace(payload=b""), good[2]._replace(payload=b"\xff\xff")):
        ear.hear(one)
    ear.hear(packets(4)[3])
    assert ear.undecodable == 2
    assert len(ear.pcm()) == 4 * 960


def test_a_new_clock_is_not_hours_of_silence() -> None:
    ear = Recorder()
    first, second = packets(2)
    ear.hear(first)
    ear.hear(second._replace(timestamp=2 * MAX_GAP))
    assert len(ear.pcm()) == 2 * 960


def test_what_is_kept_is_bounded_and_the_file_has_it_all(tmp_path: Path) -> None:
    path = tmp_path / "feed.wav"
    with Recorder(path, keep=0.5) as ear:
        for one in packets(100):
            ear.hear(one)
        assert RATE // 2 <= len(ear.pcm()) <= RATE // 2 + 960
        tail = ear.pcm()
        ear.clear()
        assert len(ear.pcm()) == 0
    ear.close()
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        written = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert len(written) == 100 * 960
    assert np.array_equal(written[-len(tail) :], tail)


def test_the_timeline_tells_turns() -> None:
    ear = Recorder()
    csrcs = [(), (), (5,), (5,), (5, 6), (6, 5), ()]
    for one, who in zip(packets(7), csrcs, strict=True):
        ear.hear(one._replace(csrcs=who))
    assert list(ear.timeline) == [
        Turn(0, ()), Turn(2 * 960, (5,)), Turn(4 * 960, (5, 6)), Turn(6 * 960, ()),
    ]  # fmt: skip
