"""A speaker's sound as the mixer sees it: RTP packets in, one tick of samples out at a time.

Joins jitter buffer and decoder, and fades over what is lost. Pure of sockets and of time.
"""

from typing import Final

import numpy as np

from afterparty.media.datagrams.rtp import RtpPacket
from afterparty.media.desk.clock import SAMPLE_RATE, TICK_SAMPLES
from afterparty.media.desk.opus import OpusDecoder, OpusError, duration
from afterparty.media.desk.pcm import SILENCE_LEVEL, Pcm
from afterparty.media.inward.jitter import Frame, Hole, JitterBuffer, JitterCounts

_FADES: Final = tuple(
    np.linspace(start, start - 0.5, TICK_SAMPLES, dtype=np.float32) for start in (1.0, 0.5)
)
_MAX_DTX_BYTES = 2  # a frame this short carries no sound (RFC 6716 section 2.1.9)


class Uplink:
    """One speaker's inbound stream. `jitter_ms` is the delay built up for reordering."""

    def __init__(self, jitter_ms: int) -> None:
        self._jitter = JitterBuffer(-(-jitter_ms * SAMPLE_RATE // (1000 * TICK_SAMPLES)))
        self._decoder: OpusDecoder | None = None
        self._empty: Pcm = np.zeros(0, dtype=np.float32)
        self._decoded = self._empty
        self._last: Pcm | None = None
        self._faded = 0
        self.malformed = 0

    @property
    def counts(self) -> JitterCounts:
        """What became of the packets so far."""
        return self._jitter.counts

    def receive(self, packet: RtpPacket) -> None:
        """Take in one packet. What is no Opus is dropped and counted in `malformed`."""
        samples = duration(packet.payload)
        if not samples:
            self.malformed += 1
            return
        frame = Frame(packet.payload, samples, packet.level)
        self._jitter.put(packet.ssrc, packet.sequence, frame)

    def discard(self) -> None:
        """Forget all sound that waits to be heard."""
        self._jitter.clear()
        self._decoded = self._empty
        self._last = None

    def pull(self) -> Pcm | None:
        """Return the next tick of sound; None if there is none. Call once a tick."""
        self._jitter.pass_tick()
        while len(self._decoded) < TICK_SAMPLES:
            item = self._jitter.take()
            if isinstance(item, Frame):
                self._append(self._decode(item))
            elif item is Hole.IDLE and not len(self._decoded):
                self._last = None
                return None
            else:
                self._append(self._fade())
        tick, self._decoded = self._decoded[:TICK_SAMPLES], self._decoded[TICK_SAMPLES:]
        return tick

    def _append(self, samples: Pcm) -> None:
        self._decoded = np.concatenate([self._decoded, samples]) if len(self._decoded) else samples

    def _decode(self, frame: Frame) -> Pcm:
        # A speaker who says that this is silence is believed: it saves the decoding.
        if frame.level == SILENCE_LEVEL or len(frame.payload) <= _MAX_DTX_BYTES:
            self._last = None
            return np.zeros(frame.samples, dtype=np.float32)
        self._decoder = self._decoder or OpusDecoder()
        try:
            samples = self._decoder.decode(frame.payload)
        except OpusError:
            self.malformed += 1
            return self._fade()
        if len(samples) >= TICK_SAMPLES:
            self._last, self._faded = samples[-TICK_SAMPLES:], 0
        return samples

    def _fade(self) -> Pcm:
        """Make up for 20 ms: the last sound again, fading out within 40 ms."""
        if self._last is None or self._faded >= len(_FADES):
            return np.zeros(TICK_SAMPLES, dtype=np.float32)
        faded: Pcm = self._last * _FADES[self._faded]
        self._faded += 1
        return faded
