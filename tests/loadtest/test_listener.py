"""A listener coming in, with nothing but a list in place of the wire."""

import pytest

from afterparty.loadtest.batch import Address
from afterparty.loadtest.listener import Listener
from afterparty.media.inward.answer import Local, write_answer
from afterparty.media.inward.dtls import Identity
from afterparty.media.inward.ice import IcePeer, IceTable
from afterparty.media.inward.sdp import parse_offer

LOOPBACK = ("127.16.0.3", 4000)
OUTSIDE = ("192.0.2.3", 4000)
IDENTITY = Identity()


class Way:
    """One listener, and the ICE of a server that has these addresses."""

    def __init__(self, own: Address, *candidates: str) -> None:
        self.own = own
        self.sent: list[tuple[bytes, str]] = []
        self.listener = Listener(3, own, self._send, sampled=False)
        offer = parse_offer(self.listener.offer())
        self.table = IceTable()
        self.peer: IcePeer = self.table.add("s", offer.ufrag)
        local = Local(
            1, self.peer.ufrag, self.peer.password, IDENTITY.fingerprints, candidates, 7000, 5, "c"
        )
        self.listener.accept(write_answer(offer, local), 0.0)

    def _send(self, number: int, datagram: bytes, address: Address) -> None:
        assert (number, address[1]) == (3, 7000)
        self.sent.append((datagram, address[0]))

    @property
    def asked(self) -> list[str]:
        """Whom it has sent checks to."""
        return [host for datagram, host in self.sent if datagram[0] == 0]

    def answer(self, turn: int) -> bool:
        """Let the server answer this one of the checks."""
        request, _ = [one for one in self.sent if one[0][0] == 0][turn]
        return self.listener.receive(self.table.check(request, self.own, 0.0).response, 1.0)


@pytest.mark.parametrize(("own", "first"), [(LOOPBACK, "127.0.0.1"), (OUTSIDE, "198.51.100.1")])
async def test_the_candidate_that_can_be_reached_is_asked_first(own: Address, first: str) -> None:
    way = Way(own, "198.51.100.1", "127.0.0.1")
    assert way.asked == [first]
    assert way.answer(0)
    assert (way.sent[1][0][0], way.sent[1][1]) == (22, first), "the handshake goes there"


async def test_a_candidate_that_does_not_answer_gives_way_to_the_next() -> None:
    way = Way(OUTSIDE, "198.51.100.1", "198.51.100.2")
    for now in (0.1, 0.3, 0.9, 2.0):
        way.listener.sweep(now)
    assert way.asked == ["198.51.100.1", "198.51.100.2", "198.51.100.1", "198.51.100.2"]
    assert way.sent[0] == way.sent[2], "asking again is the same request"
    assert way.answer(1)
    assert way.sent[-1][0][0] == 22
    assert way.sent[-1][1] == "198.51.100.2"
    assert way.listener.remote == ("198.51.100.2", 7000)


async def test_an_answer_that_comes_late_counts() -> None:
    way = Way(OUTSIDE, "198.51.100.1", "198.51.100.2")
    way.listener.sweep(0.3)
    assert way.answer(0)
    assert way.listener.remote == ("198.51.100.1", 7000)
    assert not way.answer(1), "it has chosen"
    assert [host for datagram, host in way.sent if datagram[0] == 22] == ["198.51.100.1"]
