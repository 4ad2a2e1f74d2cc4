"""Opus (RFC 6716) by libopus through PyAV: mono, 48 kHz, one packet a tick.

The encoder is pinned to one mode and bandwidth, so the first byte (TOC) of every packet is the
same and frames may share an RTP packet (RFC 6716 section 3.2.5).
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av import AudioFrame, CodecContext
from av.error import FFmpegError
from av.packet import Packet
from numpy.typing import NDArray

from afterparty.media.desk.clock import SAMPLE_RATE, TICK_SAMPLES

TOC = 0xF8
"""CELT only, fullband, 20 ms, mono, one frame (RFC 6716 section 3.1): of all that we send."""

COMFORT = bytes([TOC])
"""A frame of no bytes: discontinuous transmission. Decoders fill in comfort noise until more."""

BIT_RATE = 40_000
MAX_SAMPLES = 5760
"""Longest packet that Opus allows: 120 ms."""

_TIME_BASE = Fraction(1, SAMPLE_RATE)
# Samples a frame, by configuration number (RFC 6716 table 2).
_FRAME_SAMPLES = (
    (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4
)  # fmt: skip


class OpusError(Exception):
    """These bytes are not an Opus packet."""


def duration(payload: bytes) -> int:
    """Samples (at 48 kHz) in an Opus packet; 0 if it is malformed (RFC 6716 section 3.4)."""
    if not payload:
        return 0
    code = payload[0] & 3
    if code == 3:
        if len(payload) < 2:
            return 0
        frames = payload[1] & 0x3F
    else:
        frames = (1, 2, 2)[code]
    samples = frames * _FRAME_SAMPLES[payload[0] >> 3]
    return samples if samples <= MAX_SAMPLES else 0


class OpusEncoder:
    """Encodes a stream of ticks."""

    def __init__(self) -> None:
        codec = CodecContext.create("libopus", "w")
        codec.bit_rate = BIT_RATE
        codec.format = "s16"
        codec.layout = "mono"
        codec.sample_rate = SAMPLE_RATE
        codec.time_base = _TIME_BASE
        codec.options = {
            "application": "lowdelay",  # CELT only
            "compression_level": "6",  # from 7 on libopus changes the bandwidth as it listens
            "frame_duration": "20",
            "vbr": "off",  # lengths tell an eavesdropper nothing (RFC 6562 section 4)
        }
        self._codec = codec
        self._pts = 0

    def encode(self, samples: NDArray[np.int16]) -> bytes:
        """Encode 960 samples."""
        frame = AudioFrame.from_ndarray(samples[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = _TIME_BASE
        frame.pts = self._pts
        self._pts += TICK_SAMPLES
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


class OpusDecoder:
    """Decodes one speaker's stream; stereo is mixed down."""

    def __init__(self) -> None:
        codec = CodecContext.create("libopus", "r")
        codec.format = "s16"
        codec.layout = "mono"
        codec.sample_rate = SAMPLE_RATE
        self._codec = codec

    def decode(self, payload: bytes) -> NDArray[np.float32]:
        """Decode one packet to mono samples, as many as `duration` says. Raises OpusError."""
        try:
            pieces = list(self._pieces(payload))
        except FFmpegError as error:
            raise OpusError from error
        if not pieces:
            raise OpusError
        samples = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        return samples.astype(np.float32) / 32768.0

    def _pieces(self, payload: bytes) -> Iterator[NDArray[np.int16]]:
        for frame in self._codec.decode(Packet(payload)):
            yield frame.to_ndarray()[0]
