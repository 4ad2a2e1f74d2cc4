"""Rooms whose members are on several nodes: planes that tell each other by their ports."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import pairwise

import numpy as np
import pytest
from tests.media.house import House
from tests.media.peer import Heard, RawPeer, Tone, decode, loudness_at

from afterparty.media.between.relay import derive
from afterparty.media.desk.clock import TICK_SAMPLES
from afterparty.media.desk.feed import FeedPacket
from afterparty.media.events import Speaking

KEY = derive("the nodes of this house share this")
EVER = float("inf")


@pytest.fixture
async def two() -> AsyncIterator[tuple[House, House]]:
    """Two nodes; the first one mixes room `a`, and may hear 1 to 9 from the second."""
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(House(relay_key=KEY)) for _ in range(2)]
        first.plane.rooms.mix("a", 1, EVER)
        for house in (first, second):
            house.plane.rooms.permit("a", range(1, 10))
        second.plane.rooms.hear("a", at(first), 1)
        yield first, second


def at(house: House) -> tuple[str, int]:
    return "127.0.0.1", house.plane.port


def pitch(packets: list[Heard], hertz: float) -> float:
    return loudness_at(decode(packets)[-20 * TICK_SAMPLES :], hertz)


def gaps(packets: list[Heard]) -> list[int]:
    """Ticks between packets that follow each other by sequence number."""
    for a, b in pairwise(packets):
        assert (b.sequence - a.sequence) & 0xFFFF == 1
    return [
        ((b.timestamp - a.timestamp) & 0xFFFFFFFF) // TICK_SAMPLES for a, b in pairwise(packets)
    ]


async def ticks(house: House, many: int, peer: RawPeer) -> None:
    """Let so many ticks of a node pass."""
    until = house.plane.stats().ticks + many
    while house.plane.stats().ticks < until:
        await peer.check()


async def when(true: Callable[[], bool], peer: RawPeer) -> None:
    while not true():
        await peer.check()


async def test_a_listener_of_another_node_hears_and_is_told_who_speaks(
    two: tuple[House, House],
) -> None:
    first, second = two
    speaker = await first.join("speaker", csrc=5)
    listener = await second.join("listener")
    speaker.talk(Tone(440))
    packets = await listener.hear_from(5, 60)
    assert pitch(packets, 440) > 0.9
    assert set(gaps(packets[5:])) == {1}
    await second.event(lambda e: isinstance(e, Speaking) and 5 in e.levels)
    await speaker.hush()
    await second.event(lambda e: isinstance(e, Speaking) and not e.levels)


async def test_a_speaker_of_another_node_is_heard_everywhere_and_hears_all_but_themselves(
    two: tuple[House, House],
) -> None:
    first, second = two
    here = await first.join("here", csrc=5)
    there = await second.join("there", csrc=6)
    listeners = [await first.join("one"), await second.join("two")]
    here.talk(Tone(440))
    there.talk(Tone(1320))
    for listener in listeners:
        packets = await both(listener)
        assert pitch(packets, 440) > 0.2
        assert pitch(packets, 1320) > 0.2
    await there.hear_from(5, 40)
    own = (await there.hear(40))[-40:]
    assert all(p.csrcs == (5,) for p in own)
    assert pitch(own, 440) > 0.9
    assert pitch(own, 1320) < 0.01
    assert pitch(await here.hear_from(6, 60), 1320) > 0.9


async def both(listener: RawPeer) -> list[Heard]:
    await listener.until(lambda: listener.heard and set(listener.heard[-1].csrcs) == {5, 6})
    return (await listener.hear(60))[-40:]


async def test_whoever_may_not_speak_is_not_heard_from_another_node_either(
    two: tuple[House, House],
) -> None:
    first, second = two
    listener = await first.join("listener")
    speaker = await second.join("speaker", csrc=6)
    speaker.talk(Tone(440))
    await listener.hear_from(6, 20)
    first.plane.rooms.permit("a", [1, 2])  # though the other node lets it through still
    dropped = first.plane.stats().dropped.get("relay_not_permitted", 0)
    await when(
        lambda: first.plane.stats().dropped.get("relay_not_permitted", 0) > dropped + 20, speaker
    )
    assert all(p.csrcs == () for p in listener.heard[-1:])
    heard = len(listener.heard)
    await ticks(first, 50, listener)
    assert {p.csrcs for p in listener.heard[heard:]} == {()}


async def test_a_room_changes_its_mixing_node_and_no_stream_is_torn(
    two: tuple[House, House],
) -> None:
    first, second = two
    speaker = await second.join("speaker", csrc=6)
    near, far = await second.join("near"), await first.join("far")
    speaker.talk(Tone(440))
    await near.hear_from(6, 30)
    await far.hear_from(6, 30)
    marks = len(near.heard) - 10, len(far.heard) - 10
    second.plane.rooms.mix("a", 2, EVER)
    first.plane.rooms.hear("a", at(second), 2)
    await near.hear(60)
    await far.hear(60)
    for peer, mark in zip((near, far), marks, strict=True):
        packets = peer.heard[mark:]
        assert len({p.ssrc for p in packets}) == 1
        assert packets[-1].csrcs == (6,)
        # What is built up again: the delay of the jitter buffer and of the way between nodes.
        assert max(gaps(packets)) <= 20
        assert pitch(packets[-40:], 440) > 0.9


async def test_two_nodes_that_both_believe_to_mix_are_never_heard_at_once(
    two: tuple[House, House],
) -> None:
    first, second = two
    async with House(relay_key=KEY) as third:
        third.plane.rooms.hear("a", at(first), 1)
        third.plane.rooms.permit("a", range(1, 10))
        one, other = await first.join("one", csrc=5), await second.join("other", csrc=6)
        listener = await third.join("listener")
        one.talk(Tone(440))
        other.talk(Tone(1320))
        await listener.hear_from(5, 20)
        second.plane.rooms.mix("a", 2, EVER)  # the first does not know, and goes on
        third.plane.rooms.hear("a", at(second), 2)
        await listener.until(lambda: listener.heard[-1].csrcs == (6,))
        assert all(p.csrcs == (6,) for p in (await listener.hear(60))[-60:])
        assert third.plane.stats().dropped["relay_outdated"] > 0


async def test_a_node_that_does_not_know_whether_it_still_mixes_is_silent(
    two: tuple[House, House],
) -> None:
    first, second = two
    speaker = await first.join("speaker", csrc=5)
    listener = await second.join("listener")
    speaker.talk(Tone(440))
    await listener.hear_from(5, 20)
    first.plane.rooms.mix("a", 1, time.monotonic())
    await ticks(first, 10, speaker)
    heard = len(listener.heard)
    await ticks(first, 50, speaker)
    assert len(listener.heard) == heard
    first.plane.rooms.mix("a", 1, EVER)
    assert (await listener.hear_from(5, 5))[-1].csrcs == (5,)


async def test_what_nobody_needs_is_wanted_no_more(two: tuple[House, House]) -> None:
    first, second = two
    peer = await first.join("peer")
    await when(lambda: second.plane.rooms.heard_at("a") is not None, peer)
    assert second.plane.rooms.epoch("a") == 1
    second.plane.rooms.let_go("a")
    await when(lambda: first.plane.rooms.wanted() == set(), peer)
    assert second.plane.rooms.epoch("a") == 1, "epochs go on"
    second.plane.rooms.hear("a", at(first), 1)
    await when(lambda: first.plane.rooms.wanted() == {"a"}, peer)


async def test_a_voice_under_ever_other_numbers_is_one_voice(two: tuple[House, House]) -> None:
    first, second = two
    listener, speaker = await first.join("listener"), await second.join("speaker", csrc=1)
    speaker.talk(Tone(440))
    for csrc in range(1, 10):
        second.plane.allow_voice("speaker", csrc)
        await listener.hear_from(csrc, 2)
    room = first.plane.rooms._rooms["a"]
    assert len(room._own) <= 9
    await when(lambda: len(room._own) == 1, listener)


async def test_a_want_is_made_known_and_runs_out(two: tuple[House, House]) -> None:
    first, second = two
    peer = await first.join("peer")
    await when(lambda: first.plane.rooms.wanted() == {"a"}, peer)
    second.plane.close_room("a")
    await when(lambda: first.plane.rooms.wanted() == set(), peer)
    assert second.plane.rooms.heard_at("a") is None


async def test_a_stranger_is_not_listened_to(two: tuple[House, House]) -> None:
    first, second = two
    peer = await first.join("peer")
    async with House(relay_key=derive("another house has another secret")) as stranger:
        stranger.plane.rooms.hear("a", at(first), 1)
        await when(lambda: first.plane.stats().dropped.get("relay_unauthentic", 0) > 0, peer)
    async with House() as alone:
        second.plane.rooms.hear("a", at(alone), 9)
        await when(lambda: alone.plane.stats().dropped.get("relay_unasked", 0) > 0, peer)


async def test_a_room_of_which_nobody_says_who_mixes_it_is_silent() -> None:
    async with House(relay_key=KEY) as house:
        speaker, listener = await house.join("speaker", csrc=5), await house.join("listener")
        speaker.talk(Tone(440))
        await ticks(house, 30, speaker)
        assert listener.heard == []
        house.plane.rooms.mix("a", 1, EVER)
        packets = await listener.hear_from(5, 30)
        assert np.isfinite(pitch(packets, 440))


async def test_whoever_mixes_gives_every_tick_to_the_tap(two: tuple[House, House]) -> None:
    first, second = two
    tapped: list[tuple[str, int, int, tuple[int, ...]]] = []

    def tap(room: str, epoch: int, tick: int, packet: FeedPacket | None) -> None:
        tapped.append((room, epoch, tick, packet.csrcs if packet else ()))

    def astray(*of: object) -> None:
        raise AssertionError("it mixes nothing")

    first.plane.rooms.tap, second.plane.rooms.tap = tap, astray
    listener = await second.join("listener")
    speaker = await second.join("speaker", csrc=6)
    speaker.talk(Tone(440))
    await listener.hear_from(6, 20)
    assert {(room, epoch) for room, epoch, *_ in tapped} == {("a", 1)}
    ticks = [tick for _, _, tick, _ in tapped]
    assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
    assert {heard for *_, heard in tapped} == {(), (6,)}
    assert second.plane.stats().faults == 0
