import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.media.between.relay import (
    FRESH_TICKS,
    LEAST,
    MAX_SENDERS,
    WINDOW,
    Fed,
    Message,
    Relay,
    RelayError,
    Said,
    Wanted,
    derive,
)
from afterparty.media.datagrams.rtp import RtpPacket
from afterparty.media.desk.feed import FeedPacket

KEY = derive("a secret of the house, long enough")
TICK = 80_000_000_000

u32 = st.integers(0, 0xFFFFFFFF)
names = st.text("abcXYZ019_.:-", min_size=1, max_size=128)
payloads = st.binary(min_size=1, max_size=400)


@st.composite
def feds(draw: st.DrawFn) -> Fed:
    csrcs = draw(st.lists(u32, max_size=15))
    levels = draw(st.binary(min_size=len(csrcs), max_size=len(csrcs)))
    packet = FeedPacket(TICK, draw(payloads), tuple(csrcs), levels, draw(st.booleans()))
    return Fed(draw(names), draw(st.integers(0, (1 << 64) - 1)), draw(u32), packet)


@st.composite
def saids(draw: st.DrawFn) -> Said:
    level = draw(st.none() | st.integers(0, 127))
    sequence, ssrc = draw(st.integers(0, 0xFFFF)), draw(u32)
    packet = RtpPacket(0, False, sequence, 0, ssrc, draw(payloads), level)
    return Said(draw(names), draw(u32), draw(u32), packet)


@given(st.builds(Wanted, names) | feds() | saids())
def test_what_is_sealed_is_opened(message: Message) -> None:
    assert Relay(KEY).open(Relay(KEY).seal(message, TICK), TICK) == message


@given(st.integers(2, 60), st.integers(1, 255))
def test_a_changed_datagram_is_refused(at: int, change: int) -> None:
    data = bytearray(Relay(KEY).seal(Wanted("a-room-with-a-name-of-some-length"), TICK))
    data[at] ^= change
    with pytest.raises(RelayError, match="relay_unauthentic"):
        Relay(KEY).open(bytes(data), TICK)


def test_another_house_is_not_understood() -> None:
    data = Relay(derive("another secret of another house")).seal(Wanted("a"), TICK)
    with pytest.raises(RelayError, match="relay_unauthentic"):
        Relay(KEY).open(data, TICK)


@pytest.mark.parametrize("late", [FRESH_TICKS + 1, -FRESH_TICKS - 1])
def test_what_was_kept_and_sent_again_is_stale(late: int) -> None:
    data = Relay(KEY).seal(Wanted("a"), TICK)
    assert Relay(KEY).open(data, TICK + FRESH_TICKS)
    with pytest.raises(RelayError, match="relay_stale"):
        Relay(KEY).open(data, TICK + late)


@given(st.binary(max_size=LEAST + 80))
def test_nothing_else_opens_it(data: bytes) -> None:
    with pytest.raises(RelayError):
        Relay(KEY).open(b"\xc8\x01" + data, TICK)


@given(st.binary(max_size=300))
def test_a_node_that_writes_nonsense_is_refused_like_anybody(plain: bytes) -> None:
    relay = Relay(KEY)
    nonce = bytes(12)
    data = b"\xc8\x01" + nonce + relay._aead.encrypt(nonce, plain, b"\xc8\x01")
    with contextlib.suppress(RelayError):
        relay.open(data, TICK)


def test_a_copy_is_opened_once_whatever_came_between() -> None:
    sender, relay = Relay(KEY), Relay(KEY)
    sent = [sender.seal(Wanted("a"), TICK) for _ in range(WINDOW)]
    for data in (*sent[3:], *sent[:3]):
        assert relay.open(data, TICK) == Wanted("a")
    for data in sent:
        with pytest.raises(RelayError, match="relay_copy"):
            relay.open(data, TICK)
    late = sender.seal(Wanted("a"), TICK)
    for _ in range(WINDOW):
        relay.open(sender.seal(Wanted("a"), TICK), TICK)
    with pytest.raises(RelayError, match="relay_copy"):
        relay.open(late, TICK)  # too late to tell


def test_senders_are_told_apart_and_bounded() -> None:
    relay, one = Relay(KEY), Relay(KEY)
    data = one.seal(Wanted("a"), TICK)
    relay.open(data, TICK)
    for _ in range(MAX_SENDERS - 1):
        relay.open(Relay(KEY).seal(Wanted("a"), TICK), TICK)
    with pytest.raises(RelayError, match="relay_copy"):
        relay.open(data, TICK)
    assert len(relay._windows) == MAX_SENDERS
    relay.open(Relay(KEY).seal(Wanted("a"), TICK), TICK)
    assert len(relay._windows) == MAX_SENDERS


def test_no_two_datagrams_have_one_nonce() -> None:
    one, other = Relay(KEY), Relay(KEY)
    nonces = [r.seal(Wanted("a"), TICK)[2:14] for r in (one, other) for _ in range(1000)]
    assert len(set(nonces)) == 2000


def test_the_key_depends_on_all_of_the_secret() -> None:
    assert derive("x" * 40) != derive("x" * 39 + "y")
    assert len(derive("x" * 40)) == 16


def test_a_key_is_replaced_while_datagrams_are_on_their_way() -> None:
    old, new = derive("o" * 40), derive("n" * 40)
    one, other = Relay(old), Relay(old)
    before = one.seal(Wanted("a"), TICK)
    other.rekey(old, (new, old))
    one.rekey(new, (new, old))
    after = one.seal(Wanted("b"), TICK)
    for data, room in ((after, "b"), (before, "a")):
        assert other.open(data, TICK) == Wanted(room)
    with pytest.raises(RelayError, match="relay_copy"):
        other.open(before, TICK)
    other.rekey(new, (new,))
    with pytest.raises(RelayError, match="relay_unauthentic"):
        other.open(Relay(old).seal(Wanted("c"), TICK), TICK)


def test_no_nonce_comes_twice_though_a_key_does() -> None:
    old, new = derive("o" * 40), derive("n" * 40)
    relay = Relay(old)
    nonces = []
    for key in (old, new, old):
        relay.rekey(key, (key,))
        nonces += [relay.seal(Wanted("a"), TICK)[2:14] for _ in range(10)]
    assert len(set(nonces)) == 30
