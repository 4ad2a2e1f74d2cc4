"""Reactions of very many, on several nodes with one real store and a clock of the test's own."""

import asyncio
import heapq
import itertools
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from afterparty.core.model import Person
from afterparty.node.access.tokens import Bearer
from afterparty.node.live.connection import Connection
from afterparty.node.live.hub import Hub
from afterparty.node.talk.reactions import (
    GATHER_SECONDS,
    NAMED,
    Gathered,
    Reactions,
)
from afterparty.store.bus import Bus
from afterparty.store.connect import Store, open_store
from afterparty.store.errors import StoreUnavailable
from afterparty.store.inbox import Message, Resync
from afterparty.wire.messages import Reactions as Told
from afterparty.wire.messages import to_client

STAGE = {"host", "speaker"}
KINDS = ("💯", "✋", "✊", "✌️", "👋")
A_SECOND = 4
"""Messages that a listener gets at most."""


class Clock:
    """Time that passes only when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        """As ``asyncio.sleep``."""
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._asleep, (self.now + seconds, next(self._order), woken))
        await woken

    async def step(self, seconds: float) -> None:
        """Let time pass, and whoever slept do what they slept for; what is sent may arrive."""
        self.now += seconds
        while self._asleep and self._asleep[0][0] <= self.now:
            heapq.heappop(self._asleep)[2].set_result(None)
            await asyncio.sleep(0)
        await asyncio.sleep(0.001)


@dataclass
class Place:
    """One node as far as reactions go, and what its one listener is told."""

    reactions: Reactions
    hub: Hub
    listener: Connection
    told: list[tuple[float, Told]] = field(default_factory=list)

    async def listen(self, clock: Clock) -> None:
        """Take messages as they come, until cancelled."""
        while (texts := await self.listener.outbox.next()) is not None:
            for text in texts:
                message = to_client.validate_json(text)
                assert isinstance(message, Told)
                self.told.append((clock.now, message))

    def sums(self) -> Counter[str]:
        """All that was told, by reaction."""
        found: Counter[str] = Counter()
        for _, message in self.told:
            for _, reaction, times in message.reactions:
                found[reaction] += times
        return found


def somebody(member: str, room: str = "room") -> Connection:
    return Connection(f"c-{member}", Bearer(Person(member)), room, "show")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(None, tmp_path / "data") as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def places(store: Store, clock: Clock) -> AsyncIterator[list[Place]]:
    """Three nodes, each with its own connection to the bus."""
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        found: list[Place] = []
        for number in range(3):
            bus = await stack.enter_async_context(Bus(store.redis))
            hub, listener = Hub(), somebody(f"listener{number}")
            hub.add(listener)
            place = Place(Reactions(bus, hub, lambda room: STAGE, clock.sleep), hub, listener)
            ready = asyncio.Event()
            found.append(place)
            running = [
                tasks.create_task(place.reactions.run()),
                tasks.create_task(place.listen(clock)),
                tasks.create_task(_follow(bus, place.reactions, ready)),
            ]
            for task in running:
                stack.callback(task.cancel)
            await ready.wait()
        yield found


async def _follow(bus: Bus, reactions: Reactions, ready: asyncio.Event) -> None:
    async with bus.listen("show") as inbox:
        async for news in inbox:
            if isinstance(news, Resync):
                ready.set()
            elif isinstance(news, Message):
                reactions.heard(news.payload)


async def settle(places: list[Place], clock: Clock, sums: Counter[str]) -> None:
    """Let time pass until every listener was told of as many; fails by the time limit."""
    async with asyncio.timeout(20):
        while any(place.sums().total() < sums.total() for place in places):
            await clock.step(0.05)


async def test_nothing_is_lost_or_told_twice_whatever_the_number_of_nodes(
    places: list[Place], clock: Clock
) -> None:
    chance, sent, began = random.Random(5), Counter[str](), clock.now
    for _ in range(100):
        for place in places:
            for _ in range(50):
                reaction = chance.choice(KINDS)
                place.reactions.add("show", "room", f"fan{chance.randrange(2000)}", reaction)
                sent[reaction] += 1
        await clock.step(0.05)
    await settle(places, clock, sent)
    for _ in range(20):
        await clock.step(0.05)
    assert sent.total() == 15_000
    for place in places:
        assert place.sums() == sent
        assert len(place.told) > 10, "told as it goes, not all in the end"
        assert len(place.told) <= (clock.now - began) * A_SECOND + 1
        for (before, _), (after, message) in itertools.pairwise(place.told):
            assert after - before >= GATHER_SECONDS - 1e-9
            named = [pair for pair in message.reactions if pair[0]]
            assert len(named) <= NAMED
            assert len(message.reactions) <= NAMED + len(KINDS)
            assert len(set(named)) == len(named)


async def test_who_is_moved_in_a_rush_is_told_no_more_often(
    places: list[Place], clock: Clock
) -> None:
    one = places[0]
    for step in range(200):
        for room in ("room", "other"):
            one.reactions.add("show", room, "fan", "💯")
        one.hub.move(one.listener, ("room", "other")[step % 2])
        await clock.step(0.03)
    assert {message.room for _, message in one.told} == {"room", "other"}
    gaps = [after - before for (before, _), (after, _) in itertools.pairwise(one.told)]
    assert min(gaps) >= GATHER_SECONDS - 1e-9


async def test_the_stage_is_named_first_and_others_by_lot(
    places: list[Place], clock: Clock
) -> None:
    one, other, _ = places
    for member in range(500):
        one.reactions.add("show", "room", f"one{member}", "💯")
        other.reactions.add("show", "room", f"other{member}", "💯")
    other.reactions.add("show", "room", "speaker", "✋")
    await settle(places, clock, Counter({"💯": 1000, "✋": 1}))
    for place in places:
        first = [message.reactions[0] for _, message in place.told]
        assert ("speaker", "✋", 1) in first


def test_every_member_is_as_likely_to_be_named_by_whatever_node() -> None:
    """What several nodes have drawn is put together as if one had drawn of all."""
    chance, named, rounds = random.Random(7), Counter[str](), 400
    for _ in range(rounds):
        nodes = [Gathered() for _ in range(4)]
        for member in range(200):  # three in four of them on the first node
            node = nodes[0] if member % 4 else nodes[member // 4 % 4]
            lot = chance.random()
            for _ in range(1 + 9 * (member % 2)):  # who reacts often is no likelier
                node.add((str(member), "💯"), lot, 1)
        whole = Gathered()
        for node in nodes:
            for pair, lot in node.lots.items():
                whole.add(pair, lot, node.times[pair])
            whole.rest.update(node.rest)
        told = whole.told("room").reactions
        assert sum(times for _, _, times in told) == 100 + 1000
        named.update(member for member, _, _ in told if member)
    share = NAMED / 200 * rounds
    assert len(named) == 200
    assert max(named.values()) < 1.8 * share
    for half in (0, 1):
        of_half = sum(times for member, times in named.items() if int(member) % 2 == half)
        assert of_half == pytest.approx(100 * share, rel=0.05)


async def test_what_was_published_though_the_answer_was_lost_counts_once(
    places: list[Place], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = places[0]
    publish = one.reactions._bus.publish

    async def lose_the_answer(channel: str, payload: bytes) -> None:
        await publish(channel, payload)
        raise StoreUnavailable("no answer")

    monkeypatch.setattr(one.reactions._bus, "publish", lose_the_answer)
    sent: Counter[str] = Counter()
    for _ in range(20):
        one.reactions.add("show", "room", "fan", "💯")
        sent["💯"] += 1
        await clock.step(0.3)
    await settle(places, clock, sent)
    for _ in range(20):
        await clock.step(0.05)
    assert [place.sums() for place in places] == [sent] * 3


async def test_while_the_store_is_away_members_of_the_same_node_are_told(
    places: list[Place], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, *others = places

    async def away(channel: str, payload: bytes) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(one.reactions._bus, "publish", away)
    one.reactions.add("show", "room", "fan", "💯")
    await settle([one], clock, Counter({"💯": 1}))
    assert one.sums() == {"💯": 1}
    assert not any(place.told for place in others)


async def test_what_no_node_of_ours_has_said_is_left_aside(
    places: list[Place], clock: Clock
) -> None:
    one, *_ = places
    for garbage in (b"", b"[]", b"\xff", json.dumps({"room": "room", "rest": {"💯": 1}}).encode()):
        one.reactions.heard(garbage)
    one.reactions.add("show", "room", "fan", "✋")
    await settle(places, clock, Counter({"✋": 1}))
    assert one.sums() == {"✋": 1}


async def test_a_room_without_sockets_here_costs_nothing(places: list[Place], clock: Clock) -> None:
    one, *_ = places
    one.reactions.add("show", "elsewhere", "fan", "✋")
    one.reactions.add("show", "room", "fan", "💯")
    await settle(places, clock, Counter({"💯": 1}))
    assert [message.room for _, message in one.told] == ["room"]
