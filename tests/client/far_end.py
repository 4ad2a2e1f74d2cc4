"""The far end of a peer under test: stock aiortc, full ICE, on loopback only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction

import aioice.ice
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame, AudioResampler

RATE = 48_000


class Tone(MediaStreamTrack):
    """A sine without end, in real time."""

    kind = "audio"

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self._hertz = hertz
        self._samples = 0
        self._start = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._start + self._samples / RATE - loop.time())
        n = np.arange(self._samples, self._samples + 960)
        wave = (8000 * np.sin(2 * np.pi * self._hertz * n / RATE)).astype(np.int16)
        frame = AudioFrame.from_ndarray(wave[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._samples, Fraction(1, RATE)
        self._samples += 960
        return frame


class FarEnd:
    """An aiortc connection that answers, sends a tone if asked to, and keeps what it hears."""

    def __init__(self, tone: float | None) -> None:
        self.pc = RTCPeerConnection()
        self.track: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
        self.pc.on("track", self.track.set_result)
        self.up = asyncio.Event()
        self.pc.on(
            "connectionstatechange",
            lambda: self.up.set() if self.pc.connectionState == "connected" else None,
        )
        self._tone = tone

    async def answer(self, offer: str) -> str:
        await self.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        if self._tone is not None:
            self.pc.addTrack(Tone(self._tone))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return self.pc.localDescription.sdp

    async def hear(self, samples: int) -> np.ndarray:
        track = await self.track
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        sound: list[np.ndarray] = []
        while sum(map(len, sound)) < samples:
            frames = resampler.resample(await track.recv())
            sound += [frame.to_ndarray().reshape(-1) for frame in frames]
        return np.concatenate(sound)


@asynccontextmanager
async def far_end(
    monkeypatch: pytest.MonkeyPatch, tone: float | None = None
) -> AsyncIterator[FarEnd]:
    # aioice leaves loopback out of its candidates; here nothing else may be used.
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    end = FarEnd(tone)
    try:
        yield end
    finally:
        await end.pc.close()


def strongest(pcm: np.ndarray) -> float:
    """The frequency with the most power, in hertz."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * RATE / len(pcm))
