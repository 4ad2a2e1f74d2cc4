"""Which rooms this node mixes, and from whom it hears the others.

Whoever needs a room's sound asks the store who leads it, twice a second, and takes the lead if
nobody has it. A node whose lease has run out while it was stopped falls silent until it has asked:
another may mix by then. While the store is away everybody goes on as they were.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable

import structlog

from afterparty.core.model import OVER, HandoffPhase
from afterparty.media.datagrams.port import Address
from afterparty.node.audio.sound import Sound
from afterparty.node.live.hub import Hub
from afterparty.node.live.rooms import Rooms
from afterparty.store.errors import StoreError
from afterparty.store.leads import Asked, Lead, Leads

ROUND_SECONDS = 0.5
"""How often is asked who leads."""

APART_SECONDS = 0.02
"""Rounds begin no closer together, however many rooms are opened."""

ASK_SECONDS = 0.5
"""How long the store may take to answer until it counts as away."""

LEASE_SECONDS = 1.5
"""How long a node is taken for alive that does not ask, and how long it mixes without having
asked: longer than a round and an answer together."""

QUIET_SECONDS = 1.0
"""How long nothing comes from the node that mixes a room until it may have gone: in silence there
are two packets and more in so long."""

ASIDE_SECONDS = 1.1
"""How long a node that gave up its rooms asks for none: the others have had two rounds."""

log = structlog.get_logger()


class Mixing:
    """The lead of this node's rooms. ``address``: where other nodes reach its media port."""

    def __init__(
        self, name: str, address: str, leads: Leads, rooms: Rooms, hub: Hub, sound: Sound
    ) -> None:
        self._name, self._address, self._leads = name, address, leads
        self._rooms, self._hub = rooms, hub
        self._sound, self._media = sound, sound.plane.rooms
        self._mine: dict[str, int] = {}
        self._heard: dict[str, tuple[Lead, float]] = {}
        self._stirred = asyncio.Event()
        self._aside_until = 0.0
        self.away = False
        """Whether the store did not answer when it was asked last."""

    def stir(self) -> None:
        """A room's sound was opened here: find out soon who mixes it."""
        self._stirred.set()

    def mixed_here(self) -> int:
        """How many rooms this node mixes."""
        return len(self._mine)

    async def run(self) -> None:
        """Ask again and again, until cancelled."""
        while True:
            self._stirred.clear()
            await self._round()
            await asyncio.sleep(APART_SECONDS)
            try:
                async with asyncio.timeout(ROUND_SECONDS - APART_SECONDS):
                    await self._stirred.wait()
            except TimeoutError:
                pass

    async def release(self) -> None:
        """Give up all rooms, and ask for none for a moment: whoever else needs one takes it before
        our lease runs out, and what is not needed elsewhere yet comes back to us.

        Raises:
            StoreError: the store is away; the lease runs out by itself.
        """
        self._aside_until = time.monotonic() + ASIDE_SECONDS
        await self._give_up(list(self._mine))

    async def _round(self) -> None:
        if time.monotonic() < self._aside_until:
            return
        needed = self._needed()
        idle = [room for room in (*self._mine, *self._heard) if room not in needed]
        try:
            await self._give_up([room for room in idle if room in self._mine])
        except StoreError as error:
            log.info("rooms are given up later", code=error.code)
        for room in idle:
            self._heard.pop(room, None)
            self._media.let_go(room)
        by_show: defaultdict[str, dict[str, Asked]] = defaultdict(dict)
        for room in needed:
            self._sound.open_room(room)
            asked = Asked(self._is_quiet(room), self._media.epoch(room))
            by_show[self._rooms.room(room).show][room] = asked
        for show, rooms in by_show.items():
            await self._ask(show, rooms)

    def _needed(self) -> set[str]:
        """Rooms in which somebody is, here or at a node that hears it from us; and those to which
        whoever is here may be handed in a moment."""
        found = self._hub.occupied() | self._media.wanted()
        for room in list(found):
            handoff = self._rooms.room(room).handoff
            if handoff and handoff.phase in (HandoffPhase.OFFERED, HandoffPhase.MOVING):
                found.add(handoff.to_room)
        return {room for room in found if self._rooms.room(room).state not in OVER}

    def _is_quiet(self, room: str) -> bool:
        """Whether the node that mixes the room seems to be gone."""
        if room not in self._heard:
            return False
        last = max(self._heard[room][1], self._media.heard_at(room) or 0.0)
        return time.monotonic() - last > QUIET_SECONDS

    async def _ask(self, show: str, rooms: dict[str, Asked]) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = await self._leads.ask(
                    show, self._name, self._address, int(LEASE_SECONDS * 1000), rooms
                )
        except (StoreError, TimeoutError):
            if time.monotonic() - began > 2 * ASK_SECONDS:
                return  # it was us who were away
            self.away = True
            self._keep(rooms, began)
            return
        self.away = False
        for room, lead in found.items():
            if lead.node == self._name:
                self._lead(room, lead.epoch, began)
            else:
                self._follow(room, lead, began)

    def _keep(self, rooms: Iterable[str], now: float) -> None:
        """Nobody can take a room from us while the store is away, as far as we know."""
        for room in rooms:
            if room in self._mine:
                self._lead(room, self._mine[room], now)

    def _lead(self, room: str, epoch: int, asked: float) -> None:
        if self._mine.get(room) != epoch:
            log.info("mixing a room", room=room, epoch=epoch)
        self._mine[room] = epoch
        self._heard.pop(room, None)
        self._media.mix(room, epoch, asked + LEASE_SECONDS)

    def _follow(self, room: str, lead: Lead, now: float) -> None:
        self._mine.pop(room, None)
        if room not in self._heard or self._heard[room][0] != lead:
            self._heard[room] = lead, now
        self._media.hear(room, _address(lead.address), lead.epoch)

    async def _give_up(self, rooms: Iterable[str]) -> None:
        by_show: defaultdict[str, list[str]] = defaultdict(list)
        for room in rooms:
            by_show[self._rooms.room(room).show].append(room)
        for show, some in by_show.items():
            await self._leads.release(show, self._name, some)
            for room in some:
                self._mine.pop(room, None)


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)
