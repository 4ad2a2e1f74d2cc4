"""The one UDP door of a media plane, with somebody in the midst of a handshake and a bystander.

No socket and no clock: datagrams are handed in, and what would be sent is thrown away. Whatever
comes, the bystander's session is as it was.
"""

import functools
import math
import re
from collections.abc import Sequence

from aioice import stun
from tests.fuzz.relayed import KEY, NODE, NoPort, still
from tests.node.doors.test_webrtc_http import offer

from afterparty.media.between.relay import Fed, Relay, Said, Wanted
from afterparty.media.datagrams.port import MAX_DATAGRAM, Address, kind_of
from afterparty.media.datagrams.rtp import RtpPacket
from afterparty.media.desk.feed import FeedPacket
from afterparty.media.events import MediaConfig, MediaEvent
from afterparty.media.inward.session import Session
from afterparty.media.plane import MediaPlane

ATTACKED: Address = ("192.0.2.1", 1111)
BYSTANDER: Address = ("192.0.2.2", 2222)
STRANGER: Address = ("192.0.2.3", 3333)
OPUS = b"\xf8\xff\xfe"
"""20 ms of silence."""


class _Plane:
    """A media plane between whose tables datagrams fall."""

    def __init__(self) -> None:
        self.gone: list[MediaEvent] = []
        config = MediaConfig(announce=("127.0.0.1",), relay_key=KEY)
        self.plane = MediaPlane(config, self.gone.append)
        self.plane._port = NoPort()  # type: ignore[assignment]
        self.plane._clock = still()
        for room in ("a", "b"):
            self.plane.open_room(room)
        self.plane.rooms.mix("a", 1, math.inf)
        self.plane.rooms.permit("a", (7,))
        self.plane.rooms.hear("b", NODE, 5)
        self.requests: dict[str, bytes] = {}
        self.bystander = self._session("bystander", BYSTANDER)
        self.attacked = self._session("attacked", ATTACKED)

    def _session(self, name: str, address: Address) -> Session:
        """A session that has proved its address, and whose handshake has begun."""
        answer = self.plane.answer(name, "a", offer("sendrecv"))
        self.requests[name] = _request(answer)
        self.plane._on_datagram("stun", self.requests[name], address)
        session = self.plane._sessions[name]
        assert session.peer.address == address
        return session

    def take(self, data: bytes) -> str:
        before = dict(self.plane._dropped)
        kind = kind_of(data[0])
        if kind != "other":
            for address in (STRANGER, ATTACKED):
                self.plane._on_datagram(kind, data, address)
        if "attacked" not in self.plane._sessions:
            self.attacked = self._session("attacked", ATTACKED)
        self._look()
        dropped = {reason for reason, n in self.plane._dropped.items() if before.get(reason) != n}
        gone, self.gone[:] = [str(event) for event in self.gone], []
        return f"{kind} {sorted(dropped)} {gone}"

    def _look(self) -> None:
        plane, held = self.plane, self.bystander
        assert plane.stats().faults == 0
        assert plane._sessions["bystander"] is held
        assert held.peer.address == BYSTANDER
        assert plane._ice.at(BYSTANDER) is held.peer
        assert held.link.is_shaking
        assert len(plane._sessions) == 2


def _request(answer: str) -> bytes:
    """The check of whoever was answered so, and offered `offer()`."""
    ufrag, password = re.findall(r"a=ice-(?:ufrag|pwd):(\S+)", answer)
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{ufrag}:abcd"
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


@functools.cache
def _plane() -> _Plane:
    return _Plane()


def datagram(data: bytes) -> str:
    """A datagram from a stranger, then from one whose handshake it may spoil."""
    return _plane().take(data[:MAX_DATAGRAM]) if data else "nothing"


def datagram_seeds() -> Sequence[bytes]:
    """What is authentic in this run: the attacked one's own check, and what nodes have sealed."""
    tick, nodes = _plane().plane._clock.now(), Relay(KEY)
    fed = Fed("b", 5, 0, FeedPacket(tick, OPUS, (7,), b"\x20", marker=True))
    said = Said("a", 1, 7, RtpPacket(0, False, 9, 0, 1, OPUS, 32))
    sealed = [nodes.seal(told, tick) for told in (Wanted("a"), fed, said, Wanted("none"))]
    return (_plane().requests["attacked"], *sealed)
