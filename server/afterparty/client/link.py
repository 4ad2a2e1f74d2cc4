"""The way to the server: one UDP socket, ICE checks until an address answers, consent ever after.

Sorts what comes in by its first byte (RFC 7983) and hands it to its owner; understands STUN only.
Knows no keys and no sound.
"""

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import Callable, Sequence

from afterparty.client import sdp
from afterparty.client.drops import dropped
from afterparty.client.ice import Address, Agent, Confirmed, Reply

_FIRST_RETRY = 0.25  # seconds; doubled at each retransmission (RFC 8489 section 6.2.1)
_MAX_DATAGRAM = 2048
_MIN_DATAGRAM = 12
_PRIORITY = sdp.host_priority(1)


class Link:
    """One socket and its ICE session. The owner calls `open`, `establish`, and `close` in the end.

    `on_media` and `on_dtls` take datagrams of their kind. `on_lost` is called once if the server
    has not answered for `expiry` seconds, having been asked every `interval` (RFC 7675).
    """

    def __init__(
        self,
        *,
        on_media: Callable[[bytes], None],
        on_dtls: Callable[[bytes], None],
        on_lost: Callable[[], None],
        interval: float,
        expiry: float,
    ) -> None:
        self.agent = Agent()
        self.rejected = 0
        """Datagrams too short to be anything."""
        self._on_media = on_media
        self._on_dtls = on_dtls
        self._on_lost = on_lost
        self._interval = interval
        self._expiry = expiry
        self._socket: socket.socket | None = None
        self._dropped = 0
        self._remote: Address | None = None
        self._confirmed: asyncio.Queue[Confirmed] = asyncio.Queue(16)
        self._consented_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def dropped(self) -> int:
        """Datagrams lost in the socket's buffer; known after `close`, too."""
        return self._dropped if self._socket is None else dropped(self._socket)

    def open(self) -> list[Address]:
        """Open the socket and return its host candidates, best first. Raises OSError."""
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.setblocking(False)
            # Every address, since it is the answer that decides which one is used.
            udp.bind(("", 0))
            asyncio.get_running_loop().add_reader(udp, self._readable)
        except BaseException:
            udp.close()
            raise
        self._socket = udp
        port = udp.getsockname()[1]
        return [(host, port) for host in _own_addresses()]

    async def establish(self, candidates: Sequence[Address]) -> None:
        """Find an address that answers, and nominate it (RFC 8445 sections 7.2 and 8.1.1).

        Asks until it is answered or cancelled. `agent.begin` must have been called.
        """
        # With one address there is nothing to choose, so it is nominated at once.
        alone = len(candidates) == 1
        confirmed = await self._ask(
            [(one, self.agent.check(one, nominate=alone, priority=_PRIORITY)) for one in candidates]
        )
        if not confirmed.nominated:
            nomination = self.agent.check(confirmed.address, nominate=True, priority=_PRIORITY)
            confirmed = await self._ask([(confirmed.address, nomination)], nominated=True)
        self._remote = confirmed.address
        if self._socket is not None:
            # From here on the kernel turns away datagrams from anybody else.
            self._socket.connect(confirmed.address)

    def keep(self) -> None:
        """Ask for consent from now on, until `rest` or `close`."""
        self._consented_at = time.monotonic()
        self._schedule()

    def rest(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def send(self, datagram: bytes, address: Address | None = None) -> None:
        """Put a datagram on the wire, or lose it: UDP promises no more, and ICE asks again."""
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            if self._remote is not None:
                self._socket.send(datagram)
            elif address is not None:
                self._socket.sendto(datagram, address)

    def close(self) -> None:
        """Let go of the socket. May be called again."""
        self.rest()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._dropped = dropped(self._socket)
            self._socket.close()
            self._socket = None

    async def _ask(
        self, checks: Sequence[tuple[Address, bytes]], *, nominated: bool = False
    ) -> Confirmed:
        """Send these checks, again and again with growing pauses, until one is confirmed."""
        pause = _FIRST_RETRY
        while True:
            for address, request in checks:
                self.send(request, address)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    while True:
                        confirmed = await self._confirmed.get()
                        if confirmed.nominated or not nominated:
                            return confirmed
            pause *= 2

    def _schedule(self) -> None:
        # RFC 7675 section 5.1: spread by a fifth either way, so that peers do not march in step.
        spread = 0.8 + 0.4 * (secrets.randbits(16) / 0x10000)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._interval * spread, self._ask_consent)

    def _ask_consent(self) -> None:
        if time.monotonic() - self._consented_at > self._expiry:
            self._timer = None
            self._on_lost()
            return
        if self._remote is not None:
            self.send(self.agent.check(self._remote, nominate=True, priority=_PRIORITY))
        self._schedule()

    def _readable(self) -> None:
        if self._socket is None:
            return
        try:
            if self._remote is not None:
                datagram, source = self._socket.recv(_MAX_DATAGRAM), self._remote
            else:
                datagram, source = self._socket.recvfrom(_MAX_DATAGRAM)
        except OSError:
            return  # nothing there after all, or an ICMP error: consent will tell
        if len(datagram) < _MIN_DATAGRAM:
            self.rejected += 1
            return
        kind = datagram[0]
        if 128 <= kind <= 191:
            self._on_media(datagram)
        elif 20 <= kind <= 63:
            self._on_dtls(datagram)
        elif kind <= 3:
            self._stun(datagram, source)

    def _stun(self, datagram: bytes, source: Address) -> None:
        outcome = self.agent.receive(datagram, source)
        if isinstance(outcome, Reply):
            self.send(outcome.datagram, source)
        elif isinstance(outcome, Confirmed):
            self._consented_at = time.monotonic()
            if self._remote is None:
                with contextlib.suppress(asyncio.QueueFull):
                    self._confirmed.put_nowait(outcome)


def _own_addresses() -> list[str]:
    """Host candidates: loopback, and the address that leads out, if there is one."""
    found = ["127.0.0.1"]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Connecting a UDP socket sends nothing; the address is set aside for documentation.
        probe.connect(("198.51.100.1", 9))
        found.append(probe.getsockname()[0])
    return list(dict.fromkeys(found))
