"""DTLS-SRTP (RFC 5764) of one session, without a socket, a task or a timer of its own.

Datagrams are handed in, and each call returns what is to be sent and how things stand. OpenSSL is
there only for the handshake. Then the keys are taken out and it is given up, with all its memory;
what is kept is a few hundred bytes that understand the peer's goodbye, say ours, and repeat our
last flight to a peer that has lost it. aiortc gives certificates and SRTP profiles.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from afterparty.media.datagrams.records import (
    ALERT,
    CIPHERS,
    HANDSHAKE,
    datagrams,
    is_goodbye,
    opened,
    reading_key,
)

HANDSHAKE_SECONDS = 10.0
MAX_DATAGRAM = 1200
"""Bytes of a datagram that every path carries (RFC 8831 section 5)."""

_DTLS_1_2 = 0xFEFD
_EXPORTER = b"EXTRACTOR-dtls_srtp"
_REPLAY_WINDOW = 1024
_BY_PREFERENCE = sorted(SRTP_PROFILES, key=lambda p: (p.salt_length, p.key_length))
"""AES-128-GCM, which costs least; AES-256-GCM; AES in counter mode with SHA-1."""
_PROFILES: Final = {p.openssl_profile.decode(): p for p in _BY_PREFERENCE}


class SrtpSender:
    """What it takes to protect packets to one peer."""

    __slots__ = ("_session", "key", "profile", "salt")

    def __init__(
        self, profile: str, key: bytes, salt: bytes, session: Session | None = None
    ) -> None:
        self.profile = profile
        """OpenSSL's name, for instance `SRTP_AEAD_AES_128_GCM`."""
        self.key = key
        self.salt = salt
        self._session = session

    @property
    def session(self) -> Session:
        """libsrtp's session of these keys; made when it is first asked for."""
        if self._session is None:
            keys = self.key + self.salt
            self._session = _srtp(self.profile, keys, Policy.SSRC_ANY_OUTBOUND)
        return self._session


Outcome: TypeAlias = SrtpSender | Literal["closed", "failed", "timeout"] | None


class Turn(NamedTuple):
    """What a call has come to."""

    send: Sequence[bytes] = ()
    """Datagrams for the peer, in order."""
    outcome: Outcome = None
    """An SrtpSender once, when the handshake is done; `closed` by the peer; `failed` or `timeout`
    of the handshake. After these three there is nothing more to come."""


_NOTHING = Turn()


class Identity:
    """The certificate of a node, and the SSL context that all its associations share."""

    def __init__(self) -> None:
        certificate = RTCCertificate.generateCertificate()
        self.fingerprints = tuple(
            (f.algorithm, f.value)
            for f in certificate.getFingerprints()
            if f.algorithm == "sha-256"
        )
        self.context = certificate._create_ssl_context(_BY_PREFERENCE)
        self.context.set_cipher_list(CIPHERS)
        self.context.set_min_proto_version(_DTLS_1_2)
        self.context.set_max_proto_version(_DTLS_1_2)
        self.context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        self.context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_RENEGOTIATION)


