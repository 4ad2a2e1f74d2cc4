import asyncio
import itertools
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import pairwise
from types import SimpleNamespace

import pytest
from aiortc.rtp import RtcpSdesPacket, RtcpSrPacket
from tests.media.keys import PROFILES, Sink, row_of, steps, ticks_of, widths_of

from afterparty.media.desk.clock import rtp_timestamp
from afterparty.media.desk.feed import REMEMBERED_TICKS, Feed, FeedPacket
from afterparty.media.inward.dtls import SrtpSender
from afterparty.media.outward import fanout as fanout_module
from afterparty.media.outward import lanes, sender
from afterparty.media.outward.fanout import REPORT_TICKS, REVIEW_TICKS, SLICE_SECONDS, FanOut
from afterparty.media.outward.lanes import Lane
from afterparty.media.outward.sender import BLOCKS, ROWS

FIRST = 5_000
"""Low enough for RTP timestamps not to wrap within a test."""


class Stage:
    """A fan-out on a real socket, its far end, and a clock that goes by hand."""

    def __init__(self, sink: Sink, lane: Lane | None = None) -> None:
        self.sink = sink
        self.fanout = FanOut(lane)
        self.tick = FIRST
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)

    def push(self, *feeds: Feed, marker: bool = False) -> None:
        for feed in feeds:
            payload = b"\xf8" + bytes([feed.number & 255, self.tick & 255])
            feed.push(FeedPacket(self.tick, payload, (8, 9), b"\x05\x06", marker))

    async def run(self, *feeds: Feed, ticks: int = 1) -> None:
        """Let so many ticks depart, each to its end."""
        for _ in range(ticks):
            self.push(*feeds)
            self.fanout.depart(self.tick)
            await self.fanout.departed()
            self.sink.drain()
            self.tick += 1


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    with sink.socket:
        yield sink


@pytest.fixture
async def stages() -> AsyncIterator[list[Stage]]:
    """Those who are put in the list are stopped at the end."""
    found: list[Stage] = []
    yield found
    for stage in found:
        assert stage.fanout.faults == 0
        await stage.fanout.stop()
        stage.socket.close()


@pytest.fixture
def start(sink: Sink, stages: list[Stage]) -> Callable[..., Stage]:
    def begin(lane: Lane | None = None) -> Stage:
        stage = Stage(sink, lane)
        stage.fanout.start(stage.socket, FIRST - 1)
        stages.append(stage)
        return stage

    return begin


@pytest.mark.parametrize("profile", PROFILES)
async def test_sequence_wraps_around_and_the_receiver_follows(start, profile: str) -> None:
    stage, feed = start(), Feed()
    heard = stage.sink.add(stage.fanout, 1, feed, profile, index=65_530)
    await stage.run(feed, ticks=20)
    assert [p.sequence for p in heard] == [*range(65_530, 65_536), *range(14)]
    assert ticks_of(heard) == list(range(FIRST, FIRST + 20))


async def test_every_row_has_its_own_sequence_and_ssrc(start) -> None:
    stage, feed = start(), Feed()
    one = stage.sink.add(stage.fanout, 1, feed, index=5)
    two = stage.sink.add(stage.fanout, 2, feed, index=70)
    await stage.run(feed, ticks=3)
    assert [(p.ssrc, p.sequence) for p in one] == [(1, 5), (1, 6), (1, 7)]
    assert [(p.ssrc, p.sequence) for p in two] == [(2, 70), (2, 71), (2, 72)]
    assert stage.fanout.sent == 6
    assert stage.fanout.sent_to("1") == 3
    assert (one[0].csrcs, one[0].levels) == ((8, 9), b"\x05\x06")
    assert one[0].timestamp == rtp_timestamp(FIRST)


async def test_listeners_of_all_shapes_share_a_feed(start) -> None:
    stage, feed = start(lane=3), Feed()
    heard = {
        number: stage.sink.add(stage.fanout, number, feed, profile)
        for number, profile in enumerate([*PROFILES, *PROFILES], start=1)
    }
    plain = row_of(9, port=stage.sink.port)
    plain.level_id, plain.payload_type = None, 96
    stage.sink.add(stage.fanout, 9, None)
    stage.fanout.remove("9")
    stage.fanout.add("9", plain, feed)
    await stage.run(feed, ticks=12)
    for packets in heard.values():
        assert {p.levels for p in packets} == {b"\x05\x06"}
    assert {(p.levels, p.payload_type) for p in stage.sink.heard[9]} == {(b"", 96)}


