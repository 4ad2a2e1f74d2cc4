from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from afterparty.media.tape.chunk import Run
from afterparty.media.tape.reel import Entry, Piece
from afterparty.node.tape import marks as module
from afterparty.node.tape.marks import CHAPTER_TICKS, PAUSE_TICKS, Mark, chapters, levels, marks
from afterparty.node.tape.story import Held

NOON = 50 * 1_000_000


def piece(tick: int, *runs: Run, ticks: int = 50, skip: int = 0, used: int = 50) -> Piece:
    entry = Entry(tick, ticks, runs, 0, 0)
    return Piece(Path("part"), entry, skip, min(used, ticks - skip))


def holder(csrc: int, at: float) -> Held | None:
    """Numbers below 10 are somebody's; 9 changes hands at noon and 10 s."""
    if csrc == 9:
        csrc = 1 if at < NOON / 50 + 10 else 2
    return Held(0.0, f"m{csrc}", f"Name {csrc}") if csrc < 10 else None


def test_stretches_are_joined_over_short_pauses() -> None:
    pieces = [
        piece(NOON, Run(1, 10, 40, 20)),
        piece(NOON + 50, Run(1, 0, 30, 20), Run(2, 40, 10, 30)),
        piece(NOON + 100, Run(1, 20, 10, 20)),  # 40 ticks later
        piece(NOON + 150, Run(99, 0, 50, 20)),
        piece(NOON + 200, Run(1, 20, 10, 20)),  # 90 ticks later
    ]
    found = marks(pieces, NOON, NOON + 250, holder)
    assert found == [
        Mark("m1", "Name 1", 10, 130),
        Mark("m2", "Name 2", 90, 100),
        Mark("m1", "Name 1", 220, 230),
    ]


def test_only_what_is_played_is_marked() -> None:
    pieces = [piece(NOON, Run(1, 0, 50, 20), skip=20, used=20), piece(NOON + 500, Run(1, 0, 5, 20))]
    assert marks(pieces, NOON + 30, NOON + 400, holder) == [Mark("m1", "Name 1", 0, 10)]
    assert marks(pieces, NOON, NOON + 505, holder)[0] == Mark("m1", "Name 1", 20, 40)
    assert levels(pieces, NOON + 40, NOON + 90) == [(0.0, -127)]


def test_a_number_that_changed_hands_is_marked_as_whose_it_was() -> None:
    pieces = [piece(NOON + 50 * n, Run(9, 0, 50, 20)) for n in range(20)]
    found = marks(pieces, NOON, NOON + 1000, holder)
    assert found == [Mark("m1", "Name 1", 0, 500), Mark("m2", "Name 2", 500, 1000)]


def test_the_loudest_of_each_second_is_told() -> None:
    pieces = [
        piece(NOON, Run(1, 0, 50, 30), Run(2, 10, 5, 12)),
        piece(NOON + 100, Run(1, 0, 20, 40), ticks=30),
        piece(NOON + 130, Run(1, 10, 30, 25), ticks=40),
    ]
    found = levels(pieces, NOON, NOON + 210)
    assert found == [(0.0, -12), (1.0, -127), (2.0, -25), (3.0, -25), (4.0, -127)]


@given(st.integers(1, 50 * 3600 * 13))
def test_a_waveform_has_only_so_many_points(ticks: int) -> None:
    found = levels([], NOON, NOON + ticks)
    assert len(found) <= module.LEVELS_MOST
    step = found[1][0] if len(found) > 1 else 1.0
    assert (len(found) - 1) * step < ticks / 50 <= len(found) * step
    assert step == 1.0 or len(found) > module.LEVELS_MOST / 2


def test_a_long_evening_has_only_so_many_marks_and_chapters() -> None:
    pieces = [piece(NOON + 300 * n, Run(1 + n % 2, 0, 40, 20), ticks=50) for n in range(12_000)]
    found = marks(pieces, NOON, NOON + 300 * 12_000, holder)
    assert 0 < len(found) <= module.MARKS_MOST
    many = [Mark(f"m{n % 2}", "x", 100 * n, 100 * n + 26 + n % 60) for n in range(5000)]
    assert len(chapters(many)) == 999
    assert chapters(many) == sorted(chapters(many))


def test_chapters_are_whose_turn_it_is() -> None:
    spoken = [
        Mark("a", "Jae", 40, 400),
        Mark("b", "Min", 200, 200 + CHAPTER_TICKS - 1),
        Mark("a", "Jae", 410 + PAUSE_TICKS, 600),
        Mark("b", "Min", 610, 700),
    ]
    assert chapters(spoken) == [(40, "Jae"), (610, "Min")]
    assert chapters([]) == []
