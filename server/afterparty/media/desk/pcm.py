"""Sound as numbers: one tick of mono float32 samples, its loudness, and a limiter.

Full scale is 1.0. Pure arithmetic; knows neither Opus nor rooms.
"""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from afterparty.media.desk.clock import TICK_SAMPLES

Pcm: TypeAlias = NDArray[np.float32]
"""960 mono samples at 48 kHz, 1.0 = full scale (it may be beyond that before the limiter)."""

SILENCE_LEVEL = 127
CEILING = 0.95
"""The limiter's peak: a little below full scale, for the codec overshoots what it is given."""

_RELEASE = 1.06  # gain may rise by 0.5 dB a tick, so 25 dB a second
_ATTACK = np.linspace(0.0, 1.0, 96, dtype=np.float32)  # 2 ms


def level_of(pcm: Pcm) -> int:
    """Loudness of a tick in -dBov (RFC 6465 section 3): 0 is full scale, 127 digital silence."""
    power = float(np.dot(pcm, pcm)) / len(pcm)
    if power <= 1e-12:
        return SILENCE_LEVEL
    return min(SILENCE_LEVEL, max(0, round(-10.0 * math.log10(power))))


class Limiter:
    """Keeps a mix below the ceiling: the gain falls within 2 ms, and recovers slowly."""

    def __init__(self) -> None:
        self._gain = 1.0

    def apply(self, mix: Pcm) -> NDArray[np.int16]:
        """Return the tick as 16-bit samples; they are clipped at worst, and never wrap around."""
        peak = float(np.max(np.abs(mix)))
        wanted = min(1.0, self._gain * _RELEASE)
        if peak * wanted > CEILING:
            wanted = CEILING / peak
        if wanted == 1.0 and self._gain == 1.0:
            shaped = mix
        else:
            curve = np.full(TICK_SAMPLES, wanted, dtype=np.float32)
            curve[: len(_ATTACK)] = self._gain + (wanted - self._gain) * _ATTACK
            shaped = mix * curve
        self._gain = wanted
        samples: NDArray[np.int16] = np.clip(shaped * 32767.0, -32768, 32767).astype(np.int16)
        return samples
