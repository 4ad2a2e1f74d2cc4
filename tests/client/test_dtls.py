"""Two DTLS ends joined without a socket."""

import asyncio
from collections.abc import Callable

import pylibsrtp
import pytest

from afterparty.client.dtls import Dtls, HandshakeError, fingerprints

Sessions = tuple[pylibsrtp.Session, pylibsrtp.Session]


def pair(lose: Callable[[int], bool] = lambda count: False) -> tuple[Dtls, Dtls]:
    """A client and a server; `lose` says which of the client's datagrams get lost, from 1."""
    sent = 0

    def to_server(datagram: bytes) -> None:
        nonlocal sent
        sent += 1
        if not lose(sent):
            server.feed(datagram)

    client = Dtls(to_server)
    server = Dtls(lambda datagram: client.feed(datagram))
    return client, server


async def shake(
    client: Dtls, server: Dtls, on_closed: Callable[[], None] = lambda: None
) -> tuple[Sessions, Sessions]:
    async with asyncio.TaskGroup() as group:
        one = group.create_task(client.handshake(fingerprints(), client=True, on_closed=on_closed))
        other = group.create_task(
            server.handshake(fingerprints(), client=False, on_closed=lambda: None)
        )
    return one.result(), other.result()


PACKET = bytes.fromhex("806f 0001 00000002 00000003") + b"sound"


async def test_both_ends_have_the_same_keys() -> None:
    client, server = pair()
    (client_rx, client_tx), (server_rx, server_tx) = await shake(client, server)
    assert server_rx.unprotect(client_tx.protect(PACKET)) == PACKET
    assert client_rx.unprotect(server_tx.protect(PACKET)) == PACKET
    await client.close()
    await server.close()


async def test_a_lost_datagram_is_sent_again() -> None:
    client, server = pair(lose=lambda count: count == 1)
    await shake(client, server)
    await client.close()
    await server.close()


async def test_a_goodbye_is_heard_once() -> None:
    closed = asyncio.Event()
    client, server = pair()
    await shake(client, server, closed.set)
    await server.close()
    async with asyncio.timeout(5):
        await closed.wait()
    await client.close()


async def test_closing_oneself_tells_nobody() -> None:
    told: list[str] = []
    client, server = pair()
    await shake(client, server, lambda: told.append("closed"))
    await client.close()
    await client.close()
    await server.close()
    assert told == []


async def test_another_certificate_is_refused() -> None:
    client, server = pair()
    algorithm, value = fingerprints()[0]
    wrong = [(algorithm, ("00" if value[:2] != "00" else "11") + value[2:])]
    serving = asyncio.create_task(
        server.handshake(fingerprints(), client=False, on_closed=lambda: None)
    )
    with pytest.raises(HandshakeError) as refusal:
        await client.handshake(wrong, client=True, on_closed=lambda: None)
    assert refusal.value.code == "dtls_fingerprint"
    await serving
    await client.close()
    await server.close()


async def test_a_flood_before_the_handshake_is_bounded() -> None:
    client, server = pair()
    for _ in range(1000):
        client.feed(b"\x16" + bytes(20))
    await shake(client, server)
    await client.close()
    await server.close()


async def test_closing_before_the_handshake() -> None:
    client, _ = pair()
    await client.close()
