"""DTLS 1.2 records (RFC 6347), as far as an association that OpenSSL has left still needs them.

Of a whole association it takes the master secret and the random values to go on reading what the
peer sends, for the one AEAD that is negotiated, AES-128-GCM. Knows no session.
"""

import hmac
import struct
from collections.abc import Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CIPHERS: Final = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
"""OpenSSL's names of the suites whose records are read here. The first is the one that everybody
must have (RFC 8827 section 6.5); the second is for a server whose certificate is of RSA."""

ALERT: Final = 21
HANDSHAKE: Final = 22

_HEAD = struct.Struct("!B2s8sH")  # type, version, epoch and sequence number, length
_RANDOM, _KEY, _IMPLICIT, _EXPLICIT, _TAG = 32, 16, 4, 8, 16
_FATAL, _CLOSE_NOTIFY = 2, 0


def datagrams(flight: bytes, most: int) -> list[bytes]:
    """Split a flight between its records, into datagrams of at most so many bytes where records
    allow it."""
    found: list[bytes] = []
    start = at = 0
    while at < len(flight):
        end = at + _HEAD.size + int.from_bytes(flight[at + 11 : at + 13])
        if end - start > most and at > start:
            found.append(flight[start:at])
            start = at
        at = end
    if start < len(flight):
        found.append(flight[start:])
    return found


def reading_key(master: bytes, randoms: bytes, *, of_client: bool) -> bytes:
    """What the peer's records are read with: its write key and implicit nonce, 20 bytes.

    From the master secret and the random values of the handshake, the client's first (RFC 5246
    section 6.3, RFC 5288 section 3); `of_client` if the peer was the client.
    """
    seed = b"key expansion" + randoms[_RANDOM:] + randoms[:_RANDOM]
    block, turn = b"", seed
    while len(block) < 2 * (_KEY + _IMPLICIT):
        turn = hmac.digest(master, turn, "sha256")  # P_SHA256 (RFC 5246 section 5)
        block += hmac.digest(master, turn + seed, "sha256")
    keys, nonces = block[: 2 * _KEY], block[2 * _KEY :]
    at = 0 if of_client else 1
    return keys[at * _KEY :][:_KEY] + nonces[at * _IMPLICIT :][:_IMPLICIT]


def opened(data: bytes, key: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, plaintext) of each authentic encrypted record in a datagram; skip the rest."""
    at = 0
    while at + _HEAD.size <= len(data):
        kind, version, number, length = _HEAD.unpack_from(data, at)
        sealed = data[at + _HEAD.size : at + _HEAD.size + length]
        at += _HEAD.size + length
        if number[:2] != b"\0\x01" or not _EXPLICIT + _TAG <= len(sealed) == length:
            continue  # not of the first epoch that is encrypted, or cut off
        size = length - _EXPLICIT - _TAG
        nonce = key[_KEY:] + sealed[:_EXPLICIT]
        about = number + bytes((kind,)) + version + size.to_bytes(2)
        try:
            yield kind, AESGCM(key[:_KEY]).decrypt(nonce, sealed[_EXPLICIT:], about)
        except InvalidTag:
            continue


def is_goodbye(alert: bytes) -> bool:
    """Whether an alert ends the association (RFC 5246 section 7.2)."""
    return len(alert) == 2 and (alert[0] == _FATAL or alert[1] == _CLOSE_NOTIFY)
