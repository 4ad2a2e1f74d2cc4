"""What is played to whoever waits: soft chords, made here and by nobody else, round and round.

One feed a node for all rooms that wait. Each tick of the loop is a pure function of the media
clock's, and is encoded once, when it is first played; from the second round on the tune costs
nothing. Knows no rooms.
"""

import numpy as np
from numpy.typing import NDArray

from afterparty.media.desk.clock import SAMPLE_RATE, TICK_SAMPLES, TICKS_PER_SECOND
from afterparty.media.desk.feed import Feed, FeedPacket
from afterparty.media.desk.opus import OpusEncoder
from afterparty.media.desk.pcm import Limiter, Pcm

BARS = (
    (38, 57, 61, 64, 66),
    (35, 54, 57, 62, 66),
    (43, 55, 59, 62, 66),
    (45, 55, 59, 61, 64),
    (42, 54, 57, 61, 64),
    (43, 57, 59, 62, 66),
    (40, 55, 59, 62, 66),
    (33, 57, 59, 62, 64),
)
"""Chords, one a bar, as numbers of keys (69 is a' of 440 Hz): the lowest first."""

BAR_TICKS = 4 * TICKS_PER_SECOND
LOOP_TICKS = BAR_TICKS * len(BARS)

RISES, FADES, ENDS = 1.5, 4.0, 7.5
"""Seconds after its beginning at which a chord is there, fades, and has gone: in less than two
bars, so that never more than two sound together."""

PARTIALS = np.array([1.0, 0.25, 0.08])
"""How strong each harmonic of a tone is."""

LOUDNESS = 0.0177
"""Of a tone; it makes the whole about 30 dB below full scale (RMS)."""

WARM_UP_TICKS = 10
"""An encoder that begins is given so much of what is before, for Opus predicts from tick to tick:
so the loop closes without a seam."""

_SAMPLES = np.arange(TICK_SAMPLES) / SAMPLE_RATE


def sound(tick: int) -> Pcm:
    """The sound of a tick of the media clock."""
    bar, ticks = divmod(tick % LOOP_TICKS, BAR_TICKS)
    seconds = ticks / TICKS_PER_SECOND + _SAMPLES
    fading = seconds + BAR_TICKS / TICKS_PER_SECOND
    chords = _chord(BARS[bar], seconds) + _chord(BARS[bar - 1], fading)
    mix: Pcm = (LOUDNESS * chords).astype(np.float32)
    return mix


def _chord(keys: tuple[int, ...], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """A chord, at those seconds after its beginning."""
    tones = 440.0 * 2.0 ** ((np.array(keys) - 69) / 12)
    waves = np.outer(np.outer(tones, np.arange(1, len(PARTIALS) + 1)), 2 * np.pi * seconds)
    strengths = np.tile(PARTIALS, len(keys))
    rise = np.clip(seconds / RISES, 0, 1)
    fade = np.clip((ENDS - seconds) / (ENDS - FADES), 0, 1)
    swell = np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fade) ** 2
    chord: NDArray[np.float64] = swell * (strengths @ np.sin(waves))
    return chord


class Tune:
    """The tune as a feed."""

    def __init__(self) -> None:
        self.feed = Feed()
        self.encodes = 0
        """Packets encoded so far."""
        self._packets: dict[int, bytes] = {}
        self._encoder: OpusEncoder | None = None
        self._limiter = Limiter()
        self._played: int | None = None

    def play(self, tick: int) -> None:
        """Add the packet of this tick to the feed."""
        at = tick % LOOP_TICKS
        if at not in self._packets:
            if self._encoder is None or self._played != tick - 1:
                self._encoder = OpusEncoder()
                for before in range(tick - WARM_UP_TICKS, tick):
                    self._encode(self._encoder, before)
            self._packets[at] = self._encode(self._encoder, tick)
            if len(self._packets) == LOOP_TICKS:
                self._encoder = None
        begins = self._played != tick - 1
        self._played = tick
        self.feed.push(FeedPacket(tick, self._packets[at], (), b"", begins))

    def _encode(self, encoder: OpusEncoder, tick: int) -> bytes:
        self.encodes += 1
        return encoder.encode(self._limiter.apply(sound(tick)))
