"""Ears of a run: listeners who, while a line is spoken, record what reaches them and tell by its
spectrum who was heard. Nobody else of the audience decodes anything.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from afterparty.client.ear import Recorder
from afterparty.client.rtp import RtpPacket
from afterparty.client.session import Session
from afterparty.replay.evening.notebook import Notebook
from afterparty.replay.verdict.record import Hearing
from afterparty.replay.voice.voices import who_is_heard

TAIL = 0.4
"""Seconds that sound may take from a mouth to an ear."""

EARS_A_LINE = 2


class OpenEar:
    """An ear that records only while somebody asks it to."""

    def __init__(self) -> None:
        self._recorders: list[Recorder] = []

    def hear(self, packet: RtpPacket) -> None:
        """Take one packet."""
        for recorder in self._recorders:
            recorder.hear(packet)

    def begin(self) -> Recorder:
        """Record from now on."""
        recorder = Recorder(keep=60.0)
        self._recorders.append(recorder)
        return recorder

    def finish(self, recorder: Recorder) -> None:
        """Record no more."""
        self._recorders.remove(recorder)


@dataclass(frozen=True)
class Listening:
    """Somebody with an ear, where they are now."""

    name: str
    ear: OpenEar
    session: Callable[[], Session | None]

    def is_in(self, room: str) -> bool:
        """Whether they hear that room (the server's name) now."""
        session = self.session()
        return (
            session is not None
            and session.state == "joined"
            and session.room.room == room
            and session.peer is not None
            and session.peer.state == "connected"
        )


@dataclass
class Ears:
    """All ears of a run, the audience's first."""

    book: Notebook
    pitches: Mapping[str, float]
    """Of every voice of the cast, hertz."""
    listening: list[Listening] = field(default_factory=list)

    def begin(self, beat: int, room: str, speaker: str) -> "Line | None":
        """Begin to listen to a line in ``room`` (the server's name); ``None``: no ear is there."""
        near = [ear for ear in self.listening if ear.name != speaker and ear.is_in(room)]
        if not near:
            return None
        return Line(self, beat, room, speaker, near[:EARS_A_LINE])


class Line:
    """One line while it is spoken."""

    def __init__(
        self, ears: Ears, beat: int, room: str, speaker: str, near: Iterable[Listening]
    ) -> None:
        self._ears = ears
        self._beat = beat
        self._room = ears.book.rooms.get(room, room)
        self._speaker = speaker
        self._since = ears.book.now()
        self._recording = [(ear, ear.ear.begin()) for ear in near]

    async def finish(self) -> None:
        """Wait until the last of the line has come, and write down who was heard."""
        try:
            await asyncio.sleep(TAIL)
        finally:
            for ear, recorder in self._recording:
                ear.ear.finish(recorder)
        until = self._ears.book.now()
        for ear, recorder in self._recording:
            heard = await asyncio.to_thread(who_is_heard, recorder.pcm(), self._ears.pitches)
            self._ears.book.hearings.append(
                Hearing(
                    beat=self._beat,
                    room=self._room,
                    ear=ear.name,
                    since=self._since,
                    until=until,
                    speaking=(self._speaker,),
                    heard=tuple(sorted(heard)),
                )
            )
