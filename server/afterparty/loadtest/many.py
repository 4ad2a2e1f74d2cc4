"""One UDP socket that is very many listeners, each with a loopback address of its own. Linux only.

Bound to every address; each datagram sent names its source (IP_PKTINFO, ip(7)), and of each one
received the kernel tells the destination and the time. Both directions go by the batch, through
recvmmsg(2) and sendmmsg(2), into memory that numpy reads in place. Knows no STUN, DTLS or RTP.
"""

import errno
import socket
import struct
import sys
from typing import Any

import cffi
import numpy as np

from afterparty.client.drops import dropped
from afterparty.loadtest.address import LISTENERS, address_of, network_of
from afterparty.loadtest.batch import Address, Batch, Receiver

READ = 1024
"""Datagrams of one read."""
SENT_AT_ONCE = 256
MAX_DATAGRAM = 1600
MAX_QUEUED = 65_536
"""Datagrams waiting to be sent, at most; what comes on top is lost, as any datagram may be."""
MAX_SENT = 1500
BUFFER_BYTES = 96 << 20
"""What the kernel may keep for us: a burst of one packet for each of 40,000 listeners, twice."""

IS_POSSIBLE = sys.platform == "linux" and struct.calcsize("P") == 8

_IP_PKTINFO = 8
_SO_RCVBUFFORCE, _SO_SNDBUFFORCE = 33, 32
_SO_TIMESTAMPNS = 35

# Two control messages of cmsghdr (16 bytes) and their data: the time comes first, since the socket
# layer writes it before IP does. struct timespec; struct in_pktinfo, padded to 8 bytes.
_CONTROL = 64
_SECONDS, _NANOSECONDS, _DESTINATION = 16, 24, 32 + 16 + 8
_SOURCE = 16 + 4  # ipi_spec_dst of the only control message of what is sent

_DECLARATIONS = """
struct iovec { void *base; size_t size; };
struct msghdr { void *name; unsigned int name_size; struct iovec *parts; size_t part_count;
                void *control; size_t control_size; int flags; };
struct mmsghdr { struct msghdr header; unsigned int size; };
int recvmmsg(int, struct mmsghdr *, unsigned int, int, void *);
int sendmmsg(int, struct mmsghdr *, unsigned int, int);
"""


class _Slots:
    """So many message headers, each with a buffer, a control buffer and an address."""

    def __init__(self, ffi: cffi.FFI, count: int, control: int, *, named: bool) -> None:
        self.headers = ffi.new("struct mmsghdr[]", count)
        self.parts = ffi.new("struct iovec[]", count)
        self.data = bytearray(count * MAX_DATAGRAM)
        self.control = bytearray(count * control)
        self.names = bytearray(count * 16)
        self._kept = tuple(ffi.from_buffer(one) for one in (self.data, self.control, self.names))
        data, controls, names = self._kept
        for number in range(count):
            part, header = self.parts[number], self.headers[number].header
            part.base, part.size = data + number * MAX_DATAGRAM, MAX_DATAGRAM
            header.parts, header.part_count = self.parts + number, 1
            header.control, header.control_size = controls + number * control, control
            if named:
                header.name, header.name_size = names + number * 16, 16
        size = ffi.sizeof("struct mmsghdr")
        raw = ffi.buffer(self.headers)
        self.control_sizes = np.ndarray((count,), np.uint64, raw, 40, (size,))
        self.flags = np.ndarray((count,), np.int32, raw, 48, (size,))
        self.sizes = np.ndarray((count,), np.uint32, raw, 56, (size,))
        self.part_sizes = np.ndarray((count,), np.uint64, ffi.buffer(self.parts), 8, (16,))


