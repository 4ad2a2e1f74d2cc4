"""Who is in a room, by name: the stage first. Whoever has no account, or is simulated, is a number.

An audience may be of tens of thousands. It is read from the store in pages, once for all who ask in
the same moment, and kept for many times as long as that took; so asking again and again costs this
node no more than a small share of its time.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice

from afterparty.core.model import Person, Role, Room
from afterparty.node.ground.reckoned import KEPT_TIMES
from afterparty.node.ground.tasks import Tasks
from afterparty.node.live.rooms import Rooms
from afterparty.store import guestlist as kept
from afterparty.store.errors import StoreError
from afterparty.wire.bodies import UNLISTED
from afterparty.wire.guests import GuestView
from afterparty.wire.views import person_view

ROLLS = 16
"""Rooms whose rolls are kept at a time."""

PIECE = 2_000
"""Names that are searched in one go, less than a millisecond of work."""

_ORDER = {role: place for place, role in enumerate(Role)}


@dataclass(slots=True)
class Roll:
    """Everybody in a room, as read from the store."""

    at: float
    """When, seconds since the Unix epoch."""
    names: dict[str, str] = field(default_factory=dict)
    """What each member with an account is called."""
    anonymous: int = 0
    simulated: int = 0
    good_until: float = 0.0
    """On the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Found:
    """Some of a roll, and how many more were asked for."""

    roll: Roll
    guests: list[GuestView]
    more: int


class GuestList:
    """Reads rolls, and looks up in them."""

    def __init__(self, store: kept.GuestList, rooms: Rooms, tasks: Tasks) -> None:
        self._store, self._rooms, self._tasks = store, rooms, tasks
        self._rolls: OrderedDict[str, Roll] = OrderedDict()
        self._searching = asyncio.Lock()
        self._reading: dict[str, asyncio.Future[Roll]] = {}

    async def look(self, name: str, wanted: str, limit: int) -> Found:
        """At most ``limit`` of those in a room whose handle or name has ``wanted`` in it.

        Host, co-hosts and speakers come first, then raised hands in their order, then the others
        by handle; which of these, if there are too many, is not said.

        Raises:
            Refused: ``no_such_room``.
            StoreError: the store is away.
        """
        room = self._rooms.room(name)
        roll = await self._roll(room)
        found: Collection[str] = roll.names
        if wanted := wanted.strip().casefold():
            async with self._searching:  # or many would each take a piece of the same moment
                found = await _search(roll, wanted)
        first = dict.fromkeys(member for member in _foremost(room) if member in found)
        others = (member for member in found if member not in first)
        rest = sorted(islice(others, max(0, limit - len(first))), key=str.casefold)
        shown = [*first, *rest][:limit]
        hands = {person.member for person in room.hands}
        guests = [_guest(room, member, roll.names[member], hands) for member in shown]
        return Found(roll, guests, len(found) - len(guests))

    async def _roll(self, room: Room) -> Roll:
        roll = self._rolls.get(room.room)
        if roll is not None and time.monotonic() < roll.good_until:
            return roll
        reading = self._reading.get(room.room)
        if reading is None:
            reading = self._reading[room.room] = asyncio.get_running_loop().create_future()
            self._tasks.spawn("read who is here", self._read(room, reading))
        return await asyncio.shield(reading)

    async def _read(self, room: Room, reading: asyncio.Future[Roll]) -> None:
        began, roll, cursor = time.monotonic(), Roll(time.time()), -1
        try:
            members: set[str] = set()
            while cursor:
                page, cursor = await self._store.page(room.show, room.room, max(cursor, 0))
                members.update(page)
                conns = {conn: one for one in _listed(page) for conn in page[one]}
                names = await self._store.names(room.show, list(conns))
                roll.names |= dict.fromkeys(conns.values(), "")
                roll.names |= {
                    one: name for one, name in zip(conns.values(), names, strict=True) if name
                }
            roll.simulated = await self._store.simulated(room.show, room.room)
        except BaseException as error:
            away = StoreError("store_unavailable", "The list could not be read.")
            reading.set_exception(error if isinstance(error, StoreError) else away)
            reading.exception()  # whoever asked may have gone
            raise
        else:
            roll.anonymous = len(members) - len(roll.names)
            now = time.monotonic()
            roll.good_until = now + KEPT_TIMES * (now - began)
            self._rolls[room.room] = roll
            self._rolls.move_to_end(room.room)
            if len(self._rolls) > ROLLS:
                self._rolls.popitem(last=False)
            reading.set_result(roll)
        finally:
            del self._reading[room.room]


def _listed(members: Iterable[str]) -> list[str]:
    """Those who have an account."""
    return [member for member in members if not member.startswith(UNLISTED)]


async def _search(roll: Roll, wanted: str) -> dict[str, None]:
    """Members whose handle or name has ``wanted`` in it, in the roll's order."""
    found: dict[str, None] = {}
    rows = iter(roll.names.items())
    while piece := list(islice(rows, PIECE)):
        for member, name in piece:
            if wanted in member.casefold() or (name and wanted in name.casefold()):
                found[member] = None
        await asyncio.sleep(0)
    return found


def _foremost(room: Room) -> list[str]:
    """Who has a seat, the host first, and whose hand is raised."""
    seats = sorted(room.seats.values(), key=lambda seat: _ORDER[seat.role])
    return [person.member for person in (*(seat.person for seat in seats), *room.hands)]


def _guest(room: Room, member: str, name: str, hands: set[str]) -> GuestView:
    seat = room.seats.get(member)
    person = person_view(seat.person if seat else Person(member, member, name))
    return GuestView(
        member=member,
        handle=person.handle,
        name=person.name,
        role=room.role_of(member),
        hand=member in hands,
    )
