import numpy as np
import pytest
from av import CodecContext
from av.packet import Packet
from hypothesis import given
from hypothesis import strategies as st

from afterparty.media.desk.feed import FeedPacket
from afterparty.media.desk.opus import OpusEncoder, duration
from afterparty.media.outward import lanes
from afterparty.media.outward.lanes import (
    LANES,
    MAX_PAYLOAD,
    Pressure,
    choose,
    join_frames,
    pack,
    widen,
    widest,
)


def frame(tick: int, payload: bytes = b"\xf8abc", marker: bool = False, *heard: int) -> FeedPacket:
    return FeedPacket(tick, payload, heard, bytes(20 + i for i in range(len(heard))), marker)


def encoded(ticks: int) -> list[bytes]:
    encoder = OpusEncoder()
    t = np.arange(960 * ticks) / 48_000
    wave = (9000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16).reshape(ticks, 960)
    return [encoder.encode(samples) for samples in wave]


def decoded(payloads: list[bytes]) -> np.ndarray:
    codec = CodecContext.create("libopus", "r")
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", 48_000
    found = [f.to_ndarray()[0] for payload in payloads for f in codec.decode(Packet(payload))]
    return np.concatenate(found)


@pytest.mark.parametrize("lane", [2, 3, 4, 5, 6])
def test_libopus_hears_the_same_whatever_the_lane(lane: int) -> None:
    frames = encoded(60)
    wide = [join_frames(frames[i : i + lane]) for i in range(0, 60, lane)]
    assert {duration(payload) for payload in wide} == {960 * lane}
    assert np.array_equal(decoded(frames), decoded(wide))


def test_frames_of_different_lengths_are_told_apart() -> None:
    frames = [b"\xf8" + bytes([i]) * size for i, size in enumerate((0, 3, 251, 252, 1020, 1))]
    joined = join_frames(frames)
    assert joined[0] == 0xFB
    assert joined[1] == 0x80 | 6
    at, sizes = 2, []
    for _ in range(5):
        size = joined[at]
        at += 1
        if size >= 252:
            size += 4 * joined[at]
            at += 1
        sizes.append(size)
    assert sizes == [0, 3, 251, 252, 1020]
    for i, size in enumerate([*sizes, 1]):
        assert joined[at : at + size] == bytes([i]) * size
        at += size
    assert at == len(joined)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3), st.sampled_from([b"\xf8", b"\xf8abc", b"\x78ab", b"\xfb\x02pq"]),
            st.booleans(),
        ),
        max_size=40,
    )
)  # fmt: skip
def test_packing_keeps_every_frame_in_order(given: list[tuple[int, bytes, bool]]) -> None:
    tick, frames = 0, []
    for step, payload, marker in given:
        tick += step
        frames.append(frame(tick, payload, marker))
    found = []
    for packet in pack(frames):
        if packet.payload[0] & 3 == 0 or packet.payload == b"\xfb\x02pq":
            count = 1
        else:
            count = packet.payload[1] & 63
        found += range(packet.tick, packet.tick + count)
        assert count <= LANES[-1]
        assert len(packet.payload) <= MAX_PAYLOAD
        by_tick = {f.tick: f for f in frames}
        assert packet.marker == by_tick[packet.tick].marker
        assert not any(by_tick[packet.tick + i].marker for i in range(1, count))
    assert found == [f.tick for f in frames]


def test_frames_that_would_not_fit_a_datagram_are_not_joined() -> None:
    packets = pack([frame(t, b"\xf8" + bytes(400)) for t in range(6)])
    assert [len(p.payload) <= MAX_PAYLOAD for p in packets] == [True] * len(packets)
    assert len(packets) == 3


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_frames_are_joined_than_a_listener_takes(most: lanes.Lane) -> None:
    packets = pack([frame(t) for t in range(7)], most)
    assert [packet.tick for packet in packets] == list(range(0, 7, most))


def test_the_widest_lane_keeps_to_what_a_listener_takes() -> None:
    asked = [None, 0, 10, 20, 59, 60, 100, 120, 99_999]
    assert [widest(maxptime) for maxptime in asked] == [6, 1, 1, 1, 1, 3, 3, 6, 6]


def test_a_packet_tells_of_all_who_are_heard_in_it_with_their_loudest() -> None:
    one = FeedPacket(1, b"\xf8a", (7, 8), b"\x10\x20", False)
    two = FeedPacket(2, b"\xf8b", (8, 9), b"\x05\x30", False)
    (packet,) = pack([one, two])
    assert packet.csrcs == (8, 7, 9)
    assert packet.levels == b"\x05\x10\x30"


def test_at_most_fifteen_are_told() -> None:
    crowd = [
        FeedPacket(t, b"\xf8a", tuple(range(t * 15, t * 15 + 15)), bytes(15), False)
        for t in range(2)
    ]
    (packet,) = pack(crowd)
    assert len(packet.csrcs) == len(packet.levels) == 15


def test_lanes_widen_with_the_room_and_narrow_with_reserve() -> None:
    _, sixty, hundred_twenty = lanes.FROM
    assert choose(0, 1) == 1
    assert choose(sixty - 1, 1) == 1
    assert choose(sixty, 1) == 3
    assert choose(sixty - 1, 3) == 3
    assert choose(int(sixty * lanes.KEEP) - 1, 3) == 1
    assert choose(hundred_twenty, 3) == 6
    assert choose(hundred_twenty - 1, 6) == 6
    assert [widen(1, steps) for steps in range(3)] == [1, 3, 6]
    assert widen(6, 2) == 6


def test_pressure_rises_with_lateness_and_falls_after_a_while() -> None:
    pressure, tick = Pressure(), 1000
    pressure.tell(tick, late=True)
    for tick in range(1001, 1200):
        pressure.tell(tick, late=False)
    assert pressure.steps == 0, "one late tick is a hiccup"
    for tick in range(1200, 1250):
        pressure.tell(tick, late=True)
    assert pressure.steps == 1
    for tick in range(1250, 1400):
        pressure.tell(tick, late=True)
    assert pressure.steps == 2
    for tick in range(1400, 1400 + lanes.RELAX_TICKS - 2):
        pressure.tell(tick, late=False)
    assert pressure.steps == 2
    for tick in range(1400 + lanes.RELAX_TICKS - 2, 1400 + 2 * lanes.RELAX_TICKS):
        pressure.tell(tick, late=False)
    assert pressure.steps == 0
