"""What a sampled listener does more than count: it decrypts, follows the clock, and some listen.

Which time counts as missing: if the sound is known never to pause (its tones are given), every
tick of RTP time that no packet covered. Otherwise a server may leave ticks out on purpose, and only
those count that lost packets explain: as many for each as the packets around them carry.
"""

from dataclasses import dataclass

import pylibsrtp

from afterparty.client import rtp
from afterparty.client.opus import OpusDecoder
from afterparty.loadtest.spectrum import Listening

MAX_JUMP = 3000
"""Sequence numbers, and ticks: a longer step begins anew."""


@dataclass(slots=True)
class Findings:
    """What the sample found, all together."""

    checked: int = 0
    """Packets."""
    unauthentic: int = 0
    decoded: int = 0
    """Seconds."""
    wrong_sound: int = 0
    """Seconds."""
    ticks_missing: int = 0


class Proof:
    """One sampled listener. `begin` it with its keys; it adds to `findings`."""

    def __init__(self, findings: Findings, *, decode: bool, tone: tuple[float, ...]) -> None:
        self.decodes = decode
        self._findings = findings
        self._steady = bool(tone)
        self._keys: pylibsrtp.Session | None = None
        self._decoder = OpusDecoder() if decode else None
        self._listening = Listening(tone) if decode else None
        self._ssrc: int | None = None
        self._sequence = self._end = 0
        self._ticks = 1
        self._owed: dict[int, int] = {}  # ticks counted missing, by the sequence number that lost

    def begin(self, keys: pylibsrtp.Session) -> None:
        """Decrypt with these keys from now on."""
        self._keys = keys

    def hear(self, datagram: bytes) -> None:
        """Take one SRTP packet."""
        if self._keys is None:
            return
        found = self._findings
        try:
            packet = rtp.parse(self._keys.unprotect(datagram))
        except pylibsrtp.Error as error:
            # A duplicate is turned away before its tag is looked at: it says nothing of it.
            if "replay" not in str(error):
                found.checked += 1
                found.unauthentic += 1
            return
        except ValueError:
            found.checked += 1
            found.unauthentic += 1
            return
        found.checked += 1
        missed = self._follow(packet)
        if missed is not None:
            self._listen(packet, missed)

    def _follow(self, packet: rtp.RtpPacket) -> int | None:
        """Follow the clock; ticks left open before this packet, or None if it comes late."""
        ticks = max(1, rtp.opus_samples(packet.payload) // rtp.TICK_SAMPLES)
        step = (packet.sequence - self._sequence) & 0xFFFF
        begins = packet.ssrc != self._ssrc
        if not begins and step >= 0x8000:
            back = self._owed.pop(packet.sequence, 0)
            self._findings.ticks_missing -= min(back, ticks)
            return None
        after = (packet.timestamp - self._end) & 0xFFFFFFFF
        left_out = after // rtp.TICK_SAMPLES if after < 0x80000000 else 0
        if begins or step > MAX_JUMP or left_out > MAX_JUMP:
            left_out = 0
            self._owed.clear()
        elif left_out:
            self._miss(packet.sequence, step - 1, left_out, max(ticks, self._ticks))
        self._ssrc, self._sequence, self._ticks = packet.ssrc, packet.sequence, ticks
        self._end = (packet.timestamp + ticks * rtp.TICK_SAMPLES) & 0xFFFFFFFF
        return left_out

    def _miss(self, sequence: int, lost: int, left_out: int, ticks: int) -> None:
        explained = min(left_out, lost * ticks)
        self._findings.ticks_missing += left_out if self._steady else explained
        if lost:
            if len(self._owed) > 64:
                self._owed.clear()
            for back in range(1, lost + 1):
                self._owed[(sequence - back) & 0xFFFF] = explained // lost

    def _listen(self, packet: rtp.RtpPacket, missed: int) -> None:
        if self._decoder is None or self._listening is None:
            return
        try:
            sound = self._decoder.decode(packet.payload)
        except ValueError:
            self._findings.wrong_sound += 1
            self._findings.decoded += 1
            return
        seconds, wrong = self._listening.hear(missed * rtp.TICK_SAMPLES, sound)
        self._findings.decoded += seconds
        self._findings.wrong_sound += wrong
