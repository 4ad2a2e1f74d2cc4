"""One listener coming in: an offer, ICE checks (RFC 8445), a DTLS handshake. No socket, no HTTP.

The owner hands over the STUN and DTLS datagrams that come for it, looks in a few times a second
(`sweep`), and awaits `joined`. What stays afterwards is small: credentials, and a word of farewell.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Literal

import pylibsrtp

from afterparty.client import sdp
from afterparty.client.ice import Agent, Confirmed, Reply
from afterparty.loadtest.batch import Address
from afterparty.loadtest.consent import Check, make_check
from afterparty.loadtest.handshake import Handshake, HandshakeError, own_fingerprint

_PRIORITY = sdp.host_priority(1)
_FIRST_RETRY = 0.25  # seconds; doubled at each retransmission (RFC 8489 section 6.2.1)
_LINGER = 10.0  # seconds in which a DTLS server may have to send its last flight again

Send = Callable[[int, bytes, Address], None]


class JoinError(Exception):
    """The join failed; `code` is a stable word, such as `dtls_failed`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Listener:
    """One listener. `send(number, datagram, address)` puts a datagram on the wire."""

    __slots__ = (
        "_address", "_agent", "_asked", "_candidates", "_handshake", "_linger_until", "_pause",
        "_retry_at", "_send", "check", "goodbye", "joined", "keys", "number", "remote", "sampled",
        "stage", "url",
    )  # fmt: skip

    def __init__(self, number: int, address: Address, send: Send, *, sampled: bool) -> None:
        self.number = number
        self.sampled = sampled
        """Whether it keeps its keys, and checks the answers to its checks."""
        self.url: str | None = None
        """Of the WHEP session, for leaving."""
        self.stage: Literal["offer", "ice", "dtls", "joined"] = "offer"
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when sound may come; or a `JoinError`."""
        self.keys: pylibsrtp.Session | None = None
        self.goodbye: list[bytes] = []
        """What ends the DTLS association."""
        self.remote: Address | None = None
        """Where the server is: its best candidate, until one has answered."""
        self.check: Check | None = None
        self._address = address
        self._send = send
        self._agent = Agent()
        self._handshake: Handshake | None = None
        self._candidates: tuple[Address, ...] = ()
        self._asked: dict[Address, bytes] = {}
        """The checks of candidates, until one has been answered."""
        self._retry_at = self._pause = self._linger_until = 0.0

    def offer(self) -> str:
        """The SDP offer: one audio section, to receive only."""
        return sdp.write_offer(
            session=secrets.randbits(62),
            ufrag=self._agent.ufrag,
            password=self._agent.password,
            fingerprints=[own_fingerprint()],
            addresses=[self._address],
            ssrc=None,
        )

    def accept(self, answer_sdp: str, now: float) -> None:
        """Begin the checks, with the server's answer. Raises `JoinError` `bad_answer`."""
        try:
            answer = sdp.read_answer(answer_sdp)
        except sdp.BadAnswerError as error:
            raise JoinError("bad_answer") from error
        self._candidates = _best_first(answer.candidates, self._address)
        self.remote = self._candidates[0]
        self._agent.begin(answer.ufrag, answer.password)
        self.check = make_check(
            remote_ufrag=answer.ufrag,
            ufrag=self._agent.ufrag,
            password=answer.password,
            priority=_PRIORITY,
        )
        # RFC 5763 section 5: the answer's "active" is the DTLS client.
        self._handshake = Handshake(
            client=answer.setup == "passive", fingerprints=answer.fingerprints
        )
        self.stage = "ice"
        self._ask()
        self._pause, self._retry_at = _FIRST_RETRY, now + _FIRST_RETRY

    def receive(self, datagram: bytes, now: float) -> bool:
        """Take in a STUN or DTLS datagram; True if it was an answer to a check that counts."""
        if self.remote is None:
            return False
        if datagram[0] <= 3:
            return self._stun(datagram)
        if 20 <= datagram[0] <= 63 and self._handshake is not None:
            self._dtls(datagram, now)
        return False

    def sweep(self, now: float) -> None:
        """Send again what was not answered in time."""
        if self.stage == "ice" and now >= self._retry_at:
            self._ask()
            self._pause *= 2
            self._retry_at = now + self._pause
        elif self.stage == "dtls" and self._handshake is not None:
            try:
                self._put(self._handshake.overdue())
            except HandshakeError as error:
                self._fail(error.code)
        elif self.stage == "joined" and self._handshake and now >= self._linger_until:
            self.goodbye = self._handshake.goodbye()
            self._handshake = None

    @property
    def lingers(self) -> bool:
        """Whether it has to be swept still."""
        return self._handshake is not None

    def consent(self) -> bytes:
        """The next check. A sampled listener's answer will be verified."""
        if self.remote is None or self.check is None:
            raise RuntimeError("consent is asked for after the answer only")
        if self.sampled:
            return self._agent.check(self.remote, nominate=True, priority=_PRIORITY)
        return self.check.datagram()

    def leave(self) -> None:
        """Say goodbye."""
        if self._handshake is not None and self._handshake.done:
            self.goodbye = self._handshake.goodbye()
        self._put(self.goodbye)
        self.goodbye, self._handshake = [], None

    def _ask(self) -> None:
        """Ask the next candidate in turn."""
        address, *others = self._candidates
        self._candidates = (*others, address)
        if address not in self._asked:
            check = self._agent.check(address, nominate=True, priority=_PRIORITY)
            self._asked[address] = check
        self._send(self.number, self._asked[address], address)

    def _stun(self, datagram: bytes) -> bool:
        # The sockets do not tell where it came from; its transaction says whom it answers.
        for address in tuple(self._asked) or (self.remote,):
            outcome = self._agent.receive(datagram, address) if address is not None else None
            if isinstance(outcome, Reply) and address is not None:
                self._send(self.number, outcome.datagram, address)
            elif isinstance(outcome, Confirmed):
                if self.stage == "ice" and self._handshake is not None:
                    self.stage, self.remote = "dtls", address
                    self._asked, self._candidates = {}, ()
                    self._put(self._handshake.begin())
                return True
        return False

    def _dtls(self, datagram: bytes, now: float) -> None:
        if self._handshake is None:
            return
        try:
            self._put(self._handshake.feed(datagram))
        except HandshakeError as error:
            self._fail(error.code)
            return
        if self._handshake.done and self.stage != "joined":
            self._join(self._handshake, now)

    def _join(self, handshake: Handshake, now: float) -> None:
        self.stage = "joined"
        if self.sampled:
            self.keys = handshake.keys()
        if handshake.is_client:
            # Nothing more can be asked of a client: OpenSSL's memory goes back at once.
            self.goodbye = handshake.goodbye()
            self._handshake = None
        else:
            self._linger_until = now + _LINGER
        if not self.joined.done():
            self.joined.set_result(None)

    def _fail(self, code: str) -> None:
        self._handshake = None
        if not self.joined.done():
            self.joined.set_exception(JoinError(code))

    def _put(self, datagrams: list[bytes]) -> None:
        if self.remote is not None:
            for datagram in datagrams:
                self._send(self.number, datagram, self.remote)


def _best_first(candidates: tuple[Address, ...], own: Address) -> tuple[Address, ...]:
    """Candidates, first those that can be reached from our own address: loopback from loopback."""
    inside = own[0].startswith("127.")
    return tuple(sorted(candidates, key=lambda one: one[0].startswith("127.") != inside))
