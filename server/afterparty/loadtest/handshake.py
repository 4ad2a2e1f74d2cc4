"""One listener's DTLS-SRTP handshake (RFC 5764), without a socket, a task or a timer of its own.

Datagrams go in and come out. One certificate and one OpenSSL context serve a whole process: they
are most of what a join would cost. After the handshake only the keys are of use, and only to those
who decrypt.
"""

import contextlib
import functools
from collections.abc import Sequence
from dataclasses import dataclass

import pylibsrtp
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL

MTU = 1200
MAX_FLIGHT = 1 << 16
_RECORD_HEAD = 13  # RFC 6347 section 4.1; the length is its last two bytes
_PREFERRED = sorted(SRTP_PROFILES, key=lambda profile: profile.key_length + profile.salt_length)
_DIGESTS = {
    "sha-256": hashes.SHA256(),
    "sha-384": hashes.SHA384(),
    "sha-512": hashes.SHA512(),
}


class HandshakeError(Exception):
    """The handshake failed: `code` is `dtls_failed`, `dtls_fingerprint` or `dtls_no_srtp`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Identity:
    context: SSL.Context
    fingerprint: tuple[str, str]


@functools.cache
def _identity() -> _Identity:
    certificate = RTCCertificate.generateCertificate()
    context = certificate._create_ssl_context(srtp_profiles=_PREFERRED)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_QUERY_MTU)
    (fingerprint,) = (f for f in certificate.getFingerprints() if f.algorithm == "sha-256")
    return _Identity(context, (fingerprint.algorithm, fingerprint.value))


def own_fingerprint() -> tuple[str, str]:
    """`(algorithm, value)` of this process's certificate (RFC 8122)."""
    return _identity().fingerprint


class Handshake:
    """A handshake, as the DTLS client or (if the server's answer wants to be that) its server."""

    def __init__(self, *, client: bool, fingerprints: Sequence[tuple[str, str]]) -> None:
        """`fingerprints` are the server's, from its answer."""
        self._ssl = SSL.Connection(_identity().context, None)
        self._ssl.set_ciphertext_mtu(MTU)
        if client:
            self._ssl.set_connect_state()
        else:
            self._ssl.set_accept_state()
        self.is_client = client
        self._fingerprints = fingerprints
        self.done = False

    def begin(self) -> list[bytes]:
        """The first datagrams to send; none for the DTLS server."""
        return self._step()

    def feed(self, datagram: bytes) -> list[bytes]:
        """Take a datagram in; returns those to send. Raises `HandshakeError`."""
        self._ssl.bio_write(datagram)
        if self.done:  # the other side has lost our last flight; OpenSSL sends it again as it reads
            return self._again()
        return self._step()

    def overdue(self) -> list[bytes]:
        """What has to be sent again by now: ask a few times a second."""
        if self.done:
            return []
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error as error:
            raise HandshakeError("dtls_failed") from error
        return self._out()

    def keys(self) -> pylibsrtp.Session:
        """A session that unprotects what the server sends, once `done`."""
        name = self._ssl.get_selected_srtp_profile()
        profile = next(p for p in SRTP_PROFILES if p.openssl_profile == name)
        size = 2 * (profile.key_length + profile.salt_length)
        material = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", size)
        # RFC 5764 section 4.2: the client's half comes first.
        policy = pylibsrtp.Policy(
            key=profile.get_key_and_salt(material, 1 if self.is_client else 0),
            ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND,
            srtp_profile=profile.libsrtp_profile,
        )
        policy.window_size = 1024
        return pylibsrtp.Session(policy)

    def goodbye(self) -> list[bytes]:
        """The close_notify that will end the association: nothing else can be sent after it."""
        try:
            self._ssl.shutdown()
        except SSL.Error:
            return []
        return self._out()

    def _step(self) -> list[bytes]:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            return self._out()
        except SSL.Error as error:
            raise HandshakeError("dtls_failed") from error
        self._verify()
        self.done = True
        return self._out()

    def _again(self) -> list[bytes]:
        with contextlib.suppress(SSL.Error):
            self._ssl.recv(1)
        return self._out()

    def _verify(self) -> None:
        certificate = self._ssl.get_peer_certificate(as_cryptography=True)
        if not isinstance(certificate, x509.Certificate) or not _is_promised(
            certificate, self._fingerprints
        ):
            raise HandshakeError("dtls_fingerprint")
        if not self._ssl.get_selected_srtp_profile():
            raise HandshakeError("dtls_no_srtp")

    def _out(self) -> list[bytes]:
        try:
            return datagrams_of(self._ssl.bio_read(MAX_FLIGHT))
        except SSL.WantReadError:
            return []


def datagrams_of(flight: bytes) -> list[bytes]:
    """Put whole DTLS records into as few datagrams of at most `MTU` bytes as they take.

    OpenSSL's memory keeps no borders between datagrams, and a record must not lie across one
    (RFC 6347 section 4.1.1).
    """
    found: list[bytes] = []
    start = at = 0
    while at + _RECORD_HEAD <= len(flight):
        end = at + _RECORD_HEAD + (flight[at + 11] << 8 | flight[at + 12])
        if end - start > MTU and at > start:
            found.append(flight[start:at])
            start = at
        at = end
    if start < len(flight):
        found.append(flight[start:])
    return found


def _is_promised(certificate: x509.Certificate, promised: Sequence[tuple[str, str]]) -> bool:
    """Whether any fingerprint of a known algorithm is this certificate's (RFC 8122 section 5)."""
    return any(
        certificate.fingerprint(_DIGESTS[algorithm]).hex() == value.replace(":", "").lower()
        for algorithm, value in promised
        if algorithm in _DIGESTS
    )
