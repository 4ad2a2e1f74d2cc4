"""A room's mixer: voices in, feeds out, once a tick.

All who are heard are mixed and encoded once, for everybody; each of them gets a feed of their own
with the mix less their own voice. A silent room costs no encoding. Knows no sessions and no RTP.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from afterparty.media.datagrams.rtp import MAX_CSRCS
from afterparty.media.desk.clock import TICK_SAMPLES
from afterparty.media.desk.feed import Feed, FeedPacket, Outlet
from afterparty.media.desk.pcm import SILENCE_LEVEL, Pcm, level_of

LOUD = 55
"""A tick this loud (-dBov, or less) is speech; anything quieter is a quiet room."""
HANG_OVER_TICKS = 25
"""A voice is still heard so long after its last loud tick, so that it does not flutter."""
SPEAKING_TICKS = 10
"""Changes of who is heard are told at most once in so many ticks: five times a second."""


class Voice(Protocol):
    """Anything that sounds in a room: a local uplink, or one that comes from another node."""

    def pull(self) -> Pcm | None:
        """Return the next tick of sound; None if there is none. Called once a tick."""


@dataclass(slots=True)
class _Seat:
    """A voice in this room."""

    csrc: int
    voice: Voice
    own: Outlet = field(default_factory=Outlet)
    """The mix less this voice."""
    heard: int = 0
    """Ticks that it still contributes, 0 if it is not heard."""
    level: int = SILENCE_LEVEL
    pcm: Pcm | None = None


@dataclass(slots=True)
class Mixed:
    """What one tick of a room gave."""

    packets: list[tuple[Feed, FeedPacket]] = field(default_factory=list)
    moved: list[tuple[str, Feed]] = field(default_factory=list)
    """Voices whose listener is to follow another feed before the packets are sent."""
    speaking: dict[int, int] | None = None
    """CSRC to level of all who are heard, if that set has changed."""


class Mixer:
    """Mixes the voices of one room."""

    def __init__(self, feed: Feed | None = None) -> None:
        """`feed`: the one of all who are not heard themselves, if there is one already."""
        self._common = Outlet(feed)
        self._seats: dict[str, _Seat] = {}
        self._told: frozenset[int] = frozenset()
        self._told_at = 0
        self._encodes_before = 0

    @property
    def feed(self) -> Feed:
        """The feed of all who are not heard themselves."""
        return self._common.feed

    @property
    def encodes(self) -> int:
        """Packets encoded so far."""
        own = sum(seat.own.encodes for seat in self._seats.values())
        return self._common.encodes + own + self._encodes_before

    def seat(self, voice_id: str, csrc: int, voice: Voice) -> Feed:
        """Let a voice be heard, under this contributing source number. Replaces its former one.
        Returns its own feed: the mix less itself."""
        self.unseat(voice_id)
        seat = self._seats[voice_id] = _Seat(csrc, voice)
        return seat.own.feed

    def unseat(self, voice_id: str) -> None:
        """Silence a voice at once. Its listener must be sent back to `feed` by the caller."""
        seat = self._seats.pop(voice_id, None)
        if seat is not None:
            self._encodes_before += seat.own.encodes

    def tick(self, tick: int) -> Mixed:
        """Pull every voice once and press the packets of this tick."""
        mixed = Mixed()
        heard = self._listen(mixed)
        total: Pcm = np.zeros(TICK_SAMPLES, dtype=np.float32)
        for _, seat in heard:
            if seat.pcm is not None:
                total += seat.pcm
        self._press(mixed, tick, self._common, total if heard else None, heard)
        for voice_id, seat in heard:
            others = [(i, s) for i, s in heard if i != voice_id]
            rest = total if seat.pcm is None else total - seat.pcm
            self._press(mixed, tick, seat.own, rest if others else None, others)
        self._tell(mixed, tick, heard)
        return mixed

    def _listen(self, mixed: Mixed) -> list[tuple[str, _Seat]]:
        """Pull all voices; return those who are heard, the loudest first, at most 15."""
        for seat in self._seats.values():
            seat.pcm = seat.voice.pull()
            seat.level = SILENCE_LEVEL if seat.pcm is None else level_of(seat.pcm)
        order = sorted(self._seats.items(), key=lambda item: (item[1].heard == 0, item[1].level))
        heard: list[tuple[str, _Seat]] = []
        for voice_id, seat in order:
            before = seat.heard
            seat.heard = HANG_OVER_TICKS if seat.level <= LOUD else max(0, before - 1)
            if len(heard) == MAX_CSRCS:
                seat.heard = 0
            if seat.heard:
                heard.append((voice_id, seat))
                if not before:
                    mixed.moved.append((voice_id, seat.own.feed))
            elif before:
                mixed.moved.append((voice_id, self.feed))
        heard.sort(key=lambda item: item[1].level)
        return heard

    @staticmethod
    def _press(
        mixed: Mixed, tick: int, outlet: Outlet, mix: Pcm | None, of: list[tuple[str, _Seat]]
    ) -> None:
        packet = outlet.press(tick, mix, [s.csrc for _, s in of], [s.level for _, s in of])
        if packet is not None:
            mixed.packets.append((outlet.feed, packet))

    def _tell(self, mixed: Mixed, tick: int, heard: list[tuple[str, _Seat]]) -> None:
        now = frozenset(seat.csrc for _, seat in heard)
        if now != self._told and tick - self._told_at >= SPEAKING_TICKS:
            self._told, self._told_at = now, tick
            mixed.speaking = {seat.csrc: seat.level for _, seat in heard}
