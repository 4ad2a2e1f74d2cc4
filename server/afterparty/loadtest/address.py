"""Where a listener lives: on loopback every worker has a /16 of its own, and a listener an address.

Pure arithmetic. A listener's number is the low half of its address, so a packet's destination says
whose it is without a look-up.
"""

import ipaddress
from urllib.parse import urlsplit

WORKERS = 16
LISTENERS = 1 << 16
"""Addresses of one worker."""

_FIRST = int(ipaddress.IPv4Address("127.16.0.0"))


def network_of(worker: int) -> int:
    """The lowest address of this worker, as a number; ValueError beyond 0 to 15."""
    if not 0 <= worker < WORKERS:
        raise ValueError(f"a swarm has workers 0 to {WORKERS - 1}, there is no number {worker}")
    return _FIRST + worker * LISTENERS


def address_of(worker: int, listener: int) -> str:
    """The IPv4 address of this listener; ValueError beyond 0 to 65,535."""
    if not 0 <= listener < LISTENERS:
        raise ValueError(f"a worker has listeners 0 to {LISTENERS - 1}, not {listener}")
    return str(ipaddress.IPv4Address(network_of(worker) + listener))


def is_loopback(url: str) -> bool:
    """Whether a URL's host is a loopback address or `localhost`, told without asking anybody."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
