"""STUN binding requests (RFC 8489) as an ICE-lite agent needs them: read, verify, answer.

A hostile datagram costs one pass over its attributes and no allocation worth naming; it is
refused with a stable reason and never answered, so nothing here can amplify. Knows no session.
"""

import binascii
import hashlib
import hmac
import socket
import struct
from typing import NamedTuple

COOKIE = 0x2112A442
MAX_ATTRIBUTES = 32

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_LENGTH = struct.Struct("!H")
_NUMBER = struct.Struct("!I")
_MAPPED = struct.Struct("!HHBBH")
_MAPPED_IPV6 = _MAPPED.size + 16
_BINDING_REQUEST = 0x0001
_BINDING_SUCCESS = 0x0101
_USERNAME = 0x0006
_MESSAGE_INTEGRITY = 0x0008
_XOR_MAPPED_ADDRESS = 0x0020
_USE_CANDIDATE = 0x0025
_FINGERPRINT = 0x8028
_FINGERPRINT_XOR = 0x5354554E
_INTEGRITY_HEAD = _ATTRIBUTE.pack(_MESSAGE_INTEGRITY, 20)
_FINGERPRINT_HEAD = _ATTRIBUTE.pack(_FINGERPRINT, 4)
_SHA1_BLOCK = 64
_IPV4_IN_IPV6 = bytes(10) + b"\xff\xff"


class StunError(Exception):
    """This datagram is dropped; `reason` is a stable word for the counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Key:
    """A password as HMAC-SHA1 uses it (RFC 2104): padded once, which is half of the work for
    messages as short as these."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, password: bytes) -> None:
        """Raises ValueError if the password has more than 64 bytes."""
        if len(password) > _SHA1_BLOCK:
            raise ValueError("a password has 64 bytes at most here")
        padded = password.ljust(_SHA1_BLOCK, b"\0")
        self._inner = bytes(byte ^ 0x36 for byte in padded)
        self._outer = bytes(byte ^ 0x5C for byte in padded)

    def digest(self, message: bytes) -> bytes:
        """HMAC-SHA1 of a message, 20 bytes."""
        inner = hashlib.sha1(self._inner + message).digest()  # noqa: S324 - RFC 8489 has no other
        return hashlib.sha1(self._outer + inner).digest()  # noqa: S324


class Usual(NamedTuple):
    """What an agent says in all its requests, and what it means."""

    attributes: bytes
    """Everything before MESSAGE-INTEGRITY."""
    username: bytes
    """`ours:theirs`: the username fragment of the agent asked, then of the one who asks."""
    use_candidate: bool


class BindingRequest(NamedTuple):
    """A well-formed binding request whose integrity has not been checked yet."""

    transaction: bytes
    usual: Usual
    covered: bytes
    """What MESSAGE-INTEGRITY covers, with the length adjusted (RFC 8489 section 14.5)."""
    integrity: bytes


def parse_request(data: bytes, usual: Usual | None = None) -> BindingRequest:
    """Read a binding request. Raises StunError for everything else.

    If it is a `usual` one, its attributes are not read again.
    """
    whole = len(data)
    if whole < _HEADER.size:
        raise StunError("stun_malformed")
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if cookie != COOKIE or length % 4 or length + _HEADER.size != whole:
        raise StunError("stun_malformed")
    if kind != _BINDING_REQUEST:
        raise StunError("stun_not_a_request")
    if (
        usual is not None
        and data[_HEADER.size : -32] == usual.attributes
        and data[-32:-28] == _INTEGRITY_HEAD
        and data[-8:-4] == _FINGERPRINT_HEAD
        and _NUMBER.unpack_from(data, whole - 4)[0] == _crc(data[:-8])
    ):
        covered = data[:2] + _LENGTH.pack(length - 8) + data[4:-32]
        return BindingRequest(transaction, usual, covered, data[-28:-8])
    return _read(data, transaction)


def _read(data: bytes, transaction: bytes) -> BindingRequest:
    whole = len(data)
    username = integrity = covered = None
    use_candidate = False
    at, left = _HEADER.size, MAX_ATTRIBUTES
    while at < whole:  # four bytes at least: all lengths are multiples of four
        attribute, size = _ATTRIBUTE.unpack_from(data, at)
        end = at + 4 + size
        left -= 1
        if end > whole or left < 0:
            raise StunError("stun_malformed")
        if attribute == _FINGERPRINT:
            # It must come last (RFC 8489 section 14.7); so its CRC runs at most once a datagram.
            if size != 4 or end != whole:
                raise StunError("stun_malformed")
            if _NUMBER.unpack_from(data, at + 4)[0] != _crc(data[:at]):
                raise StunError("stun_malformed")
        elif covered is not None:
            pass  # what follows MESSAGE-INTEGRITY is not authenticated (RFC 8489 section 14.5)
        elif attribute == _USERNAME:
            username = data[at + 4 : end]
        elif attribute == _USE_CANDIDATE:
            use_candidate = True
        elif attribute == _MESSAGE_INTEGRITY:
            integrity = data[at + 4 : end]
            covered = data[:2] + _LENGTH.pack(at + 24 - _HEADER.size) + data[4:at]
        at = end + (-size & 3)
    if username is None or integrity is None or covered is None:
        raise StunError("stun_unauthenticated")
    if b":" not in username:
        raise StunError("stun_malformed")
    usual = Usual(covered[_HEADER.size :], username, use_candidate)
    return BindingRequest(transaction, usual, covered, integrity)


def _crc(covered: bytes) -> int:
    return binascii.crc32(covered) ^ _FINGERPRINT_XOR


def is_authentic(request: BindingRequest, key: Key) -> bool:
    """Check MESSAGE-INTEGRITY with the short-term credential (RFC 8489 section 9.1), in constant
    time."""
    return hmac.compare_digest(key.digest(request.covered), request.integrity)


def success(request: BindingRequest, mapped: bytes, key: Key) -> bytes:
    """Answer an authenticated request: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT.

    `mapped` is what `mapped_address` has made of where it came from.
    """
    if len(mapped) == _MAPPED_IPV6:
        tail = int.from_bytes(mapped[-12:]) ^ int.from_bytes(request.transaction)
        mapped = mapped[:-12] + tail.to_bytes(12)
    # Either attribute covers a length that ends with itself (RFC 8489 sections 14.5 and 14.7).
    head = _HEADER.pack(_BINDING_SUCCESS, len(mapped) + 24, COOKIE, request.transaction)
    digest = key.digest(head + mapped)
    head = _HEADER.pack(_BINDING_SUCCESS, len(mapped) + 32, COOKIE, request.transaction)
    message = head + mapped + _INTEGRITY_HEAD + digest
    return message + _FINGERPRINT_HEAD + _NUMBER.pack(_crc(message))


def mapped_address(host: str, port: int) -> bytes:
    """XOR-MAPPED-ADDRESS (RFC 8489 section 14.2), as it is for every request from there; only of an
    IPv6 address the last 12 bytes change with the transaction. IPv4 in IPv6 is told as IPv4."""
    if ":" in host:
        raw = socket.inet_pton(socket.AF_INET6, host)
        if raw.startswith(_IPV4_IN_IPV6):
            raw = raw[12:]
    else:
        raw = socket.inet_aton(host)
    size = len(raw)
    family = 1 if size == 4 else 2
    head = _MAPPED.pack(_XOR_MAPPED_ADDRESS, 4 + size, 0, family, port ^ (COOKIE >> 16))
    return head + _NUMBER.pack(int.from_bytes(raw[:4]) ^ COOKIE) + raw[4:]
