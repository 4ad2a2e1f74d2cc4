"""What every listener was sent and was not: numpy columns, one row a listener. Pure accounting.

`count` takes many packets at once, several of one listener among them, and comes to the same as one
packet after another. Sequence numbers as in RFC 3550 appendix A.1. Decrypts nothing: packets are
counted on trust, and `proof.py` checks a sample.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

REACH = 64
"""How many sequence numbers back a late packet is told from a duplicate."""
MAX_DROPOUT = 3000
"""A step ahead beyond this is no loss but a new sequence."""

_ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
_ONE = np.uint64(1)
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Reading:
    """The columns of some rows in one window, in the rows' order."""

    expected: NDArray[np.int64]
    received: NDArray[np.int64]
    gaps: NDArray[np.int64]
    longest: NDArray[np.int64]
    """Longest time between two packets, nanoseconds."""


class Ledger:
    """Counts RTP packets of `rows` listeners. Times are nanoseconds of one clock."""

    def __init__(self, rows: int) -> None:
        self.packets = 0
        """All that were counted, duplicates and strays among them."""
        self.duplicates = 0
        self.strays = 0
        """Too far from the sequence to place; two in a row begin a new sequence."""
        self.restarts = 0
        """New sequences: a stray that was followed up, or another SSRC."""
        self.first = np.full(rows, _NEVER, np.int64)
        """When the first packet came; the largest number if none did."""
        self.last = np.zeros(rows, np.int64)
        self.window = 0
        """Number of the present window."""
        self._heard_in = np.full(rows, -1, np.int64)
        """Number of the window of the first packet; -1 if none came."""
        self._expected = np.zeros(rows, np.int64)
        self._received = np.zeros(rows, np.int64)
        self._gaps = np.zeros(rows, np.int64)
        self._longest = np.zeros(rows, np.int64)
        self._highest = np.zeros(rows, np.int32)
        self._seen = np.full(rows, _ALL, np.uint64)  # bit n: sequence number highest - n
        self._ssrc = np.zeros(rows, np.uint32)
        self._expected_stray = np.full(rows, -1, np.int32)
        self._place = np.zeros(rows, np.int64)  # scratch

    def clear(self, row: int) -> None:
        """Forget what this row has counted: it is somebody else's from now on."""
        self.first[row], self.last[row] = _NEVER, 0
        self._heard_in[row] = self._expected_stray[row] = -1
        for column in (self._expected, self._received, self._gaps, self._longest):
            column[row] = 0

    def count(self, rows: Rows, sequences: NDArray[Any], ssrcs: NDArray[Any], at: Rows) -> Rows:
        """Count packets in the order given; returns the rows that heard for the first time."""
        self.packets += len(rows)
        sequences = sequences.astype(np.int32)
        ssrcs = ssrcs.astype(np.uint32)
        new: list[Rows] = []
        while len(rows):
            # Nobody twice in one pass: of each row the first packet now, the others later.
            numbers = np.arange(len(rows))
            self._place[rows[::-1]] = numbers[::-1]
            now = self._place[rows] == numbers
            if now.all():
                new.append(self._pass(rows, sequences, ssrcs, at))
                break
            new.append(self._pass(rows[now], sequences[now], ssrcs[now], at[now]))
            then = ~now
            rows, sequences, ssrcs, at = rows[then], sequences[then], ssrcs[then], at[then]
        return np.concatenate(new) if new else rows

    def _pass(
        self, rows: Rows, sequences: NDArray[np.int32], ssrcs: NDArray[np.uint32], at: Rows
    ) -> Rows:
        """Count packets of which no two are of one row."""
        wait = at - self.last[rows]
        self.last[rows] = at
        step = ((sequences - self._highest[rows] + 0x8000) & 0xFFFF) - 0x8000
        plain = (step == 1) & (self._ssrc[rows] == ssrcs) & (self._heard_in[rows] >= 0)
        if plain.all():
            self._waited(rows, wait)
            self._advance(rows, sequences)
            return rows[:0]
        new = self._heard_in[rows] < 0
        self._waited(rows[~new], wait[~new])
        self._advance(rows[plain], sequences[plain])
        self.first[rows[new]] = at[new]
        self._heard_in[rows[new]] = self.window
        self._begin(rows[new], sequences[new], ssrcs[new])
        odd = ~plain & ~new
        self._odd(rows[odd], sequences[odd], ssrcs[odd], step[odd])
        return rows[new]

    def _waited(self, rows: Rows, wait: Rows) -> None:
        self._longest[rows] = np.maximum(self._longest[rows], wait)

    def _advance(self, rows: Rows, sequences: NDArray[np.int32]) -> None:
        self._highest[rows] = sequences
        self._seen[rows] = self._seen[rows] << _ONE | _ONE
        self._expected[rows] += 1
        self._received[rows] += 1
        self._expected_stray[rows] = -1

    def _begin(self, rows: Rows, sequences: NDArray[np.int32], ssrcs: NDArray[np.uint32]) -> None:
        """A new sequence: what went before it is nobody's loss."""
        self._highest[rows], self._ssrc[rows] = sequences, ssrcs
        self._seen[rows] = _ALL
        self._expected[rows] += 1
        self._received[rows] += 1
        self._expected_stray[rows] = -1

    def _odd(
        self,
        rows: Rows,
        sequences: NDArray[np.int32],
        ssrcs: NDArray[np.uint32],
        step: NDArray[np.int32],
    ) -> None:
        """Whatever is not simply the next packet."""
        same = self._ssrc[rows] == ssrcs
        ahead = same & (step > 0) & (step <= MAX_DROPOUT)
        behind = same & (step <= 0) & (step > -REACH)
        followed = same & ~ahead & ~behind & (self._expected_stray[rows] == sequences)
        stray = same & ~ahead & ~behind & ~followed
        afresh = followed | ~same
        self.restarts += int(afresh.sum())
        self._begin(rows[afresh], sequences[afresh], ssrcs[afresh])
        self.strays += int(stray.sum())
        self._expected_stray[rows[stray]] = (sequences[stray] + 1) & 0xFFFF
        self._skip(rows[ahead], sequences[ahead], step[ahead])
        self._look_back(rows[behind], step[behind])

    def _skip(self, rows: Rows, sequences: NDArray[np.int32], step: NDArray[np.int32]) -> None:
        self._highest[rows] = sequences
        # Shifting by the width of the number is not defined: such a step forgets everything.
        shift = np.minimum(step, REACH - 1).astype(np.uint64)
        kept = np.where(step < REACH, self._seen[rows] << shift, np.uint64(0))
        self._seen[rows] = kept | _ONE
        self._expected[rows] += step
        self._received[rows] += 1
        self._gaps[rows] += step > 1
        self._expected_stray[rows] = -1

    def _look_back(self, rows: Rows, step: NDArray[np.int32]) -> None:
        bit = _ONE << (-step).astype(np.uint64)
        late = (self._seen[rows] & bit) == 0
        self.duplicates += int(len(rows) - late.sum())
        self._seen[rows] |= bit
        self._received[rows] += late

    def mark(self) -> None:
        """Begin a new window. What comes late from before it counts as a duplicate."""
        self.window += 1
        for column in (self._expected, self._received, self._gaps, self._longest):
            column[:] = 0
        self._seen[:] = _ALL

    def throughout(self) -> Mask:
        """Which rows heard before this window began."""
        return (self._heard_in >= 0) & (self._heard_in < self.window)

    def read(self, mask: Mask, now: int) -> Reading:
        """These rows' columns in this window; the wait that still goes on at `now` counts too."""
        return Reading(
            expected=self._expected[mask],
            received=self._received[mask],
            gaps=self._gaps[mask],
            longest=np.maximum(self._longest[mask], now - self.last[mask]),
        )
