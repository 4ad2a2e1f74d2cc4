"""Speech by espeak-ng, in this process, through ctypes. Only where the `voices` extra is installed.

The library keeps one voice and one callback for the whole process, so one lock guards a line from
its first setting to its last sample. A line takes some milliseconds. The library is GPL-3, which is
why it stays an extra and is loaded nowhere else.
"""

import ctypes
import functools
import math
import threading
from typing import Any

import numpy as np

from afterparty.replay.voice.pitch import RATE, Pcm

MAX_LINE = 1_000
"""Signs of a line that are spoken; the rest is cut off."""

_RETRIEVAL = 1  # audio goes to the callback, not to a sound card
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_OK = 0

_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)

_VARIANTS = ("m1", "f2", "m3", "f4", "m7", "f1", "m2", "f3")


class SpeechError(RuntimeError):
    """The speech library is there but does not speak."""


class Espeak:
    """The library, once in a process; get it by `library()`. Safe to call from any thread."""

    def __init__(self, path: str, data: str) -> None:
        self._lock = threading.Lock()
        self._pieces: list[Pcm] = []
        self._library: Any = ctypes.CDLL(path)
        rate = self._library.espeak_Initialize(_RETRIEVAL, 0, data.encode(), _DO_NOT_EXIT)
        if rate <= 0:
            raise SpeechError("espeak-ng finds no voice data")
        self._rate = int(rate)
        self._callback = _CALLBACK(self._take)  # kept: C holds no reference
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, line: str, lang: str, index: int) -> Pcm:
        """Say a line in a language ("ko", "en") in the manner of the cast's `index`-th voice.

        48 kHz, int16, shape `(samples,)`; empty if there is nothing to say. Raises `SpeechError`.
        """
        text = line[:MAX_LINE].replace("\0", " ").encode() + b"\0"
        # Eight timbres, and within each a pace and height of their own.
        variant, turn = _VARIANTS[index % len(_VARIANTS)], index // len(_VARIANTS)
        with self._lock:
            if self._library.espeak_SetVoiceByName(f"{lang}+{variant}".encode()) != _OK:
                raise SpeechError(f"espeak-ng has no voice for the language {lang!r}")
            self._library.espeak_SetParameter(_RATE, 165 + 12 * (index % 3), 0)
            self._library.espeak_SetParameter(_PITCH, 40 + 15 * (turn % 3), 0)
            self._library.espeak_SetParameter(_RANGE, 50, 0)
            self._pieces = []
            size = ctypes.c_size_t(len(text))
            done = self._library.espeak_Synth(text, size, 0, 1, 0, _UTF8, None, None)
            if done != _OK or self._library.espeak_Synchronize() != _OK:
                raise SpeechError("espeak-ng did not speak the line")
            pieces, self._pieces = self._pieces, []
        spoken = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
        return resample(spoken, self._rate)

    def _take(self, wave: Any, count: int, _events: Any) -> int:
        if wave and count > 0:
            self._pieces.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0


def resample(pcm: Pcm, rate: int) -> Pcm:
    """Bring sound from a lower `rate` to 48 kHz, through its spectrum: no alias, no missing sample.

    int16, shape `(samples,)` in and out.
    """
    if not len(pcm):
        return pcm
    common = math.gcd(RATE, rate)
    up, down = RATE // common, rate // common
    # Filled up to a length that both rates divide and that a Fourier transform is quick at.
    blocks = 1 << math.ceil(math.log2(max(1, len(pcm) / down)))
    spectrum = np.fft.rfft(pcm, blocks * down)
    wave = np.fft.irfft(spectrum, blocks * up)[: len(pcm) * RATE // rate] * (up / down)
    return np.clip(np.rint(wave), -32_768, 32_767).astype(np.int16)


@functools.cache
def library() -> Espeak | None:
    """The process's speech library; None where it is not installed or does not work."""
    try:
        import espeakng_loader

        return Espeak(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())
    except (ImportError, OSError, RuntimeError):
        return None
