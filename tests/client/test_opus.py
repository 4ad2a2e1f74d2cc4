"""Opus to and fro."""

import numpy as np
import pytest
from tests.client.far_end import RATE, strongest

from afterparty.client.opus import OpusDecoder, OpusEncoder
from afterparty.client.rtp import opus_samples

TONE = (8000 * np.sin(2 * np.pi * 700 * np.arange(RATE) / RATE)).astype(np.int16)


def encoded() -> list[bytes]:
    encoder = OpusEncoder()
    return [encoder.encode(TONE[n : n + 960]) for n in range(0, RATE, 960)]


def test_a_tone_survives() -> None:
    decoder = OpusDecoder()
    heard = np.concatenate([decoder.decode(frame) for frame in encoded()])
    assert heard.shape == TONE.shape
    assert heard.dtype == np.int16
    assert strongest(heard[RATE // 2 :]) == pytest.approx(700, abs=4)
    loudness = [np.sqrt(np.mean(pcm[RATE // 2 :].astype(float) ** 2)) for pcm in (TONE, heard)]
    assert loudness[1] == pytest.approx(loudness[0], rel=0.2)


def test_every_frame_is_one_tick_within_the_rate_asked_for() -> None:
    frames = encoded()
    assert {opus_samples(frame) for frame in frames} == {960}
    assert sum(map(len, frames)) * 8 < 40_000


def test_only_whole_ticks_are_encoded() -> None:
    with pytest.raises(ValueError, match="one tick"):
        OpusEncoder().encode(TONE[:959])


def test_many_frames_in_one_packet() -> None:
    first, second = encoded()[20:22]
    assert first[0] == second[0]
    assert first[0] & 3 == 0
    # RFC 6716 section 3.2.5: code 3, two frames of sizes of their own.
    packet = bytes([first[0] | 3, 0x82, len(first) - 1]) + first[1:] + second[1:]
    assert len(first) - 1 < 252
    assert len(OpusDecoder().decode(packet)) == opus_samples(packet) == 1920


@pytest.mark.parametrize("junk", [b"", b"\xff\xff"])
def test_junk_is_refused_and_forgotten(junk: bytes) -> None:
    decoder = OpusDecoder()
    with pytest.raises(ValueError, match="Opus"):
        decoder.decode(junk)
    assert len(decoder.decode(encoded()[0])) == 960
