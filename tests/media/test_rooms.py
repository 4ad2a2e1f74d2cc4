from itertools import pairwise

import numpy as np
import pytest
from tests.media.house import House
from tests.media.peer import Tone, decode, loudness_at

from afterparty.media.desk.clock import TICK_SAMPLES
from afterparty.media.events import (
    MediaError,
    Speaking,
)


async def test_following_another_room_keeps_one_unbroken_stream(house: House) -> None:
    house.plane.open_room("b")
    listener = await house.join("listener")
    first = await house.join("first", csrc=1)
    second = await house.join("second", room_id="b", csrc=2)
    first.talk(Tone(440))
    second.talk(Tone(1320))
    await listener.hear_from(1, 20)
    start = len(listener.heard) - 10
    house.plane.follow(["listener"], "b")
    await listener.hear_from(2, 20)
    packets = listener.heard[start:]
    assert len({p.ssrc for p in packets}) == 1
    steps = [(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(packets)]
    assert set(steps) == {1}
    ticks = [
        ((b.timestamp - a.timestamp) & 0xFFFFFFFF) / TICK_SAMPLES for a, b in pairwise(packets)
    ]
    skipped = house.plane.stats().skipped_ticks
    assert all(step == int(step) for step in ticks)
    assert max(ticks) <= 3 + skipped
    assert packets[0].csrcs == (1,)
    assert packets[-1].csrcs == (2,)
    assert listener.broken == 0


async def test_a_speaker_who_follows_is_heard_in_the_new_room(house: House) -> None:
    house.plane.open_room("b")
    there = await house.join("there", room_id="b")
    speaker = await house.join("speaker", csrc=9)
    speaker.talk(Tone(440))
    await house.event(lambda e: isinstance(e, Speaking) and 9 in e.levels)
    house.plane.follow(["speaker"], "b")
    assert (await there.hear_from(9, 5))[-1].csrcs == (9,)
    await house.event(lambda e: isinstance(e, Speaking) and e.room_id == "a" and not e.levels)


async def test_a_silent_room_sends_comfort_every_400_ms(house: House) -> None:
    listener = await house.join("listener")
    packets = await listener.hear(4)
    assert {p.payload for p in packets} == {b"\xf8"}
    first, *steps = [b.timestamp - a.timestamp for a, b in pairwise(packets)]
    assert first <= 20 * TICK_SAMPLES, "from the moment it fell silent to the next beat"
    assert set(steps) == {20 * TICK_SAMPLES}
    assert [p.sequence - packets[0].sequence for p in packets] == [0, 1, 2, 3]
    assert house.plane.stats().encodes == 0


async def test_following_the_room_one_is_in_changes_nothing(house: House) -> None:
    one = await house.join("one", csrc=1)
    two = await house.join("two", csrc=2)
    one.talk(Tone(440))
    two.talk(Tone(880))
    await one.hear_from(2, 5)
    house.plane.follow(["one", "two"], "a")
    packets = await one.hear(10)
    # A marker would tell of a new encoder, and that of a voice that was thrown out and let in.
    assert all(p.csrcs == (2,) and not p.marker for p in packets)


async def test_a_closed_room_is_silent_and_its_sessions_can_move_on(house: House) -> None:
    listener = await house.join("listener")
    await listener.hear(2)
    house.plane.close_room("a")
    house.plane.close_room("a")
    house.plane.open_room("b")
    ticks = house.plane.stats().ticks
    heard = len(listener.heard)
    bystander = await house.join("bystander", room_id="b")
    await bystander.hear(4)  # at least two whole comfort intervals
    assert house.plane.stats().ticks >= ticks + 40
    assert len(listener.heard) <= heard + 1
    house.plane.follow(["listener"], "b")
    await listener.hear(2)
    last = listener.heard[-4:]
    assert {b.sequence - a.sequence for a, b in pairwise(last)} == {1}
    with pytest.raises(MediaError, match="room_not_open"):
        house.plane.follow(["listener"], "a")
    house.plane.follow(["listener"], "b")
    house.plane.close_room("b")  # before the next tick, at which they would have moved
    ticks = house.plane.stats().ticks
    while house.plane.stats().ticks == ticks:
        await bystander.check()
    house.plane.open_room("b")
    house.plane.follow(["listener"], "b")
    assert await listener.hear(2)


async def test_who_waits_hears_the_tune_and_then_the_room_on_one_unbroken_stream(
    house: House,
) -> None:
    house.plane.open_room("b")
    house.plane.wait("b", True)
    early = await house.join("early", room_id="b")
    house.plane.wait("a", True)
    listener = await house.join("listener")
    heard = await listener.hear(30)
    assert all(packet.csrcs == () for packet in heard)
    assert -36 < 20 * np.log10(np.sqrt(np.mean(decode(heard[5:]) ** 2))) < -24
    assert {p.payload for p in await early.hear(3)} <= {p.payload for p in listener.heard}
    start = len(listener.heard) - 5
    house.plane.wait("a", False)
    speaker = await house.join("speaker", csrc=7)
    speaker.talk(Tone(440))
    await listener.hear_from(7, 30)
    packets = listener.heard[start:]
    assert loudness_at(decode(packets[-20:]), 440) > 0.9
    assert len({p.ssrc for p in listener.heard}) == 1
    assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(packets)} == {1}
    times = [(b.timestamp - a.timestamp) % 2**32 / TICK_SAMPLES for a, b in pairwise(packets)]
    assert all(step == int(step) > 0 for step in times)
    await early.hear(3)
    assert not house.plane.rooms.waits("a")
    house.plane.close_room("b")
    assert not house.plane.rooms.waits("b")


async def test_a_tune_that_nobody_waits_with_costs_nothing(house: House) -> None:
    house.plane.wait("a", True)
    house.plane.wait("nowhere", True)
    house.plane.open_room("b")
    other = await house.join("other", room_id="b")
    listener = await house.join("listener")
    await listener.hear(3)
    house.plane.close("listener")
    before = house.plane.stats().encodes
    assert before > 0
    await other.hear(2)  # a silent room sends two packets in twenty ticks and more
    assert house.plane.stats().encodes == before
