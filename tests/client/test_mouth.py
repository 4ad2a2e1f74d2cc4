"""A mouth's timing, in real time but judged by ticks and not by the machine's speed."""

import asyncio
from types import SimpleNamespace

import numpy as np
import pytest
from tests.client.far_end import RATE, strongest

from afterparty.client import mouth
from afterparty.client.mouth import Mouth, level_of
from afterparty.client.opus import OpusDecoder
from afterparty.client.rtp import Level

TONE = (8000 * np.sin(2 * np.pi * 700 * np.arange(RATE // 2) / RATE)).astype(np.int16)


class Wire:
    """Keeps what a mouth sends, and when."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.ticks: list[int] = []
        self.levels: list[Level | None] = []
        self.first = asyncio.Event()

    def send(self, opus: bytes, ticks: int = 1, level: Level | None = None) -> None:
        self.frames.append(opus)
        self.ticks.append(ticks)
        self.levels.append(level)
        self.first.set()


async def test_speech_arrives_whole_and_takes_its_time() -> None:
    wire, loop = Wire(), asyncio.get_running_loop()
    start = loop.time()
    await Mouth().say(wire, TONE)
    assert loop.time() - start >= 24 * 0.02 - 0.001
    assert len(wire.frames) == 25
    decoder = OpusDecoder()
    heard = np.concatenate([decoder.decode(frame) for frame in wire.frames])
    assert strongest(heard[4800:]) == pytest.approx(700, abs=5)
    assert wire.levels[10] == Level(15, voice=True)


async def test_the_last_frame_is_filled_up() -> None:
    wire = Wire()
    await Mouth().say(wire, TONE[:1000])
    assert len(wire.frames) == 2


class Clock:
    """A loop's time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.003

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that mouths go by."""
    clock = Clock()
    loop = SimpleNamespace(sleep=clock.sleep, get_running_loop=lambda: clock)
    monkeypatch.setattr(mouth, "asyncio", loop)
    return clock


async def test_silence_between_sayings_is_in_the_timestamps(clock: Clock) -> None:
    wire, speaker = Wire(), Mouth()
    await speaker.say(wire, TONE[:960])
    await clock.sleep(0.21)  # ten beats and a half
    await speaker.say(wire, TONE[:1920])
    assert wire.ticks == [1, 11, 1]


async def test_one_saying_follows_another_without_a_leap() -> None:
    wire, mouth = Wire(), Mouth()
    await mouth.say(wire, TONE[:1920])
    await mouth.say(wire, TONE[:1920])
    assert len(wire.frames) == 4
    assert min(wire.ticks) >= 1


async def test_a_stalled_mouth_speaks_on_later() -> None:
    wire, mouth, loop = Wire(), Mouth(), asyncio.get_running_loop()
    saying = asyncio.create_task(mouth.say(wire, TONE))
    await wire.first.wait()
    resume = loop.time() + 0.4
    while loop.time() < resume:
        pass  # the whole loop is held up, as by a busy machine
    await saying
    assert len(wire.frames) == 25
    assert sum(tick - 1 for tick in wire.ticks) >= 15


async def test_saying_can_be_called_off() -> None:
    wire, mouth = Wire(), Mouth()
    saying = asyncio.create_task(mouth.say(wire, TONE))
    await wire.first.wait()
    saying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saying
    said = len(wire.frames)
    assert said < 25
    await mouth.say(wire, TONE[:960])
    assert len(wire.frames) == said + 1


async def test_one_thing_at_a_time() -> None:
    wire, mouth = Wire(), Mouth()
    async with asyncio.TaskGroup() as group:
        group.create_task(mouth.say(wire, TONE[:9600]))
        await wire.first.wait()
        with pytest.raises(RuntimeError, match="one thing"):
            await mouth.say(wire, TONE)


@pytest.mark.parametrize("pcm", [np.zeros((2, 960), np.int16), np.zeros(960, np.float32)])
async def test_other_sound_is_refused(pcm: np.ndarray) -> None:
    with pytest.raises(ValueError, match="int16"):
        await Mouth().say(Wire(), pcm)


def test_levels() -> None:
    assert level_of(np.zeros(960, np.int16)) == Level(127, voice=False)
    assert level_of(np.full(960, -32_768, np.int16)) == Level(0, voice=True)
