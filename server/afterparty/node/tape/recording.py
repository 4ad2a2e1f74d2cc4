"""One recording as it stands: what of it is played, and as what. What is slow is said to be, and is
for a thread.
"""

import asyncio
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from afterparty.core.model import Room, Show
from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.media.tape.ogg import SETTLE_TICKS
from afterparty.media.tape.ogg import chapters as chapter_comments
from afterparty.media.tape.playback import play
from afterparty.media.tape.reel import Reel
from afterparty.node.tape.marks import Mark, Sight, chapters, levels, marks
from afterparty.node.tape.shelf import Kept
from afterparty.node.tape.story import Story
from afterparty.store.recordings import About

SIMULATION = "Simulation: voices and audience are invented."


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording; ticks of the wall clock from ``first`` until ``end`` are played."""

    room: Room
    show: Show
    about: About
    kept: Kept
    end: int
    ready: bool
    """Nothing will be added."""

    @property
    def reel(self) -> Reel:
        """Its parts in order."""
        return self.kept.reel

    @property
    def story(self) -> Story:
        """Its room's log."""
        return self.kept.story

    @property
    def floor(self) -> int:
        """The tick before which nothing is given away."""
        return self.reel.first + self.about.cut

    @property
    def first(self) -> int:
        """The first tick that is played: where something is cut off, a decoder's time later."""
        return self.floor + (SETTLE_TICKS if self.about.cut else 0)

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return (self.end - self.first) / TICKS_PER_SECOND

    def offset(self, at: float) -> float:
        """Seconds into it of a time since the epoch."""
        return round(at - self.first / TICKS_PER_SECOND, 3)

    def marks(self, first: int, end: int) -> list[Mark]:
        """Who speaks when in some of its ticks. Slow."""
        return marks(self.reel.between(first, end), first, end, self.story.holder)

    async def sight(self) -> Sight:
        """How loud it is when, and who speaks."""

        async def look() -> Sight:
            return await asyncio.to_thread(self._look)

        return await self.kept.sight.get(self.state, look, final=self.ready)

    @property
    def state(self) -> tuple[int, ...]:
        """What is to be made anew at once if it changes; while it is written, what is added may
        wait."""
        added = (self.reel.size, self.story.number) if self.ready else ()
        return (self.first, *added)

    def _look(self) -> Sight:
        pieces = self.reel.between(self.first, self.end)
        return Sight(levels(pieces, self.first, self.end), self.marks(self.first, self.end))

    def pages(
        self, title: str, first: int, end: int, spoken: list[Mark] | None = None
    ) -> Iterator[bytes]:
        """Some of its ticks as a stream of Ogg Opus; ``spoken``: marks in them, if they are known.
        Slow."""
        began = time.gmtime(first // TICKS_PER_SECOND)
        comments = [("TITLE", title), ("ARTIST", self.room.host.name or self.room.host.handle)]
        comments += [("ALBUM", self.show.title)]
        comments += [("DATE", time.strftime("%Y-%m-%dT%H:%M:%SZ", began))]
        if self.show.simulated:
            comments += [("COMMENT", SIMULATION)]
        spoken = self.marks(first, end) if spoken is None else spoken
        comments += chapter_comments(chapters(spoken))
        serial = zlib.crc32(f"{self.room.room} {first}".encode())
        yield from play(self.reel, first, end, self.floor, comments, serial)
