"""A light headless WebRTC audio peer: one UDP socket, a little state, no task per packet.

The client's end of a room's sound, for hundreds of listeners in one process: it offers one
`sendrecv` audio section, checks ICE as the controlling end, takes its keys by DTLS-SRTP, and counts
what it is sent (`reception.py`). What else is done with the sound is an `Ear`'s affair (`ear.py`);
a voice comes from a `Mouth` (`mouth.py`). Speaks to any ICE-lite or full-ICE server that answers
with an IPv4 host candidate. Knows no rooms, no HTTP, and nothing of our server's insides.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import pylibsrtp

from afterparty.client import rtp, sdp
from afterparty.client.dtls import Dtls, HandshakeError, fingerprints
from afterparty.client.link import Link
from afterparty.client.reception import Reception, ReceptionStats
from afterparty.client.rtp import Level, RtpPacket
from afterparty.client.sources import Source, Sources

PeerState = Literal["new", "offered", "connecting", "connected", "gone", "closed"]


class PeerError(Exception):
    """The peer could not be connected. `code` is stable, the message is for people.

    Codes: `bad_state`, `bad_answer`, `no_socket`, `ice_timeout`, `dtls_timeout`, `dtls_failed`,
    `dtls_fingerprint`, `closed`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Ear(Protocol):
    """What a listener does with the packets it is sent, besides counting them."""

    def hear(self, packet: RtpPacket) -> None:
        """Take one decrypted packet, fresh or late, never a duplicate. Must not block."""


@dataclass(frozen=True, slots=True)
class PeerStats:
    """What a peer has received and sent. Times are seconds of `time.monotonic()`."""

    reception: ReceptionStats
    sources: dict[int, Source]
    """Contributing sources heard so far, by CSRC."""
    rejected: int
    """Datagrams that failed authentication or were malformed."""
    rtcp: int
    sent: int
    dropped: int
    """Datagrams that came and found the socket's buffer full, as far as the system tells."""