class DtlsLink:
    """One session's DTLS association. Nothing is handed in before `start`."""

    __slots__ = (
        "_client", "_fingerprints", "_goodbye", "_identity", "_last_flight",
        "_receive", "_receiver", "_secrets", "_ssl", "_state", "_until",
    )  # fmt: skip

    def __init__(
        self, identity: Identity, fingerprints: Sequence[tuple[str, str]], client: bool
    ) -> None:
        self._identity = identity
        self._fingerprints = fingerprints
        self._client = client
        self._state: Literal["new", "shaking", "open", "ended"] = "new"
        self._until = 0.0
        self._ssl: SSL.Connection | None = None
        self._last_flight = self._goodbye = b""
        self._secrets = (b"", b"")
        self._receive: tuple[str, bytes] | None = None
        self._receiver: Session | None = None

    @property
    def is_new(self) -> bool:
        """Whether `start` is still to come."""
        return self._state == "new"

    @property
    def is_shaking(self) -> bool:
        """Whether the handshake goes on, and `wake` is to be called ten times a second or so."""
        return self._state == "shaking"

    @property
    def receiver(self) -> Session | None:
        """Unprotects what the peer sends; None before the handshake is done. Made when it is first
        asked for, which must be at the first packet that counts."""
        if self._receiver is None and self._receive is not None:
            self._receiver = _srtp(*self._receive, Policy.SSRC_ANY_INBOUND)
        return self._receiver

    def start(self, now: float) -> Turn:
        """Begin, now that the peer's address is known to be its own (monotonic time `now`)."""
        self._state = "shaking"
        self._until = now + HANDSHAKE_SECONDS
        # A server waits for the client's hello, and costs nothing until then.
        return self._shake() if self._client else _NOTHING

    def deliver(self, data: bytes) -> Turn:
        """Take in one DTLS datagram of the peer."""
        if self._state == "shaking":
            ssl = self._ssl or self._begin()
            ssl.bio_write(data)
            return self._shake()
        return self._after(data) if self._state == "open" else _NOTHING

    def wake(self, now: float) -> Turn:
        """Send again what seems lost, or give up."""
        if self._state != "shaking":
            return _NOTHING
        if now > self._until:
            self._end()
            return Turn((), "timeout")
        if self._ssl is None:
            return _NOTHING
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error:  # it has tried often enough
            return self._fail()
        return Turn(self._flight())

    def close(self) -> Sequence[bytes]:
        """End the association; returns what tells the peer. Harmless if it has ended."""
        words = (self._goodbye,) if self._state == "open" else ()
        self._end()
        return words

    def _begin(self) -> SSL.Connection:
        self._ssl = SSL.Connection(self._identity.context)
        self._ssl.set_ciphertext_mtu(MAX_DATAGRAM)
        if self._client:
            self._ssl.set_connect_state()
        else:
            self._ssl.set_accept_state()
        return self._ssl

    def _shake(self) -> Turn:
        ssl = self._ssl or self._begin()
        try:
            ssl.do_handshake()
        except SSL.WantReadError:
            return Turn(self._flight())
        except SSL.Error:
            return self._fail()
        flight = self._flight()
        sender = self._take_keys(ssl)
        words = self._farewell(ssl)
        if sender is None:
            self._end()
            return Turn((*flight, words), "failed")
        self._secrets = (
            ssl.master_key() or b"",
            (ssl.client_random() or b"") + (ssl.server_random() or b""),
        )
        self._goodbye = words
        # The last flight is the server's: a client's peer has had all when it sends its own.
        self._last_flight = b"" if self._client else b"".join(flight)
        self._ssl, self._fingerprints, self._state = None, (), "open"
        return Turn(flight, sender)

    def _take_keys(self, ssl: SSL.Connection) -> SrtpSender | None:
        """Take the keys (RFC 5764 section 4.2); None if the peer is not who its offer says it is,
        or without SRTP."""
        profile = _PROFILES.get(ssl.get_selected_srtp_profile().decode())
        if profile is None or not self._is_who_it_said(ssl):
            return None
        length = 2 * (profile.key_length + profile.salt_length)
        material = ssl.export_keying_material(_EXPORTER, length)
        ours, theirs = (0, 1) if self._client else (1, 0)
        name = profile.openssl_profile.decode()
        self._receive = (name, profile.get_key_and_salt(material, theirs))
        secret = profile.get_key_and_salt(material, ours)
        return SrtpSender(name, secret[: profile.key_length], secret[profile.key_length :])

    def _is_who_it_said(self, ssl: SSL.Connection) -> bool:
        """Whether the certificate has one of the fingerprints made with the strongest hash function
        that the offer uses (RFC 8122 section 5)."""
        certificate = ssl.get_peer_certificate()
        if certificate is None or not self._fingerprints:
            return False
        strongest = max(name for name, _ in self._fingerprints)
        found = certificate.digest(strongest.replace("-", "")).decode()
        return (strongest, found) in self._fingerprints

    def _farewell(self, ssl: SSL.Connection) -> bytes:
        ssl.shutdown()
        return b"".join(self._flight())

    def _flight(self) -> list[bytes]:
        """What OpenSSL wants sent."""
        if self._ssl is None:
            return []
        parts = []
        try:
            while True:
                parts.append(self._ssl.bio_read(1 << 14))
        except SSL.Error:  # nothing more
            return datagrams(b"".join(parts), MAX_DATAGRAM)

    def _after(self, data: bytes) -> Turn:
        """What comes after the handshake. Only what is authentic has any effect."""
        # Most peers say one thing more, their goodbye; so the key is made when it is needed.
        master, randoms = self._secrets
        key = reading_key(master, randoms, of_client=not self._client)
        for kind, plain in opened(data, key):
            if kind == ALERT and is_goodbye(plain):
                return Turn(self.close(), "closed")
            if kind == HANDSHAKE and self._last_flight:
                # Its last flight again: ours was lost (RFC 6347 section 4.2.4). As no record has
                # been sent since, the same bytes are what it has not seen.
                return Turn((self._last_flight,))
        return _NOTHING

    def _fail(self) -> Turn:
        flight = self._flight()  # an alert, mostly
        self._end()
        return Turn(flight, "failed")

    def _end(self) -> None:
        self._state, self._ssl = "ended", None


def _srtp(profile: str, keys: bytes, direction: int) -> Session:
    policy = Policy(keys, direction, 0, _PROFILES[profile].libsrtp_profile)
    policy.allow_repeat_tx = True
    policy.window_size = _REPLAY_WINDOW
    return Session(policy)
