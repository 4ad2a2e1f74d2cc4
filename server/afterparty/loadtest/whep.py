"""WHEP (draft-ietf-wish-whep) as a player speaks it: post an offer, take the answer, delete.

HTTP is `http.py`'s; what is in the SDP is the listener's affair.
"""

import email.utils
import time
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from afterparty.loadtest.http import HttpClient, Response

MAX_REDIRECTS = 3
MAX_SERVERS = 8
LATER = frozenset({409, 429, 503})
"""What a server says who may well take us later: not live yet, too fast, full."""
LONGEST_PAUSE = 30.0
"""Seconds; a longer Retry-After is not waited for to its end."""


class WhepError(Exception):
    """The server would not have us. `code` is stable, such as `http_404` or `no_location`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LaterError(WhepError):
    """The server asks to come again, in `seconds`."""

    def __init__(self, code: str, seconds: float) -> None:
        super().__init__(code)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Session:
    """A WHEP session."""

    url: str
    answer: str


class Whep:
    """A WHEP endpoint. `close()` it in the end."""

    def __init__(self, endpoint: str, token: str | None) -> None:
        """ValueError if the endpoint is not an http or https URL."""
        self._endpoint = endpoint
        self._token = token
        self._clients: dict[str, HttpClient] = {}
        self._client(endpoint)

    async def post(self, offer: str) -> Session:
        """Open a session. Raises `LaterError`, `WhepError` and `HttpError`."""
        url, body = self._endpoint, offer.encode()
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._ask("POST", url, {"Content-Type": "application/sdp"}, body)
            if response.status not in (307, 308):
                break
            url = self._same_machine(urljoin(url, response.headers.get("location", "")))
        if response.status in LATER:
            raise LaterError(f"http_{response.status}", retry_after(response))
        if response.status != 201:
            raise WhepError(f"http_{response.status}")
        location = response.headers.get("location")
        if not location:
            raise WhepError("no_location")
        where = self._same_machine(urljoin(url, location))
        return Session(where, response.body.decode("utf-8", "replace"))

    def _same_machine(self, url: str) -> str:
        """The URL; raises `WhepError` if it leads away from a test of this machine: nobody has said
        that what is there is theirs."""
        speaks_http = urlsplit(url).scheme in ("http", "https")
        if speaks_http and _is_here(self._endpoint) and not _is_here(url):
            raise WhepError("led_elsewhere")
        return url

    async def delete(self, url: str) -> None:
        """End a session; one that is gone already is fine. Raises as `post` does."""
        response = await self._ask("DELETE", url, {}, b"")
        if not 200 <= response.status < 300 and response.status not in (404, 410):
            raise WhepError(f"http_{response.status}")

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Response:
        parts, home = urlsplit(url), urlsplit(self._endpoint)
        # The token is for the server it was meant for, wherever that sends us.
        if self._token is not None and parts[:2] == home[:2]:
            headers["Authorization"] = f"Bearer {self._token}"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            client = self._client(url)
        except ValueError as error:
            raise WhepError("bad_location") from error
        return await client.request(method, target, headers, body)

    def _client(self, url: str) -> HttpClient:
        parts = urlsplit(url)
        key = f"{parts.scheme}://{parts.netloc}"
        if key not in self._clients:
            if len(self._clients) >= MAX_SERVERS:
                raise ValueError("one endpoint does not lead to so many servers")
            self._clients[key] = HttpClient(url)
        return self._clients[key]


def retry_after(response: Response) -> float:
    """Seconds to wait, 0.1 to 30; 1 if the server does not say (RFC 9110 section 10.2.3)."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 10:
        seconds = float(value)
    else:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            seconds = 1.0
    return min(max(seconds, 0.1), LONGEST_PAUSE)


def _is_here(url: str) -> bool:
    """Whether a URL names this machine; names other than localhost are not looked up."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
