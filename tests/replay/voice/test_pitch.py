"""Pitches of the cast, and the detector that tells them apart."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from afterparty.replay.voice.pitch import PITCHES, RATE, pitch_of, who_is_heard

CAST = {f"voice {index}": float(hertz) for index, hertz in enumerate(PITCHES)}


def sine(hertz: float, decibels: float = -12.0, seconds: float = 1.0) -> NDArray[np.float64]:
    n = np.arange(int(seconds * RATE))
    return np.sin(2 * np.pi * hertz * n / RATE) * 32_767 * 10 ** (decibels / 20)


def pcm(wave: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.clip(wave, -32_768, 32_767).astype(np.int16)


def noise(decibels: float, seconds: float = 1.0) -> NDArray[np.float64]:
    level = 32_767 * 10 ** (decibels / 20)
    return np.random.default_rng(3).normal(0, level, int(seconds * RATE))


def test_pitches_are_apart_and_not_harmonic() -> None:
    for low, high in itertools.combinations(sorted(PITCHES), 2):
        assert high - low >= 60
        for p, q in itertools.product((1, 2, 3), repeat=2):
            assert abs(p * low - q * high) >= 30, (low, high, p, q)
    assert all(300 <= hertz <= 3000 for hertz in PITCHES)


@pytest.mark.parametrize("index", [-1, len(PITCHES)])
def test_a_cast_is_bounded(index: int) -> None:
    with pytest.raises(ValueError, match="cast"):
        pitch_of(index)


@pytest.mark.parametrize("name", CAST)
def test_each_alone(name: str) -> None:
    assert who_is_heard(pcm(sine(CAST[name])), CAST) == {name}


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(RATE), id="silence"),
        pytest.param(np.zeros(0), id="nothing"),
        pytest.param(noise(-60, 20), id="faint noise"),
        pytest.param(noise(-15, 20), id="loud noise"),
        pytest.param(sine(3500), id="a stranger"),
        pytest.param(sine(340, decibels=-56), id="below -50 dBFS"),
        pytest.param(sine(340, seconds=0.1), id="too short"),
    ],
)
def test_nobody(sound: NDArray[np.float64]) -> None:
    assert who_is_heard(pcm(sound), CAST) == set()


def test_faint_beside_loud_and_in_noise() -> None:
    mix = sine(340, -8) + sine(1190, -30) + noise(-40)
    assert who_is_heard(pcm(mix), CAST) == {"voice 0", "voice 1"}


def test_what_is_a_codecs_doing_is_nobody() -> None:
    mix = sine(340, -8) + sine(1190, -42)
    assert who_is_heard(pcm(mix), CAST) == {"voice 0"}


def test_a_short_word_in_a_long_silence() -> None:
    word = np.concatenate([np.zeros(5 * RATE), sine(730, seconds=0.5), np.zeros(5 * RATE)])
    assert who_is_heard(pcm(word), CAST) == {"voice 6"}


def test_neighbours_are_not_mistaken() -> None:
    for hertz in PITCHES:
        others = {name: pitch for name, pitch in CAST.items() if pitch != hertz}
        assert who_is_heard(pcm(sine(hertz)), others) == set()


def test_candidates() -> None:
    assert who_is_heard(pcm(sine(340)), {}) == set()
    with pytest.raises(ValueError, match="pitch"):
        who_is_heard(pcm(sine(340)), {"too low": 20.0})
