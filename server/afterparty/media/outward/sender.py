"""Blocks of datagrams and the thread that gives them to the kernel.

A block is filled on the event loop while another is being sent, by `sendmmsg` where there is one
(through cffi in ABI mode, without the interpreter's lock) and by `sendto` elsewhere. Blocks go out
in the order in which they were handed over. What is in a datagram is not known here.
"""

import asyncio
import errno
import queue
import select
import socket
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import cffi
import numpy as np
from numpy.typing import NDArray

from afterparty.media.datagrams.port import Address

ROWS = 512
"""Datagrams a block."""
STRIDE = 1536
"""Bytes kept for each: more than any datagram we send."""
BLOCKS = 4
"""Blocks that may be filled or on their way at once; beyond that whoever fills them waits."""
INLINE = 64
"""So few datagrams are sent at once and on the spot: a thread would take longer to wake."""
BLOCKED_MS = 20
"""How long a full socket may hold up a block before the rest of it is dropped, milliseconds."""

_NAME = 28  # sizeof(struct sockaddr_in6)

# struct mmsghdr of 64-bit Linux.
_MMSGHDR = np.dtype(
    [
        ("name", "u8"), ("namelen", "u4"), ("_1", "u4"), ("iov", "u8"), ("iovlen", "u8"),
        ("control", "u8"), ("controllen", "u8"), ("flags", "u4"), ("_2", "u4"),
        ("length", "u4"), ("_3", "u4"),
    ]
)  # fmt: skip

_ffi = cffi.FFI()
_ffi.cdef("int sendmmsg(int fd, void *messages, unsigned int count, int flags);")


def _find() -> object | None:
    """The C library, if it has sendmmsg in the layout written down above."""
    if not sys.platform.startswith("linux") or sys.maxsize < 1 << 32:
        return None
    library = _ffi.dlopen(None)
    return library if hasattr(library, "sendmmsg") else None


_FULL: Final = frozenset({errno.EAGAIN, errno.ENOBUFS})
_libc: Final = _find()
BATCHED: Final = _libc is not None
"""Whether this system sends a block in one call."""


def sockaddr(address: Address) -> bytes:
    """An address as the kernel of Linux reads it."""
    host, port = address[0], address[1]
    if ":" not in host:
        family = int(socket.AF_INET).to_bytes(2, sys.byteorder)
        return family + port.to_bytes(2) + socket.inet_pton(socket.AF_INET, host) + bytes(8)
    flow, scope = (address[2], address[3]) if len(address) == 4 else (0, 0)
    return (
        int(socket.AF_INET6).to_bytes(2, sys.byteorder)
        + port.to_bytes(2)
        + flow.to_bytes(4)
        + socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        + scope.to_bytes(4, sys.byteorder)
    )


