"""Simulated members without a connection: who they are on this node, and where.

Whoever replays a show has them come and go by thousands, and they are counted, moved and told apart
by the store like any other member. This node holds whom it was asked to enter: should the store
lose them it enters them again, and they go with the rooms they are in, and with the node. They have
no token, no socket and no sound, and never a seat. Who may ask is the route's business.

What others do with a member that is held here comes as news; the store is always right.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from afterparty.core import commands as c
from afterparty.core.events import (
    Event,
    MemberBlocked,
    MemberRemoved,
    RoomCanceled,
    RoomEnded,
    RoomTimedOut,
)
from afterparty.core.model import OVER, Person, Room, RoomState
from afterparty.node.ground.pieces import gently
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.audience import Audience
from afterparty.node.live.measures import Measures
from afterparty.node.live.rooms import Rooms
from afterparty.node.people.blocklists import Blocklists
from afterparty.node.people.whereabouts import Whereabouts
from afterparty.store.crowd import STEP, CrowdStore, Step, Stepped, ids_of
from afterparty.store.errors import StoreError
from afterparty.wire.crowd import SIMULATED, CrowdStep

PATIENCE_SECONDS = 3600.0
"""How long they wait in a room that does not open, with nothing asked of their show. Whoever
replayed it is gone then, and nobody else would have them go."""

STEPS_LIMIT = 64
"""Steps that wait at a time: while the store is away each takes seconds to fail."""

LOOK_SECONDS = 60.0
"""How often that is looked at."""

_SOMEBODY = Person(SIMULATED, anonymous=True)
"""Whoever of them asks to come in: the rules are the same for all."""

_Place = tuple[str, str]
"""The room where one is; and the handoff from it that was closed when they came, or stayed."""


class Crowd:
    """Whom this node holds, by show."""

    def __init__(
        self,
        node: str,
        rooms: Rooms,
        store: CrowdStore,
        audience: Audience,
        whereabouts: Whereabouts,
        blocklists: Blocklists,
        measures: Measures,
        tasks: Tasks,
        *,
        most: int,
    ) -> None:
        self._node, self._rooms, self._store, self._most = node, rooms, store, most
        self._audience, self._whereabouts, self._blocklists = audience, whereabouts, blocklists
        self._measures, self._tasks = measures, tasks
        self._held: defaultdict[str, dict[str, _Place]] = defaultdict(dict)
        # Or one whose step is on its way would seem to be known to the store alone.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asked: dict[str, float] = {}
        self._steps = self._coming = 0
        """Steps that are under way, and how many more there will be by those."""

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    async def step(self, show: str, asked: CrowdStep, handoffs: Sequence[str]) -> Stepped:
        """Take a step, at one instant; those who follow do so by one of these handoffs.

        Raises:
            Refused: ``too_many_simulated``, ``rate_limited``; of a room that is entered:
                ``no_such_room``, ``room_over``, ``room_locked``, ``blocked``. Nothing was done.
            StoreError: the store is away; it is not known whether it was done.
        """
        if self._steps >= STEPS_LIMIT:
            raise Refused("rate_limited", "Too many steps wait for the store.", 1)
        self._steps += 1
        try:
            for room in asked.enter:
                await self._blocklists.ready(room)
            async with self._turns[show]:
                self._asked[show] = time.monotonic()
                for room, ids in asked.enter.items():
                    self._let_in(show, room, ids)
                more = self._need_room(show, asked)
                self._coming += more
                try:
                    done = await self._take(show, asked, handoffs)
                finally:
                    self._coming -= more
        finally:
            self._steps -= 1
        self._audience.heard(show, done.counts)
        came = {one: room for room, ids in asked.enter.items() for one in ids}
        self._recheck(show, came | done.found)
        return done

    async def _take(self, show: str, asked: CrowdStep, handoffs: Sequence[str]) -> Stepped:
        places = {room: (room, self._whereabouts.past(room)) for room in asked.enter}
        step = Step(asked.enter, asked.leave, asked.follow, handoffs, asked.stay)
        try:
            with self._measures.step("presence"):
                done = await self._store.step(show, self._node, step)
        except StoreError:
            self._audience.doubted.add(show)
            raise
        held = self._held[show]
        for room, ids in asked.enter.items():
            held.update(dict.fromkeys(ids, places[room]))
        for one in asked.leave:
            held.pop(one, None)
        held.update((one, (room, "")) for one, room in done.found.items())
        return done

    def _need_room(self, show: str, asked: CrowdStep) -> int:
        """How many more this node will hold by a step; raises ``Refused`` if they are too many."""
        held = self._held[show]
        coming = sum(one not in held for ids in asked.enter.values() for one in ids)
        more = coming - sum(one in held for one in asked.leave)
        if more > 0 and len(self) + self._coming + more > self._most:
            message = f"This server holds at most {self._most} simulated members."
            raise Refused("too_many_simulated", message)
        return max(0, more)

    def _let_in(self, show: str, name: str, ids: Iterable[str]) -> None:
        room = self._rooms.room(name)
        if room.show != show:
            raise Refused("no_such_room", "The show has no such room.")
        self._rooms.permit(name, c.Join(_SOMEBODY))
        if self._barred(room, ids):
            raise Refused("blocked", "One of them is blocked from this room.")

    def _barred(self, room: Room, ids: Iterable[str]) -> list[str]:
        barred = room.blocked | self._blocklists.of(room)
        return [one for one in ids if SIMULATED + one in barred] if barred else []

    def take(self, show: str, conns: Iterable[str], from_room: str, to_room: str) -> None:
        """These connections have been moved by a handoff; those of others are passed over."""
        held, place = self._held.get(show, {}), (to_room, "")
        moved = [one for one in ids_of(conns) if one in held and held[one][0] == from_room]
        held.update(dict.fromkeys(moved, place))
        self._recheck(show, dict.fromkeys(moved, to_room))

    async def heard(self, show: str, conns: Iterable[str]) -> None:
        """News that connections were moved, or taken from this node: look where they are."""
        if ids := ids_of(conns):
            async with self._turns[show]:
                await self._look(show, ids)

    async def check(self, show: str, room: str) -> None:
        """After a handoff from a room: look for those who seem to be in it still."""
        async with self._turns[show]:
            await self._look(show, self._in(show, room))

    async def agree(self, show: str) -> None:
        """Compare all that this node holds in a show with the store, and put right what differs."""
        if not self._rooms.knows(show) or not self._rooms.show(show).simulated:
            return
        async with self._turns[show]:
            held = self._held[show]
            await self._look(show, list(held))
            there = gently(await self._store.held(show, self._node), STEP)
            unknown = [one async for one in there if one not in held]
            await self._store.disown(show, self._node, unknown)

    async def _look(self, show: str, ids: Iterable[str]) -> None:
        """Follow them to where the store has them, enter whom it lost, let go of whom it took."""
        held = self._held[show]
        by_place: defaultdict[_Place, list[str]] = defaultdict(list)
        async for one in gently(ids, STEP):
            if one in held:
                by_place[held[one]].append(one)
        for (name, past), some in by_place.items():
            room = self._rooms.room(name)
            if room.state in OVER:
                continue
            stays = room.handoff is not None and room.handoff.handoff == past
            onward = () if stays else self._whereabouts.onward(name)
            now = self._whereabouts.past(name)
            for first in range(0, len(some), STEP):
                piece = some[first : first + STEP]
                done = await self._store.again(show, self._node, name, piece, onward)
                for one in piece:
                    there = done.found.get(one)
                    if there is None:
                        held.pop(one, None)
                    else:
                        held[one] = (there, now if there == name else "")
                self._audience.heard(show, done.counts)
                self._recheck(show, done.found)

    async def run(self) -> None:
        """Look for those who wait in vain, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.tire(time.monotonic() - PATIENCE_SECONDS)

    def tire(self, since: float) -> None:
        """Have them leave the rooms that are not open, in shows unasked ``since`` (monotonic)."""
        for show in [show for show, asked in self._asked.items() if asked <= since]:
            del self._asked[show]
            for name in {there for there, _ in self._held[show].values()}:
                if self._rooms.room(name).state is RoomState.SCHEDULED:
                    self._begin_leaving(show, name)

    def on_event(self, room: Room, event: Event) -> None:
        """Whoever is in a room that is over goes; and who is sent out of one."""
        match event:
            case RoomEnded() | RoomCanceled() | RoomTimedOut():
                self._begin_leaving(room.show, room.room)
            case MemberRemoved(member=member) | MemberBlocked(member=member):
                one = member.removeprefix(SIMULATED)
                if member.startswith(SIMULATED) and one in self._held.get(room.show, ()):
                    self._begin_leaving(room.show, room.room, [one])

    def _recheck(self, show: str, came: Mapping[str, str]) -> None:
        """These are in these rooms now; whoever may not be, by what happened meanwhile, goes."""
        by_room: defaultdict[str, list[str]] = defaultdict(list)
        for one, name in came.items():
            by_room[name].append(one)
        for name, ids in by_room.items():
            if not self._rooms.version(name):
                continue
            room = self._rooms.room(name)
            if room.state in OVER:
                self._begin_leaving(show, name)
            elif barred := self._barred(room, ids):
                self._begin_leaving(show, name, barred)

    def _begin_leaving(self, show: str, room: str, ids: Sequence[str] = ()) -> None:
        if show in self._held:
            leaving = insist("leave, simulated", lambda: self._leave(show, room, ids))
            self._tasks.spawn("leave, simulated", leaving)

    async def _leave(self, show: str, room: str, ids: Sequence[str]) -> None:
        """These leave a room, or all who are in it; whoever went over before stays there."""
        async with self._turns[show]:
            held, going = self._held[show], ids or self._in(show, room)
            for first in range(0, len(going), STEP):
                piece = going[first : first + STEP]
                await self._store.leave(show, self._node, piece, room)
                found = await self._store.located(show, self._node, piece)
                for one in piece:
                    held.pop(one, None)
                held.update((one, (there, "")) for one, there in found.items())

    def _in(self, show: str, room: str) -> list[str]:
        return [one for one, (there, _) in self._held[show].items() if there == room]
