"""Ticks missed where the feed changed: lost sound is told from silence by design."""

import struct

import pytest

from afterparty.replay.evening.crossing import Crossing, Glimpse, Move, missed_ticks


def glimpses(*packets: tuple[int, int]) -> list[Glimpse]:
    """Packets as (tick, voices), 20 ms apart by their ticks."""
    start = 2**32 - 960 * 3  # the timestamp wraps on the way
    return [
        Glimpse(tick * 0.02, number, (start + tick * 960) & 0xFFFFFFFF, voices)
        for number, (tick, voices) in enumerate(packets)
    ]


@pytest.mark.parametrize(
    ("packets", "missed"),
    [
        ([(0, 1), (1, 1), (2, 2), (3, 1)], 0),
        ([(0, 1), (1, 1), (4, 1), (5, 1)], 2),
        ([(0, 1), (3, 1), (6, 1), (9, 1)], 0),  # three ticks a packet
        ([(0, 1), (3, 1), (12, 1), (15, 1), (18, 1)], 6),
        ([(0, 0), (20, 0), (40, 0)], 0),  # silence
        ([(0, 1), (1, 1), (21, 0), (41, 0)], 0),  # sound, then a silent room
        ([(0, 0), (20, 1), (21, 1)], 0),
        ([(0, 1), (1, 1), (22, 0)], 20),  # the silent room's first packet was due
        ([(0, 0), (24, 0), (44, 0)], 0),  # two silent rooms, out of step
        ([(0, 0), (41, 0)], 40),
        ([(0, 1)], None),
        ([], None),
    ],
)
def test_missed(packets: list[tuple[int, int]], missed: int | None) -> None:
    assert missed_ticks(glimpses(*packets)) == missed


def test_only_packets_around_the_move_are_looked_at() -> None:
    crossing = Crossing()
    for tick, at in ((0, 10.0), (50, 11.0), (51, 11.02), (52, 11.04), (99, 12.0)):
        header = struct.pack("!BBHII", 0x81, 96, tick & 0xFFFF, tick * 960, 7)
        crossing.receive(header + struct.pack("!I", 5) + b"opus", at)
    assert crossing.missed(Move(11.2, 11.2)) == 0
    assert crossing.missed(Move(10.5, 10.5)) == 49
    assert crossing.missed(Move(20.0, 20.0)) is None
    assert crossing.sounded(Move(11.01, 11.01))
    assert not crossing.sounded(Move(10.2, 10.2))
    assert set(crossing.heard()) == {5}


def test_a_gap_is_found_though_presence_follows_much_later() -> None:
    """The feed changes as soon as the move begins; the news comes when presence has moved."""
    crossing = Crossing()
    begun, told = 10.0, 19.5
    ticks = [tick for tick in range(1000) if not 455 <= tick < 460]
    for number, tick in enumerate(ticks):  # tick 450 is sent when the move begins
        header = struct.pack("!BBHII", 0x81, 96, number, tick * 960, 7)
        crossing.receive(header + struct.pack("!I", 5) + b"opus", begun + (tick - 450) * 0.02)
    assert crossing.missed(Move(begun, told)) == 5
    assert crossing.missed(Move(told, told)) == 0
    assert crossing.sounded(Move(begun, told))
