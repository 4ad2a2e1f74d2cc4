"""afterparty.replay.plan.asking: requests to speak, apart from beats and from each other."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from afterparty.replay.plan.asking import APART_SECONDS, Wish, spread, taking_back

wishes = st.lists(st.tuples(st.floats(0, 60), st.floats(0, 40), st.floats(0, 1)), max_size=30).map(
    lambda drawn: [
        Wish(f"fan-{n:02}", since + along * length, since, since + length)
        for n, (since, length, along) in enumerate(drawn)
    ]
)
beats = st.lists(st.floats(0, 100), max_size=30).map(sorted)


@given(wishes, beats)
def test_everybody_asks_in_time_and_the_same_again(found: list[Wish], script: list[float]) -> None:
    asked = spread(found, list(script))
    assert asked == spread(reversed(found), list(script))
    assert asked.keys() == {wish.who for wish in found}
    for wish in found:
        assert wish.since <= asked[wish.who] <= wish.until


@given(
    st.lists(st.floats(0, 100), max_size=20),
    st.lists(st.integers(0, 20), max_size=20, unique=True),
)
def test_where_there_is_room_all_are_apart(meant: list[float], script: list[int]) -> None:
    asked = spread(
        [Wish(str(n), at, 0, 100) for n, at in enumerate(meant)],
        [5.0 * beat for beat in sorted(script)],
    )
    everything = sorted([*asked.values(), *(5.0 * beat for beat in script)])
    assert all(b - a > 0.25 for a, b in pairwise(everything))


def test_as_near_as_can_be() -> None:
    assert spread([Wish("a", 10.0, 0, 20)], [5.0]) == {"a": 10.0}
    assert spread([Wish("a", 10.1, 0, 20)], [10.0]) == {"a": 10.0 + APART_SECONDS}
    assert spread([Wish("a", 9.9, 0, 20)], [10.0]) == {"a": 10.0 - APART_SECONDS}
    assert spread([Wish("a", 10.1, 0, 10.2)], [10.0]) == {"a": 10.0 - APART_SECONDS}


def test_where_there_is_none_it_stays_as_it_was() -> None:
    assert spread([Wish("a", 10.1, 10, 10.2)], [10.0]) == {"a": 10.1}


def test_a_request_is_taken_back_before_one_goes() -> None:
    wish = taking_back("a", 10, 20)
    assert wish is not None
    assert wish.since < wish.at < wish.until == 20 - APART_SECONDS
    soon = taking_back("a", 10, 11)
    assert soon is not None
    assert 10 + APART_SECONDS <= soon.at <= 11 - APART_SECONDS
    assert taking_back("a", 10, 10.5) is None
