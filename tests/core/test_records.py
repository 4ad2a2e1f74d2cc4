"""The record book: one order whatever order it was written in, ranks, and the line."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from afterparty.core.records import Book, Entry, RecordKind, book_of, insert, line, top


def entry(name: str, listeners: int, at: float) -> Entry:
    return Entry(name, RecordKind.LOADTEST, f"Test {name}", listeners, at, True, "ann")


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [one.entry for one in entries]


def written(entries: list[Entry]) -> Book:
    book = Book()
    for one in entries:
        book = insert(book, one)
    return book


# Few values of each, so that they collide.
entries = st.lists(
    st.builds(entry, st.sampled_from("abcdefgh"), st.integers(1, 5), st.integers(0, 5)),
    max_size=12,
)
distinct = st.lists(
    st.builds(entry, st.text("abc", min_size=1, max_size=3), st.integers(1, 6), st.integers(0, 6)),
    max_size=12,
    unique_by=lambda one: one.entry,
)


@given(distinct, st.randoms())
def test_the_order_of_writing_does_not_matter(found: list[Entry], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own Random
    assert written(shuffled) == written(found) == book_of(tuple(found))


@given(entries)
def test_of_one_identity_the_first_stays(found: list[Entry]) -> None:
    book = written(found)
    assert book == book_of(tuple(found))
    assert sorted(names(book.entries)) == sorted({one.entry for one in found})
    for one in book.entries:
        assert one == next(other for other in found if other.entry == one.entry)
        assert insert(book, replace(one, listeners=99)) is book


@given(distinct, st.integers(0, 15))
def test_the_top_is_nobody_s_to_beat(found: list[Entry], most: int) -> None:
    best = top(written(found), most)
    assert len(best) == min(most, len(found))
    for one in found:
        if one not in best:
            assert all((other.listeners, -other.at) >= (one.listeners, -one.at) for other in best)
    for before, after in pairwise(best):
        assert before.listeners > after.listeners or (
            before.listeners == after.listeners and before.at <= after.at
        )


@given(distinct)
def test_the_line_is_who_held_the_record_at_each_time(found: list[Entry]) -> None:
    book = written(found)
    holders = line(book)
    assert all(a.listeners < b.listeners for a, b in pairwise(holders))
    for when in range(-1, 8):
        then = top(book.until(when), 1)
        holding = [one for one in holders if one.at <= when]
        assert names(tuple(holding[-1:])) == names(then)


def test_a_late_entry_corrects_the_line() -> None:
    book = written([entry("a", 100, 1.0), entry("c", 300, 3.0)])
    assert names(line(book)) == ["a", "c"]
    assert names(line(insert(book, entry("b", 200, 2.0)))) == ["a", "b", "c"]
    assert names(line(insert(book, entry("b", 400, 2.0)))) == ["a", "b"]
    assert names(line(insert(book, entry("b", 100, 2.0)))) == ["a", "c"], "equal is no record"
    assert names(line(insert(book, entry("b", 300, 0.0)))) == ["b"]
    assert names(line(insert(book, entry("b", 400, 2.0)).until(1.5))) == ["a"]
