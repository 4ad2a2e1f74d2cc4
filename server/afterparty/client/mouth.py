"""A voice with the timing of a microphone: sound in, one Opus frame sent every 20 ms.

All mouths of a process keep one beat, the multiples of 20 ms of the event loop's clock, so they
wake together however many they are. Between sayings nothing is sent; the RTP timestamp leaps over
the silence by the time that really passed. Knows no sockets.
"""

import asyncio
import math
from typing import Protocol

import numpy as np

from afterparty.client.opus import OpusEncoder, Pcm
from afterparty.client.rtp import TICK_SAMPLES, Level

TICK = 0.02
"""Seconds of one tick."""

MAX_CATCH_UP = 10
"""Ticks that a delayed mouth makes up for by speaking faster; beyond that it speaks on later."""


class Speaks(Protocol):
    """Where frames go: a `Peer`, or anything else that sends."""

    def send(self, opus: bytes, ticks: int = 1, level: Level | None = None) -> None:
        """Send one frame, `ticks` ticks after the last."""


class Mouth:
    """One speaker's voice. Says one thing at a time; cancel `say` to fall silent."""

    def __init__(self) -> None:
        self._encoder = OpusEncoder()
        self._last_beat: int | None = None
        self._speaking = False

    async def say(self, peer: Speaks, pcm: Pcm) -> None:
        """Speak `pcm` (int16, mono, 48 kHz, shape `(samples,)`) in real time; returns at its end.

        The last frame is filled up with silence. ValueError for another shape or type;
        RuntimeError if this mouth is speaking already.
        """
        if pcm.ndim != 1 or pcm.dtype != np.int16:
            raise ValueError("speech is int16 of shape (samples,)")
        if self._speaking:
            raise RuntimeError("a mouth says one thing at a time")
        self._speaking = True
        try:
            await self._speak(peer, pcm)
        finally:
            self._speaking = False

    async def _speak(self, peer: Speaks, pcm: Pcm) -> None:
        loop = asyncio.get_running_loop()
        beat = math.ceil(loop.time() / TICK)
        if self._last_beat is not None:
            beat = max(beat, self._last_beat + 1)
        for start in range(0, len(pcm), TICK_SAMPLES):
            await asyncio.sleep(beat * TICK - loop.time())
            lateness = math.floor(loop.time() / TICK) - beat
            if lateness > MAX_CATCH_UP:
                beat += lateness
            frame = pcm[start : start + TICK_SAMPLES]
            if len(frame) < TICK_SAMPLES:
                frame = np.pad(frame, (0, TICK_SAMPLES - len(frame)))
            ticks = 1 if self._last_beat is None else beat - self._last_beat
            peer.send(self._encoder.encode(frame), ticks, level_of(frame))
            self._last_beat = beat
            beat += 1


def level_of(frame: Pcm) -> Level:
    """How loud a frame is, by its mean power (RFC 6464 section 3); above -50 dBov is voice."""
    power = float(np.mean(np.square(frame, dtype=np.float64))) / (32_768.0**2)
    decibels = 127 if power <= 0 else min(127, max(0, round(-10 * math.log10(power))))
    return Level(decibels, voice=decibels < 50)
