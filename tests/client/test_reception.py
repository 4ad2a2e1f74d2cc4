"""The accounting of a listener: a table of sequences, and a model for everything else."""

import itertools
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterparty.client.reception import MAX_DROPOUT, WINDOW, Reception, ReceptionStats

SSRC = 7


def receive(steps: list[tuple[int, int]], ticks: int = 1, ssrc: int = SSRC) -> Reception:
    """Feed `(sequence, tick)` pairs, 20 ms apart."""
    reception = Reception()
    for place, (sequence, tick) in enumerate(steps):
        reception.receive(
            sequence & 0xFFFF, (tick * 960) & 0xFFFFFFFF, ssrc, ticks, 100, 10.0 + place * 0.02
        )
    return reception


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([(5, 5), (6, 6), (7, 7)], {"packets": 3, "bytes": 300}, id="all there"),
        pytest.param(
            [(5, 5), (6, 6), (9, 9)],
            {"gaps": 1, "missing": 2, "longest_silence_ticks": 2},
            id="two lost",
        ),
        pytest.param(
            [(5, 5), (7, 7), (6, 6), (8, 8)],
            {"gaps": 1, "missing": 0, "late": 1, "longest_silence_ticks": 1},
            id="swapped",
        ),
        pytest.param([(5, 5), (6, 6), (5, 5)], {"duplicates": 1}, id="sent twice"),
        pytest.param([(5, 5), (4, 4)], {"stray": 1}, id="older than the beginning"),
        pytest.param(
            [(5, 5), (6, 25), (7, 45)],
            {"jumps": 2, "missed_ticks": 38, "longest_silence_ticks": 19},
            id="comfort packets of a silent room",
        ),
        pytest.param(
            [(5, 5), (8, 10)],
            {
                "gaps": 1,
                "missing": 2,
                "jumps": 1,
                "missed_ticks": 2,
                "longest_silence_ticks": 4,
            },
            id="loss explains only part of the step",
        ),
        pytest.param([(5, 5), (6, 5)], {"backward_jumps": 1}, id="time stands still"),
        pytest.param([(5, 5), (6, 2)], {"backward_jumps": 1}, id="time goes back"),
        pytest.param(
            [(5, 5), (40_000, 6), (40_001, 7), (40_002, 8)],
            {"stray": 1, "restarts": 1},
            id="the sender began anew",
        ),
        pytest.param(
            [(5, 5), (40_000, 6), (6, 6), (40_001, 7)], {"stray": 2}, id="strays begin nothing"
        ),
        pytest.param(
            [(65_535, 2**32 // 960), (0, 2**32 // 960 + 1)], {"gaps": 0}, id="both wrap around"
        ),
    ],
)
def test_table(steps: list[tuple[int, int]], expected: dict[str, int]) -> None:
    counts = {
        "gaps": 0, "missing": 0, "duplicates": 0, "late": 0, "stray": 0, "restarts": 0,
        "ssrc_changes": 0, "jumps": 0, "missed_ticks": 0, "backward_jumps": 0,
        "longest_silence_ticks": 0, "packets": len(steps), "bytes": 100 * len(steps),
    }  # fmt: skip
    stats = asdict(receive(steps).stats())
    assert {name: stats[name] for name in counts} == counts | expected


def test_lanes_explain_their_ticks() -> None:
    stats = receive([(1, 0), (2, 6), (4, 18)], ticks=6).stats()
    assert (stats.missing, stats.jumps, stats.longest_silence_ticks) == (1, 0, 6)


def test_a_new_ssrc_is_counted_and_begins_anew() -> None:
    reception = receive([(5, 5), (6, 6)])
    assert reception.receive(900, 960, SSRC + 1, 1, 100, 11.0)
    stats = reception.stats()
    assert (stats.ssrc, stats.ssrc_changes, stats.missing, stats.backward_jumps) == (8, 1, 0, 0)


