"""The one UDP socket of a node: non-blocking, read in bounded turns, written without waiting.

Reads many datagrams in one call where the system can, one by one elsewhere. Tells their kinds apart
by their first byte (RFC 7983) and leaves their meaning to others.
"""

import asyncio
import contextlib
import functools
import socket
import sys
from collections import Counter
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from afterparty.media.datagrams.batches import Address as Address
from afterparty.media.datagrams.batches import Receiver, receiver

Socket: TypeAlias = socket.socket

Kind: TypeAlias = Literal["stun", "dtls", "srtp", "relay", "other"]

MAX_DATAGRAM = 1500
RELAY = 0xC8
"""First byte of what nodes tell each other; RFC 7983 leaves it to nobody."""
TURN_BUDGET = 64
"""Work done in one turn of the event loop before timers and tasks get theirs again: on a slow core
3 ms of checks, or of handshakes."""
_COST: Final[dict[Kind, int]] = {"stun": 1, "dtls": 16, "srtp": 1, "relay": 1, "other": 1}
_BUFFERS: Final = (
    # (option, the same beyond the limit for whoever may, bytes): what all clients may say in a
    # second in which nobody reads, and what a tick sends in one go.
    (socket.SO_RCVBUF, 33, 16 << 20),
    (socket.SO_SNDBUF, 32, 4 << 20),
)

# Of Linux's <linux/in.h> and <linux/in6.h>; Python has no names for them.
_IP_MTU_DISCOVER: Final = 10
_IPV6_MTU_DISCOVER: Final = 23
_PROBE: Final = 3


def kind_of(first: int) -> Kind:
    """Classify a datagram by its first byte (RFC 7983 section 7)."""
    if first < 4:
        return "stun"
    if 20 <= first < 64:
        return "dtls"
    if 128 <= first < 192:
        return "srtp"
    if first == RELAY:
        return "relay"
    return "other"


_KINDS: Final[tuple[Kind, ...]] = tuple(kind_of(first) for first in range(256))


class UdpPort:
    """Owns the socket. `on_datagram(kind, data, address)` is called for each datagram of 1 to 1500
    bytes whose kind is known; the others are counted in `dropped`."""

    def __init__(self, on_datagram: Callable[[Kind, bytes, Address], None]) -> None:
        self._on_datagram = on_datagram
        self._socket: Socket | None = None
        self._number = 0
        self.received: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.send_drops = 0
        """Datagrams that the kernel would not take at once: lost, as any packet may be."""

    @property
    def number(self) -> int:
        """The UDP port number. Raises RuntimeError while closed."""
        if self._socket is None:
            raise RuntimeError("the media port is not open")
        return self._number

    @property
    def socket(self) -> Socket:
        """The socket itself, for whoever sends very much. Raises RuntimeError while closed."""
        if self._socket is None:
            raise RuntimeError("the media port is not open")
        return self._socket

    def open(self, host: str, port: int) -> None:
        """Bind and begin to read on the running event loop. Raises OSError."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            for option, beyond, size in _BUFFERS:
                _grow_buffer(sock, option, beyond, size)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            _never_fragment(sock)
            sock.bind((host, port))
        except OSError:
            sock.close()
            raise
        self._socket, self._number = sock, int(sock.getsockname()[1])
        read_turn = functools.partial(self._read_turn, receiver(sock, MAX_DATAGRAM + 1))
        asyncio.get_running_loop().add_reader(sock.fileno(), read_turn)

    def close(self) -> None:
        """Stop reading and close the socket. Harmless if it is closed."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def send(self, data: bytes, address: Address) -> bool:
        """Send one datagram, or drop and count it if the kernel is not ready. Never blocks."""
        if self._socket is None:
            return False
        try:
            self._socket.sendto(data, address)
        except OSError:
            self.send_drops += 1
            return False
        return True

    def _read_turn(self, receiver: Receiver) -> None:
        budget, received = TURN_BUDGET, self.received
        while budget > 0 and self._socket is not None:
            try:
                batch = receiver.read()
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error of an earlier send, on systems that report it here.
                self.dropped["socket_error"] += 1
                budget -= 1
                continue
            for data, address in batch:
                kind: Kind = _KINDS[data[0]] if data else "other"
                received[kind] += 1
                budget -= _COST[kind]
                if len(data) > MAX_DATAGRAM:
                    self.dropped["too_long"] += 1
                elif kind == "other":
                    self.dropped["unknown_kind"] += 1
                else:
                    self._on_datagram(kind, data, address)
            if len(batch) < receiver.most:
                return  # that was all


def _grow_buffer(sock: socket.socket, option: int, beyond: int, size: int) -> None:
    if sys.platform.startswith("linux"):
        with contextlib.suppress(PermissionError):
            sock.setsockopt(socket.SOL_SOCKET, beyond, size)
            return
    # macOS refuses a size that Linux would clamp; settle for what it gives.
    while size >= 1 << 18:
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, size)
        except OSError:
            size //= 2
        else:
            return


def _never_fragment(sock: socket.socket) -> None:
    """Send whole datagrams or none, as all of ours fit any path; Linux then needs no number for
    each, which is a twelfth of its work. Elsewhere nothing is asked for."""
    if sys.platform != "linux":
        return
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PROBE)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PROBE)
