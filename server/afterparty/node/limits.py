"""Token buckets: how often one source may do one thing."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address


def source_of(host: str) -> str:
    """What counts as one source: an IPv4 address, or the /64 that an IPv6 address is one of."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
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


class Buckets:
    """A bucket for each of very many sources; the least recently seen are forgotten first."""

    def __init__(self, rate: float, burst: float, most: int = 10_000) -> None:
        self._rate, self._burst, self._most = rate, burst, most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, source: str, now: float) -> bool:
        """Whether one more from ``source`` may pass at ``now`` (monotonic seconds)."""
        bucket = self._buckets.pop(source, None) or Bucket(self._rate, self._burst, now)
        self._buckets[source] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket.take(now)
