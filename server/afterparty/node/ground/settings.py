"""A node's settings: one documented dataclass, read from the environment or the command line."""

import contextlib
import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, Literal

_LANES: Final[Mapping[str, Literal[1, 3, 6] | None]] = {"auto": None, "20": 1, "60": 3, "120": 6}
"""Milliseconds as they are set, and ticks."""

LEVELS: Final = ("info", "warning", "error")
"""How much is logged, the most first."""

KEY_LENGTH = 32
"""Characters of the shortest key of access tokens that is taken."""

KEYS_LIMIT = 8
"""Keys at a time."""


class SettingsError(ValueError):
    """A setting that cannot be; the message names it."""


@dataclass(frozen=True)
class Settings:
    """Everything that can be set. Times in seconds, sizes in bytes unless said otherwise."""

    host: str = "127.0.0.1"
    """Address that HTTP binds to."""
    port: int = 8080
    """TCP port of HTTP; 0 takes a free one."""
    media_host: str = "127.0.0.1"
    """Address that the UDP port binds to."""
    media_port: int = 0
    """UDP port of all sound; 0 takes a free one."""
    announce: tuple[str, ...] = ()
    """Addresses put into ICE candidates; empty: ``media_host``, or loopback if that is any."""
    url: str = ""
    """Where clients reach this node itself, and not another; empty: only through a front door."""
    relay: str = ""
    """``HOST`` or ``HOST:PORT`` where other nodes reach the UDP port; empty: the first of the
    announced addresses, and the port that is bound."""
    data: Path = Path(".data")
    """Folder of the embedded store and of the token keys."""
    redis_url: str | None = field(default=None, repr=False)
    """A Redis of any kind, as ``store/servers`` says; ``None`` starts the embedded store."""
    secret: str | None = field(default=None, repr=False)
    """Keys of access tokens, as ``keys_of`` reads them; ``None`` keeps them in the data folder."""
    dev: bool = False
    """Hand out tokens to anybody. For demonstrations only."""
    token_seconds: int = 12 * 3600
    """Life of a token that ``/v1/token`` hands out."""
    resume_seconds: float = 6.0
    """How long a connection that dropped is held for its client to come back. With the pings before
    it, whoever falls silent is out of the count within 15 s."""
    host_grace_seconds: float = 300.0
    """How long a live room waits for a host who is in no room of the show any more."""
    drain_seconds: float = 15.0
    """How long members may take to be sent to other nodes when this one goes down."""
    hello_seconds: float = 10.0
    """How long a socket may stay without ``hello``."""
    lane: Literal[1, 3, 6] | None = None
    """Ticks of 20 ms that a packet carries to a listener; ``None`` widens by the size of a room and
    by load."""
    session_timeout: float = 12.0
    """How long a peer may authenticate nothing before its sound is gone: twice what lies between
    two checks for consent (RFC 7675), which come every 4 to 6 s."""
    max_members: int = 60_000
    """Connections this node takes."""
    max_simulated: int = 100_000
    """Simulated members without a connection that this node holds."""
    max_rooms: int = 5_000
    """Rooms that are not over, on this node."""
    joins_per_second: float = 50.0
    """Joins, and as many offers of sound over sockets, from one address; ten times as many at once.
    With ``dev``, loopback has no limit."""
    reads_per_second: float = 100.0
    """GET, HEAD and OPTIONS requests from one address, likewise."""
    writes_per_second: float = 20.0
    """All other requests from one address, likewise."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies whose ``X-Forwarded-For`` is believed."""
    handshakes_per_second: int = 400
    """Media handshakes this node begins a second at rest; fewer as its load rises."""
    joins_in_progress: int = 1_000
    """Media handshakes under way at most."""
    max_shows: int = 5_000
    """Shows this server keeps."""
    record_floor: int = 20
    """Fewer listeners are no record in a show of no season."""
    recordings: Path | None = None
    """Folder of the recordings, which all nodes of a house share; ``None``: in the data folder."""
    recording_hours: int = 12
    """How long a room is recorded at most."""
    recording_free_mib: int = 512
    """Nothing is recorded while less of the disk is free, MiB."""
    private_webhooks: bool = False
    """Whether webhooks may be of loopback and private networks; so they may with ``dev``."""
    log_level: str = "info"
    """What is logged: one of ``LEVELS``, and whatever is more serious."""
    client_demo: Path | None = None
    """Folder of the browser client; ``None`` finds it beside the package."""

    def recordings_in(self) -> Path:
        """The folder of the recordings."""
        return self.recordings or self.data / "recordings"

    def announced(self) -> tuple[str, ...]:
        """The addresses for candidates; names among ``announce`` are looked up.

        Raises:
            SettingsError: a name that has no address which the UDP port could be reached at.
        """
        if self.announce:
            families = [socket.AF_INET, socket.AF_INET6][: 2 if ":" in self.media_host else 1]
            found = [address for name in self.announce for address in _addresses(name, families)]
            return tuple(dict.fromkeys(found))
        return ("127.0.0.1",) if self.media_host in ("0.0.0.0", "::") else (self.media_host,)  # noqa: S104 - compared, not bound


def _addresses(name: str, families: Iterable[socket.AddressFamily]) -> list[str]:
    """An address as it is; of a name its first address of each family."""
    try:
        return [str(ip_address(name))]
    except ValueError:
        pass
    found = []
    for family in families:
        with contextlib.suppress(OSError, UnicodeError):
            found.append(str(socket.getaddrinfo(name, None, family, socket.SOCK_DGRAM)[0][4][0]))
    if not found:
        raise SettingsError(f"{name!r} is no address to announce, and no name of one")
    return found


