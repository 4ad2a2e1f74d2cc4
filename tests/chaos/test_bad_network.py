"""A speaker and a listener behind a bad network: 5 % loss, 30 ms jitter, reordering, doubles."""

import itertools

import numpy as np
from tests.chaos.bad_network import bad_network
from tests.chaos.party import SEED
from tests.media.house import House
from tests.media.peer import Heard, Tone, decode

from afterparty.media.between.relay import derive
from afterparty.media.desk.clock import TICK_SAMPLES

MOST_TICKS = 3
"""60 ms."""
SECONDS = 20


async def test_a_bad_network_leaves_no_gap_of_more_than_60_ms() -> None:
    print(f"the seed is {SEED}")
    async with House(lane=1) as house:
        server = ("127.0.0.1", house.plane.port)
        async with bad_network(server, SEED) as up, bad_network(server, SEED + 1) as down:
            speaker = await house.join("speaker", csrc=5, by=up.address)
            listener = await house.join("listener", by=down.address)
            speaker.talk(Tone(440))
            await listener.hear_from(5, 50)
            for way in (up, down):
                way.worsen()
            await listener.hear(50)
            begun = len(listener.heard)
            for _ in range(SECONDS):
                await listener.hear(50)
        heard = in_order(listener.heard[begun:])
        lost = house.plane.session_stats("speaker")
        skipped = house.plane.stats().skipped_ticks
        twice = house.plane.stats().dropped["srtp_unauthentic"]  # as libsrtp calls a replay
    assert up.lost > SECONDS * 50 * 0.03, "the network was bad"
    assert down.lost > SECONDS * 50 * 0.03
    assert lost is not None
    assert lost.lost > 0
    assert twice > 0
    # By packets: what reached the listener, and in time for a player that waits as ours does.
    # What the node itself had no time for is not the network's.
    missing = [ticks_between(a, b) - 1 for a, b in itertools.pairwise(heard)]
    assert max(missing) <= MOST_TICKS + skipped
    assert sum(missing) < 0.08 * len(heard)
    # By spectrum: the tone, wherever 60 ms of it were sent at all.
    assert longest_hush(heard) <= MOST_TICKS


async def test_a_bad_network_between_nodes_leaves_none_either() -> None:
    print(f"the seed is {SEED}")
    key = derive("the nodes of this house share this")
    async with House(lane=1, relay_key=key) as first, House(lane=1, relay_key=key) as second:
        first.plane.rooms.mix("a", 1, float("inf"))
        async with bad_network(("127.0.0.1", first.plane.port), SEED) as between:
            second.plane.rooms.hear("a", between.address, 1)
            speaker = await first.join("speaker", csrc=5)
            listener = await second.join("listener")
            speaker.talk(Tone(440))
            await listener.hear_from(5, 50)
            between.worsen()
            await listener.hear(50)
            begun = len(listener.heard)
            for _ in range(SECONDS):
                await listener.hear(50)
        heard = in_order(listener.heard[begun:])
        skipped = sum(house.plane.stats().skipped_ticks for house in (first, second))
        copies = second.plane.stats().dropped["relay_copy"]
    assert between.lost > SECONDS * 50 * 0.03
    assert copies > 0
    missing = [ticks_between(a, b) - 1 for a, b in itertools.pairwise(heard)]
    assert max(missing) <= MOST_TICKS + skipped
    assert sum(missing) < 0.08 * len(heard)
    assert longest_hush(heard) <= MOST_TICKS


def in_order(packets: list[Heard]) -> list[Heard]:
    """As a jitter buffer gives them to a decoder: sorted, and each once."""
    first = packets[0]

    def place(packet: Heard) -> int:
        return ((packet.sequence - first.sequence + 0x8000) & 0xFFFF) - 0x8000

    return [packet for _, packet in sorted({place(p): p for p in packets}.items())]


def ticks_between(a: Heard, b: Heard) -> int:
    return ((b.timestamp - a.timestamp) & 0xFFFFFFFF) // TICK_SAMPLES


def longest_hush(packets: list[Heard]) -> int:
    """The most ticks in a row in which the tone is not heard, of those that came."""
    sound = decode(packets)
    wave = np.exp(-2j * np.pi * 440 * np.arange(TICK_SAMPLES) / 48_000)
    ticks = sound[: len(sound) // TICK_SAMPLES * TICK_SAMPLES].reshape(-1, TICK_SAMPLES)
    loud = np.abs(ticks @ wave) / TICK_SAMPLES
    quiet = loud < 0.1 * np.median(loud)
    runs = [len(list(run)) for is_quiet, run in itertools.groupby(quiet) if is_quiet]
    return max(runs, default=0)
