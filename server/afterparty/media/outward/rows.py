"""The table of listeners: one row each, its columns in numpy.

Rows are numbered; a row's number is its own until it is removed, and is given to another only when
the caller says that nothing refers to it any more. Knows no packets and no sockets.
"""

from dataclasses import dataclass, field
from secrets import randbelow
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from afterparty.media.datagrams.port import Address
from afterparty.media.datagrams.srtp import GCM_PROFILES, nonce_mask, session_keys
from afterparty.media.inward.dtls import SrtpSender
from afterparty.media.outward.lanes import LANES, Lane
from afterparty.media.outward.sender import sockaddr

NEVER = np.iinfo(np.int64).max
"""`due` of a row that follows no feed."""
NO_FEED = -1
_FIRST_CAPACITY = 64


@dataclass(slots=True)
class Row:
    """One listener, as the media plane hands it in."""

    address: Address
    srtp: SrtpSender
    ssrc: int
    payload_type: int
    level_id: int | None
    """Negotiated id of the mixer-to-client level extension (RFC 6465)."""
    widest: Lane = LANES[-1]
    """The widest lane that it takes."""
    index: int = field(default_factory=lambda: randbelow(1 << 15))
    """Index of the first packet. The low 16 bits are the sequence number, the rest is the SRTP
    rollover counter (RFC 3711 section 3.3.1). It begins in the lower half, so that a first packet
    lost does not leave the receiver to guess a rollover."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What headers and sealing of rows have in common."""

    payload_type: int
    level_id: int | None
    gcm: bool
    widest: Lane


_COLUMNS: dict[str, Any] = {
    "alive": np.bool_,
    "feed": np.int64,
    "shape": np.int32,
    "span": np.int64,
    "last": np.int64,
    "due": np.int64,
    "widest": np.int64,
    "departures": np.int64,
    "index": np.uint64,
    "ssrc": np.uint64,
    "sent": np.int64,
    "octets": np.int64,
    "reports": np.uint64,
    "name_length": np.uint32,
}


class Rows:
    """The table. Columns may be read and written by row number; they are replaced as it grows."""

    alive: NDArray[np.bool_]
    feed: NDArray[np.int64]
    """Number of the feed that the row follows, or NO_FEED."""
    shape: NDArray[np.int32]
    """Index in `shapes`."""
    span: NDArray[np.int64]
    """Ticks that its next packet carries."""
    last: NDArray[np.int64]
    """The last tick that has departed to it."""
    due: NDArray[np.int64]
    """The tick at which it departs next."""
    widest: NDArray[np.int64]
    """The widest lane for it."""
    departures: NDArray[np.int64]
    index: NDArray[np.uint64]
    """Index of its next packet."""
    ssrc: NDArray[np.uint64]
    sent: NDArray[np.int64]
    octets: NDArray[np.int64]
    reports: NDArray[np.uint64]
    """RTCP packets sent, which is the SRTCP index of the next."""
    name_length: NDArray[np.uint32]

    def __init__(self) -> None:
        self.top = 0
        """All rows are below this."""
        self.shapes: list[Shape] = []
        self.names: NDArray[np.uint8] = np.zeros((0, 28), np.uint8)
        self.masks: NDArray[np.uint8] = np.zeros((0, 12), np.uint8)
        self.rtcp_masks: NDArray[np.uint8] = np.zeros((0, 12), np.uint8)
        self.seals: NDArray[np.object_] = np.zeros(0, object)
        """What protects its RTP: `AESGCM.encrypt_into`, or libsrtp's `protect`."""
        self.rtcp_seals: NDArray[np.object_] = np.zeros(0, object)
        """The SRTCP session key (bytes), or libsrtp's `protect_rtcp`."""
        self.addresses: NDArray[np.object_] = np.zeros(0, object)
        for name, kind in _COLUMNS.items():
            setattr(self, name, np.zeros(0, kind))
        self._numbers: dict[str, int] = {}
        self._free: list[int] = []
        self._leaving: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, row_id: str) -> int | None:
        """The row of that id."""
        return self._numbers.get(row_id)

    def add(self, row_id: str, row: Row) -> int:
        """Take in a row, which follows no feed yet; its number."""
        number = self._free.pop() if self._free else self._extend()
        self._numbers[row_id] = number
        gcm = row.srtp.profile in GCM_PROFILES
        for name in _COLUMNS:
            getattr(self, name)[number] = 0
        self.alive[number] = True
        self.feed[number] = NO_FEED
        self.due[number] = NEVER
        self.span[number] = 1
        self.index[number] = row.index
        self.ssrc[number] = row.ssrc
        shape = Shape(row.payload_type, row.level_id, gcm, row.widest)
        self.widest[number], self.shape[number] = row.widest, self._shape(shape)
        if gcm:
            keys = session_keys(row.srtp.key, row.srtp.salt)
            self.seals[number] = AESGCM(keys.rtp_key).encrypt_into
            self.rtcp_seals[number] = keys.rtcp_key
            self.masks[number] = np.frombuffer(nonce_mask(row.ssrc, keys.rtp_salt), np.uint8)
            self.rtcp_masks[number] = np.frombuffer(nonce_mask(row.ssrc, keys.rtcp_salt), np.uint8)
        else:
            self.seals[number] = row.srtp.session.protect
            self.rtcp_seals[number] = row.srtp.session.protect_rtcp
        self.readdress(number, row.address)
        return number

    def readdress(self, number: int, address: Address) -> None:
        """Give a row another address."""
        name = sockaddr(address)
        self.names[number, : len(name)] = np.frombuffer(name, np.uint8)
        self.name_length[number] = len(name)
        self.addresses[number] = address

    def remove(self, row_id: str) -> int | None:
        """Forget a row; its number, which is not given to another before `settle`."""
        number = self._numbers.pop(row_id, None)
        if number is not None:
            self.alive[number] = False
            self.due[number] = NEVER
            self.seals[number] = self.rtcp_seals[number] = self.addresses[number] = None
            self._leaving.append(number)
        return number

    def settle(self) -> None:
        """Nothing refers to removed rows any more: their numbers may be given to others."""
        self._free += self._leaving
        self._leaving.clear()

    def _shape(self, shape: Shape) -> int:
        if shape not in self.shapes:
            self.shapes.append(shape)
        return self.shapes.index(shape)

    def _extend(self) -> int:
        capacity = len(self.alive)
        if self.top == capacity:
            wanted = max(_FIRST_CAPACITY, capacity * 2)
            for name in (*_COLUMNS, *_TABLES):
                old = getattr(self, name)
                new = np.zeros((wanted, *old.shape[1:]), old.dtype)
                new[:capacity] = old
                setattr(self, name, new)
            self.due[capacity:] = NEVER
        self.top += 1
        return self.top - 1


_TABLES = ("names", "masks", "rtcp_masks", "seals", "rtcp_seals", "addresses")