class Block:
    """Room for datagrams. Whoever has taken it fills `data`, `names` or `addresses`, `lengths`."""

    def __init__(self) -> None:
        self.data: NDArray[np.uint8] = np.zeros((ROWS, STRIDE), np.uint8)
        self.names: NDArray[np.uint8] = np.zeros((ROWS, _NAME), np.uint8)
        """Socket addresses, each in the form of `sockaddr`."""
        self.name_lengths: NDArray[np.uint32]
        self.addresses: list[Address] = []
        """The same for systems that take one datagram at a time."""
        self.wants_addresses = not BATCHED
        """Whether `addresses` are needed, rather than `names` and `name_lengths`."""
        self.count = 0
        self._memory = self.data.data.cast("B")
        self._views: dict[tuple[int, int], list[memoryview]] = {}
        self._iov = np.zeros((ROWS, 2), np.uint64)
        steps = np.arange(ROWS, dtype=np.uint64)
        self._iov[:, 0] = self.data.ctypes.data + steps * STRIDE
        self._messages = np.zeros(ROWS, _MMSGHDR)
        self._messages["name"] = self.names.ctypes.data + steps * _NAME
        self._messages["iov"] = self._iov.ctypes.data + steps * 16
        self._messages["iovlen"] = 1
        self.name_lengths = self._messages["namelen"]
        self.lengths = self._iov[:, 1]
        """Bytes of each datagram."""

    def views(self, start: int, length: int) -> list[memoryview]:
        """Writable views of `length` bytes at `start` of every datagram. Few pairs recur."""
        found = self._views.get((start, length))
        if found is None:
            if len(self._views) >= 8:
                self._views.clear()
            memory = self._memory
            found = [memory[i : i + length] for i in range(start, ROWS * STRIDE, STRIDE)]
            self._views[start, length] = found
        return found

    def send(self, sock: socket.socket) -> int:
        """Give the first `count` datagrams to the kernel; how many it did not take."""
        return self._send_each(sock) if self.wants_addresses else self._send_batch(sock)

    def _send_batch(self, sock: socket.socket) -> int:
        done = refused = 0
        base = self._messages.ctypes.data
        while done < self.count:
            at = _ffi.cast("void *", base + done * _MMSGHDR.itemsize)
            sent = _libc.sendmmsg(sock.fileno(), at, self.count - done, 0)  # type: ignore[attr-defined]
            if sent > 0:
                done += sent
            elif _ffi.errno in _FULL:
                if not _writable(sock):
                    return refused + self.count - done
            else:  # this one datagram cannot go; the others may
                done += 1
                refused += 1
        return refused

    def _send_each(self, sock: socket.socket) -> int:
        refused = 0
        for i in range(self.count):
            start = i * STRIDE
            datagram = self._memory[start : start + int(self.lengths[i])]
            for _ in range(2):
                try:
                    sock.sendto(datagram, self.addresses[i])
                except BlockingIOError:
                    if _writable(sock):
                        continue
                    refused += 1
                except OSError:
                    refused += 1
                break
        return refused


def _writable(sock: socket.socket) -> bool:
    poller = select.poll()
    poller.register(sock, select.POLLOUT)
    return bool(poller.poll(BLOCKED_MS))


class Sender:
    """Owns the blocks and the thread. Everything but the thread runs on one event loop."""

    def __init__(self) -> None:
        self._free = [Block() for _ in range(BLOCKS)]
        self._queue: queue.SimpleQueue[Block | None] = queue.SimpleQueue()
        self._done: deque[tuple[Block, int]] = deque()
        self._returned = asyncio.Event()
        self._out = 0
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """Datagrams that the kernel would not take."""

    def start(self, sock: socket.socket) -> None:
        """Begin to send by this socket, which must stay open until `stop` has returned."""
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="fan-out", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send what was handed over, and end the thread. Harmless if it has not begun."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def take(self) -> Block | None:
        """An empty block, or None while all are on their way."""
        self._collect()
        return self._free.pop() if self._free else None

    @property
    def busy(self) -> bool:
        """Whether a block is on its way."""
        self._collect()
        return self._out > 0

    @contextmanager
    def sending(self, block: Block) -> Iterator[None]:
        """Send a block that was taken when the body has filled it; not if the body fails."""
        try:
            yield
        except BaseException:
            self._free.append(block)
            raise
        self._collect()
        if self._socket is None or not block.count:
            self._free.append(block)
        elif not self._out and block.count <= INLINE:
            self.dropped += block.send(self._socket)
            self._free.append(block)
        else:
            self._out += 1
            self._queue.put(block)

    async def returned(self) -> None:
        """Wait until a block that was on its way is empty again."""
        while True:
            # Cleared before the look, as the thread looks after it has put a block there.
            self._returned.clear()
            if self._done or not self._out:
                return
            await self._returned.wait()

    def _collect(self) -> None:
        while self._done:
            block, dropped = self._done.popleft()
            self.dropped += dropped
            self._out -= 1
            self._free.append(block)

    def _run(self) -> None:
        """The thread: send blocks until None comes."""
        sock, loop = self._socket, self._loop
        if sock is None or loop is None:
            return
        while (block := self._queue.get()) is not None:
            self._done.append((block, block.send(sock)))
            if not self._returned.is_set():
                loop.call_soon_threadsafe(self._returned.set)
