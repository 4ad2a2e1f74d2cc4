"""The controlling end of ICE, without sockets: what to send, and what a STUN message means.

A light agent in the sense of RFC 8445: one socket, host candidates, regular nomination, then
consent checks (RFC 7675). `Agent` is told what came in and is asked for what to send; when to ask
is the peer's business.
"""

import secrets
from dataclasses import dataclass
from typing import Literal

from aioice import stun

Address = tuple[str, int]

_STRONGEST = (1 << 64) - 1  # tie-breaker: this agent never yields the controlling role
_ROLE_CONFLICT = (487, "Role Conflict")
_MAX_OPEN = 64  # requests awaiting an answer; the oldest is given up first


@dataclass(frozen=True, slots=True)
class Reply:
    """Send these bytes back to where the message came from."""

    datagram: bytes


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The server answered a check: its address works, and it consents to be sent to."""

    address: Address
    nominated: bool


class Agent:
    """One ICE session. Addresses are IPv4 `(host, port)`."""

    def __init__(self) -> None:
        # RFC 8445 section 5.3 asks for 24 and 128 bits of chance at least.
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(16)
        self._remote_ufrag = ""
        self._remote_key = b""
        self._open: dict[bytes, tuple[Address, bool]] = {}

    def begin(self, ufrag: str, password: str) -> None:
        """Learn the server's credentials, from its answer."""
        self._remote_ufrag, self._remote_key = ufrag, password.encode()

    def check(self, address: Address, *, nominate: bool, priority: int) -> bytes:
        """A Binding request to this address, which its answer will confirm.

        Send the same bytes again for a retransmission (RFC 8489 section 6.2.1).
        """
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._remote_ufrag}:{self.ufrag}"
        request.attributes["PRIORITY"] = priority
        request.attributes["ICE-CONTROLLING"] = _STRONGEST
        if nominate:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._remote_key)
        if len(self._open) >= _MAX_OPEN:
            del self._open[next(iter(self._open))]
        self._open[request.transaction_id] = (address, nominate)
        return bytes(request)

    def receive(self, datagram: bytes, source: Address) -> Reply | Confirmed | None:
        """What a STUN datagram means; None for anything unknown, forged or malformed."""
        try:
            message = stun.parse_message(datagram)
        except (ValueError, IndexError, OverflowError):
            return None
        if message.message_method != stun.Method.BINDING:
            return None
        if message.message_class == stun.Class.REQUEST:
            return self._answer(message, source)
        if message.message_class == stun.Class.RESPONSE:
            return self._confirm(message, source)
        return None

    def _confirm(self, message: stun.Message, source: Address) -> Confirmed | None:
        asked = self._open.get(message.transaction_id)
        # RFC 8445 section 7.2.5.2.1: the answer must come from where the request went.
        if asked is None or asked[0] != source:
            return None
        if not message.check_message_integrity(self._remote_key):
            return None
        del self._open[message.transaction_id]
        return Confirmed(source, asked[1])

    def _answer(self, message: stun.Message, source: Address) -> Reply | None:
        username = message.attributes.get("USERNAME", "")
        if username.partition(":")[0] != self.ufrag:
            return None
        key = self.password.encode()
        if not message.check_message_integrity(key):
            return None
        kind: Literal[stun.Class.RESPONSE, stun.Class.ERROR] = stun.Class.RESPONSE
        if "ICE-CONTROLLING" in message.attributes:
            kind = stun.Class.ERROR
        response = stun.Message(stun.Method.BINDING, kind, transaction_id=message.transaction_id)
        if kind == stun.Class.ERROR:
            response.attributes["ERROR-CODE"] = _ROLE_CONFLICT
        else:
            response.attributes["XOR-MAPPED-ADDRESS"] = source
        response.add_message_integrity(key)
        return Reply(bytes(response))
