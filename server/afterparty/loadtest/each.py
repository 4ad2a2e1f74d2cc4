"""A UDP socket for each listener: for servers elsewhere, and systems that are not Linux.

The same face as `many.py`, at the price of a descriptor and a system call or two a packet. Times of
arrival are the kernel's on Linux, and those of reading elsewhere. Knows no STUN, DTLS or RTP.
"""

import contextlib
import selectors
import socket
import struct
import sys
import time
from collections.abc import Sequence

import numpy as np

from afterparty.client.drops import dropped
from afterparty.loadtest.batch import Address, Batch, Receiver

READ = 1024
"""Datagrams of one read, at most; and so many of one socket before the others have their turn."""
READ_EACH = 32
MAX_DATAGRAM = 2048

# A struct timespec of two 64-bit numbers.
_STAMPED = sys.platform == "linux" and struct.calcsize("P") == 8
_SO_TIMESTAMPNS = 35
_CONTROL = 64 if _STAMPED else 0


class EachSocket:
    """As many sockets as there are listeners. `close()` it in the end."""

    turn = 1

    def __init__(self, towards: str) -> None:
        """`towards` is an IPv4 address of the server: it decides which of our own is used."""
        # A selector of its own can be waited on by the event loop, as one descriptor for all.
        self._selector = selectors.DefaultSelector()
        self._sockets: dict[int, socket.socket] = {}
        self._host = _own_address(towards)
        self._dropped = 0

    def fileno(self) -> int:
        """The selector's descriptor, readable when any socket is."""
        descriptor: int = self._selector.fileno()
        return descriptor

    def open(self, listener: int) -> Address:
        """Open this listener's socket. Raises OSError."""
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.setblocking(False)
            udp.bind((self._host, 0))
            if _STAMPED:
                udp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            self._selector.register(udp, selectors.EVENT_READ, listener)
        except BaseException:
            udp.close()
            raise
        self._sockets[listener] = udp
        return self._host, udp.getsockname()[1]

    def shut(self, listener: int) -> None:
        """Close this listener's socket, if it has one."""
        udp = self._sockets.pop(listener, None)
        if udp is not None:
            self._selector.unregister(udp)
            self._dropped += dropped(udp)
            udp.close()

    def read(self, receive: Receiver) -> int:
        """Read a batch, hand it over, and say how many datagrams there were. Never waits."""
        listeners: list[int] = []
        stamps: list[int] = []
        datagrams: list[bytes] = []
        for key, _ in self._selector.select(0):
            udp = key.fileobj
            if not isinstance(udp, socket.socket) or len(datagrams) >= READ:
                continue
            with contextlib.suppress(OSError):  # nothing more, or an ICMP error: consent will tell
                for _ in range(READ_EACH):
                    datagram, control, _, _ = udp.recvmsg(MAX_DATAGRAM, _CONTROL)
                    datagrams.append(datagram)
                    stamps.append(_stamp(control))
                    listeners.append(key.data)
        if datagrams:
            receive(batch_of(listeners, stamps, datagrams))
        return len(datagrams)

    def send(self, listener: int, datagram: bytes, to: Address) -> None:
        """Send a datagram at once, or lose it, as any may be."""
        udp = self._sockets.get(listener)
        if udp is not None:
            with contextlib.suppress(OSError):
                udp.sendto(datagram, to)

    def flush(self) -> bool:
        """Nothing ever waits."""
        return True

    @property
    def dropped(self) -> int:
        """Datagrams the kernel had no room for in these sockets' buffers, closed ones included."""
        return self._dropped + sum(dropped(udp) for udp in self._sockets.values())

    def close(self) -> None:
        """Close all sockets."""
        for listener in list(self._sockets):
            self.shut(listener)
        self._selector.close()


def batch_of(listeners: Sequence[int], stamps: Sequence[int], datagrams: Sequence[bytes]) -> Batch:
    """The columns of datagrams that came one by one."""
    heads = np.frombuffer(b"".join(d[:12].ljust(12, b"\0") for d in datagrams), np.uint8)
    heads = heads.reshape(-1, 12)
    long_enough = np.fromiter((len(d) >= 12 for d in datagrams), bool, len(datagrams))
    return Batch(
        listeners=np.where(long_enough, np.array(listeners, np.int64), -1),
        stamps=np.array(stamps, np.int64),
        first=heads[:, 0],
        second=heads[:, 1],
        sequence=heads[:, 2:4].copy().view(">u2")[:, 0],
        ssrc=heads[:, 8:12].copy().view(">u4")[:, 0],
        datagram=datagrams.__getitem__,
    )


def _stamp(control: list[tuple[int, int, bytes]]) -> int:
    """Nanoseconds since the epoch."""
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(data) == 16:
            seconds, nanoseconds = struct.unpack("=qq", data)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return time.time_ns()


def _own_address(towards: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((towards, 9))  # connecting a UDP socket sends nothing
        host: str = probe.getsockname()[0]
        return host
