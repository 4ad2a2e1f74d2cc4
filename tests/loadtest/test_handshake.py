import time

import pylibsrtp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.loadtest.handshake import (
    MTU,
    Handshake,
    HandshakeError,
    datagrams_of,
    own_fingerprint,
)


def pair(fingerprint: tuple[str, str] | None = None) -> tuple[Handshake, Handshake]:
    promised = [fingerprint or own_fingerprint()]
    return (
        Handshake(client=True, fingerprints=promised),
        Handshake(client=False, fingerprints=[own_fingerprint()]),
    )


def talk(client: Handshake, server: Handshake, flight: list[bytes]) -> None:
    """To and fro until neither has anything to say."""
    ends, turn = (server, client), 0
    while flight:
        flight = [reply for datagram in flight for reply in ends[turn].feed(datagram)]
        turn = 1 - turn


def test_two_ends_shake_hands_and_have_keys() -> None:
    client, server = pair()
    talk(client, server, client.begin())
    assert client.done
    assert server.done
    assert isinstance(client.keys(), pylibsrtp.Session)
    assert isinstance(server.keys(), pylibsrtp.Session)
    (goodbye,) = client.goodbye()
    assert goodbye[0] == 21


def test_another_certificate_than_promised_is_told() -> None:
    algorithm, value = own_fingerprint()
    wrong = value[:-2] + ("00" if value[-2:] != "00" else "01")
    client, server = pair((algorithm, wrong))
    with pytest.raises(HandshakeError) as caught:
        talk(client, server, client.begin())
    assert caught.value.code == "dtls_fingerprint"


def test_an_unknown_digest_promises_nothing() -> None:
    client, server = pair(("md2", "00"))
    with pytest.raises(HandshakeError, match="dtls_fingerprint"):
        talk(client, server, client.begin())


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_any_flight_may_be_lost(lost: int) -> None:
    client, server = pair()
    ends = (server, client)
    flight, turn, number = client.begin(), 0, 0
    until = time.monotonic() + 30
    while not (client.done and server.done):
        assert time.monotonic() < until
        if not flight or number == lost:
            number += 1
            flight, turn = client.overdue(), 0
            if not flight:
                flight, turn = server.overdue(), 1
            if not flight:
                time.sleep(0.05)  # OpenSSL's own timer: a second, and nothing to await
            continue
        number += 1
        flight = [reply for datagram in flight for reply in ends[turn].feed(datagram)]
        turn = 1 - turn


def test_nonsense_ends_nothing() -> None:
    client, server = pair()
    first = client.begin()
    assert server.feed(b"\x16nonsense") == []
    talk(client, server, first)
    assert client.done


@given(st.lists(st.integers(0, 1500), max_size=20))
def test_a_datagram_holds_whole_records(sizes: list[int]) -> None:
    records = [b"\x16" + bytes(10) + size.to_bytes(2, "big") + bytes(size) for size in sizes]
    found = datagrams_of(b"".join(records))
    assert b"".join(found) == b"".join(records)
    left = list(records)
    for datagram in found:
        held = b""
        while held != datagram:
            held += left.pop(0)
        assert len(datagram) <= MTU or datagram in records
