"""What those without a connection do, and when: their part of the plan as one list. Pure.

Wall seconds since the evening began. What a handoff asks of them is added once it is offered, as
only then its times are known.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from afterparty.replay.plan.audience import Fan, Inclination


class Does(StrEnum):
    """Something that one of them does."""

    ENTER = "enter"
    LEAVE = "leave"
    FOLLOW = "follow"
    STAY = "stay"
    QUIT = "quit"
    """Leave, and not return."""


AT_A_HANDOFF = {
    Inclination.EARLY: Does.FOLLOW,
    Inclination.STAY: Does.STAY,
    Inclination.LEAVE: Does.QUIT,
}
"""What is done during a countdown; who follows waits to be moved."""


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One thing to be done."""

    at: float
    number: int
    """Its place among all: of two at one moment, the first comes first."""
    does: Does
    who: str
    room: str
    """Where to, or where the handoff is that is decided on; empty: wherever they are."""


class Agenda:
    """Everything to be done, the earliest first."""

    def __init__(self, fans: Iterable[Fan]) -> None:
        self._due: list[Due] = []
        self._number = 0
        for fan in fans:
            for visit, after in zip(fan.visits, (*fan.visits[1:], None), strict=True):
                self.add(visit.arrives, Does.ENTER, fan.key, visit.room)
                # Whoever goes over is in the other room with that.
                goes_over = after is not None and after.arrives == visit.departs
                if visit.departs is not None and not goes_over:
                    self.add(visit.departs, Does.LEAVE, fan.key)

    def __len__(self) -> int:
        return len(self._due)

    def add(self, at: float, does: Does, who: str, room: str = "") -> None:
        """One more."""
        self._number += 1
        heapq.heappush(self._due, Due(at, self._number, does, who, room))

    def put_back(self, due: Iterable[Due]) -> None:
        """Do these another time, before all that is due later."""
        for one in due:
            heapq.heappush(self._due, one)

    def take(self, now: float) -> Due | None:
        """The next that is due; ``None``: nothing is, yet."""
        if not self._due or self._due[0].at > now:
            return None
        return heapq.heappop(self._due)
