"""The tone-coded voice: a line of text becomes a tone that rises and falls like its syllables.

Needs no speech library, is the same on every machine, and says by its pitch who is talking.
"""

import unicodedata
import zlib

import numpy as np
from numpy.typing import NDArray

from afterparty.replay.voice.pitch import RATE, Pcm

PEAK = 0.25
"""Of full scale, -12 dBFS: four voices at once do not clip."""

SYLLABLE = 0.14
WORD_PAUSE = 0.07
SENTENCE_PAUSE = 0.25
SHORTEST, LONGEST = 0.6, 20.0
"""Seconds."""

_FADE = int(0.01 * RATE)
_VALLEY = 0.35  # between syllables the tone sinks to this, so that it can be told at any moment
_VOWELS = frozenset("aeiouy")


def speak(line: str, hertz: float) -> Pcm:
    """The line as a tone at `hertz`: 0.6 to 20 s by its length, the same at every call.

    int16, mono, 48 kHz, shape `(samples,)`.
    """
    envelope = np.concatenate([_beat(size, height) for size, height in _beats(line)])
    envelope = envelope[: int(LONGEST * RATE)]
    envelope[:_FADE] *= np.linspace(0, 1, _FADE)
    envelope[-_FADE:] *= np.linspace(1, 0, _FADE)
    n = np.arange(len(envelope))
    wave = np.sin(2 * np.pi * hertz * n / RATE) * envelope * (PEAK * 32_767)
    return np.asarray(wave, np.int16)


def _beats(line: str) -> list[tuple[float, float]]:
    """`(seconds, height)` of each syllable and pause; lengths and heights come from the text."""
    beats: list[tuple[float, float]] = []
    total = 0.0
    for place, kind in enumerate(_syllables(line)):
        chance = zlib.crc32(f"{place}{line}".encode()) / 2**32
        if kind == "syllable":
            beats.append((SYLLABLE * (0.75 + 0.5 * chance), 0.7 + 0.3 * chance))
        else:
            beats.append((WORD_PAUSE if kind == "word" else SENTENCE_PAUSE, 0.0))
        total += beats[-1][0]
        if total > LONGEST:
            break
    while total < SHORTEST:
        beats.append((SYLLABLE, 0.8))
        total += SYLLABLE
    return beats


def _syllables(line: str) -> list[str]:
    """The rhythm of a text: a Hangul block is a syllable, a run of Latin vowels is one."""
    found: list[str] = []
    in_vowels = False
    for sign in line.lower():
        category = unicodedata.category(sign)
        vowel = sign in _VOWELS
        if category.startswith("P"):
            found.append("sentence")
        elif category.startswith("Z"):
            found.append("word")
        elif category.startswith("N") or category == "Lo" or (vowel and not in_vowels):
            found.append("syllable")
        in_vowels = vowel
    return found


def _beat(seconds: float, height: float) -> NDArray[np.float64]:
    """One syllable's rise and fall; a pause is as low as the valleys, and never nothing."""
    size = int(seconds * RATE)
    rise = np.sin(np.pi * np.arange(size) / size) ** 2
    return _VALLEY + (height - _VALLEY) * rise if height else np.full(size, _VALLEY)
