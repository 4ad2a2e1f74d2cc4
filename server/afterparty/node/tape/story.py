"""Who held which seat when, and what was said: what a recording takes from its room's log.

A contributing source number is a member's only as long as their seat is; later it may be another's.
Pure: events in, answers out.
"""

from bisect import bisect_right
from dataclasses import dataclass, field

from afterparty.core.events import Event, LineSaid, PostPinned
from afterparty.core.evolution import evolve
from afterparty.core.model import Room
from afterparty.wire.views import person_view


@dataclass(frozen=True, slots=True)
class Held:
    """A seat from some moment on, until somebody else goes by its number."""

    since: float
    member: str
    name: str


@dataclass(eq=False, slots=True)
class Story:
    """A room's log, as far as it was told."""

    room: Room | None = None
    lines: list[LineSaid] = field(default_factory=list)
    pins: list[PostPinned] = field(default_factory=list)
    _held: dict[int, list[Held]] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """How many events were told."""
        return self.room.version if self.room else 0

    def tell(self, event: Event) -> None:
        """Take the next event. Raises ValueError as ``evolve`` does."""
        before = self.room
        self.room = evolve(before, event)
        if isinstance(event, LineSaid):
            self.lines.append(event)
        elif isinstance(event, PostPinned):
            self.pins.append(event)
        if before is not None and before.seats is self.room.seats:
            return
        for member, seat in self.room.seats.items():
            held = self._held.setdefault(seat.csrc, [])
            if not held or held[-1].member != member:
                held.append(Held(event.at, member, person_view(seat.person).name))

    def holder(self, csrc: int, at: float) -> Held | None:
        """Who was heard under a number at a time: the last one who had it by then. None if nobody
        ever had."""
        held = self._held.get(csrc)
        if not held:
            return None
        # Clocks of nodes differ a little: the first holder has it from the beginning.
        return held[max(0, bisect_right(held, at, key=lambda one: one.since) - 1)]
