"""A WHEP server on aiortc as it comes: a peer connection a listener, MediaRelay over one track.

``python -m bench.rivals.stock`` serves until it is terminated. Each listener has an encoder of its
own: so the library's examples do it, and many who build upon them.
"""

import asyncio
import fractions
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from afterparty.client.opus import RATE
from afterparty.client.rtp import TICK_SAMPLES
from afterparty.loadtest.speaker import programme
from bench.rivals.endpoint import READY, serve
from bench.rivals.rival import TONES, Rival
from bench.server import running


@contextmanager
def running_stock() -> Iterator[Rival]:
    """Start it as a process. RuntimeError if it does not start."""
    with running((sys.executable, "-m", "bench.rivals.stock"), READY) as (found, pid):
        yield Rival("stock aiortc", found[1], pid)


class Chord(MediaStreamTrack):
    """One chord without end, in frames of 20 ms, by the clock."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._sound = programme(TONES)
        self._sent = 0
        self._began = time.monotonic()

    async def recv(self) -> av.AudioFrame:
        """The next frame, when it is due."""
        await asyncio.sleep(self._began + self._sent / RATE - time.monotonic())
        start = self._sent % len(self._sound)
        frame = av.AudioFrame.from_ndarray(
            self._sound[None, start : start + TICK_SAMPLES], format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = RATE, self._sent
        frame.time_base = fractions.Fraction(1, RATE)
        self._sent += TICK_SAMPLES
        return frame


@dataclass(frozen=True, slots=True)
class Heard:
    """One listener."""

    peer: RTCPeerConnection

    @property
    def answer(self) -> str:
        """SDP."""
        return str(self.peer.localDescription.sdp)

    async def leave(self) -> None:
        """Close the connection."""
        await self.peer.close()


class Stage:
    """One track, for as many as come."""

    def __init__(self) -> None:
        self._chord, self._relay = Chord(), MediaRelay()

    async def join(self, offer: str) -> Heard:
        """A new peer connection. Raises ValueError if the offer is none."""
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # else it asks a public one
        try:
            await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            peer.addTrack(self._relay.subscribe(self._chord))
            await peer.setLocalDescription(await peer.createAnswer())
        except BaseException:
            await peer.close()
            raise
        return Heard(peer)


async def main() -> None:
    """Serve."""
    await serve(Stage().join)


if __name__ == "__main__":
    asyncio.run(main())
