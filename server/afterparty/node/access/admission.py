"""How many media handshakes a node begins: no more than it can carry beside what it plays already.

Whoever listens already comes first: as the node's load rises, fewer are let begin. Whoever is
turned away is told when to come back, spread out so that a rush does not return all at once.
"""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from afterparty.node.ground.refused import Refused

MEASURE_SECONDS = 0.1
"""How often the load is measured."""

LAG_LIMIT = 0.05
"""Seconds by which the event loop may wake late until the node counts as fully loaded."""

EASY = 0.6
"""Load below which the full rate holds."""

LEAST = 0.02
"""Share of the full rate that is let through however loaded the node is: it must not starve."""

HANDSHAKE_SECONDS = 5.0
"""How long a handshake counts as under way; whoever never comes keeps a place no longer."""

LONGEST_WAIT = 30
"""Most seconds that somebody turned away is told to wait."""

CALM = 0.7
"""Share of an older, higher load that is felt still at the next measurement."""


class Admission:
    """Lets ``rate`` handshakes begin a second, fewer under load, and ``most`` be under way.

    ``clock``: monotonic seconds. ``chance(n)``: a whole number from 0 to ``n`` - 1.
    """

    def __init__(
        self,
        rate: float,
        most: int,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._rate, self._most = rate, most
        self._clock, self._chance = clock, chance
        self._left, self._at = rate, clock()
        self._begun: OrderedDict[str, float] = OrderedDict()
        self._turned_away = 0.0
        self.load = 0.0
        """0 at rest, 1 when there is no time left; more is behind."""
        self.refusals = 0
        """How often somebody was turned away."""

    def __len__(self) -> int:
        """How many handshakes are under way."""
        self._forget(self._clock())
        return len(self._begun)

    @property
    def pace(self) -> float:
        """Handshakes a second that are let begin now."""
        return self._rate * min(1.0, max(LEAST, (1.0 - self.load) / (1.0 - EASY)))

    def begin(self, session: str) -> None:
        """A media session is to be begun. Raises ``Refused`` (``busy``)."""
        now, pace = self._clock(), self.pace
        passed, self._at = now - self._at, now
        self._left = min(self._rate, self._left + passed * pace)
        self._turned_away = max(0.0, self._turned_away - passed * pace)
        self._forget(now)
        if self._left < 1 or len(self._begun) >= self._most:
            self.refusals += 1
            self._turned_away += 1
            # Those before it are served first, as it were; each comes back at a time of its own.
            ahead = min(LONGEST_WAIT - 1, int(self._turned_away / pace))
            message = "Too many are joining at this moment; try again shortly."
            raise Refused("busy", message, 1 + self._chance(ahead + 1))
        self._left -= 1
        self._begun[session] = now

    def end(self, session: str) -> None:
        """The session is connected, or gone. Idempotent."""
        self._begun.pop(session, None)

    def _forget(self, now: float) -> None:
        while self._begun:
            session, begun = next(iter(self._begun.items()))
            if now - begun < HANDSHAKE_SECONDS:
                return
            del self._begun[session]

    def feel(self, load: float) -> None:
        """Take a new measurement: a rise counts at once, a fall little by little."""
        self.load = max(load, CALM * self.load + (1 - CALM) * load)

    async def measure(self, busy: Callable[[], float], lagged: Callable[[float], object]) -> None:
        """Measure the load, as the event loop's lag and as ``busy()`` says, until cancelled.

        ``lagged`` is told each lag, in seconds.
        """
        while True:
            due = self._clock() + MEASURE_SECONDS
            await asyncio.sleep(MEASURE_SECONDS)
            lag = max(0.0, self._clock() - due)
            lagged(lag)
            self.feel(max(lag / LAG_LIMIT, busy()))
