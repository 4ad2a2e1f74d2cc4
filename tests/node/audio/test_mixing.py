"""Rooms whose members are on two nodes, with one store between them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.media.peer import RawPeer, Tone
from tests.node.conftest import HOST, House, bearer, open_house

from afterparty.core import commands as c
from afterparty.core.model import Person
from afterparty.node.audio import mixing
from afterparty.node.ground.settings import Settings
from afterparty.node.opening import open_node
from afterparty.store.embedded import EmbeddedStore

SECRET = "two nodes of one house share this secret"


class Pair:
    """Two nodes, and peers at them."""

    def __init__(self, one: House, other: House, store: EmbeddedStore) -> None:
        self.one, self.other, self.store = one, other, store
        self.peers: list[RawPeer] = []

    async def listen(self, house: House, member: str, room: str = "pre") -> RawPeer:
        """Join with sound."""
        connection = await house.node.members.join(bearer(member), room)
        peer = RawPeer()
        self.peers.append(peer)
        await peer.connect(house.node.sound.answer(connection, peer.offer()))
        return peer

    async def seat(self, member: str, room: str = "pre") -> None:
        """Give a member a seat, and open their microphone."""
        node = self.one.node
        await node.rooms.execute(room, c.RequestToSpeak(Person(member, member, member)))
        await node.rooms.execute(room, c.AcceptRequest(HOST, member))
        await node.rooms.execute(room, c.Unmute(Person(member, member, member)))

    def mixers(self) -> list[int]:
        """How many rooms each node mixes."""
        return [house.node.mixing.mixed_here() for house in (self.one, self.other)]

    async def when(self, true: Callable[[], bool]) -> None:
        """Wait for something to be so, looking after every round trip to a media port."""
        async with asyncio.timeout(30):
            while not true():
                await self.peers[0].check()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        store = EmbeddedStore(tmp_path / "redis")
        stack.push_async_callback(store.stop)
        url = await store.start()
        one = await stack.enter_async_context(
            open_house(tmp_path / "one", redis_url=url, secret=SECRET)
        )
        settings = Settings(data=tmp_path / "two", redis_url=url, secret=SECRET, dev=True)
        other = House(await stack.enter_async_context(open_node(settings)))
        found = Pair(one, other, store)
        try:
            yield found
        finally:
            for peer in found.peers:
                await peer.close()


async def test_a_speaker_at_one_node_is_heard_at_the_other_and_back(pair: Pair) -> None:
    here, there = await pair.listen(pair.one, "here"), await pair.listen(pair.other, "there")
    assert sum(pair.mixers()) >= 1
    for member in ("here", "there"):
        await pair.seat(member)
    room = pair.one.node.rooms.room("pre")
    here.talk(Tone(440))
    await there.hear_from(room.seats["here"].csrc, 20)
    there.talk(Tone(880))
    await here.hear_from(room.seats["there"].csrc, 20)
    assert pair.mixers() in ([1, 0], [0, 1])


async def test_whoever_is_muted_at_the_other_node_is_not_heard(pair: Pair) -> None:
    listener, speaker = await pair.listen(pair.one, "here"), await pair.listen(pair.other, "there")
    await pair.seat("there")
    csrc = pair.one.node.rooms.room("pre").seats["there"].csrc
    speaker.talk(Tone(440))
    await listener.hear_from(csrc, 20)
    await pair.one.node.rooms.execute("pre", c.Mute(HOST, "there"))
    await listener.until(lambda: listener.heard[-1].csrcs == ())
    packets = await listener.hear(3)
    assert {p.csrcs for p in packets} == {()}


async def test_the_lead_is_given_up_when_nobody_needs_it(pair: Pair) -> None:
    connection = await pair.one.join("somebody")
    await pair.listen(pair.other, "there", "post")
    await pair.when(lambda: pair.mixers() == [1, 1])
    await pair.one.node.members.leave(connection)
    await pair.when(lambda: pair.mixers() == [0, 1])


async def test_a_room_that_two_nodes_hear_is_not_kept_by_either_for_the_other(pair: Pair) -> None:
    watcher = await pair.listen(pair.one, "watcher", "post")
    here = await pair.one.join("here")
    there = await pair.other.join("there")
    await pair.when(lambda: sum(pair.mixers()) == 2)
    for house, connection in ((pair.one, here), (pair.other, there)):
        await house.node.members.leave(connection)
    await pair.when(lambda: pair.mixers() == [1, 0])
    assert watcher.heard


async def test_the_room_that_an_audience_will_be_handed_to_is_heard_before(pair: Pair) -> None:
    await pair.listen(pair.one, "here", "post")
    await pair.when(lambda: pair.mixers() == [1, 0])
    await pair.listen(pair.other, "there", "pre")
    heard_at = pair.other.node.sound.plane.rooms.heard_at
    assert heard_at("post") is None
    await pair.one.offer("h", seconds=60)
    await pair.when(lambda: heard_at("post") is not None)


async def test_a_node_that_is_gone_is_replaced(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    speaker = await pair.listen(pair.other, "there")
    await pair.seat("there")
    csrc = pair.one.node.rooms.room("pre").seats["there"].csrc
    await pair.when(lambda: pair.mixers() == [0, 1])
    listener = await pair.listen(pair.one, "here")
    speaker.talk(Tone(440))
    await listener.hear_from(csrc, 10)
    # The other node neither asks nor sends, as if it had been stopped.
    dead = pair.other.node
    monkeypatch.setattr(dead.sound.plane, "_send_to_node", lambda *_: None)
    monkeypatch.setattr(dead.mixing, "_round", lambda: asyncio.Event().wait())
    await pair.when(lambda: pair.one.node.mixing.mixed_here() == 1)
    # It has not asked for so long that it falls silent, rather than be a second mixer.
    silent = False
    while not silent:
        heard, ticks = len(speaker.heard), dead.sound.stats().ticks
        await pair.when(lambda ticks=ticks: dead.sound.stats().ticks > ticks + 50)
        silent = len(speaker.heard) == heard


async def test_with_the_store_away_the_sound_goes_on_between_nodes(pair: Pair) -> None:
    speaker, listener = await pair.listen(pair.one, "here"), await pair.listen(pair.other, "there")
    await pair.seat("here")
    csrc = pair.one.node.rooms.room("pre").seats["here"].csrc
    speaker.talk(Tone(440))
    await listener.hear_from(csrc, 20)
    mixers = pair.mixers()
    await pair.store.stop()
    await pair.when(lambda: pair.one.node.mixing.away and pair.other.node.mixing.away)
    began = time.monotonic()
    while time.monotonic() - began < 2 * mixing.LEASE_SECONDS:
        packets = await listener.hear_from(csrc, 10)
        assert packets[-1].csrcs == (csrc,)
    assert pair.mixers() == mixers
    await pair.store.start()
    await pair.when(lambda: not (pair.one.node.mixing.away or pair.other.node.mixing.away))
    await listener.hear_from(csrc, 50)
    assert pair.mixers() == mixers, "nobody takes the room from who mixed it all the while"


async def test_a_node_that_goes_down_leaves_its_rooms_to_whoever_needs_them(pair: Pair) -> None:
    speaker = await pair.listen(pair.other, "there")
    await pair.seat("there")
    csrc = pair.one.node.rooms.room("pre").seats["there"].csrc
    await pair.when(lambda: pair.mixers() == [0, 1])
    listener = await pair.listen(pair.one, "here")
    await pair.listen(pair.other, "alone", "post")
    await pair.when(lambda: pair.mixers() == [0, 2])
    speaker.talk(Tone(440))
    await listener.hear_from(csrc, 10)
    await pair.other.node.mixing.release()
    await pair.when(lambda: pair.mixers() == [1, 1])
    await speaker.hear(3)
    assert (await listener.hear_from(csrc, 10))[-1].csrcs == (csrc,)
