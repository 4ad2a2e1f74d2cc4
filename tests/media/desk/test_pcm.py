import numpy as np
import pytest

from afterparty.media.desk.pcm import CEILING, SILENCE_LEVEL, Limiter, level_of


def sine(amplitude: float) -> np.ndarray:
    wave = amplitude * np.sin(2 * np.pi * 500 * np.arange(960) / 48_000)
    return wave.astype(np.float32)


@pytest.mark.parametrize(
    ("amplitude", "level"), [(0.0, SILENCE_LEVEL), (1.0, 3), (0.1, 23), (0.001, 63), (20.0, 0)]
)
def test_loudness_in_dbov(amplitude: float, level: int) -> None:
    assert level_of(sine(amplitude)) == level


def test_a_quiet_mix_passes_unchanged() -> None:
    assert np.array_equal(Limiter().apply(sine(0.5)), (sine(0.5) * 32767).astype(np.int16))


@pytest.mark.parametrize("amplitude", [0.96, 1.5, 8.0, 1000.0])
def test_a_loud_mix_never_wraps_around(amplitude: float) -> None:
    limiter, loud = Limiter(), sine(amplitude)
    for _ in range(5):
        out = limiter.apply(loud).astype(np.float32)
        assert np.all(np.sign(out[np.abs(loud) > 0.01]) == np.sign(loud[np.abs(loud) > 0.01]))
    # Once the gain has settled the shape of the wave is kept, too.
    assert np.max(np.abs(out)) == pytest.approx(CEILING * 32767, rel=0.01)
    assert np.corrcoef(out, loud)[0, 1] > 0.9999


def test_the_gain_recovers_slowly() -> None:
    limiter = Limiter()
    limiter.apply(sine(2.0))
    peaks = [np.max(limiter.apply(sine(0.4))) / 32767 for _ in range(40)]
    assert peaks[0] < 0.25
    assert peaks == sorted(peaks)
    assert peaks[-1] == pytest.approx(0.4, abs=0.01)
