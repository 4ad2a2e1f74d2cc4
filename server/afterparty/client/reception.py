"""What a listener was sent, and what it was not: sequence numbers, timestamps, silences.

Pure accounting over numbers; time is an argument (seconds of any monotonic clock). It decrypts
nothing and keeps no sound. The verdicts of replay and load test rest on these counts, so they are
exact: every packet is counted once, as fresh, late, or duplicate.
"""

from dataclasses import dataclass

from afterparty.client.rtp import TICK_SAMPLES

WINDOW = 128
"""How many sequence numbers back a late packet is told from a duplicate."""

MAX_DROPOUT = 3000
"""A step ahead beyond this is no loss but a new sequence (RFC 3550 appendix A.1)."""


@dataclass(frozen=True, slots=True)
class ReceptionStats:
    """A reading of `Reception`. Counts are since the beginning, unless they say otherwise."""

    packets: int = 0
    bytes: int = 0
    first_packet_at: float | None = None
    last_packet_at: float | None = None
    gaps: int = 0
    """How often a sequence number was skipped (late packets do not take this back)."""
    missing: int = 0
    """Sequence numbers that were skipped and have not come late."""
    duplicates: int = 0
    late: int = 0
    """Packets that came out of order and filled a gap."""
    stray: int = 0
    """Packets too far from the sequence to place; two in a row begin a new sequence."""
    restarts: int = 0
    """New sequences under the same SSRC."""
    ssrc: int | None = None
    ssrc_changes: int = 0
    jumps: int = 0
    """Timestamp steps beyond what the sequence step explains: the sender left ticks out."""
    missed_ticks: int = 0
    """Ticks so left out (a silent room does this on purpose, between comfort packets)."""
    backward_jumps: int = 0
    """Timestamps that did not advance although the sequence did: never right."""
    longest_silence_ticks: int = 0
    """Longest run of ticks without a packet, lost or left out alike, since the last mark."""
    longest_wait: float = 0.0
    """Longest time between two arrivals, seconds, since the last mark."""


class Reception:
    """Counts the packets of one RTP stream. Not bound to a clock, a socket or a codec."""

    __slots__ = (
        "_expected_stray", "_first_at", "_highest", "_last_at", "_reach", "_ssrc", "_ticks",
        "_timestamp", "_window", "backward_jumps", "bytes", "duplicates", "gaps", "jumps", "late",
        "longest_silence_ticks", "longest_wait", "missed_ticks", "missing", "packets", "restarts",
        "ssrc_changes", "stray",
    )  # fmt: skip

    def __init__(self) -> None:
        self.packets = self.bytes = self.gaps = self.missing = 0
        self.duplicates = self.late = self.stray = self.restarts = self.ssrc_changes = 0
        self.jumps = self.missed_ticks = self.backward_jumps = self.longest_silence_ticks = 0
        self.longest_wait = 0.0
        self._first_at: float | None = None
        self._last_at = 0.0
        self._ssrc: int | None = None
        self._highest = self._timestamp = 0
        self._ticks = 1
        self._window = 0  # bit n: sequence number highest - n was seen
        self._reach = 0  # how far back the window goes: not before the sequence began
        self._expected_stray: int | None = None

    def receive(
        self, sequence: int, timestamp: int, ssrc: int, ticks: int, size: int, now: float
    ) -> bool:
        """Count one packet; True if it is fresh (the newest so far), False if late or duplicate.

        `sequence` and `timestamp` as in the header; `ticks` of sound it carries (at least 1);
        `size` of the datagram in bytes; `now` in seconds.
        """
        self.packets += 1
        self.bytes += size
        if self._first_at is None:
            self._first_at = now
        elif now - self._last_at > self.longest_wait:
            self.longest_wait = now - self._last_at
        self._last_at = now

        if ssrc != self._ssrc:
            if self._ssrc is not None:
                self.ssrc_changes += 1
            self._ssrc = ssrc
            self._begin(sequence, timestamp, ticks)
            return True
        step = (sequence - self._highest) & 0xFFFF
        if 0 < step <= MAX_DROPOUT:
            self._advance(step, timestamp)
            self._highest, self._timestamp, self._ticks = sequence, timestamp, ticks
            return True
        return self._look_back(sequence, timestamp, ticks)

    def _begin(self, sequence: int, timestamp: int, ticks: int) -> None:
        self._highest, self._timestamp, self._ticks = sequence, timestamp, ticks
        self._window = 1
        self._reach = 1
        self._expected_stray = None

    def _advance(self, step: int, timestamp: int) -> None:
        self._expected_stray = None
        self._window = (self._window << step | 1) & ((1 << WINDOW) - 1)
        if self._reach < WINDOW:
            self._reach = min(WINDOW, self._reach + step)
        if step > 1:
            self.gaps += 1
            self.missing += step - 1
        samples = (timestamp - self._timestamp) & 0xFFFFFFFF
        if samples == 0 or samples >= 0x80000000:
            self.backward_jumps += 1
            return
        passed = samples // TICK_SAMPLES
        silence = passed - self._ticks
        self.longest_silence_ticks = max(self.longest_silence_ticks, silence)
        # What was lost is taken to have carried as much as the packet before it.
        excess = passed - step * self._ticks
        if excess > 0:
            self.jumps += 1
            self.missed_ticks += excess

    def _look_back(self, sequence: int, timestamp: int, ticks: int) -> bool:
        behind = (self._highest - sequence) & 0xFFFF
        if behind < self._reach:
            if self._window >> behind & 1:
                self.duplicates += 1
            else:
                self._window |= 1 << behind
                self.late += 1
                self.missing -= 1
            return False
        if sequence == self._expected_stray:
            self.restarts += 1
            self._begin(sequence, timestamp, ticks)
            return True
        self.stray += 1
        self._expected_stray = (sequence + 1) & 0xFFFF
        return False

    def saw(self, sequence: int) -> bool:
        """Whether this sequence number is among the last `WINDOW` and was received."""
        behind = (self._highest - sequence) & 0xFFFF
        return behind < self._reach and bool(self._window >> behind & 1)

    def repeat(self) -> None:
        """Count a packet that the SRTP replay check turned away as one that had come before."""
        self.packets += 1
        self.duplicates += 1

    def mark(self, now: float | None = None) -> ReceptionStats:
        """Read the counts, and begin the two "longest" measures anew."""
        stats = self.stats(now)
        self.longest_silence_ticks = 0
        self.longest_wait = 0.0
        return stats

    def stats(self, now: float | None = None) -> ReceptionStats:
        """Read the counts; with `now`, the wait that is still going on counts too."""
        wait = self.longest_wait
        if now is not None and self._first_at is not None:
            wait = max(wait, now - self._last_at)
        return ReceptionStats(
            packets=self.packets,
            bytes=self.bytes,
            first_packet_at=self._first_at,
            last_packet_at=None if self._first_at is None else self._last_at,
            gaps=self.gaps,
            missing=self.missing,
            duplicates=self.duplicates,
            late=self.late,
            stray=self.stray,
            restarts=self.restarts,
            ssrc=self._ssrc,
            ssrc_changes=self.ssrc_changes,
            jumps=self.jumps,
            missed_ticks=self.missed_ticks,
            backward_jumps=self.backward_jumps,
            longest_silence_ticks=self.longest_silence_ticks,
            longest_wait=wait,
        )
