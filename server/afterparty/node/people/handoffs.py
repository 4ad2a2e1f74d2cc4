"""Carries handoffs out: opens the ledger, moves the audience, closes the ledger.

The room's log says which handoff there is; the ledger in the store follows it. Any node may move
anybody; the others hear of it on the bus.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from afterparty.core import commands as c
from afterparty.core.deadlines import Deadline, Due
from afterparty.core.events import Event, HandoffBegun, HandoffCanceled, HandoffOffered
from afterparty.core.model import (
    OVER,
    SYSTEM,
    Handoff,
    HandoffPhase,
    Room,
    RoomState,
    Tally,
)
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.audience import Audience
from afterparty.node.live.connection import Connection
from afterparty.node.live.measures import Measures
from afterparty.node.live.rooms import Rooms
from afterparty.node.people.blocklists import Blocklists
from afterparty.node.people.crowd import Crowd
from afterparty.node.people.whereabouts import Whereabouts
from afterparty.store.errors import AlreadyExists, StoreError
from afterparty.store.ops import Ledger, Move, Outcome, Swept
from afterparty.store.presence import Presence

_UNDER_WAY = (HandoffPhase.OFFERED, HandoffPhase.MOVING)


class Handoffs:
    """The handoffs of the rooms that this node knows."""

    def __init__(
        self,
        node: str,
        rooms: Rooms,
        presence: Presence,
        audience: Audience,
        whereabouts: Whereabouts,
        blocklists: Blocklists,
        crowd: Crowd,
        measures: Measures,
        tasks: Tasks,
    ) -> None:
        self._measures, self._blocklists, self._crowd = measures, blocklists, crowd
        self._node, self._rooms, self._presence = node, rooms, presence
        self._audience, self._whereabouts, self._tasks = audience, whereabouts, tasks

    def on_event(self, room: Room, event: Event) -> None:
        """Begin what an event of a handoff calls for."""
        match event:
            case HandoffOffered():
                self._begin("open handoff", room, self._open)
            case HandoffBegun():
                self._begin("move sound", room, self._lead)
                self._begin("move audience", room, self._move_all)
            case HandoffCanceled():
                self._begin("cancel handoff", room, self._call_off)

    def recover(self, room: Room) -> None:
        """Take up a handoff that was under way when this node began."""
        if room.handoff and room.handoff.phase is HandoffPhase.MOVING:
            self._begin("move audience", room, self._move_all)

    def _begin(self, name: str, room: Room, work: Callable[[Room], Awaitable[None]]) -> None:
        self._tasks.spawn(name, insist(name, lambda: work(room)))

    async def act(self, name: str, deadline: Deadline) -> None:
        """Do what falls due in a room."""
        room = self._rooms.room(name)
        match deadline.due:
            case Due.BEGIN_HANDOFF:
                live = room.handoff is not None and self._is_live(room.handoff.to_room)
                begin = c.BeginHandoff(SYSTEM, deadline.subject, live)
                await self._rooms.execute(name, begin)
            case Due.CLOSE_HANDOFF:
                await self._move_all(room)
                await self._close(room, "lost")
            case Due.EXPIRE_INVITATION:
                await self._rooms.execute(name, c.ExpireInvitation(SYSTEM, deadline.subject))
            case Due.TELL_SOON:
                await self._rooms.execute(name, c.TellSoon(SYSTEM))
            case Due.TIME_OUT:
                await self._rooms.execute(name, c.TimeOut(SYSTEM))

    async def follow(self, connection: Connection) -> None:
        """Move one member now. Raises ``Refused`` (``no_such_handoff``)."""
        room, handoff = await self._offered(connection)
        await self._blocklists.ready(handoff.to_room)
        after = self._rooms.room(handoff.to_room)
        if after.state is not RoomState.LIVE:
            raise Refused("handoff_target_not_live", "The other room is not live.")
        if self._whereabouts.is_barred(after, connection.member):
            raise Refused("blocked", "You are blocked from that room.")
        move = Move(connection.member, room.room, handoff.to_room, handoff.handoff)
        if not await self._audience.do(room.show, move):
            raise Refused("no_such_handoff", "You have no open offer of another room.")
        self._whereabouts.shift(connection.member, room.room, handoff.to_room)

    async def stay(self, connection: Connection) -> None:
        """One member declines. Raises ``Refused`` (``no_such_handoff``)."""
        room, handoff = await self._offered(connection)
        answer = await self._presence.decline(room.show, handoff.handoff, connection.member)
        if answer is not Outcome.DECLINED:
            raise Refused("no_such_handoff", "You have no open offer of another room.")

    async def to_follow(self, show: str) -> list[str]:
        """The handoffs of a show that may be followed now; each that is under way can be answered.

        Whoever asks may have had the answer to an offer from another node a moment ago.

        Raises:
            StoreError: the store is away.
        """
        found = []
        for name in self._rooms.rooms_of(show):
            if self._rooms.room(name).state not in OVER:
                await self._rooms.catch_up(show, name)
            room = self._rooms.room(name)
            if room.handoff is not None and room.handoff.phase in _UNDER_WAY:
                await self._open(room)
                if self._is_live(room.handoff.to_room):
                    await self._blocklists.ready(room.handoff.to_room)
                    found.append(room.handoff.handoff)
        return found

    async def _offered(self, connection: Connection) -> tuple[Room, Handoff]:
        room = self._rooms.room(connection.room)
        if room.handoff is None or room.handoff.phase not in _UNDER_WAY:
            raise Refused("no_such_handoff", "No other room is offered now.")
        await self._open(room)
        return room, room.handoff

    async def _open(self, room: Room) -> None:
        """Have the ledger of the room's handoff, once there is no older one in its way."""
        handoff = room.handoff
        if handoff is None:
            return
        ident, presence = handoff.handoff, self._presence
        while self._is_newest(room):
            try:
                await presence.handoff_open(room.show, ident, room.room, handoff.to_room)
                return
            except AlreadyExists:
                other = await presence.handoff_from(room.show, room.room)
                await self._rooms.catch_up(room.show, room.room)  # is it newer than ours?
                if other is not None and other != ident and self._is_newest(room):
                    await presence.handoff_close(room.show, other, "declined")

    def _is_newest(self, room: Room) -> bool:
        """Whether there has been no other handoff from the room since; one is open at a time."""
        newest = self._rooms.room(room.room).handoff
        return (
            newest is not None
            and room.handoff is not None
            and newest.handoff == room.handoff.handoff
        )

    def _is_live(self, name: str) -> bool:
        return self._rooms.room(name).state is RoomState.LIVE

    async def _lead(self, room: Room) -> None:
        """Let the audience hear the other room at once; presence takes longer."""
        if room.handoff is not None:
            staying = await self._presence.handoff_declined(room.show, room.handoff.handoff)
            await self._whereabouts.lead(room.room, room.handoff.to_room, staying)

    async def _move_all(self, room: Room) -> None:
        """Move all who are offered, and close the ledger when there is nobody left.

        If the answer to a step is lost, its members are moved and their connections here do not
        know it: so in the end all are looked at.
        """
        handoff = room.handoff
        if handoff is None:
            return
        await self._open(room)
        await self._blocklists.ready(handoff.to_room)
        while self._is_live(handoff.to_room):
            await self._sweep(room, handoff)
            if await self._close(room, None):
                break
        else:
            await self._close(room, "declined")  # it ended meanwhile: whoever is here yet stays
        await self._whereabouts.check(room.show, room.room, handoff.to_room)
        await self._crowd.check(room.show, room.room)

    async def _sweep(self, room: Room, handoff: Handoff) -> None:
        """Move step after step; connections follow one step while the store takes the next."""
        conns: list[str] = []
        moved = 1
        while moved and self._is_live(handoff.to_room):
            swept, _ = await asyncio.gather(
                self._sweep_once(room, handoff),
                self._whereabouts.take(conns, room.room, handoff.to_room),
            )
            self._audience.heard(room.show, swept.counts)
            self._crowd.take(room.show, swept.conns, room.room, handoff.to_room)
            moved, conns = swept.moved, swept.conns
        await self._whereabouts.take(conns, room.room, handoff.to_room)

    async def _sweep_once(self, room: Room, handoff: Handoff) -> Swept:
        with self._measures.step("sweep"):
            return await self._presence.handoff_sweep(room.show, handoff.handoff, self._node)

    async def _close(self, room: Room, leftover: Literal["lost", "declined"] | None) -> bool:
        """Close the ledger into the log; False if somebody is offered still, and may be."""
        if room.handoff is None:
            return True
        ident = room.handoff.handoff
        ledger = await self._presence.handoff_close(room.show, ident, leftover)
        if ledger.open:
            return False
        try:
            await self._rooms.execute(room.room, c.CloseHandoff(SYSTEM, ident, tally_of(ledger)))
        except Refused as refusal:
            if refusal.code != "no_such_handoff":  # it is closed already
                raise
        else:
            self._measures.handoff_seconds.observe(time.time() - room.handoff.moves_at)
        return True

    async def _call_off(self, room: Room) -> None:
        await self._open(room)
        if room.handoff is None:
            return
        try:
            await self._presence.handoff_close(room.show, room.handoff.handoff, "declined")
        except StoreError as error:
            if error.code != "unknown_handoff":  # nobody was offered it
                raise


def tally_of(ledger: Ledger) -> Tally:
    """The store's figures as the core knows them."""
    return Tally(ledger.offered, ledger.moved, ledger.declined, ledger.lost)
