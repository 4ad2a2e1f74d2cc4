import random

import pytest

from afterparty.media.inward.jitter import (
    DRIFT_WINDOW,
    MAX_EXCESS_TICKS,
    MAX_PACKETS,
    Frame,
    Hole,
    JitterBuffer,
)

TARGET = 3
LOST, STARVED, IDLE = Hole.LOST, Hole.STARVED, Hole.IDLE


def frame(number: int) -> Frame:
    return Frame(b"%d" % number, 960, None)


def play(
    arrivals: list[list[int]], ticks: int, ssrc: int = 1
) -> tuple[list[int | Hole], JitterBuffer]:
    """Put `arrivals[t]` in before tick t, take one frame a tick; frames are shown by number."""
    buffer, out = JitterBuffer(TARGET), []
    for tick in range(ticks):
        for number in arrivals[tick] if tick < len(arrivals) else []:
            buffer.put(1, number & 0xFFFF, frame(number))
        buffer.pass_tick()
        item = buffer.take()
        out.append(int(item.payload) if isinstance(item, Frame) else item)
    return out, buffer


def one_by_one(*numbers: int) -> list[list[int]]:
    return [[n] for n in numbers]


START = [IDLE] * TARGET


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        pytest.param(one_by_one(0, 1, 2, 3, 4), [*START, 0, 1, 2, 3, 4, STARVED], id="in order"),
        pytest.param(one_by_one(1, 0, 3, 2, 4), [*START, 0, 1, 2, 3, 4], id="reordered"),
        pytest.param([[0], [1], [], [2, 3], [4]], [*START, 0, 1, 2, 3, 4], id="jitter"),
        pytest.param([[0], [1], [], [3], [4]], [*START, 0, 1, LOST, 3, 4], id="loss"),
        pytest.param([[0, 0], [1, 0], [2], [2]], [*START, 0, 1, 2, STARVED], id="duplicates"),
        pytest.param(one_by_one(65534, 65535, 65536, 65537), [*START, 65534, 65535, 65536, 65537],
                     id="wrap"),
        pytest.param(one_by_one(65536, 65535, 65537), [*START, 65535, 65536, 65537],
                     id="reordered at the wrap"),
        pytest.param([[0], [], [], [], [1]], [*START, 0, 1, STARVED], id="a gap bridged by delay"),
        pytest.param([[0], [1], [2], [], [], [], [5], [3]], [*START, 0, 1, 2, LOST, LOST, 5],
                     id="too late is lost"),
    ],
)  # fmt: skip
def test_what_comes_out(arrivals: list[list[int]], expected: list[int | Hole]) -> None:
    out, _ = play(arrivals, len(expected))
    assert out == expected


def test_late_lost_and_double_packets_are_counted() -> None:
    _, buffer = play([[0], [1], [1], [3], [4], [5], [2]], 8)
    assert buffer.counts.duplicates == 1
    assert buffer.counts.lost == 1
    assert buffer.counts.late == 1


def test_a_long_hole_is_closed_at_once() -> None:
    out, buffer = play([[0], [1], [2], [3], [100], [101], [102], [103]], 14)
    assert out == [*START, 0, 1, 2, 3, LOST, LOST, LOST, LOST, LOST, 100, 101]
    assert buffer.counts.lost == 96


def test_starving_builds_the_delay_up_again() -> None:
    out, _ = play([[0], [], [], [], [], [], [], [1], [2], [3], [4]], 13)
    assert out == [*START, 0, STARVED, STARVED, STARVED, *START, 1, 2, 3]


@pytest.mark.parametrize(("ssrc", "step"), [(2, 1), (1, 30_000), (1, -20_000)])
def test_a_new_stream_starts_over(ssrc: int, step: int) -> None:
    _, buffer = play(one_by_one(0, 1, 2, 3, 4), 5)
    buffer.put(ssrc, (4 + step) & 0xFFFF, frame(7))
    assert buffer.counts.resets == 1
    for _ in range(TARGET):
        buffer.pass_tick()
        assert buffer.take() is IDLE
    buffer.pass_tick()
    assert buffer.take() == frame(7)


def test_a_burst_is_cut_to_the_target() -> None:
    arrivals = [[0], [1], [2], [3], list(range(4, 40))]
    out, buffer = play(arrivals, 6)
    assert out[4] == 40 - TARGET
    assert buffer.counts.cut == 40 - TARGET - 1
    assert buffer.depth <= TARGET


def test_it_never_holds_more_than_its_bound() -> None:
    buffer = JitterBuffer(TARGET)
    for number in range(10 * MAX_PACKETS):
        buffer.put(1, number & 0xFFFF, frame(number))
    assert buffer.depth == MAX_PACKETS
    assert buffer.counts.cut == 9 * MAX_PACKETS


def test_a_faster_sender_is_held_at_the_target() -> None:
    """One packet too many every 25 ticks: far more than any clock drifts."""
    number, arrivals = 0, []
    for tick in range(3000):
        count = 2 if tick % 25 == 0 else 1
        arrivals.append(list(range(number, number + count)))
        number += count
    out, buffer = play(arrivals, 3000)
    assert buffer.depth <= TARGET + MAX_EXCESS_TICKS
    assert buffer.counts.lost == 0
    assert STARVED not in out


def test_after_a_jitter_the_delay_returns_to_the_target() -> None:
    late = [list(range(4, 10))]
    steady = one_by_one(*range(10, 10 + 4 * DRIFT_WINDOW))
    _, buffer = play([*one_by_one(0, 1, 2, 3), *([[]] * 5), *late, *steady], 10 + len(steady))
    assert buffer.depth == TARGET
    assert buffer.counts.cut == 2


def test_a_steady_stream_is_never_cut() -> None:
    _, buffer = play(one_by_one(*range(10 * DRIFT_WINDOW)), 10 * DRIFT_WINDOW)
    assert buffer.counts.cut == 0
    assert buffer.depth == TARGET


def test_any_order_of_arrival_comes_out_ascending() -> None:
    chance = random.Random(5)
    for _ in range(200):
        arrivals: list[list[int]] = [[] for _ in range(80)]
        for number in range(60):
            if chance.random() > 0.1:
                for _ in range(1 + (chance.random() < 0.1)):
                    arrivals[min(79, number + chance.randrange(6))].append(65500 + number)
        out, buffer = play(arrivals, 100)
        numbers = [item for item in out if isinstance(item, int)]
        assert numbers == sorted(set(numbers))
        counts = buffer.counts
        assert counts.accepted == len(numbers) + counts.cut + len(buffer._waiting)
