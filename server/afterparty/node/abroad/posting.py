"""One request to somebody else's server: where it may go, and how it ended.

Admins say where events are told; nobody gets at this machine's own network by that. A name is
looked up for every attempt, and the address that was looked at is the one that is connected to, so
a name that says another address the second time gains nothing. Redirections are not followed.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from afterparty.node.ground.refused import Refused
from afterparty.wire.webhooks import URL_LIMIT

ANSWER_SECONDS = 10.0
"""How long one attempt may take, looking the name up included."""

BODY_LIMIT = 4_096
"""Bytes of an answer that are read, and thrown away, so that its connection serves again."""

BODY_SECONDS = 1.0
"""How long that may take."""

_NAT64 = ip_network("64:ff9b::/96")


class Outcome(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    """Answered with 200 to 299."""
    REFUSED = "refused"
    """Answered with anything else."""
    GONE = "gone"
    """Answered with 410: never again."""
    FAILED = "failed"
    """Not answered."""
    FORBIDDEN = "forbidden"
    """Not asked: the address is of a network that is not for webhooks."""


class _ForbiddenError(Exception):
    pass


def is_public(text: str) -> bool:
    """Whether an address is one of the public Internet, whatever it is written in."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            address = inner
    return address.is_global and not address.is_multicast


def checked(text: str, *, private: bool) -> httpx.URL:
    """The URL of a webhook, if it may be one; names are looked up when something is told.

    Raises:
        Refused: ``bad_webhook``.
    """
    try:
        url = httpx.URL(text)
        port = 443 if url.port is None else url.port
        good = url.scheme in ("http", "https") and bool(url.host) and 0 < port < 65536
    except (httpx.InvalidURL, ValueError):
        good = False
    plain = text.isascii() and text.isprintable() and " " not in text
    if not good or not plain or len(text) > URL_LIMIT:
        raise Refused("bad_webhook", "A webhook's address begins with https:// or http://.")
    if url.userinfo or url.fragment:
        raise Refused("bad_webhook", "A webhook's address has no password and no fragment.")
    if not private and not _may_be_public(url.host):
        raise Refused("bad_webhook", "That address is of a network that is not for webhooks.")
    return url


def _may_be_public(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return is_public(host)
    except ValueError:  # a name
        return True


class Poster:
    """Posts to one URL, again and again, over connections of its own."""

    def __init__(self, url: str, *, private: bool) -> None:
        """``private``: addresses that are not of the public Internet may be posted to."""
        self._url, self._private = httpx.URL(url), private
        # Its own, because connections are kept by address: another name there is another server.
        self._client = httpx.AsyncClient(
            verify=_trusted(),
            trust_env=False,
            follow_redirects=False,
            timeout=ANSWER_SECONDS,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def post(self, body: bytes, headers: Mapping[str, str], attempt: int = 0) -> Outcome:
        """One attempt; ``attempt`` chooses among several addresses of a name."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await self._client.send(
                    await self._request(body, headers, attempt), stream=True
                )
        except _ForbiddenError:
            return Outcome.FORBIDDEN
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError):
            return Outcome.FAILED
        await _finish(response)
        if response.status_code == 410:
            return Outcome.GONE
        return Outcome.DELIVERED if response.is_success else Outcome.REFUSED

    async def _request(
        self, body: bytes, headers: Mapping[str, str], attempt: int
    ) -> httpx.Request:
        address = await self._address(attempt)
        return self._client.build_request(
            "POST",
            self._url.copy_with(host=address),
            content=body,
            headers={**headers, "Host": self._url.netloc.decode("ascii")},
            extensions={"sni_hostname": self._url.raw_host.decode("ascii").strip("[]")},
        )

    async def _address(self, attempt: int) -> str:
        """Where to connect to. Raises OSError if there is no such name."""
        port = self._url.port or {"http": 80, "https": 443}[self._url.scheme]
        loop = asyncio.get_running_loop()
        host = self._url.raw_host.decode("ascii").strip("[]")
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not self._private and not all(map(is_public, addresses)):
            raise _ForbiddenError
        return addresses[attempt % len(addresses)]


async def _finish(response: httpx.Response) -> None:
    read = 0
    with contextlib.suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > BODY_LIMIT:
                    break
    with contextlib.suppress(httpx.HTTPError):
        await response.aclose()


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities whose certificates are good; read once, because it takes a while."""
    return httpx.create_ssl_context()