class Peer:
    """One WebRTC audio connection. Make it, `offer()`, `connect(answer)`, and `close()` in the end.

    `ear` hears every packet; without one, packets are only counted, and `verify_every` may spare
    the check of authenticity for all but every n-th (what is skipped is counted on trust).
    Consent (RFC 7675) is asked for every `consent_interval` seconds; after `consent_expiry` seconds
    without an answer the server is gone.
    """

    def __init__(
        self,
        *,
        ear: Ear | None = None,
        verify_every: int = 1,
        consent_interval: float = 5.0,
        consent_expiry: float = 15.0,
    ) -> None:
        if verify_every < 1:
            raise ValueError("verify_every counts from 1")
        self.on_gone: Callable[[str], None] | None = None
        """Called once, with `dtls_closed` or `consent_lost`, when the server goes away."""
        self.connected = asyncio.Event()
        self.gone = asyncio.Event()
        """Set when the server has gone away, or the peer was closed."""
        self.reception = Reception()
        self.sources = Sources()
        self._state: PeerState = "new"
        self._ear = ear
        self._verify_every = 1 if ear is not None else verify_every
        self._until_verify = 1
        self._ticks = 1
        self._rejected = self._rtcp = self._sent = 0

        self._link = Link(
            on_media=self._media,
            on_dtls=lambda datagram: self._dtls.feed(datagram),
            on_lost=lambda: self._leave("consent_lost"),
            interval=consent_interval,
            expiry=consent_expiry,
        )
        self._dtls = Dtls(self._link.send)
        self._joining: asyncio.Timeout | None = None
        self._called_off = False
        self._rx: pylibsrtp.Session | None = None
        self._tx: pylibsrtp.Session | None = None

        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(15)  # RFC 3711 section 3.3.1: below 2**15 to begin with
        self._timestamp = secrets.randbits(32)
        self._payload_type = sdp.PAYLOAD_TYPE
        self._level_number: int | None = None

    @property
    def state(self) -> PeerState:
        """Where the peer is in its life."""
        return self._state

    @property
    def ssrc(self) -> int:
        """The SSRC that this peer sends with."""
        return self._ssrc

    def stats(self) -> PeerStats:
        """What was received and sent so far."""
        return self._read(self.reception.stats(time.monotonic()))

    def mark(self) -> PeerStats:
        """Read the stats, and begin the longest silence, longest wait and sources heard anew."""
        stats = self._read(self.reception.mark(time.monotonic()))
        self.sources.forget()
        return stats

    def _read(self, reception: ReceptionStats) -> PeerStats:
        return PeerStats(
            reception=reception,
            sources=self.sources.heard(),
            rejected=self._rejected + self._link.rejected,
            rtcp=self._rtcp,
            sent=self._sent,
            dropped=self._link.dropped,
        )

    async def offer(self) -> str:
        """Open the socket and return the SDP offer. Raises `PeerError`."""
        if self._state != "new":
            raise PeerError("bad_state", "A peer makes one offer, at its beginning.")
        try:
            addresses = self._link.open()
        except OSError as error:
            raise PeerError("no_socket", f"No UDP socket to be had: {error.strerror}.") from error
        self._state = "offered"
        return sdp.write_offer(
            session=secrets.randbits(62),
            ufrag=self._link.agent.ufrag,
            password=self._link.agent.password,
            fingerprints=fingerprints(),
            addresses=addresses,
            ssrc=self._ssrc,
        )

    async def connect(self, answer_sdp: str, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - the whole call's limit, told apart by stage
        """Check ICE and shake hands, within `timeout` seconds. On failure the peer is closed.

        Raises `PeerError`.
        """
        if self._state != "offered":
            raise PeerError("bad_state", "A peer connects once, after its offer.")
        self._state = "connecting"
        try:
            answer = sdp.read_answer(answer_sdp)
            await self._join(answer, timeout)
        except sdp.BadAnswerError as error:
            await self._shut()
            raise PeerError("bad_answer", str(error)) from error
        except HandshakeError as error:
            await self._shut()
            raise PeerError(error.code, str(error)) from error
        except BaseException:
            await self._shut()
            raise
        self._payload_type = answer.payload_type
        self._level_number = answer.ssrc_level_number
        self.sources = Sources(answer.csrc_level_number)
        self._state = "connected"
        self.connected.set()
        self._link.keep()

    async def close(self) -> None:
        """Say goodbye and let go of the socket. May be called at any time, and again.

        A `connect` that is still under way fails with the code `closed`.
        """
        if self._joining is not None:
            self._called_off = True
            self._joining.reschedule(0.0)
            await self.gone.wait()
        else:
            await self._shut()

    async def _join(self, answer: sdp.Answer, limit: float) -> None:
        stage, what = "ice", "ICE checks"
        try:
            async with asyncio.timeout(limit) as self._joining:
                self._link.agent.begin(answer.ufrag, answer.password)
                await self._link.establish(answer.candidates)
                stage, what = "dtls", "DTLS handshake"
                # The answer's "active" is the DTLS client (RFC 5763 section 5).
                self._rx, self._tx = await self._dtls.handshake(
                    answer.fingerprints,
                    client=answer.setup == "passive",
                    on_closed=lambda: self._leave("dtls_closed"),
                )
        except TimeoutError as error:
            if not self._called_off:
                message = f"The server did not answer the {what} within {limit:g} s."
                raise PeerError(f"{stage}_timeout", message) from error
        finally:
            self._joining = None
        if self._called_off:
            raise PeerError("closed", "The peer was closed before it was connected.")

    async def _shut(self) -> None:
        if self._state == "closed":
            return
        self._state = "closed"
        self.connected.clear()
        self._link.rest()
        try:
            await self._dtls.close()
        finally:
            self._link.close()
            self.gone.set()

    def send(self, opus: bytes, ticks: int = 1, level: Level | None = None) -> None:
        """Send one 20 ms Opus frame, `ticks` ticks of 960 samples after the last one.

        More than 1 means that silence went before: the marker bit says so (RFC 3551 section 4.1).
        `level` goes along if the server negotiated it (RFC 6464). Without a connection, and for a
        frame of a size no Opus encoder makes, nothing is sent. ValueError if `ticks` is below 1.
        """
        if ticks < 1:
            raise ValueError("time goes on by a tick at least")
        if self._tx is None or self._state != "connected" or not 0 < len(opus) <= 1275:
            return
        extension = None
        if level is not None and self._level_number is not None:
            extension = (self._level_number, rtp.pack_level(level))
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + ticks * rtp.TICK_SAMPLES) & 0xFFFFFFFF
        packet = rtp.build(
            opus,
            payload_type=self._payload_type,
            sequence=self._sequence,
            timestamp=self._timestamp,
            ssrc=self._ssrc,
            marker=ticks > 1 or self._sent == 0,
            extension=extension,
        )
        self._sent += 1
        self._link.send(self._tx.protect(packet))

    def _leave(self, reason: str) -> None:
        """The server is gone: nothing is sent any more, and whoever cares is told once."""
        if self._state != "connected":
            return
        self._state = "gone"
        self.connected.clear()
        self._link.rest()
        self.gone.set()
        if self.on_gone is not None:
            self.on_gone(reason)

    def _media(self, datagram: bytes) -> None:
        """Verify, count, and pass on one SRTP packet. The hot path of a listener."""
        if self._rx is None:
            return
        if rtp.is_rtcp(datagram):
            self._rtcp += 1
            return
        _, _, sequence, timestamp, ssrc = rtp.FIXED.unpack_from(datagram)
        plain = None
        self._until_verify -= 1
        if self._until_verify <= 0:
            try:
                plain = self._rx.unprotect(datagram)
                offset = rtp.payload_offset(plain)
            except (pylibsrtp.Error, ValueError) as error:
                if "replay" in str(error) and self.reception.saw(sequence):
                    self.reception.repeat()
                else:
                    self._rejected += 1
                return
            self._until_verify = self._verify_every
            self._ticks = max(1, rtp.opus_samples(plain[offset : offset + 2]) // rtp.TICK_SAMPLES)
        now = time.monotonic()
        fresh = self.reception.receive(sequence, timestamp, ssrc, self._ticks, len(datagram), now)
        if fresh:
            self.sources.receive(datagram, now)
        if self._ear is not None and plain is not None:
            with contextlib.suppress(ValueError):
                self._ear.hear(rtp.parse(plain))