class ManySocket:
    """All addresses of one worker on one port. `close()` it in the end."""

    turn = READ

    def __init__(self, worker: int) -> None:
        """Open the socket. Raises OSError, also where such a socket is not possible."""
        if not IS_POSSIBLE:
            raise OSError(errno.ENOTSUP, "one socket for many listeners takes 64-bit Linux")
        self._worker, self._network = worker, network_of(worker)
        self._socket = _open()
        self.port: int = self._socket.getsockname()[1]
        self.lost_to_send = 0
        """Datagrams that the queue had no room for."""
        ffi = cffi.FFI()
        ffi.cdef(_DECLARATIONS)
        self._ffi = ffi
        self._libc: Any = ffi.dlopen(None)
        self._in = _Slots(ffi, READ, _CONTROL, named=False)
        self._out = _Slots(ffi, SENT_AT_ONCE, 32, named=True)
        for number in range(SENT_AT_ONCE):
            struct.pack_into("@nii", self._out.control, number * 32, 28, 0, _IP_PKTINFO)
        data, control = self._in.data, self._in.control
        self._first = np.ndarray((READ,), np.uint8, data, 0, (MAX_DATAGRAM,))
        self._second = np.ndarray((READ,), np.uint8, data, 1, (MAX_DATAGRAM,))
        self._sequence = np.ndarray((READ,), np.dtype(">u2"), data, 2, (MAX_DATAGRAM,))
        self._ssrc = np.ndarray((READ,), np.dtype(">u4"), data, 8, (MAX_DATAGRAM,))
        self._seconds = np.ndarray((READ,), np.int64, control, _SECONDS, (_CONTROL,))
        self._nanoseconds = np.ndarray((READ,), np.int64, control, _NANOSECONDS, (_CONTROL,))
        self._destination = np.ndarray((READ,), np.dtype(">u4"), control, _DESTINATION, (_CONTROL,))
        self._queue: list[tuple[int, bytes, bytes]] = []
        self._names: dict[Address, bytes] = {}

    def fileno(self) -> int:
        """The descriptor to wait on until there is something to read."""
        return self._socket.fileno()

    def open(self, listener: int) -> Address:
        """The address of this listener; the port is the same for all."""
        return address_of(self._worker, listener), self.port

    def shut(self, listener: int) -> None:
        """Nothing to give back."""

    def read(self, receive: Receiver) -> int:
        """Read one batch, hand it over, and say how many there were. Never waits."""
        slots = self._in
        slots.control_sizes[:] = _CONTROL
        dontwait, none = socket.MSG_DONTWAIT, self._ffi.NULL
        count = int(self._libc.recvmmsg(self.fileno(), slots.headers, READ, dontwait, none))
        if count <= 0:
            return 0
        listeners = self._destination[:count].astype(np.int64)
        listeners -= self._network
        stamps = self._seconds[:count] * 1_000_000_000
        stamps += self._nanoseconds[:count]
        sizes = slots.sizes[:count]
        # A header cut short would be read from what lay in the buffer before.
        mine = (listeners >= 0) & (listeners < LISTENERS) & (sizes >= 12)
        mine &= slots.control_sizes[:count] == _CONTROL
        receive(
            Batch(
                listeners=np.where(mine, listeners, -1),
                stamps=stamps,
                first=self._first[:count],
                second=self._second[:count],
                sequence=self._sequence[:count],
                ssrc=self._ssrc[:count],
                datagram=self._datagram,
            )
        )
        return count

    def _datagram(self, place: int) -> bytes:
        start = place * MAX_DATAGRAM
        return bytes(memoryview(self._in.data)[start : start + int(self._in.sizes[place])])

    def send(self, listener: int, datagram: bytes, to: Address) -> None:
        """Put a datagram in the queue; `flush` sends it. ValueError if it is too long."""
        if len(datagram) > MAX_SENT:
            raise ValueError(f"a datagram has at most {MAX_SENT} bytes here")
        if len(self._queue) >= MAX_QUEUED:
            self.lost_to_send += 1
            return
        name = self._names.get(to)
        if name is None:
            if len(self._names) > 1024:
                self._names.clear()
            name = struct.pack("=H", socket.AF_INET) + struct.pack("!H", to[1])
            name = self._names[to] = name + socket.inet_aton(to[0]) + bytes(8)
        self._queue.append((listener, datagram, name))

    def flush(self) -> bool:
        """Send what waits; False if the kernel would not take all of it now."""
        while self._queue:
            turn = self._queue[:SENT_AT_ONCE]
            out, network = self._out, self._network
            data, control, names = out.data, out.control, out.names
            for place, (listener, datagram, name) in enumerate(turn):
                start = place * MAX_DATAGRAM
                data[start : start + len(datagram)] = datagram
                names[place * 16 : place * 16 + 16] = name
                struct.pack_into("!I", control, place * 32 + _SOURCE, network + listener)
            out.part_sizes[: len(turn)] = [len(datagram) for _, datagram, _ in turn]
            sent = int(
                self._libc.sendmmsg(self.fileno(), out.headers, len(turn), socket.MSG_DONTWAIT)
            )
            if sent <= 0:
                if self._ffi.errno in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS):
                    return False
                sent = 1  # a refusal (ICMP) is about the first one only: that one is lost
            del self._queue[:sent]
        return True

    @property
    def dropped(self) -> int:
        """Datagrams the kernel had no room for in this socket's buffer."""
        return dropped(self._socket)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _open() -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        udp.setblocking(False)
        grow(udp, _SO_RCVBUFFORCE, socket.SO_RCVBUF)
        grow(udp, _SO_SNDBUFFORCE, socket.SO_SNDBUF)
        udp.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        udp.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        udp.bind(("0.0.0.0", 0))  # noqa: S104 - every loopback address; others are not looked at
    except BaseException:
        udp.close()
        raise
    return udp


def grow(udp: socket.socket, force: int, ask: int) -> None:
    """As much buffer as we are allowed: past the system's limit if we are root."""
    try:
        udp.setsockopt(socket.SOL_SOCKET, force, BUFFER_BYTES)
    except PermissionError:
        udp.setsockopt(socket.SOL_SOCKET, ask, BUFFER_BYTES)
