"""How long a sound takes from a speaker's microphone to a listener's decoder.

A quiet tone with loud bursts in it is spoken by a client's `Mouth` and found again in what a
listener of the same process decodes: one clock on both ends. The instant at the microphone is that
of the burst's first sample, so a frame's own 20 ms count; the instant at the listener is that at
which the sample could be played at the earliest, so a player's own buffer does not count.

Each talk is sent at another phase of the server's 20 ms tick, as real microphones would be.
"""

import asyncio
import time
from contextlib import AsyncExitStack

import numpy as np

from afterparty.client.mouth import TICK, Mouth
from afterparty.client.opus import RATE, OpusDecoder, OpusEncoder, Pcm
from afterparty.client.peer import Peer
from afterparty.client.rtp import TICK_SAMPLES, Level, RtpPacket
from afterparty.client.session import Session
from afterparty.media.desk.opus import OpusDecoder as NodesDecoder
from afterparty.media.desk.opus import OpusEncoder as NodesEncoder
from bench.child import beside
from bench.evening import Evening, crowd, open_evening
from bench.figures import Figure, percentiles
from bench.server import running_server

TALKS = 8
BURSTS = 4
"""In one talk."""
CROWD = 200

FIRST = round(0.8 * RATE)
EVERY = round(0.407 * RATE)  # no whole number of frames: bursts begin anywhere in one
LENGTH = round(0.1 * RATE)
QUIET, LOUD = 300, 16_000
THRESHOLD = 6_000


class Microphone:
    """Sends a mouth's frames ``phase`` seconds after its beat, and keeps when they were spoken."""

    def __init__(self, peer: Peer, phase: float) -> None:
        self._peer, self._phase = peer, phase
        self._beat: float | None = None
        self.began: list[float] = []
        """Monotonic time of the first sample of each frame."""

    def send(self, opus: bytes, ticks: int = 1, level: Level | None = None) -> None:
        """Take one frame, whose last sample was spoken just now."""
        loop = asyncio.get_running_loop()
        if self._beat is None:
            self._beat = (loop.time() + TICK / 100) // TICK * TICK
        else:
            self._beat += ticks * TICK
        spoken = self._beat + self._phase
        self.began.append(spoken - TICK)
        loop.call_at(spoken, self._peer.send, opus, ticks, level)

    def at(self, sample: int) -> float:
        """When a sample was at the microphone."""
        return self.began[sample // TICK_SAMPLES] + sample % TICK_SAMPLES / RATE


class Onsets:
    """An ear that notes when each burst begins."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self._decoder = OpusDecoder()
        self._quiet = RATE

    def hear(self, packet: RtpPacket) -> None:
        """Take one packet."""
        now = time.monotonic()
        sound = self._decoder.decode(packet.payload)
        for sample in np.flatnonzero(np.abs(sound.astype(np.int32)) > THRESHOLD):
            if self._quiet + sample > LENGTH:  # not the same burst's next swing
                self.at.append(now + sample / RATE)
            self._quiet = -int(sample)
        self._quiet += len(sound)


def talk(bursts: int) -> tuple[Pcm, list[int]]:
    """A quiet tone with bursts in it, and the samples at which they begin."""
    t = np.arange(FIRST + bursts * EVERY)
    sound = QUIET * np.sin(2 * np.pi * 220 * t / RATE)
    begins = [FIRST + n * EVERY for n in range(bursts)]
    for begin in begins:
        sound[begin : begin + LENGTH] = LOUD * np.sin(2 * np.pi * 1000 * t[:LENGTH] / RATE)
    return sound.astype(np.int16), begins


def codec_delay() -> float:
    """Seconds by which both codecs in a row (a client's, and the node's) shift a burst."""
    sound, begins = talk(2)
    first, last = OpusEncoder(), NodesEncoder()
    inner, outer = NodesDecoder(), OpusDecoder()
    heard = []
    for start in range(0, len(sound) - TICK_SAMPLES, TICK_SAMPLES):
        middle = inner.decode(first.encode(sound[start : start + TICK_SAMPLES]))
        heard.append(outer.decode(last.encode((middle * 32767).astype(np.int16))))
    loud = np.flatnonzero(np.abs(np.concatenate(heard).astype(np.int32)) > THRESHOLD)
    return float(loud[0] - begins[0]) / RATE


async def run(quick: bool) -> list[Figure]:
    """Measure with one listener, and with a crowd beside them."""
    talks, bursts, count = (1, 2, 3) if quick else (TALKS, BURSTS, CROWD)
    with running_server() as server:
        async with open_evening(server.url) as evening:
            usage = server.usage()
            alone = await _measure(evening, talks, bursts)
            tokens = await evening.tokens(count)
            async with beside(crowd, server.url, evening.first, tokens):
                among = await _measure(evening, talks, bursts)
            waited = server.usage().node_kept_waiting - usage.node_kept_waiting
    marks = {"median": 50.0, "p95": 95.0, "least": 0.0, "most": 100.0}
    return [
        *percentiles("one listener", alone, "ms", marks, f"{len(alone)} onsets"),
        *percentiles(f"last of {count + 1} listeners", among, "ms", marks, f"{len(among)} onsets"),
        Figure("of which: a frame fills", TICK * 1e3, "ms", "by definition"),
        Figure("of which: both codecs' look-ahead", codec_delay() * 1e3, "ms", "without network"),
        Figure("node kept from a core", waited * 1e3, "ms", "by other processes, all the while"),
    ]


async def _measure(evening: Evening, talks: int, bursts: int) -> list[float]:
    """Milliseconds of each onset. RuntimeError if one was not heard."""
    ear, found = Onsets(), []
    sound, begins = talk(bursts)
    async with AsyncExitStack() as stack:

        async def join(token: str) -> Session:
            return await stack.enter_async_context(
                await Session.join(evening.url, token, evening.first)
            )

        speaker = await join(await evening.token("speaker"))
        await speaker.command("unmute")
        peer = await speaker.listen()
        listener = await join((await evening.tokens(1))[0])
        await listener.listen(lambda: Peer(ear=ear))
        for number in range(talks):
            microphone = Microphone(peer, number / talks * TICK)
            ear.at.clear()
            await Mouth().say(microphone, sound)
            await asyncio.sleep(0.5)  # all is heard, and the speaker's jitter buffer runs empty
            if len(ear.at) != len(begins):
                raise RuntimeError(f"{len(ear.at)} of {len(begins)} bursts were heard")
            found += [
                (heard - microphone.at(begin)) * 1e3
                for heard, begin in zip(ear.at, begins, strict=True)
            ]
    return found
