"""afterparty.replay.verdict.headcount: how many were surely there, and how many possibly."""

from hypothesis import given
from hypothesis import strategies as st

from afterparty.replay.verdict.headcount import (
    INFINITE,
    Doubt,
    Headcount,
    Lost,
    Shift,
    StepDone,
    shifts_in_doubt,
    shifts_of,
    shifts_of_lost,
)

STEPS = [
    StepDone(1.0, 2.0, 5, came={"a": 5}),
    StepDone(3.0, 4.0, 3, came={"b": 2}, went={"a": 2}),
    StepDone(5.0, 6.0, 9, came={"a": 9}, code="room_over"),
]


def head(room: str, steps: list[StepDone], doubts: tuple[Doubt, ...] = ()) -> Headcount:
    found = [*shifts_of(steps), *shifts_in_doubt(doubts)]
    return Headcount(shift for shift in found if shift.room == room)


def test_what_is_answered_is_sure_and_what_is_asked_is_possible() -> None:
    a, b = head("a", STEPS), head("b", STEPS)
    assert a.between(0.1, 0.2) == (0, 0)
    assert a.between(1.2, 1.3) == (0, 5), "under way"
    assert a.between(0.5, 1.1) == (0, 5), "began while it was counted"
    assert a.between(2.1, 2.2) == (5, 5)
    assert a.between(3.2, 3.3) == (3, 5), "may be gone"
    assert b.between(3.2, 3.3) == (0, 2)
    assert (a.between(4.5, 4.6), b.between(4.5, 4.6)) == ((3, 3), (2, 2))
    assert a.between(9, 9) == (3, 3), "refused for good changes nothing"


def test_what_is_never_answered_stays_possible() -> None:
    assert head("a", [StepDone(1.0, None, 5, came={"a": 5})]).between(99, 99) == (0, 5)


def test_a_doubt_is_never_sure_and_ends_when_it_is_settled() -> None:
    doubted = head("a", STEPS[:1], (Doubt(3.0, 7.0, "a", 2), Doubt(8.0, None, "a", 1)))
    assert doubted.between(2.5, 2.6) == (5, 5)
    assert doubted.between(4, 4) == (5, 7)
    assert doubted.between(7.5, 7.6) == (5, 5)
    assert doubted.between(9, 99) == (5, 6)


def test_whom_a_node_took_along_went_between_two_counts() -> None:
    lost = Lost(("n",), 4.0, 5.0, {"a": 2, "b": 1})
    shifts = [*shifts_of(STEPS[:1]), *shifts_of_lost([lost])]
    a = Headcount(shift for shift in shifts if shift.room == "a")
    assert [a.between(at, at) for at in (3.9, 4.5, 5.1)] == [(5, 5), (3, 5), (3, 3)]


def test_who_may_have_gone_is_never_surely_there_until_they_are_gone() -> None:
    doubted = head("a", STEPS[:1], (Doubt(3.0, 7.0, "a", -2),))
    assert [doubted.between(at, at) for at in (2.5, 4, 7.5)] == [(5, 5), (3, 5), (5, 5)]


times = st.floats(0, 10)


@given(
    st.lists(st.tuples(times, times, st.floats(0, 1), st.integers(1, 9)), max_size=20),
    times,
    times,
)
def test_whenever_each_came_the_count_lies_between(
    found: list[tuple[float, float, float, int]], one: float, other: float
) -> None:
    asked, answered = sorted((one, other))
    shifts, true = [], 0
    for a, b, along, many in found:
        since, until = sorted((a, b))
        shifts.append(Shift("a", since, until, many))
        true += many if since + along * (until - since) <= (asked + answered) / 2 else 0
    least, most = Headcount([*shifts, Shift("a", INFINITE, INFINITE, 1)]).between(asked, answered)
    assert least <= true <= most
