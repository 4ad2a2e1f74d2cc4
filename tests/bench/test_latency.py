import numpy as np
from bench.latency import EVERY, Onsets, codec_delay, talk

from afterparty.client.opus import OpusEncoder
from afterparty.client.rtp import TICK_SAMPLES, RtpPacket


def test_every_burst_is_found_once_and_no_other() -> None:
    sound, begins = talk(3)
    encoder, ear = OpusEncoder(), Onsets()
    for start in range(0, len(sound) - TICK_SAMPLES, TICK_SAMPLES):
        opus = encoder.encode(sound[start : start + TICK_SAMPLES])
        ear.hear(RtpPacket(False, 111, 0, 0, 1, (), {}, opus))
    assert len(ear.at) == len(begins) == 3


def test_bursts_begin_anywhere_in_a_frame() -> None:
    _, begins = talk(4)
    assert len({begin % TICK_SAMPLES for begin in begins}) == 4
    assert np.diff(begins).tolist() == [EVERY] * 3


def test_codecs_shift_a_sound_by_less_than_a_frame() -> None:
    assert 0.002 < codec_delay() < 0.02
