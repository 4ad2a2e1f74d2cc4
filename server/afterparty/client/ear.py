"""Ears: what a listener does with packets besides counting them. Knows no sockets.

A `Recorder` turns a feed back into sound with the timing of its RTP timestamps: what was lost or
left out is silence of the right length, so a recording can be laid beside a clock.
"""

import wave
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from afterparty.client.opus import RATE, OpusDecoder, Pcm
from afterparty.client.rtp import RtpPacket

MAX_GAP = 60 * RATE
"""Silence written for one gap, samples at most: a longer step means that the clock began anew."""

MAX_TIMELINE = 10_000


@dataclass(frozen=True, slots=True)
class Turn:
    """From this RTP timestamp on, these sources were heard."""

    timestamp: int
    csrcs: tuple[int, ...]
    """In ascending order: the order in the packet means nothing."""


class Recorder:
    """Decodes a feed to 48 kHz mono.

    Keeps the last `keep` seconds for `pcm()`, and writes everything to `path` (WAV) if given;
    close it then, or use it as a context manager. Packets that come late are left out and counted.
    """

    def __init__(self, path: Path | None = None, *, keep: float = 120.0) -> None:
        self.late = 0
        self.undecodable = 0
        self.timeline: deque[Turn] = deque(maxlen=MAX_TIMELINE)
        """Who was heard from when on; the oldest turns are forgotten first."""
        self._decoder = OpusDecoder()
        self._next: int | None = None  # RTP timestamp that would follow without a gap
        self._kept: deque[Pcm] = deque()
        self._samples = 0
        self._room = int(keep * RATE)
        self._wave: wave.Wave_write | None = None
        if path is not None:
            # Opened here: what wave cannot open it leaves half made, and complains of later.
            self._file = path.open("wb")
            self._wave = wave.open(self._file, "wb")  # noqa: SIM115 - close() is this object's own
            self._wave.setnchannels(1)
            self._wave.setsampwidth(2)
            self._wave.setframerate(RATE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def hear(self, packet: RtpPacket) -> None:
        """Take one decrypted packet."""
        if self._next is not None:
            gap = (packet.timestamp - self._next) & 0xFFFFFFFF
            if gap >= 0x80000000:
                self.late += 1
                return
            if 0 < gap <= MAX_GAP:
                self._append(np.zeros(gap, np.int16))
        try:
            sound = self._decoder.decode(packet.payload)
        except ValueError:
            self.undecodable += 1
            self._next = packet.timestamp
            return
        csrcs = tuple(sorted(packet.csrcs))
        if not self.timeline or self.timeline[-1].csrcs != csrcs:
            self.timeline.append(Turn(packet.timestamp, csrcs))
        self._append(sound)
        self._next = (packet.timestamp + len(sound)) & 0xFFFFFFFF

    def pcm(self) -> Pcm:
        """The sound kept, shape `(samples,)`."""
        return np.concatenate(self._kept) if self._kept else np.zeros(0, np.int16)

    def clear(self) -> None:
        """Forget the sound kept so far; a file keeps it."""
        self._kept.clear()
        self._samples = 0

    def close(self) -> None:
        """Finish the file, if there is one. May be called again."""
        if self._wave is not None:
            self._wave.close()
            self._file.close()
            self._wave = None

    def _append(self, sound: Pcm) -> None:
        if self._wave is not None:
            self._wave.writeframes(sound.astype("<i2", copy=False).tobytes())
        self._kept.append(sound)
        self._samples += len(sound)
        while self._kept and self._samples - len(self._kept[0]) >= self._room:
            self._samples -= len(self._kept.popleft())