@pytest.mark.parametrize("lane", [1, 3, 6])
async def test_every_lane_carries_every_tick_once(start, lane: Lane) -> None:
    stage, feed = start(lane), Feed()
    everybody = [stage.sink.add(stage.fanout, number, feed) for number in range(1, 20)]
    await stage.run(feed, ticks=60)
    for heard in everybody:
        ticks = ticks_of(heard)
        assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
        assert ticks[-1] > FIRST + 60 - 1 - lane
        assert set(widths_of(heard[1:])) == {lane}
        assert steps(heard) == {1}
    seconds = {heard[1].timestamp // 960 % lane for heard in everybody}
    assert len(seconds) == lane, "departures are spread over the ticks"


@pytest.mark.parametrize("lane", [1, 3])
async def test_no_packet_is_wider_than_its_listener_takes(start, lane: Lane) -> None:
    stage, feed = start(lane=6), Feed()
    heard = stage.sink.add(stage.fanout, 1, feed, widest=lane)
    other = stage.sink.add(stage.fanout, 2, feed)
    stage.fanout.pin("1", True)
    await stage.run(feed, ticks=6)
    stage.fanout.pin("1", False)
    await stage.run(feed, ticks=100)
    assert max(widths_of(heard)) == widths_of(heard)[-1] == lane
    assert max(widths_of(other)) == 6
    for _ in range(8):  # the clock goes on, and departs nothing
        stage.push(feed)
        stage.tick += 1
    await stage.run(feed, ticks=12)
    assert max(widths_of(heard)) == lane
    ticks = ticks_of(heard)
    assert ticks == list(range(FIRST, FIRST + len(ticks)))
    assert ticks[-1] > stage.tick - 1 - lane, "it has caught up"


async def test_a_growing_room_widens_step_by_step_and_narrows_again(start, monkeypatch) -> None:
    monkeypatch.setattr(fanout_module, "NARROW_TICKS", 30)
    monkeypatch.setattr(fanout_module, "GROW_EVERY", 4)
    stage, feed = start(), Feed()
    heard = stage.sink.add(stage.fanout, 1, feed)
    voice = stage.sink.add(stage.fanout, 2, feed)
    stage.fanout.pin("2", True)
    await stage.run(feed, ticks=10)
    monkeypatch.setattr(lanes, "FROM", (0, 1, 2))
    await stage.run(feed, ticks=150)
    widths = widths_of(heard)
    assert widths[0] == 1
    assert widths[-1] == 6
    growth = [b - a for a, b in pairwise(widths)]
    assert set(growth) == {0, 1}, "never more than one tick at a time"
    assert all(widths.count(width) >= 4 for width in range(1, 6))
    monkeypatch.setattr(lanes, "FROM", (0, 100, 200))
    await stage.run(feed, ticks=100)
    assert widths_of(heard)[-1] == 1
    for packets in (heard, voice):
        ticks = ticks_of(packets)
        assert ticks == list(range(FIRST, FIRST + len(ticks)))
        assert len(ticks) == 260
        assert steps(packets) == {1}
    assert set(widths_of(voice)) == {1}, "who speaks hears at once"


async def test_following_loses_no_tick_and_no_sequence_in_any_lane(start) -> None:
    for lane in lanes.LANES:
        stage, feeds = start(lane), [Feed(), Feed(), Feed()]
        number = 100 * lane
        heard = stage.sink.add(stage.fanout, number, feeds[0], index=65_500)
        for turn in range(20):
            await stage.run(*feeds, ticks=4 + turn % 3)
            stage.fanout.follow([str(number), "nobody"], feeds[turn % 3])
        await stage.run(*feeds, ticks=lane)
        ticks = ticks_of(heard)
        assert ticks == list(range(ticks[0], ticks[0] + len(ticks)))
        assert steps(heard) == {1}


async def test_a_great_audience_that_arrives_in_parts_stays_in_its_lane(start, monkeypatch) -> None:
    monkeypatch.setattr(lanes, "FROM", (0, 5, 10))
    monkeypatch.setattr(fanout_module, "GROW_EVERY", 4)
    stage, feeds = start(), [Feed(), Feed()]
    everybody = [stage.sink.add(stage.fanout, number, feeds[0]) for number in range(1, 13)]
    await stage.run(*feeds, ticks=200)
    assert stage.fanout.lanes()[6] == 12
    for number in range(1, 13):
        stage.fanout.follow([str(number)], feeds[1])
        await stage.run(*feeds, ticks=2)
    await stage.run(*feeds, ticks=12)
    for heard in everybody:
        assert set(widths_of(heard[-6:])) == {6}


async def test_silence_departs_as_comfort_and_nothing_else(start) -> None:
    stage, feed = start(lane=6), Feed()
    heard = stage.sink.add(stage.fanout, 1, feed)
    await stage.run(feed, ticks=13)
    for _ in range(60):
        if stage.tick % 20 == 0:
            stage.push(feed)
        await stage.run()
    stage.push(feed, marker=True)
    await stage.run()
    await stage.run(feed, ticks=12)
    assert steps(heard) == {1}
    spoken = ticks_of(heard)
    assert spoken == sorted(set(spoken))
    assert set(range(FIRST + 7, FIRST + 13)) <= set(spoken)
    quiet = [tick - FIRST for tick in spoken if FIRST + 13 <= tick < FIRST + 73]
    assert quiet == [20, 40, 60]
    assert [p.marker for p in heard].count(True) == 1


async def test_a_row_that_follows_nothing_is_sent_nothing_and_resumes(start) -> None:
    stage, feed = start(), Feed()
    heard = stage.sink.add(stage.fanout, 1, feed)
    await stage.run(feed, ticks=2)
    stage.fanout.follow(["1"], None)
    await stage.run(feed, ticks=10)
    stage.fanout.follow(["1"], feed)
    await stage.run(feed)
    assert ticks_of(heard) == [FIRST, FIRST + 1, FIRST + 12]
    assert steps(heard) == {1}


async def test_a_packet_that_the_kernel_refuses_is_a_packet_lost(start) -> None:
    stage, feed = start(), Feed()
    heard = stage.sink.add(stage.fanout, 1, feed)
    await stage.run(feed)
    stage.fanout.move("1", ("255.255.255.255", 9))  # broadcasting is not permitted
    await stage.run(feed, ticks=3)
    stage.fanout.move("1", ("127.0.0.1", stage.sink.port))
    await stage.run(feed)
    assert steps(heard) == {4}
    assert stage.fanout.sent == 2
    assert stage.fanout.dropped == 3


async def test_a_refused_packet_does_not_hold_up_the_others(start) -> None:
    stage, feed = start(), Feed()
    everybody = [stage.sink.add(stage.fanout, number, feed) for number in range(1, 6)]
    stage.fanout.move("3", ("255.255.255.255", 9))
    await stage.run(feed, ticks=3)
    assert [len(heard) for heard in everybody] == [3, 3, 0, 3, 3]


async def test_a_removed_row_is_sent_nothing_and_its_place_is_used_again(start) -> None:
    stage, feed = start(), Feed()
    heard = stage.sink.add(stage.fanout, 1, feed)
    stage.fanout.remove("1")
    stage.fanout.remove("1")
    await stage.run(feed)
    assert heard == []
    assert stage.fanout.sent_to("1") == 0
    again = stage.sink.add(stage.fanout, 2, feed)
    await stage.run(feed, ticks=2)
    assert len(again) == 2
    assert len(stage.fanout) == 1


async def test_a_late_tick_waits_is_counted_and_comes_in_wider_packets(start) -> None:
    stage, feed = start(lane=1), Feed()
    crowd = (BLOCKS + 2) * ROWS
    everybody = [stage.sink.add(stage.fanout, number, feed) for number in range(1, crowd + 1)]
    behind = 9
    for _ in range(behind):  # nobody else gets a turn: the thread's blocks never come back
        stage.push(feed)
        stage.fanout.depart(stage.tick)
        stage.tick += 1
    assert stage.fanout.late == behind - 1
    await stage.fanout.departed()
    stage.sink.drain()
    for _ in range(3):
        await stage.run(feed)
    for heard in everybody:
        ticks = ticks_of(heard)
        assert ticks == list(range(FIRST, FIRST + len(ticks)))
        assert steps(heard) == {1}
        assert max(widths_of(heard)) == 6
    assert stage.fanout.skipped == 0


async def test_lateness_that_lasts_widens_the_lane_of_a_small_room(start, monkeypatch) -> None:
    crowd = (BLOCKS + 2) * ROWS
    # Nearly as many as would widen it by themselves: a lane that only pressure has widened must not
    # be taken for the room's own, and be widened once more.
    monkeypatch.setattr(lanes, "FROM", (0, crowd + crowd // 10, 2 * crowd))
    monkeypatch.setattr(fanout_module, "GROW_EVERY", 1)
    stage, feed = start(), Feed()
    for number in range(1, crowd + 1):
        stage.sink.add(stage.fanout, number, feed)
    await stage.run(feed, ticks=20)
    assert stage.fanout.lanes()[1] == crowd
    late = stage.fanout.late
    for _ in range(REVIEW_TICKS * 6):  # nobody else gets a turn
        stage.push(feed)
        stage.fanout.depart(stage.tick)
        stage.tick += 1
    assert stage.fanout.late > late + REVIEW_TICKS * 5
    await stage.fanout.departed()
    await stage.run(feed, ticks=12)
    assert stage.fanout.lanes()[3] == crowd


async def test_a_slice_that_is_over_seals_a_few_rows_more_and_no_whole_block(
    start, monkeypatch
) -> None:
    """The clock is looked at between any few rows: here it says each time that half a slice has
    gone by."""
    clock = itertools.count()
    fake = SimpleNamespace(
        perf_counter=lambda: next(clock) * 0.6 * SLICE_SECONDS, thread_time=time.thread_time
    )
    monkeypatch.setattr(fanout_module, "time", fake)
    turn, sealed = 0, Counter[int]()

    class Counted:
        protect_rtcp = bytes

        def protect(self, plain: bytes) -> bytes:
            sealed[turn] += 1
            return plain

    stage, feed = start(lane=1), Feed()
    for number in range(1, 2 * ROWS):
        row = row_of(number, "SRTP_AES128_CM_SHA1_80", stage.sink.port)
        row.srtp = SrtpSender(row.srtp.profile, b"", b"", Counted())
        stage.fanout.add(str(number), row, feed)
    stage.push(feed)
    stage.fanout.depart(stage.tick)
    departed = asyncio.ensure_future(stage.fanout.departed())
    while not departed.done():
        turn += 1
        await asyncio.sleep(0)
    assert sealed.total() == 2 * ROWS - 1
    assert max(sealed.values()) <= 128


async def test_who_is_too_far_behind_skips_and_it_is_counted(start) -> None:
    stage, feed = start(), Feed()
    heard = stage.sink.add(stage.fanout, 1, feed)
    await stage.run(feed, ticks=3)
    for _ in range(REMEMBERED_TICKS + 10):  # the clock goes on, and departs nothing
        stage.push(feed)
        stage.tick += 1
    await stage.run(feed, ticks=20)
    missing = set(range(FIRST, stage.tick)) - set(ticks_of(heard))
    assert 0 < len(missing) == stage.fanout.skipped
    assert ticks_of(heard)[-1] == stage.tick - 1


async def test_rows_removed_in_the_middle_of_a_departure_are_not_replaced_in_it(start) -> None:
    stage, feed, other = start(), Feed(), Feed()
    crowd = (BLOCKS + 2) * ROWS
    for number in range(1, crowd + 1):
        stage.sink.add(stage.fanout, number, feed)
    stage.push(feed)
    stage.fanout.depart(stage.tick)
    last = str(crowd)
    stage.fanout.remove(last)
    newcomer = stage.sink.add(stage.fanout, crowd + 1, other)
    await stage.fanout.departed()
    stage.sink.drain()
    assert newcomer == []
    assert stage.sink.heard[crowd] == []
    assert len(stage.sink.heard[crowd - 1]) == 1


async def test_every_row_gets_one_sender_report_in_five_seconds(start) -> None:
    stage, feed = start(), Feed()
    for number, profile in enumerate([*PROFILES] * 5, start=1):
        stage.sink.add(stage.fanout, number, feed, profile)
    await stage.run(feed, ticks=4)
    before = {number: len(found) for number, found in stage.sink.rtcp.items()}
    await stage.run(ticks=2 * REPORT_TICKS)
    assert len(stage.sink.rtcp) == 15
    for number, found in stage.sink.rtcp.items():
        news = found[before.get(number, 0) :]
        reports = [packet for packet in news if isinstance(packet, RtcpSrPacket)]
        assert [report.ssrc for report in reports] == [number] * 2
        assert reports[0].sender_info.packet_count == 4
        assert reports[0].sender_info.octet_count == 4 * 3
        names = [packet for packet in news if isinstance(packet, RtcpSdesPacket)]
        assert names[0].chunks[0].items == [(1, stage.fanout.cname.encode())]


async def test_it_can_be_stopped_with_work_at_hand(start) -> None:
    stage, feed = start(), Feed()
    for number in range(1, (BLOCKS + 2) * ROWS):
        stage.sink.add(stage.fanout, number, feed)
    stage.push(feed)
    stage.fanout.depart(stage.tick)
    await stage.fanout.stop()


async def test_the_plain_way_of_sending_is_the_same_for_listeners(start, monkeypatch) -> None:
    monkeypatch.setattr(sender, "BATCHED", False)
    stage, feed = start(lane=3), Feed()
    everybody = [stage.sink.add(stage.fanout, number, feed) for number in range(1, 100)]
    stage.fanout.move("3", ("255.255.255.255", 9))  # broadcasting is not permitted
    await stage.run(feed, ticks=12)
    for number, heard in enumerate(everybody, start=1):
        ticks = ticks_of(heard)
        assert ticks == list(range(FIRST, FIRST + len(ticks)))
        assert (len(ticks) >= 10) is (number != 3)
    assert stage.fanout.dropped >= 4
