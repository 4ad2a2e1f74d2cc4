"""The rooms this node knows: folded from their logs, changed by compare-and-append.

Every change of a room goes through :meth:`Rooms.execute`, whoever asks. Events are told to the
listeners once each, in order, whether they were decided here or on another node.

A log that has lost events which this node has seen gets them back (``recent``). If other events
have taken their place meanwhile, the log is right: the room is folded anew.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog
from pydantic import TypeAdapter

from afterparty.core import commands as c
from afterparty.core.decision import decide
from afterparty.core.events import Event
from afterparty.core.evolution import evolve
from afterparty.core.model import OVER, Room, RoomState, Show
from afterparty.core.permissions import Refusal
from afterparty.node.ground.pieces import gently
from afterparty.node.ground.refused import Refused
from afterparty.node.live.measures import Measures
from afterparty.node.live.recent import Recent
from afterparty.store.catalog import Catalog
from afterparty.store.errors import AlreadyExists, Conflict, StoreUnavailable
from afterparty.store.log import RoomLog
from afterparty.wire.events import decode_event, encode_event

ATTEMPTS = 32
"""How often a command is decided again because somebody else appended first."""

PAGE = 1000
"""Events read from the log at a time."""

ROOMS_OF_A_SHOW = 100
"""Rooms of one show, those that are over included."""

Listener = Callable[[Room, Event], None]
"""Told of each event after it happened, with the room as it is then. Must not block or raise."""

log = structlog.get_logger()
_show = TypeAdapter(Show)


class Rooms:
    """Shows and rooms, and the one way to change them."""

    def __init__(
        self, catalog: Catalog, log: RoomLog, measures: Measures, most: int, most_shows: int
    ) -> None:
        self._catalog, self._log, self._measures = catalog, log, measures
        self._most, self._most_shows = most, most_shows
        self._shows: dict[str, Show] = {}
        self._rooms: dict[str, Room] = {}
        self._of_show: dict[str, list[str]] = {}
        self._listeners: list[Listener] = []
        self._recent = Recent()
        self._making: list[c.CreateRoom] = []
        """Rooms that are being made: they count before the store has them."""
        self.on_rewritten: Callable[[Room], None] = lambda room: None
        """Told of a room whose log has taken another course than this node knew. As listeners."""

    def listen(self, listener: Listener) -> None:
        """Tell ``listener`` of every event from now on."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Fold every room there is. The listeners are told of all of it."""
        for name, body in await self._catalog.shows():
            self._shows[name] = _show.validate_json(body)
            for room in await self._catalog.rooms(name):
                await self.catch_up(name, room)

    def all(self) -> Iterable[Room]:
        """Every room, over or not."""
        return self._rooms.values()

    def shows(self) -> Iterable[Show]:
        """Every show."""
        return self._shows.values()

    def rooms_of(self, show: str) -> list[str]:
        """The rooms of a show, the oldest first."""
        found = self._of_show.get(show, ())
        return sorted(found, key=lambda name: self._rooms[name].created_at)

    def room(self, name: str) -> Room:
        """The room of that name. Raises ``Refused`` (``no_such_room``)."""
        if name not in self._rooms:
            raise Refused("no_such_room", f"There is no room {name!r}.")
        return self._rooms[name]

    def version(self, name: str) -> int:
        """How many events of a room this node has seen; 0 of one it does not know."""
        room = self._rooms.get(name)
        return room.version if room else 0

    def knows(self, show: str) -> bool:
        """Whether this node has heard of the show."""
        return show in self._shows

    def show(self, name: str) -> Show:
        """The show of that name. Raises ``Refused`` (``no_such_show``)."""
        if name not in self._shows:
            raise Refused("no_such_show", f"There is no show {name!r}.")
        return self._shows[name]

    async def create_show(self, show: Show) -> None:
        """Write a new show down. Raises ``Refused``: ``show_exists``, ``server_full``."""
        if len(self._shows) >= self._most_shows and show.show not in self._shows:
            raise Refused("server_full", "This server carries no more shows.")
        try:
            await self._catalog.create_show(show.show, _show.dump_json(show))
        except AlreadyExists:
            raise Refused("show_exists", f"There is a show {show.show!r} already.") from None
        self._shows[show.show] = show

    async def create_room(self, command: c.CreateRoom) -> Room:
        """Write a new room down.

        Raises:
            Refused: what ``decide`` says, ``no_such_show``, ``room_exists``, ``server_full``.
        """
        self.show(command.show)
        already = self.scheduled_by(command.actor.member)
        command = replace(command, scheduled_already=already)
        living = sum(room.state not in OVER for room in self._rooms.values())
        if living + len(self._making) >= self._most:
            raise Refused("server_full", "This server carries no more rooms.")
        of_show = sum(one.show == command.show for one in self._making)
        if len(self.rooms_of(command.show)) + of_show >= ROOMS_OF_A_SHOW:
            raise Refused("server_full", "This show has as many rooms as a show may have.")
        events = _or_refused(decide(self._rooms.get(command.room), command, time.time()))
        self._making.append(command)
        try:
            await self._catalog.add_room(command.show, command.room)
            await self._append(None, command.show, command.room, events)
        except (AlreadyExists, Conflict):
            raise Refused("room_exists", f"There is a room {command.room!r} already.") from None
        finally:
            self._making.remove(command)
        return self.room(command.room)

    def scheduled_by(self, member: str, besides: str = "") -> int:
        """How many rooms a host has scheduled for a time, or is scheduling, besides that one."""
        making = sum(
            one.actor.member == member and one.scheduled_for is not None for one in self._making
        )
        return making + sum(
            room.state is RoomState.SCHEDULED
            and room.scheduled_for is not None
            and room.room != besides
            and room.host.member == member
            for room in self._rooms.values()
        )

    def permit(self, name: str, command: c.Command) -> None:
        """Whether a command that leaves no event may be carried out now.

        Raises:
            Refused: what ``decide`` says.
        """
        _or_refused(decide(self.room(name), command, time.time()))

    async def execute(
        self, name: str, command: c.Command, absent: str | None = None, anywhere: bool = False
    ) -> int:
        """Decide a command and append what it leads to; the room's number of events after it.

        ``absent``: only while that member is not in the room, by any connection at any node; with
        ``anywhere``, in no room of its show.

        Raises:
            Refused: what ``decide`` says; ``store_unavailable`` when others keep being faster.
            Present: ``absent`` is there.
            StoreError: the store is away; it is not known whether the command took effect.
        """
        for _ in range(ATTEMPTS):
            room = self.room(name)
            events = _or_refused(decide(room, command, time.time()))
            if not events:
                return room.version
            try:
                return await self._append(room, room.show, name, events, absent, anywhere)
            except Conflict:
                await self.catch_up(room.show, name)
        raise Refused("store_unavailable", "Too many change this room at once; try again.")

    async def _append(
        self,
        room: Room | None,
        show: str,
        name: str,
        events: tuple[Event, ...],
        absent: str | None = None,
        anywhere: bool = False,
    ) -> int:
        after = room
        for event in events:
            after = evolve(after, event)
        stage = None
        if after is not None and (room is None or room.seats != after.seats):
            stage = list(after.seats)
        expected = room.version if room else 0
        with self._measures.step("commit"):
            encoded = [encode_event(event) for event in events]
            version = await self._log.commit(show, name, expected, encoded, stage, absent, anywhere)
        self._apply(name, enumerate(events, expected + 1))
        return version

    async def catch_up(self, show: str, name: str) -> None:
        """Fold whatever the log has that this node has not seen.

        The last event that it has seen is read again: if it is not there, the log has lost it.
        """
        while True:
            known, last = self.version(name), self._recent.last(name)
            page = await self._log.read(show, name, max(known - 1, 0), PAGE)
            found = [(number, decode_event(data)) for number, data in page]
            if known and (not found or found[0] != (known, last)):
                await self._mend(show, name)
                continue
            self._apply(name, found)
            if len(page) < PAGE:
                return

    async def _mend(self, show: str, name: str) -> None:
        """Give a log back what it has lost; if it has gone on without that, fold it anew."""
        room, version = self.room(name), await self._log.version(show, name)
        lost = self._recent.after(name, version)
        if version < room.version and len(lost) == room.version - version:
            events = [encode_event(event) for event in lost]
            with contextlib.suppress(Conflict):  # somebody else was faster: look again
                await self._log.commit(show, name, version, events, list(room.seats))
                log.warning("gave events back to the store", room=name, events=len(events))
            return
        log.error("the store lost events for good", room=name, had=room.version, has=version)
        anew, last = None, None
        while page := await self._log.read(show, name, anew.version if anew else 0, PAGE):
            for _, data in page:
                last = decode_event(data)
                anew = evolve(anew, last)
        if anew is None or last is None:
            raise StoreUnavailable(f"The log of {name!r} is gone.")
        self._rooms[name] = anew
        self._recent.forget(name)
        self._recent.add(name, anew.version, last)
        self._tell(anew, last)
        self.on_rewritten(anew)

    async def events(self, name: str, after: int, limit: int) -> list[tuple[int, Event]]:
        """A stretch of a room's log, from the store."""
        room = self.room(name)
        page = await self._log.read(room.show, name, after, limit)
        return [(number, decode_event(data)) async for number, data in gently(page)]

    def _apply(self, name: str, numbered: Iterable[tuple[int, Event]]) -> None:
        """Fold the events that come next; those that were seen meanwhile are passed over."""
        for number, event in numbered:
            if number != self.version(name) + 1:
                continue
            before = self._rooms.get(name)
            self._rooms[name] = after = evolve(before, event)
            if before is None:
                self._of_show.setdefault(after.show, []).append(name)
            self._recent.add(name, number, event)
            self._tell(after, event)

    def _tell(self, room: Room, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(room, event)
            except Exception:  # it has happened: the others hear of it all the same
                log.exception("a listener failed", room=room.room, number=room.version)

    async def learn(self, show: str) -> None:
        """Read a show, and its rooms, that another node made; give back what the store lost."""
        body = await self._catalog.show(show)
        if body is not None:
            self._shows[show] = _show.validate_json(body)
        elif show in self._shows:
            with contextlib.suppress(AlreadyExists):
                await self._catalog.create_show(show, _show.dump_json(self._shows[show]))
        kept = await self._catalog.rooms(show)
        for room in self.rooms_of(show):
            if room not in kept:
                await self._catalog.add_room(show, room)
        for room in {*kept, *self.rooms_of(show)}:
            await self.catch_up(show, room)


def _or_refused(decision: tuple[Event, ...] | Refusal) -> tuple[Event, ...]:
    if isinstance(decision, Refusal):
        raise Refused(decision.code, decision.message)
    return decision
