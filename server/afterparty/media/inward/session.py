"""One client's session in the media plane: its ICE peer, DTLS link, uplink, and what it may do.

Decides about single packets; which room hears them is the plane's business.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pylibsrtp

from afterparty.media.datagrams.rtp import HEADER_LENGTH, RtpPacket, is_rtcp, parse
from afterparty.media.events import SessionStats
from afterparty.media.inward.dtls import DtlsLink
from afterparty.media.inward.ice import IcePeer
from afterparty.media.inward.jitter import JitterCounts
from afterparty.media.inward.sdp import CLIENT_LEVEL, Shape
from afterparty.media.inward.uplink import Uplink

ROLLOVER_SAMPLE = 1024
"""Of the packets that may not be heard the first, and one in so many, is decrypted and thrown away:
libsrtp must see a rollover of sequence numbers (every 65,536 packets) happen, or it never
understands the stream again."""

CONSENT_SECONDS = 7.0
"""Whoever has proved to be there within so long need not prove it by RTCP. Checks for consent come
every 5 s or so (RFC 7675); for clients that send none, RTCP has to do."""


MAX_SOURCES = 8
"""Sources (SSRCs) of one client. A browser has one, and another after it has begun anew; libsrtp
keeps each for good, and looks for a packet's among all of them one by one."""


@dataclass(eq=False, slots=True)
class Session:
    """State of one session; the plane owns it."""

    session_id: str
    room_id: str | None
    """None after its room has been closed, until it follows another."""
    peer: IcePeer
    link: DtlsLink
    shape: Shape
    ssrc: int
    heard_at: float
    """Monotonic time of the last authenticated thing that came from it."""
    csrc: int | None = None
    uplink: Uplink | None = None
    """Made when it may be heard for the first time; most sessions only listen."""
    elsewhere: Callable[[RtpPacket], None] | None = None
    """Where its packets go instead of the uplink, while another node mixes its room."""
    connected: bool = False
    due: int = 0
    """When the plane looks next whether it is still there, in the plane's beats."""
    refused: int = 0
    _sources: tuple[bytes, ...] = ()
    """SSRCs of what was authentic so far."""
    _sampled: int = -ROLLOVER_SAMPLE
    _level_id: int | None = field(init=False)

    def __post_init__(self) -> None:
        self._level_id = self.shape.extension_id(CLIENT_LEVEL)

    def receive(self, data: bytes, now: float) -> str | None:
        """Handle one SRTP or SRTCP datagram from its address at monotonic time `now`.

        Returns None if it was authentic, otherwise the reason why it was dropped.
        """
        if not self.connected:
            return "srtp_early"
        if len(data) < HEADER_LENGTH:
            return "srtp_malformed"
        rtcp = is_rtcp(data)
        if rtcp:
            if self.csrc is None and now - self.heard_at < CONSENT_SECONDS:
                return "rtcp_unread"
        elif self.csrc is None:
            self.refused += 1
            if not self.shape.speaks or self.refused - self._sampled < ROLLOVER_SAMPLE:
                return "voice_not_allowed"
        srtp = self.link.receiver
        if srtp is None:
            return "srtp_early"
        source = data[4:8] if rtcp else data[8:12]
        known = source in self._sources
        if not known and len(self._sources) >= MAX_SOURCES:
            return "srtp_too_many_sources"
        try:
            plain = srtp.unprotect_rtcp(data) if rtcp else srtp.unprotect(data)
        except pylibsrtp.Error:
            return "srtp_unauthentic"
        if not known:
            self._sources = (*self._sources, source)
        self.heard_at = now
        if rtcp:
            return None
        if self.csrc is None or self.uplink is None:
            self._sampled = self.refused
            return "voice_not_allowed"
        packet = parse(plain, self._level_id)
        if packet is None:
            return "rtp_malformed"
        if packet.payload_type != self.shape.payload_type:
            return "rtp_other_payload"
        (self.elsewhere or self.uplink.receive)(packet)
        return None

    def stats(self, sent: int) -> SessionStats:
        """Return its counters; `sent` is what the fan-out has sent to it."""
        counts = self.uplink.counts if self.uplink else JitterCounts()
        address = self.peer.address
        return SessionStats(
            room_id=self.room_id,
            connected=self.connected,
            address=f"{address[0]}:{address[1]}" if address else None,
            csrc=self.csrc,
            sent=sent,
            received=counts.accepted,
            refused=self.refused,
            lost=counts.lost,
            late=counts.late,
            duplicates=counts.duplicates,
        )
