"""Who is heard, by ear alone: a pitch for each of the cast, and a detector for pitches in sound.

Every simulated speaker carries a steady tone at a pitch of their own, and nobody else's sound has
energy there. So a recording of any listener tells who was let through to them, whatever was mixed,
encoded and lost on the way. Pure numbers over arrays; no codec, no clock.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

RATE = 48_000

Pcm = NDArray[np.int16]
"""Mono sound, 48 kHz, 16 bits, shape `(samples,)`."""

PITCHES = (
    340, 1190, 2110, 540, 1580, 2570, 730, 1880, 410, 1340, 2440, 980,
    2870, 640, 1520, 2320, 470, 1660, 2760, 870, 2050, 1130, 2510, 1820,
)  # fmt: skip
"""Hertz, by place in the cast; neighbours are far apart.

No two are within 60 Hz, and no multiple up to the third of one is within 30 Hz of one of another,
so neither spectral leakage nor a codec's distortion makes one pitch sound like a second.
"""

FRAME = 9_600
"""Samples of one look: 200 ms, so bins of 5 Hz."""

HOP = FRAME // 2
MIN_FRAMES = 3
"""A pitch must stand out in this many looks in a row: 400 ms of it, where chance gives two."""

ABOVE_FLOOR = 31.6
"""How far a pitch must stand out of its surroundings, as a ratio of powers: 15 dB."""

BELOW_LOUDEST = 1e-3
"""What is 30 dB below the loudest pitch of a look is a codec's doing, not a speaker's."""

QUIETEST = (32_768 * 10 ** (-50 / 20)) ** 2 / 2
"""Power of the faintest tone that counts as heard: a sine with a peak of -50 dBFS."""


def pitch_of(index: int) -> int:
    """The pitch, in hertz, of the cast's `index`-th voice; ValueError beyond the table."""
    if not 0 <= index < len(PITCHES):
        raise ValueError(f"a cast has at most {len(PITCHES)} voices, there is no number {index}")
    return PITCHES[index]


def who_is_heard(pcm: Pcm, candidates: Mapping[str, float]) -> set[str]:
    """The names whose pitch (name to hertz) stands out in `pcm` for at least 400 ms.

    Each look of 200 ms compares the power at a pitch with the median of the bins 20 to 50 Hz away:
    15 dB above it, at least -50 dBFS, and within 30 dB of the loudest candidate is heard. Speech
    without a pilot has pitches of its own and names people at random: use tones or marked voices.
    Shorter sound than 400 ms names nobody. ValueError for a pitch outside 55 Hz to 23.9 kHz.
    """
    if not candidates or len(pcm) < FRAME + HOP * (MIN_FRAMES - 1):
        return set()
    power = _looks(pcm)
    bins = np.rint(np.array(list(candidates.values())) * FRAME / RATE).astype(np.intp)
    if bins.min() < 11 or bins.max() > FRAME // 2 - 11:
        raise ValueError("a pitch lies between 55 Hz and 23.9 kHz")
    # The energy of a Hann-windowed sine lies in three bins, whatever its phase.
    tone = power[:, bins[:, np.newaxis] + np.arange(-1, 2)].sum(axis=2)
    around = np.concatenate([np.arange(-10, -3), np.arange(4, 11)])
    floor = np.median(power[:, bins[:, np.newaxis] + around], axis=2)
    loudest = tone.max(axis=1, keepdims=True)
    heard = (tone >= QUIETEST) & (tone > ABOVE_FLOOR * floor) & (tone > BELOW_LOUDEST * loudest)
    in_a_row = np.lib.stride_tricks.sliding_window_view(heard, MIN_FRAMES, axis=0)
    lasting = np.any(np.all(in_a_row, axis=-1), axis=0)
    return {name for name, there in zip(candidates, lasting, strict=True) if there}


def _looks(pcm: Pcm) -> NDArray[np.float64]:
    """Power spectra of overlapping looks, shape `(looks, bins)`: a sine's bins sum to a²/2."""
    starts = np.arange(0, len(pcm) - FRAME + 1, HOP)
    frames = np.lib.stride_tricks.sliding_window_view(pcm, FRAME)[starts]
    window = np.hanning(FRAME)
    spectrum = np.fft.rfft(frames * window, axis=1)
    power: NDArray[np.float64] = np.abs(spectrum) ** 2 * (2 / (FRAME * np.sum(window**2)))
    return power
