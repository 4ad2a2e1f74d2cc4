"""Simulated members at two nodes: asked for at either, moved along, kept and lost with a node; and
a replay whose audience comes again."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.conftest import Evening, Nodes, open_evening, several_nodes

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.replay.evening.progress import Silent
from afterparty.replay.evening.runner import run
from afterparty.replay.verdict.expect import judge
from afterparty.replay.words.beats import Beat
from afterparty.replay.words.loading import parse
from afterparty.wire.crowd import CrowdStep

pytestmark = pytest.mark.timeout(120)

FANS = [f"fan-{n}" for n in range(1_500)]


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with several_nodes(tmp_path / "data", 2) as found:
        yield found


async def until(api: Api, evening: Evening, pre: int, post: int) -> None:
    """Wait until so many simulated listeners are counted in the evening's rooms."""
    async with asyncio.timeout(30):
        while await counted(api, evening) != (pre, post):  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.05)


async def counted(api: Api, evening: Evening) -> tuple[int, int]:
    rooms = (await api.counts(evening.show)).rooms
    assert all(room.simulated == room.listeners for room in rooms.values())
    assert all(room.peak_simulated == room.peak for room in rooms.values())
    return rooms[evening.pre].simulated, rooms[evening.post].simulated


async def test_they_are_counted_exactly_whatever_becomes_of_a_node(nodes: Nodes) -> None:
    first, second = nodes.urls
    async with open_evening(first, "crowded") as evening:
        token = await evening.token("host", grants=["host", "simulate"])
        async with Api(second, token) as other:
            one, show, pre, post = evening.host, evening.show, evening.pre, evening.post
            reply = await one.crowd(show, CrowdStep(enter={pre: FANS}))
            assert (reply.changed, reply.rooms[pre].simulated) == (1_500, 1_500)
            step = CrowdStep(enter={post: FANS[:100]}, leave=FANS[100:200])
            assert (await other.crowd(show, step)).changed == 200
            assert (await other.crowd(show, step)).changed == 0, "asked again, nothing is done"
            assert await counted(one, evening) == (1_300, 100)

            # Evicted alive, the first node enters its own again: but who was told to go is gone.
            nodes.pause(first, signal.SIGSTOP)
            await until(other, evening, 0, 100)
            await other.crowd(show, CrowdStep(enter={post: FANS[200:210]}, leave=FANS[210:220]))
            nodes.pause(first, signal.SIGCONT)
            await until(other, evening, 1_280, 110)

            await one.command(post, "open")
            await one.command(pre, "offer_handoff", to_room=post, seconds=1)
            await other.crowd(show, CrowdStep(follow=FANS[220:230], stay=FANS[230:240]))
            assert await counted(one, evening) == (1_270, 120)
            await until(other, evening, 10, 1_380)

            nodes.kill(first)
            await until(other, evening, 0, 110)
            with pytest.raises(ApiError) as refused:
                await other.crowd(show, CrowdStep(enter={"nowhere": FANS[:1]}))
            assert refused.value.code == "no_such_room"
            assert (await other.crowd(show, CrowdStep(enter={post: FANS}))).changed == 1_390
            await other.command(post, "end")
            await until(other, evening, 0, 0)
            peaks = (await other.counts(show)).rooms
            assert [peaks[room].peak_simulated for room in (pre, post)] == [1_500, 1_500]


EVENING = """
scenario: bereft
title: An evening that loses a node
source: Nobody said so.
date: "2026"
facts:
  - {says: All of it is invented., basis: synthetic}
demo_speed: 6
show: {title: An evening that loses a node (simulation)}
cast:
  - {id: anna, name: Anna, voice: {language: en}}
rooms:
  - {id: talk, kind: space, title: Talk, host: anna}
audience:
  - name: fans
    size: 120
    room: talk
    arrive: {from: "0:00", over: "0:06"}
beats:
  - {at: "0:00", who: anna, do: open}
  - {at: "0:12", who: anna, do: unmute}
  - {at: "1:12", who: anna, do: mute}
  - {at: "1:18", who: anna, do: end}
expect:
  - {kind: crowd}
  - {kind: listeners, room: talk, at: "1:12", exactly: 120}
  - {kind: tuned_in, room: talk, exactly: 121}
  - {kind: state, room: talk, is: ended}
"""


class Killing(Silent):
    """Kills the node where the replay began, once everybody is there."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes

    def beat(self, t: float, index: int, beat: Beat) -> None:
        if beat.do == "unmute":
            self.nodes.kill(self.nodes.urls[0])


async def test_a_replay_outlives_the_node_that_it_began_at(nodes: Nodes) -> None:
    scenario, killing = parse(EVENING), Killing(nodes)
    where = nodes.urls[0]
    record = await run(scenario, where, speed=6, real=6, seed=1, progress=killing, voices="none")
    nodes.read()  # it was started again
    [lost] = record.crowd.lost
    assert lost.rooms == {"talk": 114}
    assert {step.node in lost.nodes for step in record.crowd.steps} == {True, False}
    assert {v.says: v.measured for v in judge(scenario, record) if not v.held} == {}
    assert all(len(member.stays) == 1 for member in record.listeners), "the others reconnected"
