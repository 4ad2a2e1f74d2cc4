"""What the media plane is told, tells, and refuses: its settings, events, counters and error.

Plain frozen data, so that the node can pass it on without knowing how sound is made.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias


class MediaError(Exception):
    """A request that the media plane refuses: a stable code and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class MediaConfig:
    """Settings of one node's media plane."""

    host: str = "0.0.0.0"  # noqa: S104 — a media server listens on every interface by default
    """Address to bind."""
    port: int = 0
    """UDP port to bind; 0 takes a free one."""
    announce: tuple[str, ...] = ("127.0.0.1",)
    """IP addresses written in candidates, the preferred one first. Names are resolved by the
    caller."""
    max_sessions: int = 60_000
    session_timeout: float = 12.0
    """Seconds without anything authenticated from a session before it is gone (RFC 7675)."""
    lane: Literal[1, 3, 6] | None = None
    """Ticks a packet carries to a listener; None widens by the size of a room and by load."""
    relay_key: bytes | None = None
    """What nodes seal with what they tell each other, 16 bytes; None: there are no other nodes, and
    every room is mixed here."""
    jitter_ms: int = 60
    """Delay given to a speaker's packets to arrive in order, in milliseconds."""

    def __post_init__(self) -> None:
        if not self.announce:
            raise ValueError("a media plane needs an address to announce")
        for address in self.announce:
            ipaddress.ip_address(address)  # raises ValueError, and says which


@dataclass(frozen=True, slots=True)
class SessionConnected:
    """A session's keys are agreed; sound may flow."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SessionGone:
    """A session ended by itself. Not told of sessions that were closed by `close`."""

    session_id: str
    reason: str
    """`timeout`, `closed_by_peer`, `dtls_failed` or `dtls_timeout`."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """The set of those heard in a room has changed; told at most five times a second a room."""

    room_id: str
    levels: Mapping[int, int]
    """CSRC to loudness, 0 (loudest) to 127 -dBov. Empty: the room is silent."""


MediaEvent: TypeAlias = SessionConnected | SessionGone | Speaking


@dataclass(frozen=True, slots=True)
class MediaStats:
    """Counters of one node's media plane since it started, and what it holds now."""

    received: Mapping[str, int]
    """Datagrams received, by kind: stun, dtls, srtp, other."""
    dropped: Mapping[str, int]
    """Datagrams dropped before use, by reason."""
    packets_in: int
    """Authentic RTP and RTCP packets read."""
    packets_out: int
    """RTP packets sent."""
    send_drops: int
    """Datagrams that the kernel refused to take."""
    ticks: int
    late_ticks: int
    skipped_ticks: int
    tick_seconds: float
    """Duration of the last tick's work."""
    encodes: int
    """Opus packets encoded (comfort packets cost none)."""
    late_departures: int
    """Ticks that could not depart to listeners because the one before was still being sent."""
    skipped_departures: int
    """Ticks that never departed, summed over listeners."""
    lanes: Mapping[int, int]
    """Listeners, by the ticks that a packet carries to them."""
    faults: int
    """Ticks of a room, handshakes and events that failed unexpectedly; always a bug."""
    sessions: int
    connected: int
    rooms: int


@dataclass(frozen=True, slots=True)
class SessionStats:
    """Counters of one session."""

    room_id: str | None
    """None after its room has been closed."""
    connected: bool
    address: str | None
    """The peer's nominated address, `host:port`."""
    csrc: int | None
    """Its contributing source number, if it may be heard."""
    sent: int
    """RTP packets sent to it."""
    received: int
    """RTP packets of it that were accepted."""
    refused: int
    """RTP packets of it that were dropped unread, because it may not be heard."""
    lost: int
    late: int
    duplicates: int
