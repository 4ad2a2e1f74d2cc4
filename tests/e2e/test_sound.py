"""Who is heard, by spectrum: only whoever is on stage with an open microphone, and not oneself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from tests.e2e.conftest import Counting, Evening, loudness, tone

from afterparty.client.ear import Recorder
from afterparty.client.mouth import Mouth
from afterparty.client.peer import Peer
from afterparty.client.session import Session

HOST, SPEAKER, FAN = 437.0, 719.0, 1109.0
HEARD, NOT_HEARD = 0.05, 0.001
SETTLE, WINDOW = 15, 50
"""Packets of 20 ms: what was under way when a command took effect, and what is then judged."""


@asynccontextmanager
async def _talking(session: Session, hz: float) -> AsyncIterator[None]:
    """The member's client sends a tone, whether it is let through or not."""
    assert session.peer is not None
    talking = asyncio.create_task(Mouth().say(session.peer, tone(hz, 60)))
    try:
        yield
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)


async def _ear(session: Session) -> Counting:
    ear = Counting(Recorder())
    await session.listen(lambda: Peer(ear=ear))
    return ear


async def _hear(ear: Counting) -> np.ndarray:
    """About a second of what comes from now on."""
    assert ear.recorder is not None
    await ear.more(SETTLE)
    ear.recorder.clear()
    await ear.more(WINDOW)
    return ear.recorder.pcm()


async def test_only_an_open_microphone_on_stage_is_heard(evening: Evening) -> None:
    host, speaker, fan = [await evening.join(who) for who in ("host", "speaker", "fan")]
    for session in (host, speaker):
        await session.listen()
    ear = await _ear(fan)
    await host.command("unmute")
    async with _talking(host, HOST), _talking(speaker, SPEAKER), _talking(fan, FAN):
        sound = await _hear(ear)
        assert loudness(sound, HOST) > HEARD
        assert loudness(sound, SPEAKER) < NOT_HEARD, "the stage begins muted"
        assert loudness(sound, FAN) < NOT_HEARD, "a listener is not heard"

        await speaker.command("unmute")
        sound = await _hear(ear)
        assert min(loudness(sound, HOST), loudness(sound, SPEAKER)) > HEARD

        await host.command("mute", member="speaker")
        sound = await _hear(ear)
        assert loudness(sound, SPEAKER) < NOT_HEARD, "muted by the host"
        assert loudness(sound, HOST) > HEARD

        await speaker.command("unmute")
        assert loudness(await _hear(ear), SPEAKER) > HEARD
        await host.command("demote", member="speaker")
        sound = await _hear(ear)
        assert loudness(sound, SPEAKER) < NOT_HEARD, "demoted"
        assert loudness(sound, HOST) > HEARD

        await fan.command("request")
        await host.command("accept", member="fan")
        await fan.command("unmute")
        await host.until(lambda s: not s.room.seats[-1].muted)
        other = await _ear(await evening.join(None))
        sound = await _hear(other)
        assert min(loudness(sound, HOST), loudness(sound, FAN)) > HEARD, "promoted"


async def test_a_speaker_does_not_hear_themselves(evening: Evening) -> None:
    host, speaker = await evening.join("host"), await evening.join("speaker")
    ears = [await _ear(session) for session in (host, speaker)]
    for session in (host, speaker):
        await session.command("unmute")
    async with _talking(host, HOST), _talking(speaker, SPEAKER):
        hosts, speakers = await asyncio.gather(*(_hear(ear) for ear in ears))
    assert loudness(hosts, SPEAKER) > HEARD
    assert loudness(hosts, HOST) < NOT_HEARD
    assert loudness(speakers, HOST) > HEARD
    assert loudness(speakers, SPEAKER) < NOT_HEARD


async def test_the_feed_says_who_is_heard(evening: Evening) -> None:
    host, fan = await evening.join("host"), await evening.join(None)
    await host.listen()
    ear = await _ear(fan)
    await host.command("unmute")
    async with _talking(host, HOST):
        await _hear(ear)
        await fan.until(lambda s: set(s.speaking) == {"host"})
        assert ear.recorder is not None
        assert ear.recorder.timeline[-1].csrcs == (host.room.seats[0].csrc,)
    await fan.until(lambda s: not s.speaking)


async def test_a_silent_room_sends_comfort_and_little_of_it(evening: Evening) -> None:
    fan = await evening.join("fan")
    ear = Counting()
    peer = await fan.listen(lambda: Peer(ear=ear))
    await ear.more(2)
    peer.mark()
    await ear.more(4)
    # Four packets of comfort noise stand for 1.6 s: 20 ticks apart, none between.
    reception = peer.stats().reception
    assert reception.gaps == 0
    assert reception.longest_silence_ticks == 19
