"""Hostile datagrams: they are counted, they are not answered, and nobody's sound suffers."""

import asyncio
import random
import socket
from collections import Counter
from itertools import pairwise

import pytest
from tests.media.datagrams.test_stun import request
from tests.media.house import House
from tests.media.keys import ticks_of
from tests.media.peer import RawPeer, Tone

from afterparty.media.datagrams import batches
from afterparty.media.datagrams.port import UdpPort, kind_of

FLOOD = 20_000


@pytest.mark.parametrize(
    ("first", "kind"),
    [(0, "stun"), (3, "stun"), (4, "other"), (19, "other"), (20, "dtls"), (63, "dtls"),
     (64, "other"), (127, "other"), (128, "srtp"), (191, "srtp"), (192, "other"), (255, "other")],
)  # fmt: skip
def test_kinds_by_the_first_byte(first: int, kind: str) -> None:
    assert kind_of(first) == kind


@pytest.mark.parametrize(("first", "most"), [(0, 64), (22, 4)])
async def test_a_turn_of_reading_is_bounded(first: int, most: int) -> None:
    """However much has arrived, timers and tasks get their turn in between."""
    loop = asyncio.get_running_loop()
    turn, turns, done = 0, Counter[int](), asyncio.Event()

    def next_turn() -> None:
        nonlocal turn
        turn += 1
        if not done.is_set():
            loop.call_soon(next_turn)

    def on_datagram(*_: object) -> None:
        turns[turn] += 1
        if turns.total() == 1000:
            done.set()

    port = UdpPort(on_datagram)
    port.open("127.0.0.1", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(1000):
            sender.sendto(bytes([first]), ("127.0.0.1", port.number))
    next_turn()
    await done.wait()
    port.close()
    assert max(turns.values()) <= most


async def test_a_plane_works_where_datagrams_are_read_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "_libc", None)
    async with House() as house:
        listener = await house.join("listener")
        assert await listener.hear(1)


async def test_what_cannot_be_sent_is_counted_and_does_not_raise() -> None:
    port = UdpPort(lambda *_: None)
    assert not port.send(b"x", ("127.0.0.1", 9))
    port.open("127.0.0.1", 0)
    assert not port.send(b"x", ("127.0.0.1", 0))
    assert not port.send(bytes(70_000), ("127.0.0.1", port.number))
    assert port.send_drops == 2
    port.close()
    port.close()
    with pytest.raises(RuntimeError):
        _ = port.number


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_one_port_serves_ipv4_and_ipv6() -> None:
    async with House(host="::") as house:
        listener = await house.join("listener")
        response = await listener.check()
        own = listener.transport.get_extra_info("sockname")
        assert response.attributes["XOR-MAPPED-ADDRESS"] == own
        assert await listener.hear(1)


def malformed(peer: RawPeer, chance: random.Random) -> list[bytes]:
    """One of each kind."""
    noise = chance.randbytes(chance.randrange(1, 1400))
    good = peer.request()
    return [
        b"",
        noise,
        bytes([chance.randrange(4)]) + noise,
        good[: chance.randrange(len(good))],
        request(f"{chance.randbytes(4).hex()}:x"),
        peer.request(password="wrong"),
        b"\x16\xfe\xfd" + noise,
        b"\x80\x6f" + noise,
        b"\x80\xc8" + noise,
        bytes(1600),
    ]


async def test_a_flood_does_not_break_a_listeners_stream(house: House) -> None:
    listener = await house.join("listener")
    speaker = await house.join("speaker", csrc=1)
    speaker.talk(Tone(440))
    await listener.hear_from(1, 5)
    start = len(listener.heard)
    chance = random.Random(7)
    kinds = malformed(listener, chance)
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with stranger:
        stranger.connect(listener.server)
        stranger.setblocking(False)
        for number in range(FLOOD):
            data = kinds[number % len(kinds)]
            if number // len(kinds) % 2:
                stranger.send(data)
            elif data:
                listener.send(data)  # from an address that has a session
            if number % 100 == 99:
                kinds = malformed(listener, chance)
                await asyncio.sleep(0)
        await listener.check()
        with pytest.raises(BlockingIOError):
            stranger.recv(100)  # nothing was answered
    await listener.hear(20)
    packets = listener.heard[start:]
    stats = house.plane.stats()
    assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(packets)} == {1}
    # A packet of a departure that was late carries more than one tick.
    missed = sum(b - a - 1 for a, b in pairwise(ticks_of(packets)))
    assert missed == stats.skipped_ticks
    assert set(stats.dropped) >= {
        "unknown_kind", "too_long", "stun_malformed", "stun_unknown_ufrag", "stun_bad_credentials",
        "dtls_unknown_address", "srtp_unknown_address", "srtp_unauthentic",
    }  # fmt: skip
    assert stats.sessions == 2


async def test_a_flood_before_the_handshake_does_not_keep_a_peer_out(house: House) -> None:
    peer = RawPeer()
    await peer.open(house.plane.answer("guest", "a", peer.offer()))
    house.peers.append(peer)
    await peer.check()
    chance = random.Random(8)
    for _ in range(200):
        peer.send(b"\x16\xfe\xfd" + chance.randbytes(200))
    await peer.check()
    assert house.plane.stats().received["dtls"] == 200
    await peer.handshake()
    assert await peer.hear(1)
