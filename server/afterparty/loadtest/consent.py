"""Consent (RFC 7675) of very many listeners: who is to ask the server now, and whom it has left.

Columns of times, and checks that are ready but for their transaction. Seconds of one monotonic
clock. Sends nothing.
"""

import binascii
import hmac
import os
import random
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INTERVAL = 5.0
"""Seconds between two checks, spread by a fifth either way (RFC 7675 section 5.1)."""
EXPIRY = 30.0
"""Seconds without an answer after which the consent is gone (the same section)."""

_COOKIE = 0x2112A442
_BINDING_REQUEST = 0x0001
_USERNAME, _PRIORITY, _USE_CANDIDATE, _CONTROLLING = 0x0006, 0x0024, 0x0025, 0x802A
_INTEGRITY, _FINGERPRINT = 0x0008, 0x8028
_FINGERPRINT_XOR = 0x5354554E
_HEAD = struct.Struct("!HHI12s")
_INTEGRITY_SIZE, _FINGERPRINT_SIZE = 24, 8


@dataclass(frozen=True, slots=True)
class Check:
    """One listener's check: its attributes, and the server's ICE password."""

    attributes: bytes
    key: bytes

    def datagram(self) -> bytes:
        """A Binding request with a transaction of its own (RFC 8489 sections 14.5 and 14.7)."""
        size = len(self.attributes) + _INTEGRITY_SIZE
        transaction = os.urandom(12)
        covered = _HEAD.pack(_BINDING_REQUEST, size, _COOKIE, transaction) + self.attributes
        digest = hmac.digest(self.key, covered, "sha1")
        whole = size + _FINGERPRINT_SIZE
        text = b"".join(
            (
                _HEAD.pack(_BINDING_REQUEST, whole, _COOKIE, transaction),
                self.attributes,
                struct.pack("!HH", _INTEGRITY, 20),
                digest,
            )
        )
        return text + struct.pack("!HHI", _FINGERPRINT, 4, binascii.crc32(text) ^ _FINGERPRINT_XOR)


def make_check(*, remote_ufrag: str, ufrag: str, password: str, priority: int) -> Check:
    """The check of a controlling agent that has nominated already (RFC 8445 section 7.1)."""
    username = f"{remote_ufrag}:{ufrag}".encode()
    attributes = b"".join(
        (
            struct.pack("!HH", _USERNAME, len(username)) + username + bytes(-len(username) % 4),
            struct.pack("!HHI", _PRIORITY, 4, priority),
            struct.pack("!HHQ", _CONTROLLING, 8, (1 << 64) - 1),
            struct.pack("!HH", _USE_CANDIDATE, 0),
        )
    )
    return Check(attributes, password.encode())


class Consent:
    """When each of `rows` listeners asks next, and when it was last answered."""

    def __init__(self, rows: int, *, interval: float = INTERVAL, expiry: float = EXPIRY) -> None:
        self._interval = interval
        self._expiry = expiry
        self._chance = np.random.default_rng()
        self._next = np.full(rows, np.inf)
        self._answered = np.full(rows, np.inf)

    def begin(self, row: int, now: float) -> None:
        """This listener asks from now on; it has just been answered."""
        self._answered[row] = now
        self._next[row] = now + self._interval * random.uniform(0.8, 1.2)  # noqa: S311 - no secret

    def end(self, row: int) -> None:
        """This listener asks no more."""
        self._next[row] = self._answered[row] = np.inf

    def due(self, now: float) -> NDArray[np.intp]:
        """Those who are to ask now; each is due again in its own good time."""
        rows = np.flatnonzero(self._next <= now)
        if len(rows):
            self._next[rows] = now + self._interval * self._chance.uniform(0.8, 1.2, len(rows))
        return rows

    def answered(self, rows: NDArray[np.int64], now: float) -> None:
        """The server has answered these; of those who do not ask, nothing is kept."""
        self._answered[rows] = np.where(np.isinf(self._next[rows]), np.inf, now)

    def lost(self, now: float) -> NDArray[np.intp]:
        """Those whose consent is gone."""
        return np.flatnonzero(self._answered < now - self._expiry)
