"""Datagrams as they come from a socket, many at a time: columns of numbers, and a way to the bytes.

A `Batch` is good only while it is being handed over: its columns look into the socket's memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of one length, a place for each datagram in the order of arrival."""

    listeners: NDArray[np.int64]
    """Whose it is; -1 for a datagram that is too short or for nobody."""
    stamps: NDArray[np.int64]
    """Arrival, nanoseconds since the Unix epoch."""
    first: NDArray[np.uint8]
    """First byte, which tells the kind (RFC 7983)."""
    second: NDArray[np.uint8]
    sequence: NDArray[Any]
    """Bytes 2 and 3 as a number: RTP's sequence number."""
    ssrc: NDArray[Any]
    """Bytes 8 to 11 as a number."""
    datagram: Callable[[int], bytes]
    """The bytes of the datagram in this place."""


Receiver = Callable[[Batch], None]


class Sockets(Protocol):
    """What a swarm needs of its sockets. None of it ever waits."""

    turn: int
    """Datagrams of one read at most; fewer mean that there is nothing more for now."""

    def open(self, listener: int) -> Address:
        """Make ready for this listener; returns its own address. Raises OSError."""

    def shut(self, listener: int) -> None:
        """This listener is no more."""

    def read(self, receive: Receiver) -> int:
        """Read a batch, hand it over, and say how many datagrams there were."""

    def send(self, listener: int, datagram: bytes, to: Address) -> None:
        """Send a datagram as this listener, at the latest with `flush`."""

    def flush(self) -> bool:
        """Send what waits; False if some still has to."""

    @property
    def dropped(self) -> int:
        """Datagrams lost in our own buffers, as far as the system tells."""

    def fileno(self) -> int:
        """What becomes readable when there is something to read."""

    def close(self) -> None:
        """Close everything."""
