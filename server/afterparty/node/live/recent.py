"""The latest events that this node saw, so that it can give back what the store has forgotten.

Redis may forget its last writes: a replica that lagged takes over, or the append-only file was not
on the disk yet. Whoever was told of an event remembers it, and so does each node that folded it.
Bounded over all rooms: what was lost is of the last seconds, and these events are of minutes.
"""

from collections import deque

from afterparty.core.events import Event

KEPT = 2_000
"""Events, of all rooms together."""


class Recent:
    """Events in the order in which this node folded them."""

    def __init__(self) -> None:
        self._events: deque[tuple[str, int, Event]] = deque(maxlen=KEPT)
        self._last: dict[str, Event] = {}

    def add(self, room: str, number: int, event: Event) -> None:
        """Remember an event."""
        self._events.append((room, number, event))
        self._last[room] = event

    def last(self, room: str) -> Event | None:
        """The latest event of a room, however long ago it was."""
        return self._last.get(room)

    def forget(self, room: str) -> None:
        """Remember nothing of a room."""
        kept = (one for one in self._events if one[0] != room)
        self._events = deque(kept, maxlen=KEPT)

    def after(self, room: str, number: int) -> list[Event]:
        """The events of a room from ``number + 1`` on; fewer if they are not remembered."""
        return [event for name, n, event in self._events if name == room and n > number]
