from itertools import pairwise

from afterparty.media.between.alignment import LEAD
from afterparty.media.between.distant import MAX_WAITING, DistantRoom
from afterparty.media.between.relay import Fed
from afterparty.media.desk.feed import FeedPacket
from afterparty.media.desk.mixer import SPEAKING_TICKS

HERE, THERE = ("127.0.0.1", 1), ("127.0.0.1", 2)


def fed(tick: int, *, epoch: int = 5, voice: int = 0, csrcs: tuple[int, ...] = (7,)) -> Fed:
    packet = FeedPacket(tick, bytes((tick % 256,)), csrcs, bytes(len(csrcs)), False)
    return Fed("a", epoch, voice, packet)


def test_packets_depart_in_order_each_at_its_tick() -> None:
    room = DistantRoom(HERE, 5)
    for tick in (100, 102, 101):
        assert room.take(fed(tick), HERE, 2000 + tick, 1.0)
    given = [
        (now, packet.tick, packet.payload)
        for now in range(2100, 2112)
        for _, packet in room.give(now).packets
    ]
    assert [payload[0] for _, _, payload in given] == [100, 101, 102]
    assert all(now == tick for now, tick, _ in given)
    assert room.heard_at == 1.0


def test_a_second_copy_is_left_aside() -> None:
    room = DistantRoom(HERE, 5)
    assert room.take(fed(100), HERE, 2000, 1.0)
    assert not room.take(fed(100), HERE, 2000, 1.0)
    assert len(room.give(2000 + LEAD).packets) == 1
    assert not room.take(fed(100), HERE, 2001, 1.1)
    assert room.give(2001 + LEAD).packets == []


def test_a_late_copy_of_what_another_node_was_fed_moves_nothing() -> None:
    room = DistantRoom(HERE, 5)
    for tick in range(100, 110):
        room.take(fed(tick), HERE, 2000 + tick, 1.0)
    assert not room.take(fed(104), HERE, 2200, 9.0), "a hundred ticks late"
    assert room.heard_at == 1.0
    assert room.take(fed(110), HERE, 2110, 1.1)
    given = [packet.tick for now in range(2100, 2113) for _, packet in room.give(now).packets]
    assert given == list(range(2100 + LEAD, 2111 + LEAD))


def test_of_two_nodes_the_one_that_took_over_is_heard() -> None:
    room = DistantRoom(HERE, 5)
    room.take(fed(100), HERE, 2000, 1.0)
    assert room.take(fed(901, epoch=6), THERE, 2001, 1.1), "its clock is another"
    assert (room.address, room.epoch) == (THERE, 6)
    assert not room.take(fed(102, epoch=5), HERE, 2002, 1.2)
    assert room.heard_at == 1.1


def test_it_tells_who_speaks_when_that_changes_and_not_too_often() -> None:
    room = DistantRoom(HERE, 5)
    told = []
    for n in range(3 * SPEAKING_TICKS):
        room.take(
            fed(100 + n, csrcs=(7,) if n < SPEAKING_TICKS else (n % 2 + 1,)), HERE, 2000 + n, 1
        )
        given = room.give(2000 + n)
        if given.speaking is not None:
            told.append((n, set(given.speaking)))
    assert told[0] == (LEAD, {7})
    assert len(told) == 3
    assert all(b[0] - a[0] >= SPEAKING_TICKS for a, b in pairwise(told))


def test_what_waits_is_bounded() -> None:
    room = DistantRoom(HERE, 5)
    taken = [room.take(fed(100, voice=voice), HERE, 2000, 1.0) for voice in range(2 * MAX_WAITING)]
    assert sum(taken) == MAX_WAITING
