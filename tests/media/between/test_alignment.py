from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from afterparty.media.between.alignment import LEAD, MOST, Alignment


def test_a_steady_feed_is_moved_once_whatever_the_clocks_say() -> None:
    for offset in (-1_000_000, -3, 0, 7, 5_000_000):
        alignment = Alignment()
        places = [alignment.place(now + offset, now, silent=False) for now in range(10_000, 10_100)]
        assert places == list(range(10_000 + LEAD, 10_100 + LEAD))
        assert alignment.moved == 0


def test_a_packet_that_varies_less_than_the_lead_moves_nothing() -> None:
    alignment = Alignment()
    alignment.place(100, 1000, silent=False)
    for tick in range(101, 200):
        late = tick % LEAD
        assert alignment.place(tick, 900 + tick + late, silent=False) == 900 + tick + LEAD
    assert alignment.moved == 0


def test_a_late_packet_moves_all_that_follow_and_silence_brings_them_back() -> None:
    alignment = Alignment()
    alignment.place(0, 100, silent=False)
    assert alignment.place(1, 100 + 1 + 6, silent=False) == 107 + LEAD
    assert alignment.place(2, 102, silent=False) == 102 + 6 + LEAD, "one delay for all"
    assert alignment.place(3, 103, silent=True) == 103 + LEAD
    assert alignment.place(4, 104, silent=False) == 104 + LEAD


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), min_size=2))
def test_nothing_departs_in_the_past_or_much_later(steps: list[tuple[int, int, bool]]) -> None:
    alignment, tick, now = Alignment(), 500, 9_000
    placed = []
    for ahead, passed, silent in steps:
        tick, now = tick + ahead, now + passed
        place = alignment.place(tick, now, silent=silent)
        assert now < place <= now + MOST
        placed.append((tick, place, alignment.moved))
    for (tick, place, moved), (next_tick, next_place, next_moved) in pairwise(placed):
        if moved == next_moved:
            assert next_place - place == next_tick - tick
