"""Shows as they are watched, made of what the core makes of commands; no server."""

import json
from collections.abc import Iterable, Mapping, Sequence

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.decision import decide
from afterparty.core.evolution import fold
from afterparty.core.model import Person, Room, RoomKind, Show
from afterparty.core.permissions import Refusal
from afterparty.replay.author.watching import Sample, Watched
from afterparty.wire.events import numbered_event
from afterparty.wire.views import CountsView, RoomSummary, room_view, show_view

BEGAN = 1_620_000_000.0


def person(member: str) -> Person:
    return Person(member=member, handle=member, name=member.title())


class Log:
    """A room's life: what the core makes of commands, as its log."""

    def __init__(self, create: c.CreateRoom, at: float = BEGAN) -> None:
        self.events: list[e.Event] = []
        self.room: Room | None = None
        self.do(create, at)

    def do(self, command: c.Command, at: float) -> None:
        """Carry it out; what is refused changes nothing."""
        decision = decide(self.room, command, at)
        if not isinstance(decision, Refusal):
            self.events += decision
            self.room = fold(decision, self.room)


def log(host: Person, room: str, kind: RoomKind = RoomKind.SPACE, **more: object) -> Log:
    """A room that was just made."""
    return Log(c.CreateRoom(host, room, "show", kind, room.title(), **more))  # type: ignore[arg-type]


def watched(
    logs: Iterable[Log],
    *,
    counts: Mapping[str, tuple[int, int]] | None = None,
    samples: Sequence[tuple[float, Mapping[str, int]]] = (),
    simulated: bool = False,
    title: str = "An evening",
    speed: float = 1.0,
) -> Watched:
    """The show of those rooms, watched; ``counts`` are peak and tuned in, by room."""
    logs = list(logs)
    rooms = [one.room for one in logs if one.room is not None]
    show = Show("show", title, simulated=simulated, speed=speed)
    summaries = {}
    for room in rooms:
        peak, tuned_in = (counts or {}).get(room.room, (0, 0))
        summaries[room.room] = RoomSummary(
            room=room_view(room, simulated=simulated),
            counts=CountsView(participants=0, listeners=0, peak=peak, tuned_in=tuned_in),
        )
    return Watched(
        show_view(show, list(summaries)),
        "http://localhost",
        rooms[0].room,
        summaries,
        {
            found.room.room: [
                json.loads(numbered_event(*one)) for one in enumerate(found.events, 1)
            ]
            for found in logs
            if found.room is not None
        },
        [Sample(at, listeners) for at, listeners in samples],
    )
