from afterparty.media.between.branches import (
    MAX_NODES,
    MAX_VOICES,
    VOICE_SECONDS,
    WANT_SECONDS,
    Branches,
)
from afterparty.media.between.relay import Said
from afterparty.media.datagrams.rtp import RtpPacket

HERE, THERE = ("127.0.0.1", 1), ("127.0.0.1", 2)
PACKET = RtpPacket(0, False, 1, 0, 9, b"\xf8", None)


def said(voice: int, csrc: int) -> Said:
    return Said("a", voice, csrc, PACKET)


def test_a_want_holds_for_a_while() -> None:
    branches = Branches(60)
    branches.want(HERE, 1.0)
    branches.want(THERE, 3.0)
    branches.age(1.0 + WANT_SECONDS)
    assert set(branches.nodes) == {HERE, THERE}
    branches.age(1.1 + WANT_SECONDS)
    assert set(branches.nodes) == {THERE}


def test_a_voice_is_new_once() -> None:
    branches = Branches(60)
    first = branches.said(said(1, 70), HERE, 1.0)
    assert first is not None
    assert branches.said(said(1, 70), HERE, 1.1) is None
    other = branches.said(said(1, 71), THERE, 1.2)
    assert other is not None
    assert other.voice_id != first.voice_id
    assert branches.said(said(1, 72), HERE, 1.3) is not None, "it goes by another number now"


def test_whoever_may_not_be_heard_any_more_is_dropped() -> None:
    branches = Branches(60)
    branches.said(said(1, 70), HERE, 1.0)
    branches.said(said(2, 71), HERE, 1.0)
    assert [branch.csrc for branch in branches.drop({71})] == [70]
    assert branches.drop({71}) == []


def test_a_voice_that_says_nothing_is_forgotten() -> None:
    branches = Branches(60)
    branches.said(said(1, 70), HERE, 1.0)
    assert branches.age(1.0 + VOICE_SECONDS) == []
    assert [branch.csrc for branch in branches.age(1.1 + VOICE_SECONDS)] == [70]


def test_all_of_it_is_bounded() -> None:
    branches = Branches(60)
    for n in range(2 * MAX_NODES):
        branches.want(("127.0.0.1", 1000 + n), 1.0)
    assert len(branches.nodes) == MAX_NODES
    taken = [branches.said(said(n + 1, n), HERE, 1.0) for n in range(2 * MAX_VOICES)]
    assert sum(branch is not None for branch in taken) == MAX_VOICES
