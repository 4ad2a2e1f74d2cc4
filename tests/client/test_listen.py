"""Listening from the command line's side: what is told, and a recording that is whole."""

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
from tests.client.conftest import Evening, Join

from afterparty.client.errors import Refused
from afterparty.client.listen import listen
from afterparty.client.mouth import Mouth


async def test_a_room_is_recorded_until_it_is_over(
    evening: Evening, join: Join, tmp_path: Path
) -> None:
    told: list[str] = []
    host = await join()
    await host.command("unmute")
    await host.command("consent", captions=True)
    mouth = await host.listen()
    wav = tmp_path / "room.wav"
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen(evening.url, evening.main, wav=wav, tell=told.append))
        await host.until(lambda s: s.counts[evening.main].listeners == 1)
        n = np.arange(48_000 * 2)
        tone = (8000 * np.sin(2 * np.pi * 900 * n / 48_000)).astype(np.int16)
        await host.command("say", text="Good evening")
        await Mouth().say(mouth, tone)
        await host.command("offer_handoff", to_room=evening.after, seconds=0)
        await host.until(lambda s: bool(s.moves))
        await evening.api.command(evening.after, "end")
    found = listening.result()
    assert found.rooms == (evening.main, evening.after)
    assert (found.missing, found.peers, found.ending) == (0, 1, "room_over")
    assert "host: Good evening" in told
    assert any(line.startswith("Moved to") for line in told)
    with wave.open(str(wav)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert (file.getframerate(), file.getnchannels()) == (48_000, 1)
    loud = sound[np.abs(sound) > 500]
    assert len(loud) > 24_000
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert np.argmax(spectrum) * 48_000 / len(sound) == pytest.approx(900, abs=5)


async def test_time_is_up(evening: Evening) -> None:
    found = await listen(evening.url, evening.main, seconds=0.3, handle="fan", tell=lambda _: None)
    assert (found.ending, found.rooms) == ("time", (evening.main,))


async def test_interrupted_the_file_is_whole(evening: Evening, tmp_path: Path) -> None:
    wav = tmp_path / "room.wav"
    come = asyncio.Event()
    listening = asyncio.create_task(
        listen(evening.url, evening.main, wav=wav, tell=lambda _: come.set())
    )
    await come.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    with wave.open(str(wav)) as file:
        assert file.getframerate() == 48_000


async def test_no_such_room(evening: Evening) -> None:
    with pytest.raises(Refused) as caught:
        await listen(evening.url, "nowhere", tell=lambda _: None)
    assert caught.value.code == "no_such_room"
