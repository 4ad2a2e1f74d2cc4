"""What whoever waits hears: how loud, without a seam, and encoded once."""

import numpy as np
import pytest
from av import CodecContext
from av.packet import Packet

from afterparty.media.desk.clock import TICK_SAMPLES
from afterparty.media.desk.feed import REMEMBERED_TICKS
from afterparty.media.desk.opus import TOC
from afterparty.media.desk.tune import BAR_TICKS, LOOP_TICKS, Tune, sound

START = 1_795_000_000 * 50
"""A tick of the media clock as it is these days."""


@pytest.fixture(scope="module")
def loop() -> np.ndarray:
    return np.concatenate([sound(START + tick) for tick in range(LOOP_TICKS)])


def decode(payloads: list[bytes]) -> np.ndarray:
    codec = CodecContext.create("libopus", "r")
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", 48_000
    pieces = [f.to_ndarray()[0] for p in payloads for f in codec.decode(Packet(p))]
    return np.concatenate(pieces) / 32768


def decibels(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples**2))))


def test_quiet_and_never_silent(loop: np.ndarray) -> None:
    assert decibels(loop) == pytest.approx(-30, abs=1)
    assert np.max(np.abs(loop)) < 0.25
    for part in np.split(loop, LOOP_TICKS // 25):
        assert -36 < decibels(part) < -24


def test_the_loop_has_no_seam(loop: np.ndarray) -> None:
    around = np.concatenate([loop[-TICK_SAMPLES:], loop[:TICK_SAMPLES]])
    assert np.max(np.abs(np.diff(around))) < np.max(np.abs(np.diff(loop)))
    assert np.array_equal(sound(START), sound(START + 3 * LOOP_TICKS))
    assert not np.array_equal(sound(START), sound(START + BAR_TICKS))


def test_each_tick_is_encoded_once_and_decodes_without_a_seam(loop: np.ndarray) -> None:
    tune, begin = Tune(), START - START % LOOP_TICKS + LOOP_TICKS - 100
    payloads = []
    for tick in range(begin, begin + LOOP_TICKS + 200):
        tune.play(tick)
        (packet,) = tune.feed.between(tick - 1, tick)
        assert (packet.tick, packet.csrcs, packet.levels) == (tick, (), b"")
        assert packet.marker == (tick == begin)
        payloads.append(packet.payload)
        if tick == begin + LOOP_TICKS - 1:
            encodes = tune.encodes
    assert tune.encodes == encodes, "the second round costs nothing"
    assert payloads[:200] == payloads[LOOP_TICKS:]
    assert {payload[0] for payload in payloads} == {TOC}
    heard = decode(payloads)
    assert decibels(heard) == pytest.approx(-30, abs=1.5)
    seam = LOOP_TICKS * TICK_SAMPLES
    # What the codec changes is no more where the first packet comes round again than elsewhere.
    once = np.tile(loop, 3)[(begin % LOOP_TICKS) * TICK_SAMPLES :]
    late = max(range(100, 600), key=lambda n: float(np.dot(heard[n : n + 9600], once[:9600])))
    error = heard[late:] - once[: len(heard) - late]
    at_seam = error[seam - 2 * TICK_SAMPLES : seam + 2 * TICK_SAMPLES]
    assert np.sqrt(np.mean(at_seam**2)) < 1.5 * np.sqrt(np.mean(error**2))


def test_ticks_that_are_left_out_are_encoded_when_they_come_round() -> None:
    tune = Tune()
    ticks = [*range(START, START + 5), *range(START + 9, START + 14)]
    for tick in ticks:
        tune.play(tick)
    played = tune.feed.between(START - 1, START + 13)
    assert [packet.tick for packet in played] == ticks
    assert [packet.tick for packet in played if packet.marker] == [START, START + 9]
    assert len(ticks) < REMEMBERED_TICKS
