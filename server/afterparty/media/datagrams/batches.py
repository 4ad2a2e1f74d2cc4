"""Reading many datagrams in one call: `recvmmsg` of Linux, through cffi in ABI mode.

Where there is none, `receiver` gives the plain way with the same face. What is in a datagram is
not known here.
"""

import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

import cffi

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
"""What `recvfrom` gives and `sendto` takes: (host, port) for IPv4, four fields for IPv6."""

BATCH: Final = 4
"""Datagrams a call. Few enough that a batch of the costliest is no more than a turn's work."""


class Receiver(NamedTuple):
    """A way to read from a socket."""

    read: Callable[[], list[tuple[bytes, Address]]]
    """Reads what is there. Raises OSError; BlockingIOError if nothing is."""
    most: int
    """Datagrams a call, at most. If it is fewer, that was all."""


_NAME = 28  # sizeof(struct sockaddr_in6)
_IPV4 = struct.Struct("!2xH4s")
_IPV6 = struct.Struct("!2xHI16s4s")

_ffi = cffi.FFI()
_ffi.cdef(
    """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr {
        void *msg_name; unsigned int msg_namelen;
        struct iovec *msg_iov; size_t msg_iovlen;
        void *msg_control; size_t msg_controllen; int msg_flags;
    };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    int recvmmsg(int, struct mmsghdr *, unsigned int, int, void *);
    """
)


def _find() -> Any:
    """The C library, if it has recvmmsg in the layout written down above; otherwise None."""
    if not sys.platform.startswith("linux") or sys.maxsize < 1 << 32:
        return None
    library = _ffi.dlopen(None)
    return library if hasattr(library, "recvmmsg") else None


_libc: Final = _find()


def receiver(sock: socket.socket, size: int) -> Receiver:
    """The best way to read from a non-blocking UDP socket. Datagrams are cut off after so many
    bytes."""
    if _libc is None:
        return one_by_one(sock, size)
    return Receiver(_Batches(sock, size).receive, BATCH)


def one_by_one(sock: socket.socket, size: int) -> Receiver:
    """The way that works everywhere."""
    return Receiver(lambda: [sock.recvfrom(size)], 1)


class _Batches:
    """Memory for one batch, used again and again."""

    def __init__(self, sock: socket.socket, size: int) -> None:
        self._fd = sock.fileno()
        self._read_name = _ipv6 if sock.family == socket.AF_INET6 else _ipv4
        data = _ffi.new("char[]", BATCH * size)
        names = _ffi.new("char[]", BATCH * _NAME)
        vectors = _ffi.new("struct iovec[]", BATCH)
        self._heads = _ffi.new("struct mmsghdr[]", BATCH)
        for i in range(BATCH):
            vectors[i].iov_base, vectors[i].iov_len = data + i * size, size
            head = self._heads[i].msg_hdr
            head.msg_iov, head.msg_iovlen = vectors + i, 1
            # The kernel writes back how long the name is: the same for all of one socket.
            head.msg_name, head.msg_namelen = names + i * _NAME, _NAME
        self._size = size
        self._data = memoryview(_ffi.buffer(data))
        self._names = memoryview(_ffi.buffer(names))
        words = memoryview(_ffi.buffer(self._heads)).cast("B").cast("I")
        step = _ffi.sizeof("struct mmsghdr") // 4
        self._lengths = words[_ffi.offsetof("struct mmsghdr", "msg_len") // 4 :: step]
        self._owned = (data, names, vectors)  # what the kernel is pointed to

    def receive(self) -> list[tuple[bytes, Address]]:
        count = _libc.recvmmsg(self._fd, self._heads, BATCH, socket.MSG_DONTWAIT, _ffi.NULL)
        if count < 0:
            raise OSError(_ffi.errno, os.strerror(_ffi.errno))
        data, names, size, read_name = self._data, self._names, self._size, self._read_name
        return [
            (bytes(data[i * size : i * size + length]), read_name(names, i * _NAME))
            for i, length in enumerate(self._lengths[:count].tolist())
        ]


def _ipv4(names: memoryview, at: int) -> Address:
    port, host = _IPV4.unpack_from(names, at)
    return socket.inet_ntoa(host), port


def _ipv6(names: memoryview, at: int) -> Address:
    port, flow, host, scope = _IPV6.unpack_from(names, at)
    return socket.inet_ntop(socket.AF_INET6, host), port, flow, int.from_bytes(scope, sys.byteorder)
