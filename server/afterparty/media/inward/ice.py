"""An ICE-lite agent (RFC 8445 section 2.5) for all sessions of one port.

A session is found by its local username fragment once, and by its address from then on. Only an
authenticated binding request can give a session its address, or move it. Role conflicts are
ignored: a lite agent is always controlled (RFC 8445 section 6.1.1).
"""

import secrets
from typing import NamedTuple

from afterparty.media.datagrams.port import Address
from afterparty.media.datagrams.stun import (
    Key,
    StunError,
    Usual,
    is_authentic,
    mapped_address,
    parse_request,
    success,
)

SILENCE_BEFORE_MOVE = 5.0
"""Seconds without a check from the nominated address after which any authenticated check may move
it: a client behind a rebinding NAT does not nominate again."""


class IcePeer:
    """The ICE credentials and the address of one session."""

    __slots__ = ("_former", "_key", "_mapped", "_password", "_username", "_usual", "address",
                 "checked_at", "session_id")  # fmt: skip

    def __init__(self, session_id: str, remote_ufrag: str) -> None:
        self.session_id = session_id
        self._renew(remote_ufrag)
        self._former: tuple[bytes, Key] | None = None
        """Username and key before a restart, until they have been replaced."""
        self._usual: Usual | None = None
        self.address: Address | None = None
        """Where this session's packets go to and come from; None until a check has passed."""
        self._mapped = b""
        """How a check from there is told its address."""
        self.checked_at = 0.0
        """Monotonic time of the last authenticated check from `address`."""

    def _renew(self, remote_ufrag: str) -> None:
        """Make a username, as the client's checks will say it, and a password to sign them with."""
        self._username = f"{secrets.token_hex(4)}:{remote_ufrag}".encode()
        self._password = secrets.token_hex(16)
        self._key = Key(self._password.encode())

    @property
    def ufrag(self) -> str:
        """Our username fragment, the newest."""
        return self._username.partition(b":")[0].decode()

    @property
    def remote_ufrag(self) -> str:
        """The client's username fragment, the newest."""
        return self._username.partition(b":")[2].decode()

    @property
    def password(self) -> str:
        """Our password, the newest."""
        return self._password


class Check(NamedTuple):
    """An authenticated binding request: whose it was, and what to answer."""

    peer: IcePeer
    response: bytes
    nominated: bool
    """Whether this check gave the peer a new address."""


class IceTable:
    """All ICE peers of one port, by username fragment and by address."""

    def __init__(self) -> None:
        self._by_ufrag: dict[bytes, IcePeer] = {}
        self._by_address: dict[Address, IcePeer] = {}

    def add(self, session_id: str, remote_ufrag: str) -> IcePeer:
        """Make credentials for a new session."""
        peer = IcePeer(session_id, remote_ufrag)
        self._enlist(peer, remote_ufrag)
        return peer

    def restart(self, peer: IcePeer, remote_ufrag: str) -> None:
        """Give a peer new credentials (RFC 8445 section 9). Those that it has proved to use stay
        valid until it has proved to use the new ones; address and keys stay."""
        if peer._former is None:
            peer._former = (peer._username, peer._key)
        else:
            self._delist(peer, peer._username)  # restarted again, before a check with these
        peer._renew(remote_ufrag)
        self._enlist(peer, remote_ufrag)

    def remove(self, peer: IcePeer) -> None:
        """Forget a peer. It keeps its address, for a last word to it. Harmless if it is gone."""
        self._delist(peer, peer._username)
        self._forget_former(peer)
        if peer.address is not None and self._by_address.get(peer.address) is peer:
            del self._by_address[peer.address]

    def at(self, address: Address) -> IcePeer | None:
        """Return the peer whose nominated address this is."""
        return self._by_address.get(address)

    def check(self, data: bytes, address: Address, now: float) -> Check:
        """Handle one STUN datagram at monotonic time `now`.

        Raises StunError if it is malformed, for nobody here, or not authentic.
        """
        there = self._by_address.get(address)
        request = parse_request(data, there._usual if there is not None else None)
        usual = request.usual
        peer = self._by_ufrag.get(usual.username.partition(b":")[0])
        if peer is None:
            raise StunError("stun_unknown_ufrag")
        former = peer._former
        if usual.username == peer._username:
            key, is_former = peer._key, False
        elif former is not None and usual.username == former[0]:
            key, is_former = former[1], True
        else:
            raise StunError("stun_bad_credentials")
        if not is_authentic(request, key):
            raise StunError("stun_bad_credentials")
        if former is not None and not is_former:
            self._forget_former(peer)
        nominated = peer.address != address and (
            peer.address is None
            or usual.use_candidate
            or now - peer.checked_at > SILENCE_BEFORE_MOVE
        )
        if nominated:
            self._move(peer, address)
        if peer.address == address:
            peer.checked_at = now
            peer._usual, mapped = usual, peer._mapped
        else:
            mapped = mapped_address(address[0], address[1])
        return Check(peer, success(request, mapped, key), nominated)

    def _move(self, peer: IcePeer, address: Address) -> None:
        former = self._by_address.get(address)
        if former is not None:
            former.address = None  # the newest authenticated check owns an address
        if peer.address is not None:
            self._by_address.pop(peer.address, None)
        peer.address, peer._mapped = address, mapped_address(address[0], address[1])
        self._by_address[address] = peer

    def _enlist(self, peer: IcePeer, remote_ufrag: str) -> None:
        while (ufrag := peer._username.partition(b":")[0]) in self._by_ufrag:
            peer._renew(remote_ufrag)
        self._by_ufrag[ufrag] = peer

    def _delist(self, peer: IcePeer, username: bytes) -> None:
        ufrag = username.partition(b":")[0]
        if self._by_ufrag.get(ufrag) is peer:
            del self._by_ufrag[ufrag]

    def _forget_former(self, peer: IcePeer) -> None:
        if peer._former is not None:
            self._delist(peer, peer._former[0])
            peer._former = None
