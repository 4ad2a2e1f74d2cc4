"""The ledger against a model that takes one packet after another, in plain Python."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from afterparty.loadtest.ledger import MAX_DROPOUT, REACH, Ledger

ROWS = 4


class Model:
    """One row, as the ledger's documentation describes it."""

    def __init__(self) -> None:
        self.highest: int | None = None
        self.ssrc = self.last = 0
        self.seen: set[int] = set()
        self.stray: int | None = None
        self.expected = self.received = self.gaps = self.longest = 0

    def count(self, sequence: int, ssrc: int, at: int) -> None:
        if self.highest is not None:
            self.longest = max(self.longest, at - self.last)
        self.last = at
        if self.highest is None or ssrc != self.ssrc:
            self.begin(sequence, ssrc)
            return
        step = (sequence - self.highest + 0x8000) % 0x10000 - 0x8000
        if 0 < step <= MAX_DROPOUT:
            self.gaps += step > 1
            self.expected += step
            self.received += 1
            # Numbers go on without end here: only differences matter.
            self.highest += step
            self.seen.add(self.highest)
            self.stray = None
        elif -REACH < step <= 0:
            number = self.highest + step
            if number not in self.seen and number > self.floor:
                self.seen.add(number)
                self.received += 1
        elif sequence == self.stray:
            self.begin(sequence, ssrc)
        else:
            self.stray = (sequence + 1) % 0x10000

    def begin(self, sequence: int, ssrc: int) -> None:
        self.highest = self.floor = sequence
        self.ssrc = ssrc
        self.seen = {sequence}
        self.stray = None
        self.expected += 1
        self.received += 1

    def mark(self) -> None:
        if self.highest is not None:
            self.floor = self.highest
        self.expected = self.received = self.gaps = self.longest = 0


steps = st.one_of(
    st.just(1),
    st.integers(-3, 4),
    st.integers(-2 * REACH, 2 * REACH),
    st.integers(-0x8000, 0x7FFF),
)
packets = st.lists(
    st.tuples(st.integers(0, ROWS - 1), steps, st.sampled_from([1, 1, 1, 1, 2]), st.integers(0, 9)),
    max_size=80,
)


@settings(deadline=None, max_examples=400)
@given(
    starts=st.lists(st.integers(0, 0xFFFF), min_size=ROWS, max_size=ROWS),
    packets=packets,
    cuts=st.lists(st.integers(0, 80), max_size=5),
    marked=st.integers(0, 80),
)
def test_batches_come_to_the_same_as_one_packet_after_another(
    starts: list[int],
    packets: list[tuple[int, int, int, int]],
    cuts: list[int],
    marked: int,
) -> None:
    ledger, models = Ledger(ROWS), [Model() for _ in range(ROWS)]
    at, sequences, laid_out = 0, list(starts), []
    for row, step, ssrc, wait in packets:
        at += wait
        sequences[row] = (sequences[row] + step) & 0xFFFF
        laid_out.append((row, sequences[row], ssrc, at))
    borders = sorted({0, len(laid_out), *(min(one, len(laid_out)) for one in (*cuts, marked))})
    for start, end in itertools.pairwise(borders):
        if start == min(marked, len(laid_out)):
            ledger.mark()
            for model in models:
                model.mark()
        part = laid_out[start:end]
        for row, sequence, ssrc, when in part:
            models[row].count(sequence, ssrc, when)
        columns = np.array(part, np.int64).T
        ledger.count(columns[0], columns[1].astype(">u2"), columns[2].astype(">u4"), columns[3])
    heard = np.array([model.highest is not None for model in models])
    reading = ledger.read(heard, 0)
    theirs = [model for model in models if model.highest is not None]
    assert reading.expected.tolist() == [model.expected for model in theirs]
    assert reading.received.tolist() == [model.received for model in theirs]
    assert reading.gaps.tolist() == [model.gaps for model in theirs]
    assert ledger.packets == len(laid_out)
    assert reading.longest.tolist() == [model.longest for model in theirs]


def count(ledger: Ledger, row: int, *sequences: int, at: int = 0, ssrc: int = 7) -> list[int]:
    size = len(sequences)
    new = ledger.count(
        np.full(size, row), np.array(sequences), np.full(size, ssrc), np.full(size, at)
    )
    return new.tolist()


def test_a_first_packet_is_told_once_and_only_the_whole_window_counts() -> None:
    ledger = Ledger(3)
    assert count(ledger, 0, 10, 11, at=5) == [0]
    assert count(ledger, 0, 12, at=6) == []
    assert ledger.first[0] == 5
    ledger.mark()
    assert count(ledger, 1, 1) == [1]
    count(ledger, 0, 13, at=9)
    assert ledger.throughout().tolist() == [True, False, False]


def test_what_was_sent_before_the_window_is_not_received_in_it() -> None:
    ledger = Ledger(1)
    count(ledger, 0, 10, 12)
    ledger.mark()
    count(ledger, 0, 11, 13)
    reading = ledger.read(ledger.throughout(), 0)
    assert (reading.expected.tolist(), reading.received.tolist()) == ([1], [1])
    assert ledger.duplicates == 1


def test_a_wait_that_still_goes_on_counts() -> None:
    ledger = Ledger(1)
    count(ledger, 0, 10, at=100)
    count(ledger, 0, 11, at=130)
    mask = np.array([True])
    assert ledger.read(mask, 140).longest.tolist() == [30]
    assert ledger.read(mask, 190).longest.tolist() == [60]


def test_a_row_that_is_somebody_elses_begins_anew() -> None:
    ledger = Ledger(1)
    count(ledger, 0, 10, 14)
    ledger.clear(0)
    assert count(ledger, 0, 40_000, ssrc=9, at=7) == [0]
    reading = ledger.read(np.array([True]), 7)
    assert (reading.expected.tolist(), reading.gaps.tolist()) == ([1], [0])
