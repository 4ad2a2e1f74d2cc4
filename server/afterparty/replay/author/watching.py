"""A show followed by the public API while it goes on: its rooms' logs, and its counts meanwhile.

Only reads, as anybody may. ``recording`` makes an evening of what was seen.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from afterparty.client.api import Api
from afterparty.wire.views import CountsView, RoomSummary, ShowView

LOOK_SECONDS = 1.0
"""Between two looks at the counts and the logs."""

SAMPLES_LIMIT = 4000
"""Looks that are kept; of more, every other one is."""

ROOMS_LIMIT = 50
"""Rooms of a show that are followed."""

EVENTS_LIMIT = 100_000
"""Events of one room that are read."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How many were in each room at one moment."""

    at: float
    """The server's clock, seconds since the epoch."""
    listeners: Mapping[str, int]


@dataclass(slots=True)
class Watched:
    """What was seen of a show."""

    show: ShowView
    url: str
    asked: str
    """The room that was asked for."""
    rooms: dict[str, RoomSummary] = field(default_factory=dict)
    logs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    series: dict[str, str] = field(default_factory=dict)
    """Titles of the series of which rooms are episodes."""

    @property
    def over(self) -> bool:
        """Whether the room asked for is over, and no other room of the show is live."""
        states = {name: found.room.state.value for name, found in self.rooms.items()}
        return states[self.asked] not in ("scheduled", "live") and "live" not in states.values()

    @property
    def events(self) -> int:
        """How many events were read."""
        return sum(len(log) for log in self.logs.values())

    def keep(self, at: float, counts: Mapping[str, CountsView]) -> None:
        """Write a look down; more than can be kept are thinned out evenly."""
        if len(self.samples) >= SAMPLES_LIMIT:
            del self.samples[1::2]
        self.samples.append(Sample(at, {room: found.listeners for room, found in counts.items()}))


async def watch(
    api: Api, room: str, stop: asyncio.Event, told: Callable[[Watched], None] = lambda _: None
) -> Watched:
    """Follow the show of ``room`` until it is over, or ``stop`` is set; ``told`` at each look.

    Raises:
        ApiError: the server cannot be reached, or there is no such room.
    """
    show = (await api.room(room)).room.show
    seen = Watched(await api.show(show), api.base_url, room)
    while True:
        await _look(api, seen)
        told(seen)
        if seen.over or stop.is_set():
            return seen
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue


async def _look(api: Api, seen: Watched) -> None:
    seen.show = await api.show(seen.show.show)
    found = await api.counts(seen.show.show)
    seen.keep(found.at, found.rooms)
    for room in seen.show.rooms[:ROOMS_LIMIT]:
        summary = await api.room(room)
        seen.rooms[room] = summary
        if (series := summary.room.series) and series not in seen.series:
            seen.series[series] = (await api.series(series)).title
        log = seen.logs.setdefault(room, [])
        if len(log) < min(summary.room.number, EVENTS_LIMIT):
            after = int(log[-1]["number"]) if log else 0
            log += [event async for event in api.all_events(room, after)]