def test_waits_and_mark() -> None:
    reception = receive([(5, 5), (6, 16)])
    reception.receive(7, 17 * 960, SSRC, 1, 100, 15.0)
    first = reception.mark()
    assert first.longest_wait == pytest.approx(15.0 - 10.02)
    assert first.longest_silence_ticks == 10
    assert (first.first_packet_at, first.last_packet_at) == (10.0, 15.0)
    reception.receive(8, 18 * 960, SSRC, 1, 100, 15.5)
    second = reception.stats()
    assert (second.longest_silence_ticks, second.longest_wait) == (0, 0.5)
    assert second.packets == 4
    assert reception.stats(now=18.5).longest_wait == 3.0


def test_nothing_received() -> None:
    assert Reception().stats(now=99.0) == ReceptionStats()
    assert not Reception().saw(0)


def test_replayed_packets_are_duplicates() -> None:
    reception = receive([(5, 5), (7, 7)])
    assert (reception.saw(5), reception.saw(6), reception.saw(7), reception.saw(8)) == (
        True, False, True, False,
    )  # fmt: skip
    reception.repeat()
    assert (reception.stats().packets, reception.stats().duplicates) == (3, 1)


@settings(deadline=None)
@given(
    start=st.integers(0, 65_535),
    tick=st.integers(0, 2**32 // 960),
    ticks=st.sampled_from([1, 3, 6]),
    lost=st.lists(st.booleans(), min_size=2, max_size=400),
)
def test_loss_is_exact_across_wraps(start: int, tick: int, ticks: int, lost: list[bool]) -> None:
    kept = [0, *(n for n, gone in enumerate(lost, start=1) if not gone)]
    stats = receive([(start + n, tick + n * ticks) for n in kept], ticks).stats()
    steps = [later - earlier for earlier, later in itertools.pairwise(kept)]
    assert stats.packets == len(kept)
    assert stats.missing == sum(step - 1 for step in steps)
    assert stats.gaps == sum(step > 1 for step in steps)
    assert stats.longest_silence_ticks == max((step - 1 for step in steps), default=0) * ticks
    assert (stats.late, stats.duplicates, stats.stray, stats.jumps) == (0, 0, 0, 0)
    assert stats.missed_ticks == stats.backward_jumps == stats.restarts == 0


@settings(deadline=None)
@given(
    start=st.integers(0, 65_535),
    order=st.permutations(range(1, 40)),
    again=st.lists(st.integers(0, 39), max_size=20),
)
def test_disorder_and_repetition_lose_nothing(
    start: int, order: list[int], again: list[int]
) -> None:
    arrivals = [0, *order, *again]
    stats = receive([(start + n, 1000 + n) for n in arrivals]).stats()
    assert stats.packets == len(arrivals)
    assert stats.missing == 0
    assert stats.duplicates == len(again)
    records = sum(n > max([0, *order[:place]]) for place, n in enumerate(order))
    assert stats.late == len(order) - records


@settings(deadline=None)
@given(
    packets=st.lists(
        st.tuples(st.integers(0, 65_535), st.integers(0, 2**32 - 1), st.integers(0, 2)),
        max_size=300,
    )
)
def test_no_packet_is_counted_twice_or_not_at_all(packets: list[tuple[int, int, int]]) -> None:
    reception = Reception()
    fresh = 0
    for place, (sequence, timestamp, ssrc) in enumerate(packets):
        fresh += reception.receive(sequence, timestamp, ssrc, 1, 1, float(place))
    stats = reception.stats()
    assert stats.packets == len(packets)
    assert fresh + stats.late + stats.duplicates + stats.stray == len(packets)
    assert 0 <= stats.missing <= MAX_DROPOUT * len(packets)
    assert stats.restarts <= stats.stray


def test_beyond_the_window_nothing_is_guessed() -> None:
    reception = receive([(n, n) for n in range(WINDOW + 10)])
    assert not reception.receive(3, 3 * 960, SSRC, 1, 100, 99.0)
    assert (reception.stats().stray, reception.stats().duplicates) == (1, 0)
