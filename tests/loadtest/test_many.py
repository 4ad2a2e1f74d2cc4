import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from afterparty.loadtest import many
from afterparty.loadtest.address import address_of, is_loopback, network_of
from afterparty.loadtest.batch import Batch
from afterparty.loadtest.each import EachSocket
from afterparty.loadtest.ledger import Ledger
from afterparty.loadtest.many import IS_POSSIBLE, ManySocket

Open = Callable[[int], ManySocket]

HERE = Path(__file__).parent
linux = pytest.mark.skipif(not IS_POSSIBLE, reason="takes 64-bit Linux")


@pytest.fixture
def many_socket() -> Iterator[Open]:
    opened: list[ManySocket] = []

    def open_one(worker: int) -> ManySocket:
        opened.append(ManySocket(worker))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@linux
def test_every_packet_of_a_burst_to_thousands_is_counted_where_it_belongs(
    many_socket: Open,
) -> None:
    listeners, rounds = 8000, 6
    sockets, ledger = many_socket(3), Ledger(listeners)

    def receive(batch: Batch) -> None:
        assert abs(int(batch.stamps[0]) - time.time_ns()) < 60_000_000_000
        ledger.count(batch.listeners, batch.sequence, batch.ssrc, batch.stamps)

    command = [str(HERE / "sender.py"), str(sockets.port), "3", str(listeners), str(rounds), "0"]
    sender = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(HERE.parents[1] / "server")},
    )
    until = time.monotonic() + 60
    while ledger.packets < listeners * rounds:
        assert time.monotonic() < until, (ledger.packets, sockets.dropped)
        select.select([sockets], [], [], 1)
        sockets.read(receive)
    sender.communicate(timeout=20)
    reading = ledger.read(np.ones(listeners, bool), 0)
    assert (reading.received == rounds).all()
    assert (reading.expected == rounds).all()
    assert sockets.dropped == 0


@linux
def test_each_listener_sends_from_its_own_address(many_socket: Open) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 << 20)
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        sockets = many_socket(0)
        numbers = [0, 1, 255, 256, 65_535, *range(1000, 1600)]
        for number in numbers:
            sockets.send(number, b"from %d" % number, server.getsockname())
            sockets.flush()
            datagram, source = server.recvfrom(100)
            assert datagram == b"from %d" % number
            assert source == sockets.open(number) == (address_of(0, number), sockets.port)
        for number in range(300):
            sockets.send(number, b"%d" % number, server.getsockname())
        assert sockets.flush()
        assert sorted(int(server.recv(100)) for _ in range(300)) == list(range(300))
        with pytest.raises(ValueError, match="at most"):
            sockets.send(0, bytes(1501), server.getsockname())


@linux
def test_what_is_short_or_for_another_worker_is_nobodys(many_socket: Open) -> None:
    sockets = many_socket(5)
    found: list[int] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        for address in (address_of(5, 7), address_of(4, 7), "127.0.0.1"):
            server.sendto(bytes(12), (address, sockets.port))
        server.sendto(bytes(11), (address_of(5, 7), sockets.port))
        while len(found) < 4:
            assert select.select([sockets], [], [], 20)[0]
            sockets.read(lambda batch: found.extend(batch.listeners.tolist()))
    assert found == [7, -1, -1, -1]


@linux
def test_what_the_kernel_drops_on_our_side_is_told(
    monkeypatch: pytest.MonkeyPatch, many_socket: Open
) -> None:
    monkeypatch.setattr(many, "BUFFER_BYTES", 4096)
    sockets = many_socket(6)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        for _ in range(100):
            server.sendto(bytes(1000), (address_of(6, 1), sockets.port))
    read: list[int] = []
    while sockets.read(lambda batch: read.append(len(batch.listeners))):
        pass
    assert sockets.dropped == 100 - sum(read) > 0


def test_ordinary_sockets_have_the_same_face() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)
        sockets = EachSocket("127.0.0.1")
        addresses = {number: sockets.open(number) for number in (4, 9, 70_000)}
        found: list[tuple[int, int, int, bytes]] = []

        def receive(batch: Batch) -> None:
            for place, number in enumerate(batch.listeners.tolist()):
                found.append(
                    (
                        number,
                        int(batch.sequence[place]),
                        int(batch.ssrc[place]),
                        batch.datagram(place),
                    )
                )

        for number, address in addresses.items():
            sockets.send(number, b"hello", server.getsockname())
            assert server.recvfrom(100) == (b"hello", address)
            server.sendto(b"\x80\x6f\x12\x34" + bytes(4) + b"\x00\x00\x00\x09" + b"x", address)
        server.sendto(b"short", addresses[4])
        while len(found) < 4:
            assert select.select([sockets], [], [], 20)[0]
            sockets.read(receive)
        assert sorted(one[0] for one in found) == [-1, 4, 9, 70_000]
        assert all(one[1:3] == (0x1234, 9) for one in found if one[0] >= 0)
        sockets.shut(4)
        sockets.shut(4)
        sockets.send(4, b"gone", server.getsockname())
        sockets.close()


@linux
def test_what_the_kernel_drops_is_told_of_ordinary_sockets_too() -> None:
    sockets = EachSocket("127.0.0.1")
    (one, other) = (sockets.open(number) for number in (1, 2))
    sent = 4000  # of more bytes than a socket keeps unless it is told to
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        for _ in range(sent):
            server.sendto(bytes(1000), one)
        server.sendto(bytes(1000), other)
    lost = sockets.dropped
    assert 0 < lost < sent
    sockets.shut(1)
    assert sockets.dropped == lost, "who has left is not forgotten"
    sockets.close()


def test_addresses_of_workers_do_not_meet() -> None:
    assert address_of(0, 0) == "127.16.0.0"
    assert address_of(15, 65_535) == "127.31.255.255"
    assert network_of(1) == network_of(0) + 65_536
    for worker, listener in ((16, 0), (-1, 0), (0, 65_536), (0, -1)):
        with pytest.raises(ValueError, match=r"there is no|not"):
            address_of(worker, listener)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8080/whep", True),
        ("http://localhost/whep", True),
        ("http://[::1]:80/", True),
        ("https://192.0.2.7/whep", False),
        ("https://example.org/localhost", False),
        ("nonsense", False),
    ],
)
def test_loopback_is_told_from_elsewhere(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback
