import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.media.peer import Tone

from afterparty.media.desk.opus import COMFORT, TOC, OpusDecoder, OpusEncoder, OpusError, duration


def test_every_packet_begins_with_the_same_byte() -> None:
    """Else frames could not share an RTP packet (RFC 6716 section 3.2.5)."""
    chance = np.random.default_rng(1)
    t = np.arange(960 * 60) / 48_000
    sound = np.concatenate(
        [
            np.zeros(960 * 20),
            0.5 * np.sin(2 * np.pi * 440 * t),
            chance.normal(0, 0.1, 960 * 60),
            0.001 * chance.normal(0, 0.1, 960 * 20),
        ]
    )
    encoder = OpusEncoder()
    packets = [
        encoder.encode((sound[at : at + 960] * 32767).astype(np.int16))
        for at in range(0, len(sound), 960)
    ]
    assert {p[0] for p in packets} == {TOC}
    assert all(duration(p) == 960 for p in packets)
    assert max(len(p) for p in packets) < 300


def test_comfort_decodes_to_a_tick() -> None:
    assert duration(COMFORT) == 960
    assert len(OpusDecoder().decode(COMFORT)) == 960


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (b"", 0), (b"\xf8", 960), (b"\xf9", 1920), (b"\xfa", 1920), (b"\xfb", 0),
        (b"\xfb\x06", 5760), (b"\xfb\x07", 0), (b"\xfb\x00", 0), (b"\xe0", 120),
        (b"\x18", 2880), (b"\x60", 480), (b"\x68", 960),
    ],
)  # fmt: skip
def test_the_duration_of_a_packet(payload: bytes, samples: int) -> None:
    assert duration(payload) == samples


def test_the_duration_is_what_the_decoder_gives() -> None:
    decoder = OpusDecoder()
    for _ in range(5):
        payload = Tone(300).next()
        assert len(decoder.decode(payload)) == duration(payload)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=100))
def test_any_bytes_are_decoded_or_refused(payload: bytes) -> None:
    decoder = OpusDecoder()
    try:
        samples = decoder.decode(payload)
    except OpusError:
        return
    assert len(samples) == duration(payload)


def test_libopus_is_here() -> None:
    assert "libopus" in av.codecs_available
