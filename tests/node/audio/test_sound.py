"""How busy the sound of a node is, as whoever lets people in must know it."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.media.peer import RawPeer, Tone, decode, loudness_at
from tests.node.conftest import HOST, House

from afterparty.core import commands as c
from afterparty.core.model import Person, Role, RoomKind, Waiting
from afterparty.media.desk.clock import TICK_SECONDS
from afterparty.node.audio.sound import DEPARTING


@pytest.mark.parametrize(
    ("changed", "busy"),
    [
        ({}, 0.25),
        ({"late_ticks": 5}, 0.5),
        ({"late_departures": 2}, 0.25),
        ({"late_departures": 10}, DEPARTING),
        ({"skipped_departures": 1}, 1.0),
    ],
)
async def test_a_node_is_as_busy_as_its_listeners_feel(
    house: House, monkeypatch: pytest.MonkeyPatch, changed: dict[str, int], busy: float
) -> None:
    sound = house.node.sound
    before = replace(sound.stats(), tick_seconds=TICK_SECONDS / 4)
    monkeypatch.setattr(sound.plane, "stats", lambda: before)
    sound.busy()
    counts = {name: getattr(before, name) + more for name, more in changed.items()}
    now = replace(before, ticks=before.ticks + 10, **counts)
    monkeypatch.setattr(sound.plane, "stats", lambda: now)
    assert sound.busy() == pytest.approx(busy)
    assert sound.busy() == pytest.approx(0.25), "since the last call"


async def test_whoever_waits_hears_a_tune_until_the_room_opens(house: House) -> None:
    execute = house.node.rooms.execute
    stage = ((Person("speaker", "speaker", "Speaker"), Role.SPEAKER),)
    waiting = c.CreateRoom(HOST, "soon", "show", RoomKind.SPACE, "Soon", stage=stage)
    await house.node.rooms.create_room(waiting)
    peers = {}
    for member in ("fan", "speaker"):
        peers[member] = RawPeer()
        connection = await house.join(member, "soon")
        await peers[member].connect(house.node.sound.answer(connection, peers[member].offer()))
    fan, speaker = peers["fan"], peers["speaker"]
    speaker.talk(Tone(440))
    silent = await fan.hear(2)
    assert {packet.payload for packet in silent} == {b"\xf8"}, "the host has not asked for a tune"
    await execute("soon", c.EditRoom(HOST, waiting=Waiting.TUNE))
    tune = decode((await fan.hear(30))[5:])
    assert -36 < 20 * np.log10(np.sqrt(np.mean(tune**2))) < -24
    assert loudness_at(tune, 440) < 0.5, "nobody is heard yet"

    await execute("soon", c.Unmute(stage[0][0]))
    await execute("soon", c.OpenRoom(HOST))
    csrc = house.node.rooms.room("soon").seats["speaker"].csrc
    heard = await fan.hear_from(csrc, 30)
    assert loudness_at(decode(heard[10:]), 440) > 0.9
    assert len({packet.ssrc for packet in fan.heard}) == 1
    assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(fan.heard)} == {1}
    await execute("soon", c.EditRoom(HOST, title="Now"))
    assert (await fan.hear(3))[-1].csrcs == (csrc,)
    for peer in peers.values():
        await peer.close()
