"""The cast's voices: a line of text in, sound out, and by the sound it can be told who spoke.

Four kinds. `tone` is a tone at the speaker's pitch in the rhythm of the line: always available.
`speech` is espeak-ng. `marked` is espeak-ng with a faint pilot tone at the speaker's pitch, so that
`who_is_heard` works on speech too. Where espeak-ng is not installed, every voice is a tone.
`none` is no sound at all, for many evenings in little time: lines are captions, nobody is heard.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from afterparty.replay.voice import espeak, tone
from afterparty.replay.voice.pitch import PITCHES, RATE, Pcm, pitch_of, who_is_heard

__all__ = ["PILOT", "Pcm", "Voice", "VoiceKind", "pitch_of", "who_is_heard"]

Wave = NDArray[np.float64]
VoiceKind = Literal["tone", "speech", "marked", "none"]

PILOT = -26.0
"""Peak of a marked voice's pilot tone, dBFS: faint beside speech, plain to `who_is_heard`."""

_SPEECH_PEAK = 0.5
_NOTCH = 55.0  # Hz either way: as wide as what the detector looks at


@dataclass(frozen=True, slots=True)
class Voice:
    """The voice of one of the cast.

    A tone is the same sound for the same line, always. espeak-ng carries a little of one line into
    the next, so speech is the same but for some samples.
    """

    index: int
    """Place in the cast, from 0; see `pitch_of` for how many there can be."""
    kind: VoiceKind = "tone"
    pilot: float = PILOT
    """Peak of the pilot tone of a `marked` voice, dBFS."""

    def __post_init__(self) -> None:
        pitch_of(self.index)

    @property
    def hertz(self) -> int:
        """The pitch that tells this voice from the rest of the cast's."""
        return pitch_of(self.index)

    def speech(self, line: str, lang: str = "ko") -> Pcm:
        """Say a line in a language ("ko", "en"): int16, mono, 48 kHz, shape `(samples,)`.

        Takes some milliseconds of CPU; a long line in a busy event loop belongs in a thread, and
        any thread will do. Raises `espeak.SpeechError` for a language that espeak-ng lacks.
        """
        if self.kind == "none":
            return _NOTHING
        library = espeak.library() if self.kind != "tone" else None
        spoken = library.speak(line, lang, self.index) if library is not None else _NOTHING
        if not len(spoken):
            return tone.speak(line, self.hertz)
        wave = spoken.astype(np.float64)
        if self.kind == "marked":
            # Long enough for the pilot to be told, however short the word.
            missing = int(tone.SHORTEST * RATE) - len(wave)
            wave = _without_pitches(np.pad(wave, (0, max(0, missing))))
        wave *= _SPEECH_PEAK * 32_767 / max(1.0, float(np.abs(wave).max()))
        if self.kind == "marked":
            wave += _pilot(len(wave), self.hertz, self.pilot)
        return np.rint(wave).astype(np.int16)


_NOTHING: Pcm = np.zeros(0, np.int16)


def _without_pitches(wave: Wave) -> Wave:
    """Speech with a narrow gap at every pitch of the cast, where only a pilot shall be heard."""
    size = 1 << (len(wave) - 1).bit_length()  # a power of two is quickest
    spectrum = np.fft.rfft(wave, size)
    width = RATE / size
    for hertz in PITCHES:
        spectrum[int((hertz - _NOTCH) / width) : int((hertz + _NOTCH) / width) + 1] = 0
    return np.fft.irfft(spectrum, size)[: len(wave)]


def _pilot(size: int, hertz: float, peak: float) -> Wave:
    n = np.arange(size, dtype=np.float64)
    fade = np.minimum(1.0, np.minimum(n, n[::-1]) / (0.01 * RATE))
    return np.asarray(np.sin(2 * np.pi * hertz * n / RATE) * fade * (10 ** (peak / 20) * 32_767))
