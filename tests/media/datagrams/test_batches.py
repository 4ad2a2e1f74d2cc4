"""Both ways to read give the same, from sockets of both families."""

import socket
from collections.abc import Callable

import pytest
from tests.media.datagrams.test_port import has_ipv6

from afterparty.media.datagrams.batches import BATCH, Receiver, one_by_one, receiver

SIZE = 100
WAYS = {"best": receiver, "one_by_one": one_by_one}
PLACES = [
    (socket.AF_INET, "127.0.0.1"),
    pytest.param(socket.AF_INET6, "::", marks=pytest.mark.skipif(not has_ipv6(), reason="no IPv6")),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("family", "host"), PLACES)
def test_reads_whole_datagrams_and_where_they_came_from(
    family: socket.AddressFamily, host: str, way: str
) -> None:
    make: Callable[[socket.socket, int], Receiver] = WAYS[way]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind((host, 0))
        sock.setblocking(False)
        reader = make(sock, SIZE)
        with pytest.raises(BlockingIOError):
            reader.read()
        for turn in range(3):  # the memory of a batch is used again
            sent = [bytes([turn, number]) * (number * 7) for number in range(40)]
            mapped = family == socket.AF_INET6 and turn == 1
            own = socket.AF_INET if mapped else family
            with socket.socket(own, socket.SOCK_DGRAM) as sender:
                there = "::1" if own == socket.AF_INET6 else "127.0.0.1"
                sender.bind((there, 0))
                for data in sent:
                    sender.sendto(data, (there, sock.getsockname()[1]))
                port = sender.getsockname()[1]
            found = []
            while len(found) < len(sent):
                batch = reader.read()
                assert len(batch) <= reader.most <= BATCH
                found += batch
            assert [data for data, _ in found] == [data[:SIZE] for data in sent]
            if family == socket.AF_INET:
                expected: object = ("127.0.0.1", port)
            else:
                expected = ("::ffff:127.0.0.1" if mapped else "::1", port, 0, 0)
            assert {address for _, address in found} == {expected}
        with pytest.raises(BlockingIOError):
            reader.read()


def test_an_error_of_the_socket_is_raised() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    for make in WAYS.values():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
            nobody.bind(("127.0.0.1", 0))
            gone = nobody.getsockname()
        sock.connect(gone)
        reader = make(sock, SIZE)
        sock.send(b"x")  # answered by an ICMP error
        with pytest.raises(ConnectionRefusedError):
            reader.read()
    sock.close()
