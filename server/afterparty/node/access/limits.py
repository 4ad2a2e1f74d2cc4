"""How much one address, and one member by whatever token and door, may ask of this node.

A member's figures hold for all of their sockets and requests together. Nothing here waits, and no
table grows without bound: the least recently seen are forgotten first.
"""

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from typing import Literal

from afterparty.node.ground.refused import Refused
from afterparty.node.ground.settings import Settings

Deed = Literal["joins", "offers", "messages", "reactions", "questions", "reports", "requests"]

OF_A_MEMBER: dict[Deed, tuple[float, float]] = {
    # a second, at once
    "joins": (5.0, 50.0),
    "messages": (20.0, 40.0),
    "reactions": (5.0, 10.0),
    "questions": (0.05, 1.0),
    "reports": (0.1, 5.0),
    "requests": (20.0, 200.0),
}
"""What one member may do, over all of their connections and tokens."""

BURST = 10.0
"""Seconds' worth that an address may do at once."""

SOURCES = 100_000
"""Addresses, and members, that are remembered at a time."""

STRANGERS = 5_000
"""Sockets that have not said hello yet."""

STRANGERS_OF_AN_ADDRESS = 500
"""The same, from one address."""


def source_of(host: str) -> str:
    """What counts as one source: an IPv4 address, or the /64 that an IPv6 address is one of."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]  # a proxy may pass on what it likes
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return address.exploded[:19]


class Bucket:
    """Lets ``burst`` through at once and ``rate`` a second after that."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, now

    def take(self, now: float) -> bool:
        """Whether one more may pass at ``now`` (monotonic seconds)."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    @property
    def wait(self) -> float:
        """Seconds from the last ``take`` until the next one may pass."""
        return max(0.0, (1 - self._left) / self._rate)


class Buckets:
    """A bucket for each of very many sources; the least recently seen are forgotten first."""

    def __init__(self, rate: float, burst: float, most: int = SOURCES) -> None:
        self._rate, self._burst, self._most = rate, burst, most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, source: str, now: float) -> float | None:
        """One more from ``source`` at ``now``: None if it may pass, else seconds to wait."""
        bucket = self._buckets.pop(source, None) or Bucket(self._rate, self._burst, now)
        self._buckets[source] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return None if bucket.take(now) else bucket.wait


class Limits:
    """The limits of one node. ``clock``: monotonic seconds.

    With --dev this machine's own address has none, save for what is sent over a socket.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._dev, self._clock = settings.dev, clock
        self._joins = _of_an_address(settings.joins_per_second)
        self._offers = _of_an_address(settings.joins_per_second)
        self._reads = _of_an_address(settings.reads_per_second)
        self._writes = _of_an_address(settings.writes_per_second)
        self._members = {deed: Buckets(*rate) for deed, rate in OF_A_MEMBER.items()}
        self._strangers: Counter[str] = Counter()
        self.refusals: Counter[tuple[Deed, str]] = Counter()
        """How often what was refused, and whether for the ``address`` or the ``member``."""

    def join(self, host: str, member: str) -> None:
        """A member is to come in from an address. Raises ``Refused`` (``rate_limited``)."""
        if not self._exempt(host):
            self._take(self._joins, "joins", "address", source_of(host))
            self._take(self._members["joins"], "joins", "member", member)

    def offer(self, host: str) -> None:
        """Sound is offered over a socket. Raises ``Refused`` (``rate_limited``)."""
        if not self._exempt(host):
            self._take(self._offers, "offers", "address", source_of(host))

    def request(self, host: str, method: str) -> None:
        """An address asks something by HTTP. Raises ``Refused`` (``rate_limited``)."""
        if not self._exempt(host):
            reading = method in ("GET", "HEAD", "OPTIONS")
            buckets = self._reads if reading else self._writes
            self._take(buckets, "requests", "address", source_of(host))

    def ask(self, host: str, member: str) -> None:
        """A member asks something by HTTP. Raises ``Refused`` (``rate_limited``)."""
        if not self._exempt(host):
            self._take(self._members["requests"], "requests", "member", member)

    def command(self, host: str, member: str) -> None:
        """A member sends a room command by HTTP. Raises ``Refused`` (``rate_limited``)."""
        if not self._exempt(host):
            self.message(member)

    def message(self, member: str) -> None:
        """A member sends a message. Raises ``Refused`` (``rate_limited``)."""
        self._take(self._members["messages"], "messages", "member", member)

    def reaction(self, member: str) -> None:
        """A member reacts. Raises ``Refused`` (``rate_limited``)."""
        self._take(self._members["reactions"], "reactions", "member", member)

    def question(self, host: str | None, member: str) -> None:
        """A member asks the stage something; ``host`` if by HTTP.

        Raises ``Refused`` (``rate_limited``).
        """
        if host is None or not self._exempt(host):
            self._take(self._members["questions"], "questions", "member", member)

    def report(self, host: str, member: str) -> None:
        """A member reports another, or a room. Raises ``Refused`` (``rate_limited``)."""
        if not self._exempt(host):
            self._take(self._members["reports"], "reports", "member", member)

    @contextmanager
    def stranger(self, host: str) -> Iterator[None]:
        """A socket whose hello is awaited while the block lasts.

        Raises:
            Refused: ``server_full``: too many have said nothing yet.
        """
        source = source_of(host)
        many = self._strangers[source] >= STRANGERS_OF_AN_ADDRESS and not self._exempt(host)
        if many or self._strangers.total() >= STRANGERS:
            self.refusals["joins", "address"] += 1
            raise Refused("server_full", "Too many have come and said nothing yet.", 1)
        self._strangers[source] += 1
        try:
            yield
        finally:
            self._strangers[source] -= 1
            if not self._strangers[source]:
                del self._strangers[source]

    def _exempt(self, host: str) -> bool:
        return self._dev and host in ("127.0.0.1", "::1")

    def _take(self, buckets: Buckets, deed: Deed, whose: str, source: str) -> None:
        wait = buckets.take(source, self._clock())
        if wait is not None:
            self.refusals[deed, whose] += 1
            message = f"Too many {deed} of one {whose}; wait a moment."
            raise Refused("rate_limited", message, max(1, math.ceil(wait)))


def _of_an_address(rate: float) -> Buckets:
    return Buckets(rate, BURST * rate)
