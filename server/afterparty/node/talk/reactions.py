"""Reactions on their way to everybody in a room: gathered twice, so that very many cost little.

Each node gathers what its members send and publishes it, some times a second; each node gathers
what all of them publish and tells its members, at most four times a second however many nodes
there are. A message names few of those who react, chosen by lot, and sums up all the others: so
its size has a bound, and no reaction is missing in it.

They travel over the bus to other nodes; none is ever stored here. Those of this node are told on
this node, also while the store is away. Whether a member may react is the core's to say.
"""

import asyncio
import json
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

import structlog
from pydantic import TypeAdapter, ValidationError

from afterparty.media.desk.clock import TICK_SECONDS
from afterparty.node.live.connection import Connection
from afterparty.node.live.hub import Hub
from afterparty.store.bus import Bus
from afterparty.store.errors import StoreError
from afterparty.wire.messages import Reactions as Told
from afterparty.wire.messages import encode

GATHER_SECONDS = 0.25
"""Reactions are published, and told to a member, no more often than this."""

NAMED = 32
"""Pairs of member and reaction that one message names."""

TOLD_AT_ONCE = (100, 400)
"""Sockets that are written to while the event loop waits, some milliseconds; and when it is late
anyhow, so that a round takes fewer turns of it."""

REMEMBERED = 1024
"""Messages of the bus that are known again: one's own, and what comes twice."""

log = structlog.get_logger()

Pair = tuple[str, str]
"""Member and reaction."""


@dataclass(slots=True)
class Gathered:
    """Reactions in one room: the pairs of the lowest lots by name, all others by kind."""

    lots: dict[Pair, float] = field(default_factory=dict)
    times: dict[Pair, int] = field(default_factory=dict)
    rest: Counter[str] = field(default_factory=Counter)

    def add(self, pair: Pair, lot: float, times: int) -> None:
        """Take in more of one pair. A pair draws the same lot each time: who reacts again and again
        is no likelier to be named than who does once."""
        if pair in self.lots:
            self.lots[pair] = min(self.lots[pair], lot)
            self.times[pair] += times
            return
        if len(self.lots) >= NAMED:
            highest = max(self.lots, key=self.lots.__getitem__)
            if lot >= self.lots[highest]:
                self.rest[pair[1]] += times
                return
            del self.lots[highest]
            self.rest[highest[1]] += self.times.pop(highest)
        self.lots[pair], self.times[pair] = lot, times

    def told(self, room: str) -> Told:
        """As it is told: the lowest lot first, and the others under no member."""
        named = sorted(self.lots, key=self.lots.__getitem__)
        pairs = [(member, what, self.times[member, what]) for member, what in named]
        pairs += (("", what, times) for what, times in self.rest.items())
        return Told(room=room, reactions=pairs)


@dataclass(frozen=True, slots=True)
class Published:
    """What one node gathered in one room."""

    message: str
    """Identity of this message."""
    room: str
    named: list[tuple[str, str, float, int]]
    """Member, reaction, lot, times."""
    rest: dict[str, int]


_published = TypeAdapter(Published)


class Reactions:
    """Gathers what members of this node send, and tells what comes over the bus.

    ``on_stage`` says who has a seat in a room: they are named before others.
    """

    def __init__(
        self,
        bus: Bus,
        hub: Hub,
        on_stage: Callable[[str], Collection[str]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bus, self._hub, self._on_stage, self._sleep = bus, hub, on_stage, sleep
        self._sent: defaultdict[tuple[str, str], Gathered] = defaultdict(Gathered)
        """By show and room."""
        self._heard: defaultdict[str, Gathered] = defaultdict(Gathered)
        self._seed = secrets.randbits(64)
        self._taken: deque[str] = deque(maxlen=REMEMBERED)
        self._sending, self._telling = asyncio.Event(), asyncio.Event()

    def add(self, show: str, room: str, member: str, reaction: str) -> None:
        """A member reacts."""
        lot = (hash((self._seed, member, reaction)) & 0xFFFFFFFF) / 2**32
        if member in self._on_stage(room):
            lot -= 1.0
        self._sent[show, room].add((member, reaction), lot, 1)
        self._sending.set()

    def heard(self, payload: bytes) -> None:
        """Take what a node published, to be told in a moment; once, if it comes again."""
        try:
            published = _published.validate_json(payload)
        except ValidationError:
            log.warning("reactions that are not understood are left aside")
            return
        if published.message in self._taken:
            return
        self._taken.append(published.message)
        gathered = self._heard[published.room]
        for member, reaction, lot, times in published.named:
            gathered.add((member, reaction), lot, times)
        gathered.rest.update(published.rest)
        self._telling.set()

    async def run(self) -> None:
        """Publish what is gathered, and tell what is heard, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publish_all())
            tasks.create_task(self._tell_all())

    async def _publish_all(self) -> None:
        while True:
            await self._sending.wait()
            self._sending.clear()
            sent, self._sent = self._sent, defaultdict(Gathered)
            self._seed = secrets.randbits(64)  # other lots: nobody is named for the whole evening
            await asyncio.gather(*(self._publish(*where, some) for where, some in sent.items()))
            await self._sleep(GATHER_SECONDS)

    async def _publish(self, show: str, room: str, gathered: Gathered) -> None:
        published = {
            "message": secrets.token_hex(8),
            "room": room,
            "named": [[*pair, lot, gathered.times[pair]] for pair, lot in gathered.lots.items()],
            "rest": gathered.rest,
        }
        payload = json.dumps(published).encode()
        self.heard(payload)  # whatever becomes of it on the bus, where it is known again
        try:
            await self._bus.publish(show, payload)
        except StoreError as error:
            log.info("reactions stay on this node", room=room, code=error.code)

    async def _tell_all(self) -> None:
        while True:
            await self._telling.wait()
            self._telling.clear()
            heard, self._heard = self._heard, defaultdict(Gathered)
            await self._tell(self._addressed(heard))
            # Counted from the end of the round: so the time between any two messages to one
            # member is no shorter, however long a round takes.
            await self._sleep(GATHER_SECONDS)

    def _addressed(self, heard: dict[str, Gathered]) -> list[tuple[Connection, str, str]]:
        """Who is told what in which room, each once; small rooms need not wait for great ones."""
        rooms = sorted(((self._hub.sockets_in(room), room) for room in heard), key=_size)
        told: list[tuple[Connection, str, str]] = []
        for sockets, room in rooms:
            text = encode(heard[room].told(room)) if sockets else ""
            told += ((one, room, text) for one in sockets)
        return told

    @staticmethod
    async def _tell(told: list[tuple[Connection, str, str]]) -> None:
        clock = asyncio.get_running_loop().time
        at, (size, most) = 0, TOLD_AT_ONCE
        while at < len(told):
            for one, room, text in told[at : at + size]:
                if one.room == room:  # else it is told of the other room next time
                    one.outbox.post(text)
            at += size
            before = clock()
            await asyncio.sleep(0)
            if clock() - before > TICK_SECONDS:
                size = most


def _size(found: tuple[list[Connection], str]) -> int:
    return len(found[0])
