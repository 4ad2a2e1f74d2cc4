"""The link to a server: sockets, checks and consent, against a hand-made ICE-lite end."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aioice import stun

from afterparty.client.link import Link

UFRAG, PASSWORD = "serv", "server password"


class Lite(asyncio.DatagramProtocol):
    """Answers Binding requests but the first `deaf_to`, and keeps what it saw."""

    def __init__(self, deaf_to: int = 0) -> None:
        self.deaf_to = deaf_to
        self.requests: list[stun.Message] = []
        self.peer: tuple[str, int] | None = None
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    @property
    def address(self) -> tuple[str, int]:
        return self.transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = stun.parse_message(data)
        self.requests.append(request)
        if len(self.requests) <= self.deaf_to:
            return
        self.peer = addr
        response = stun.Message(
            stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=request.transaction_id
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = addr
        response.add_message_integrity(PASSWORD.encode())
        self.transport.sendto(bytes(response), addr)


class Owner:
    """What a link tells its owner."""

    def __init__(self, interval: float = 5.0, expiry: float = 15.0) -> None:
        self.came: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.lost = asyncio.Event()
        self.link = Link(
            on_media=lambda datagram: self.came.put_nowait(("media", datagram)),
            on_dtls=lambda datagram: self.came.put_nowait(("dtls", datagram)),
            on_lost=self.lost.set,
            interval=interval,
            expiry=expiry,
        )
        self.link.agent.begin(UFRAG, PASSWORD)


@pytest.fixture
async def lite() -> AsyncIterator[Lite]:
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        Lite, local_addr=("127.0.0.1", 0)
    )
    yield protocol
    transport.close()


async def test_one_candidate_is_nominated_at_once(lite: Lite) -> None:
    owner = Owner()
    addresses = owner.link.open()
    assert addresses[0][0] == "127.0.0.1"
    async with asyncio.timeout(5):
        await owner.link.establish([lite.address])
    assert lite.peer == addresses[0]
    assert ["USE-CANDIDATE" in request.attributes for request in lite.requests] == [True]
    owner.link.close()
    owner.link.close()


async def test_of_several_the_one_that_answers_is_nominated(lite: Lite) -> None:
    owner = Owner()
    owner.link.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind(("127.0.0.1", 0))
        async with asyncio.timeout(5):
            await owner.link.establish([dead.getsockname(), lite.address])
    assert ["USE-CANDIDATE" in request.attributes for request in lite.requests] == [False, True]
    owner.link.close()


async def test_a_lost_check_is_sent_again_unchanged(lite: Lite) -> None:
    lite.deaf_to = 1
    owner = Owner()
    owner.link.open()
    async with asyncio.timeout(5):
        await owner.link.establish([lite.address])
    first, second = lite.requests
    assert first.transaction_id == second.transaction_id
    owner.link.close()


async def test_datagrams_are_sorted_and_strangers_turned_away(lite: Lite) -> None:
    owner = Owner()
    owner.link.open()
    async with asyncio.timeout(5):
        await owner.link.establish([lite.address])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"\x80stranger danger", lite.peer)
        for first in (0x80, 0x16, 0x40, 0xFF, 0xBF):
            lite.transport.sendto(bytes([first]) + bytes(20), lite.peer)
        came = [await owner.came.get() for _ in range(3)]
    assert [(kind, datagram[0]) for kind, datagram in came] == [
        ("media", 0x80), ("dtls", 0x16), ("media", 0xBF),
    ]  # fmt: skip
    assert {len(datagram) for _, datagram in came} == {21}
    owner.link.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
async def test_what_found_no_room_is_told_also_afterwards(lite: Lite) -> None:
    owner = Owner()
    owner.link.open()
    async with asyncio.timeout(5):
        await owner.link.establish([lite.address])
    for _ in range(4000):  # nobody reads meanwhile
        lite.transport.sendto(b"\x80" + bytes(1000), lite.peer)
    lost = owner.link.dropped
    assert 0 < lost < 4000
    owner.link.close()
    assert owner.link.dropped == lost


async def test_consent_is_asked_for_and_its_loss_told(lite: Lite) -> None:
    owner = Owner(interval=0.02, expiry=0.2)
    owner.link.open()
    async with asyncio.timeout(5):
        await owner.link.establish([lite.address])
        owner.link.keep()
        lite.deaf_to = 1_000_000
        await owner.lost.wait()
    asked = {request.transaction_id for request in lite.requests}
    assert len(asked) == len(lite.requests) >= 3
    owner.link.close()


async def test_a_link_at_rest_asks_no_more(lite: Lite, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Owner(interval=0.01, expiry=0.05)
    owner.link.open()
    async with asyncio.timeout(5):
        await owner.link.establish([lite.address])
    timers: list[asyncio.TimerHandle] = []
    loop = asyncio.get_running_loop()
    call_later = loop.call_later

    def noted(*args: Any) -> asyncio.TimerHandle:
        timers.append(call_later(*args))
        return timers[-1]

    monkeypatch.setattr(loop, "call_later", noted)
    owner.link.keep()
    assert [timer.cancelled() for timer in timers] == [False]
    owner.link.rest()
    assert [timer.cancelled() for timer in timers] == [True]
    assert len(lite.requests) == 1
    owner.link.close()


async def test_a_closed_link_sends_nothing() -> None:
    owner = Owner()
    owner.link.send(b"lost", ("127.0.0.1", 9))
    owner.link.open()
    owner.link.close()
    owner.link.send(b"lost", ("127.0.0.1", 9))
