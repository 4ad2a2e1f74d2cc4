"""The one who speaks while a swarm listens: a process of its own, so that nothing makes it stutter.

A member like any other: comes in, opens the room, unmutes, and keeps up a chord.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

import numpy as np

from afterparty.client.errors import ClientError
from afterparty.client.mouth import TICK, Mouth
from afterparty.client.opus import RATE, Pcm
from afterparty.client.peer import Peer, PeerError
from afterparty.client.rtp import Level
from afterparty.client.session import Session

SECONDS = 10
"""Length of the programme, a whole number: tones of whole Hz join on without a step."""

PEAK = 0.5
"""Of full scale, all tones together."""

LATE = 0.04
"""Seconds between two frames, besides their 20 ms, from which a server may have to fill a hole."""

PRIORITY = -10
"""Where the system lets us: the speaker is part of the yardstick, not of what is measured."""

MOST_TOLD = 1000
"""Stutters that the parent is told of: nobody may be reading the pipe."""

READY_SECONDS = 60.0
STOP_SECONDS = 5.0


class SpeakerError(Exception):
    """Nobody could be made to speak; the message is a sentence."""


def programme(tones: tuple[float, ...]) -> Pcm:
    """Ten seconds of a chord, shape ``(samples,)``, to be said over and over."""
    n = np.arange(SECONDS * RATE)
    wave = sum((np.sin(2 * np.pi * hertz * n / RATE) for hertz in tones), np.zeros(len(n)))
    return np.asarray(wave * (PEAK * 32_767 / max(1, len(tones))), np.int16)


class Speaker:
    """Somebody who speaks, seen from outside."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._stutters = 0

    def stutters(self) -> int:
        """How often they came late so far: what listeners then heard is not the server's fault."""
        with contextlib.suppress(EOFError, OSError):
            while self._pipe.poll():
                self._stutters = int(self._pipe.recv())
        return self._stutters


@asynccontextmanager
async def speaking(
    url: str, token: str, room: str, tones: tuple[float, ...]
) -> AsyncIterator[Speaker]:
    """Have somebody open ``room`` and speak there; yields once they have begun.

    Raises:
        SpeakerError: they could not.
    """
    processes = get_context("spawn")
    ours, theirs = processes.Pipe()
    process = processes.Process(target=_main, args=(theirs, url, token, room, tones))
    await asyncio.to_thread(process.start)
    theirs.close()
    try:
        trouble = await _first_word(ours)
        if trouble:
            raise SpeakerError(f"The speaker could not begin to speak: {trouble}")
        yield Speaker(ours)
    finally:
        ours.close()
        await asyncio.to_thread(process.join, STOP_SECONDS)
        if process.is_alive():
            process.kill()
            await asyncio.to_thread(process.join, STOP_SECONDS)


async def _first_word(pipe: Connection) -> str:
    """What the process says first: nothing, or what is wrong."""
    loop = asyncio.get_running_loop()
    said = asyncio.Event()
    loop.add_reader(pipe.fileno(), said.set)
    try:
        async with asyncio.timeout(READY_SECONDS):
            await said.wait()
        return str(pipe.recv())
    except TimeoutError:
        return "it took too long"
    except EOFError:
        return "its process ended"
    finally:
        loop.remove_reader(pipe.fileno())


def _main(pipe: Connection, url: str, token: str, room: str, tones: tuple[float, ...]) -> None:
    """In the process: speak until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_speak(pipe, url, token, room, programme(tones)))
    except (ClientError, PeerError) as error:
        with contextlib.suppress(OSError):
            pipe.send(f"{error.message} [{error.code}]")


async def _speak(pipe: Connection, url: str, token: str, room: str, sound: Pcm) -> None:
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(pipe.fileno(), closed.set)  # the parent never writes: readable means closed
    try:
        async with await Session.join(url, token, room) as session:
            if session.room.state == "scheduled":
                await session.command("open")
            await session.listen()
            await session.command("unmute")
            with contextlib.suppress(OSError, AttributeError):
                os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
            voice = asyncio.create_task(_keep_on(session, sound, pipe))
            pipe.send("")
            waiting = asyncio.create_task(closed.wait())
            await asyncio.wait({voice, waiting}, return_when=asyncio.FIRST_COMPLETED)
            for task in (voice, waiting):
                task.cancel()
            await asyncio.gather(voice, waiting, return_exceptions=True)
    finally:
        loop.remove_reader(pipe.fileno())


async def _keep_on(session: Session, sound: Pcm, pipe: Connection) -> None:
    mouth = Mouth()
    watched = _Watched(pipe)
    while session.state != "over":
        if session.peer is None:  # it broke, and is being made anew
            await asyncio.sleep(0.1)
        else:
            watched.peer = session.peer
            await mouth.say(watched, sound)


class _Watched:
    """A peer whose frames are seen on their way: it tells the parent of those that came late."""

    def __init__(self, pipe: Connection) -> None:
        self.peer: Peer | None = None
        self._pipe = pipe
        self._sent_at: float | None = None
        self._stutters = 0

    def send(self, opus: bytes, ticks: int = 1, level: Level | None = None) -> None:
        now = time.monotonic()
        if self._sent_at is not None and now - self._sent_at > TICK + LATE:
            self._stutters += 1
            if self._stutters <= MOST_TOLD:
                self._pipe.send(self._stutters)
        self._sent_at = now
        if self.peer is not None:
            self.peer.send(opus, ticks, level)