def address_of(name: str) -> str:
    """The IPv4 address of a name, or an address as it is. Raises ``SettingsError``."""
    return _addresses(name, (socket.AF_INET,))[0]


def keys_of(secret: str) -> tuple[str, ...]:
    """The keys that ``AFTERPARTY_SECRET`` names, separated by spaces, the newest first.

    One key may be a phrase with spaces in it, if none of its words could be a key.

    Raises:
        SettingsError: a key is too short, or there are too many.
    """
    words = tuple(dict.fromkeys(secret.split()))
    long = [len(word) >= KEY_LENGTH for word in words]
    if len(secret) < KEY_LENGTH or any(long) != all(long):
        raise SettingsError(f"AFTERPARTY_SECRET has at least {KEY_LENGTH} characters a key")
    if all(long) and len(words) > KEYS_LIMIT:
        raise SettingsError(f"AFTERPARTY_SECRET has at most {KEYS_LIMIT} keys")
    return words if all(long) else (secret,)


def separated(text: str) -> tuple[str, ...]:
    """The parts of a comma-separated setting."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``AFTERPARTY_*`` variables; what is not set keeps its default.

    Raises:
        SettingsError: a value that cannot be; names the variable.
    """
    given = {k.removeprefix("AFTERPARTY_"): v for k, v in environment.items() if v}

    def number(name: str, default: int, low: int, high: int) -> int:
        text = given.get(name, str(default))
        if not text.isdigit() or not low <= int(text) <= high:
            raise SettingsError(f"AFTERPARTY_{name} is a number from {low} to {high}, not {text!r}")
        return int(text)

    def networks(name: str) -> tuple[str, ...]:
        found = separated(given.get(name, ""))
        for text in found:
            try:
                ip_network(text)
            except ValueError:
                told = f"AFTERPARTY_{name} names addresses and networks, and {text!r} is neither"
                raise SettingsError(told) from None
        return found

    secret = given.get("SECRET")
    if secret is not None:
        keys_of(secret)
    url = given.get("URL", "")
    if url and not re.fullmatch(r"https?://[^\s/?#]+/?", url):
        raise SettingsError(f"AFTERPARTY_URL is like https://node1.example.org, not {url!r}")
    lane = given.get("LANE", "auto")
    if lane not in _LANES:
        raise SettingsError(f"AFTERPARTY_LANE is one of {', '.join(_LANES)}, not {lane!r}")
    level = given.get("LOG_LEVEL", "info")
    if level not in LEVELS:
        raise SettingsError(f"AFTERPARTY_LOG_LEVEL is one of {', '.join(LEVELS)}, not {level!r}")
    defaults = Settings()
    return Settings(
        host=given.get("HOST", defaults.host),
        port=number("PORT", defaults.port, 0, 65535),
        media_host=given.get("MEDIA_HOST", given.get("HOST", defaults.media_host)),
        media_port=number("MEDIA_PORT", defaults.media_port, 0, 65535),
        announce=separated(given.get("ANNOUNCE", "")),
        url=url.rstrip("/"),
        relay=given.get("RELAY", defaults.relay),
        data=Path(given.get("DATA", str(defaults.data))),
        redis_url=given.get("REDIS_URL"),
        secret=secret,
        lane=_LANES[lane],
        dev=given.get("DEV", "").lower() in ("1", "true", "yes"),
        private_webhooks=given.get("PRIVATE_WEBHOOKS", "").lower() in ("1", "true", "yes"),
        handshakes_per_second=number(
            "HANDSHAKES_PER_SECOND", defaults.handshakes_per_second, 1, 100_000
        ),
        joins_in_progress=number("JOINS_IN_PROGRESS", defaults.joins_in_progress, 1, 1_000_000),
        host_grace_seconds=float(
            number("HOST_GRACE_SECONDS", int(defaults.host_grace_seconds), 1, 86_400)
        ),
        drain_seconds=float(number("DRAIN_SECONDS", int(defaults.drain_seconds), 0, 3600)),
        joins_per_second=number("JOINS_PER_SECOND", int(defaults.joins_per_second), 1, 1_000_000),
        reads_per_second=number("READS_PER_SECOND", int(defaults.reads_per_second), 1, 1_000_000),
        writes_per_second=number(
            "WRITES_PER_SECOND", int(defaults.writes_per_second), 1, 1_000_000
        ),
        trusted_proxies=networks("TRUSTED_PROXIES"),
        recordings=Path(given["RECORDINGS"]) if "RECORDINGS" in given else None,
        recording_hours=number("RECORDING_HOURS", defaults.recording_hours, 1, 48),
        recording_free_mib=number("RECORDING_FREE_MIB", defaults.recording_free_mib, 0, 1_000_000),
        max_members=number("MAX_MEMBERS", defaults.max_members, 1, 1_000_000),
        max_simulated=number("MAX_SIMULATED", defaults.max_simulated, 0, 1_000_000),
        max_shows=number("MAX_SHOWS", defaults.max_shows, 1, 1_000_000),
        record_floor=number("RECORD_FLOOR", defaults.record_floor, 1, 1_000_000),
        max_rooms=number("MAX_ROOMS", defaults.max_rooms, 1, 1_000_000),
        log_level=level,
    )
