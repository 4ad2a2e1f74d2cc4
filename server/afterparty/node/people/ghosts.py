"""Places of members who are gone without a word: their node died with what it knew of them.

A node that loses a connection sees to its member's seat and request itself (``members``). Of a
node that was killed, presence is evicted by the others; seats are in the log, and this module has
them given up when their member has come back by no node for as long as a connection is held.
Every node looks, and the log lets one of them succeed. It neither evicts nor counts anybody.
"""

import asyncio
import time

import structlog

from afterparty.core.model import Room, RoomState
from afterparty.node.ground.refused import Refused
from afterparty.node.live.hub import Hub
from afterparty.node.live.rooms import Rooms
from afterparty.node.people.whereabouts import Whereabouts, place_holders
from afterparty.store.errors import StoreError
from afterparty.store.presence import Presence

LOOKS = 5
"""Times that a member is looked for while they may still come back."""

log = structlog.get_logger()


class Ghosts:
    """Looks for those who have a place in a live room and are nowhere in it."""

    def __init__(
        self,
        rooms: Rooms,
        presence: Presence,
        hub: Hub,
        whereabouts: Whereabouts,
        resume_seconds: float,
    ) -> None:
        self._rooms, self._presence, self._hub = rooms, presence, hub
        self._whereabouts, self._patience = whereabouts, resume_seconds
        self._missed: dict[tuple[str, str], float] = {}
        """Room and member, and when they were missed first, in seconds of a monotonic clock."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._patience / LOOKS)
            try:
                await self.look(time.monotonic())
            except StoreError as error:
                log.info("ghosts wait for the store", code=error.code)

    async def look(self, now: float) -> None:
        """Let those go who have been missed for long enough at ``now``.

        Raises:
            StoreError: the store is away.
        """
        before, self._missed = self._missed, {}
        # If the store is away, all are missed anew: presence is not what it should be until every
        # node has told what it holds.
        missed: dict[tuple[str, str], float] = {}
        for room in list(self._rooms.all()):
            if room.state is RoomState.LIVE:
                for member in await self._gone(room):
                    place = room.room, member
                    missed[place] = before.get(place, now)
        self._missed = missed
        for (name, member), since in missed.items():
            if now - since >= self._patience:
                try:
                    await self._whereabouts.vacate(name, member)
                except Refused as refusal:  # the room is over meanwhile
                    log.info("a ghost stays", room=name, code=refusal.code)

    async def _gone(self, room: Room) -> set[str]:
        """Who has a place in the room, was in it once, and is not now, on any node.

        Who was given a place and has not come yet may still come. A host is gone who is in no room
        of the show, and is not waited for yet.
        """
        host = room.host.member
        holders = place_holders(room) | (set() if room.away else {host})
        away = [one for one in holders if not self._hub.of_member(room.room, one)]
        gone = await self._presence.gone(room.show, room.room, away)
        if host in gone and await self._presence.where(room.show, host):
            gone.remove(host)
        return gone
