"""Is it the sound that was spoken, and is it whole? Answered by the second, from spectra.

The expected tones must stand out of their surroundings, and nothing must click: where samples are
missing, or a phase jumps, energy appears for a moment far above any tone. Pure numbers.
"""

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
SECOND = RATE
"""Samples of one look at the tones: bins of 1 Hz."""
FRAME = 480
"""Samples of one look for clicks: 10 ms, so bins of 100 Hz."""
ABOVE_FLOOR = 100.0
"""How far a tone must stand out of its surroundings, as a ratio of powers: 20 dB."""
QUIETEST = 50.0
"""Amplitude of the faintest tone that counts, of 32,768."""
CLICK = 2e-4
"""Power far from the tones, as a share of all power, that only a broken wave has: -37 dB."""
CLICK_DISTANCE = 2000.0
"""Hertz from the nearest tone, and above: where a click is looked for."""
SETTLING = RATE // 2
"""Samples that are not judged at first: the decoder comes in from nothing."""

Pcm = NDArray[np.int16]


class Listening:
    """Cuts sound into seconds and judges each."""

    def __init__(self, tone: tuple[float, ...]) -> None:
        """`tone` are the hertz to be heard all the time; none: every sound is right."""
        self._tone = tone
        self._settling = SETTLING
        self._kept: list[NDArray[np.int16]] = []
        self._size = 0

    def hear(self, silence: int, sound: Pcm) -> tuple[int, int]:
        """Take so many samples of silence (lost), then sound; returns seconds judged and wrong."""
        hole = np.zeros(min(silence, 2 * SECOND), np.int16)
        whole = np.concatenate([hole, sound])
        if self._settling > 0:
            skipped = min(self._settling, len(whole))
            self._settling -= skipped
            whole = whole[skipped:]
        self._kept.append(whole)
        self._size += len(whole)
        if self._size < SECOND:
            return 0, 0
        kept = np.concatenate(self._kept)
        seconds = len(kept) // SECOND
        wrong = sum(
            not is_right(kept[number * SECOND : (number + 1) * SECOND], self._tone)
            for number in range(seconds)
        )
        rest = kept[seconds * SECOND :]
        self._kept, self._size = [rest], len(rest)
        return seconds, wrong


def is_right(pcm: Pcm, tone: tuple[float, ...]) -> bool:
    """Whether a second of sound holds these tones and no click; True if no tones are given."""
    return not tone or (has_tones(pcm, tone) and clicks(pcm, tone) == 0)


def has_tones(pcm: Pcm, tone: tuple[float, ...]) -> bool:
    """Whether each tone stands out by 20 dB of what is 20 to 50 Hz away from it."""
    window = np.hanning(len(pcm))
    power = np.abs(np.fft.rfft(pcm * window)) ** 2 * (2 / (len(pcm) * np.sum(window**2)))
    width = len(pcm) / RATE
    for hertz in tone:
        place = round(hertz * width)
        near, inner, outer = round(6 * width), round(20 * width), round(50 * width)
        there = power[max(0, place - near) : place + near + 1].sum()
        around = np.concatenate(
            [power[max(0, place - outer) : place - inner], power[place + inner : place + outer]]
        )
        floor = float(np.median(around)) * (2 * near + 1)
        if there < QUIETEST**2 / 2 or there < ABOVE_FLOOR * floor:
            return False
    return True


def clicks(pcm: Pcm, tone: tuple[float, ...]) -> int:
    """How many looks of 10 ms, half overlapping, hold a click."""
    looks = np.lib.stride_tricks.sliding_window_view(pcm, FRAME)[:: FRAME // 2]
    power = np.abs(np.fft.rfft(looks * np.hanning(FRAME), axis=1)) ** 2
    far = np.arange(power.shape[1]) * (RATE / FRAME) > max(tone) + CLICK_DISTANCE
    whole = power.sum(axis=1)
    loud = whole > np.median(whole) / 100
    return int((~loud).sum() + (power[:, far].sum(axis=1)[loud] > CLICK * whole[loud]).sum())
