"""An ear records while it is asked to, and by the spectrum it is told who was heard."""

import numpy as np

from afterparty.client.opus import OpusEncoder
from afterparty.client.rtp import TICK_SAMPLES, RtpPacket
from afterparty.replay.evening.ears import OpenEar
from afterparty.replay.voice.pitch import RATE
from afterparty.replay.voice.voices import who_is_heard

CAST = {"anna": 700.0, "ben": 1900.0}


class Feed:
    """Packets of tones, one after another."""

    def __init__(self, ear: OpenEar) -> None:
        self._ear = ear
        self._encoder = OpusEncoder()
        self._tick = 0

    def play(self, hertz: float, ticks: int) -> None:
        for _ in range(ticks):
            n = np.arange(self._tick * TICK_SAMPLES, (self._tick + 1) * TICK_SAMPLES)
            tone = (8000 * np.sin(2 * np.pi * hertz * n / RATE)).astype(np.int16)
            payload = self._encoder.encode(tone)
            stamp = self._tick * TICK_SAMPLES
            self._ear.hear(RtpPacket(False, 96, self._tick, stamp, 1, (), {}, payload))
            self._tick += 1


def test_only_what_is_said_meanwhile_is_heard() -> None:
    ear = OpenEar()
    feed = Feed(ear)
    feed.play(CAST["anna"], 50)
    recorder = ear.begin()
    feed.play(CAST["ben"], 50)
    ear.finish(recorder)
    feed.play(CAST["anna"], 50)
    assert who_is_heard(recorder.pcm(), CAST) == {"ben"}
    assert len(recorder.pcm()) == 50 * TICK_SAMPLES


def test_two_lines_may_overlap() -> None:
    ear = OpenEar()
    feed = Feed(ear)
    first = ear.begin()
    feed.play(CAST["anna"], 50)
    second = ear.begin()
    feed.play(CAST["ben"], 50)
    ear.finish(first)
    ear.finish(second)
    assert who_is_heard(first.pcm(), CAST) == {"anna", "ben"}
    assert who_is_heard(second.pcm(), CAST) == {"ben"}
