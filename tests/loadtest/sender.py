"""A synthetic server's fan-out: RTP-like packets to very many loopback addresses, by sendmmsg.

Run as a process of its own it sends rounds of one packet for each listener of a worker and prints
what it sent: `python sender.py PORT WORKER LISTENERS ROUNDS SECONDS_A_ROUND`.
"""

import socket
import struct
import sys
import time

import cffi
import numpy as np

from afterparty.loadtest.address import network_of

TURN = 256
SIZE = 100


class Sender:
    def __init__(self, port: int, worker: int, listeners: int) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self._ffi = ffi = cffi.FFI()
        ffi.cdef("""
struct iovec { void *base; size_t size; };
struct msghdr { void *name; unsigned int name_size; struct iovec *parts; size_t part_count;
                void *control; size_t control_size; int flags; };
struct mmsghdr { struct msghdr header; unsigned int size; };
int sendmmsg(int, struct mmsghdr *, unsigned int, int);
""")
        self._libc = ffi.dlopen(None)
        self._data = np.zeros((listeners, SIZE), np.uint8)
        self._data[:, 0], self._data[:, 1], self._data[:, 11] = 0x80, 111, 7
        self._names = np.zeros((listeners, 16), np.uint8)
        head = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port)
        self._names[:, :4] = np.frombuffer(head, np.uint8)
        addresses = (network_of(worker) + np.arange(listeners)).astype(">u4")
        self._names[:, 4:8] = addresses.view(np.uint8).reshape(-1, 4)
        self._headers = ffi.new("struct mmsghdr[]", listeners)
        self._parts = ffi.new("struct iovec[]", listeners)
        data, names = ffi.from_buffer(self._data), ffi.from_buffer(self._names)
        self._kept = data, names
        for number in range(listeners):
            self._parts[number].base = data + number * SIZE
            self._parts[number].size = SIZE
            header = self._headers[number].header
            header.parts, header.part_count = self._parts + number, 1
            header.name, header.name_size = names + number * 16, 16
        self._listeners = listeners

    def round(self, sequence: int) -> None:
        """One packet to every listener."""
        self._data[:, 2], self._data[:, 3] = sequence >> 8 & 0xFF, sequence & 0xFF
        at = 0
        while at < self._listeners:
            count = min(TURN, self._listeners - at)
            sent = self._libc.sendmmsg(self._udp.fileno(), self._headers + at, count, 0)
            at += max(sent, 0)

    def close(self) -> None:
        self._udp.close()


def main() -> None:
    port, worker, listeners, rounds = map(int, sys.argv[1:5])
    pause = float(sys.argv[5])
    sender = Sender(port, worker, listeners)
    start, cpu = time.monotonic(), time.process_time()
    for number in range(rounds):
        sender.round(number)
        time.sleep(max(0.0, start + (number + 1) * pause - time.monotonic()))
    took = time.monotonic() - start
    print(rounds * listeners, round(took, 3), round(time.process_time() - cpu, 3))
    sender.close()


if __name__ == "__main__":
    main()
