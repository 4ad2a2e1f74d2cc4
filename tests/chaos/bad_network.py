"""A bad way between one client and a server's UDP port: it loses, delays, reorders and doubles."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

Address = tuple[str, int]

LOSS = 0.05
DOUBLE = 0.02
JITTER_SECONDS = 0.03
"""Each datagram waits for up to so long, and so overtakes others."""


class _End(asyncio.DatagramProtocol):
    """One of the two sockets in the middle."""

    def __init__(self, way: "_Way") -> None:
        self._way = way

    def datagram_received(self, data: bytes, address: Address) -> None:
        self._way.take(self, data, address)


class _Way:
    """Passes datagrams on as a bad network would. Each way has a chance of its own: the same seed
    loses the same of its packets, however the two mingle."""

    def __init__(self, server: Address, seed: int) -> None:
        self.server, self.client = server, ("", 0)
        self.near, self.far = _End(self), _End(self)
        self.fate = {end: random.Random(seed + n) for n, end in enumerate((self.near, self.far))}
        self.pace = random.Random(seed)
        self.transports: dict[_End, asyncio.DatagramTransport] = {}
        self.bad = False
        self.lost = 0

    def take(self, end: _End, data: bytes, address: Address) -> None:
        if end is self.near:
            self.client = address
            self.pass_on(self.far, data, self.server)
        else:
            self.pass_on(self.near, data, self.client)

    def pass_on(self, end: _End, data: bytes, to: Address) -> None:
        if not self.bad:
            self.send(end, data, to)
            return
        lost, doubled = (self.fate[end].random() < share for share in (LOSS, DOUBLE))
        if lost and data[0] & 0x80:
            self.lost += 1
            return
        for _ in range(1 + doubled):
            wait = self.pace.uniform(0.0, JITTER_SECONDS)
            asyncio.get_running_loop().call_later(wait, self.send, end, data, to)

    def send(self, end: _End, data: bytes, to: Address) -> None:
        if not self.transports[end].is_closing():
            self.transports[end].sendto(data, to)


class BadNetwork:
    """What a test sees of it. It is good until ``worsen``: a handshake is not what is tried."""

    def __init__(self, way: _Way, port: int) -> None:
        self._way = way
        self.address = ("127.0.0.1", port)

    def worsen(self) -> None:
        """Lose sound, to clients and between nodes; delay and double everything. From now on."""
        self._way.bad = True

    @property
    def lost(self) -> int:
        """Datagrams lost, both ways."""
        return self._way.lost


@asynccontextmanager
async def bad_network(server: Address, seed: int) -> AsyncIterator[BadNetwork]:
    """A way to the server for one client."""
    way = _Way(server, seed)
    loop = asyncio.get_running_loop()
    for end in (way.near, way.far):
        way.transports[end], _ = await loop.create_datagram_endpoint(
            lambda end=end: end, local_addr=("127.0.0.1", 0)
        )
    port = way.transports[way.near].get_extra_info("sockname")[1]
    try:
        yield BadNetwork(way, port)
    finally:
        for transport in way.transports.values():
            transport.close()
