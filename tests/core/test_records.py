"""The record book: one order whatever order it was written in, ranks, and the line."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.core.given import NOW, live

from afterparty.core.model import Person, Role, RoomKind, Show
from afterparty.core.records import (
    Appearance,
    Book,
    Entry,
    First,
    RecordKind,
    book_of,
    comparable,
    entry_of,
    first,
    fits,
    holder,
    insert,
    line,
    preceded,
    top,
    within,
)
from afterparty.core.season import Era, FirstRule


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


# A season's book: spaces and others, of few members, tags and series, so that they collide.
TAGS = ("artist", "film")
appearances = st.builds(
    Appearance,
    st.sampled_from("mno"),
    st.just("Somebody"),
    st.sampled_from([Role.HOST, Role.SPEAKER]),
    st.lists(st.sampled_from(TAGS), unique=True, max_size=2).map(tuple),
    st.integers(0, 6),
)


def _room(
    name: str,
    listeners: int,
    at: float,
    kind: RoomKind | None,
    series: str | None,
    stage: tuple[Appearance, ...],
) -> Entry:
    return replace(
        entry(name, listeners, at), kind=RecordKind.ROOM, room_kind=kind, series=series, stage=stage
    )


rooms = st.lists(
    st.builds(
        _room,
        st.text("abc", min_size=1, max_size=3),
        st.integers(0, 6),
        st.integers(0, 6),
        st.sampled_from([RoomKind.SPACE, RoomKind.SPACE, RoomKind.BLUEROOM, None]),
        st.sampled_from([None, "talks", "films"]),
        st.lists(appearances, max_size=3).map(tuple),
    ),
    max_size=10,
    unique_by=lambda one: one.entry,
)
eras = st.builds(
    Era,
    st.just("era"),
    st.just("An era"),
    st.none() | st.integers(0, 6),
    st.none() | st.integers(0, 6),
)
rules = st.builds(
    FirstRule,
    st.just("rule"),
    st.just("A first"),
    st.lists(st.sampled_from(TAGS), unique=True, max_size=2).map(tuple),
    st.sampled_from([Role.HOST, Role.SPEAKER]),
    st.sampled_from(RoomKind),
    st.booleans(),
)


@given(rooms, eras, st.integers(-1, 8))
def test_the_holder_is_the_highest_space_of_the_era_until_then(
    found: list[Entry], era: Era, when: int
) -> None:
    held = holder(within(written(found).until(when), era))
    rivals = [
        one
        for one in found
        if one.room_kind is RoomKind.SPACE
        and one.at <= when
        and (era.since is None or era.since <= one.at)
        and (era.until is None or one.at < era.until)
    ]
    if held is None:
        assert rivals == []
        return
    most = max(one.listeners for one in rivals)
    of_most = sorted((one.at, one.entry) for one in rivals if one.listeners == most)
    assert (held.at, held.entry) == of_most[0]
    assert line(comparable(within(written(found).until(when), era)))[-1] == held


def naive(found: list[Entry], rule: FirstRule) -> tuple[float, str, str] | None:
    """The moment, entry and member of a first, by walking through time."""
    fitting: list[tuple[float, str, str, str | None]] = []
    for one in found:
        if one.room_kind is not rule.kind:
            continue
        moments = [
            (seen.at, one.entry, seen.member, one.series)
            for seen in one.stage
            if seen.role is rule.role and all(tag in seen.tags for tag in rule.tags)
        ]
        if moments:
            fitting.append(min(moments, key=lambda moment: (moment[0], moment[2])))
    begun: set[str] = set()
    for at, name, member, series in sorted(fitting, key=lambda moment: moment[:3]):
        if not rule.series:
            return at, name, member
        if series is not None and series in begun:
            return at, name, member
        if series is not None:
            begun.add(series)
    return None


@given(rooms, rules, st.randoms(), st.integers(-1, 8))
def test_who_was_first_at_any_date_does_not_depend_on_the_order_of_entry(
    found: list[Entry], rule: FirstRule, chance: object, when: int
) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own Random
    seen = [
        replace(one, stage=tuple(seen for seen in one.stage if seen.at <= when)) for one in found
    ]
    book = written(shuffled)
    assert told(first(book, rule)) == naive(found, rule)
    assert told(first(book, rule, when)) == naive(seen, rule)
    plain = replace(rule, series=False)
    before = [fit for fit in fits(book, plain) if not preceded(book, fit)]
    assert before == [made for made in [first(book, plain)] if made is not None]


def told(made: First | None) -> tuple[float, str, str] | None:
    """A first as ``naive`` tells it."""
    return made and (made.appearance.at, made.entry.entry, made.appearance.member)


def test_a_late_room_of_an_earlier_date_is_the_first() -> None:
    rule = FirstRule("host", "First", ("artist",), Role.HOST, RoomKind.SPACE)

    def hosted(name: str, at: float) -> Entry:
        host = Appearance(name, name.title(), Role.HOST, ("artist", "film"), at)
        return _room(name, 5, at, RoomKind.SPACE, None, (host,))

    book = written([hosted("b", 2.0)])
    made = first(book, rule)
    assert made is not None
    assert made.appearance.member == "b"
    made = first(insert(book, hosted("a", 1.0)), rule)
    assert made is not None
    assert (made.appearance.member, made.entry.entry) == ("a", "a")


def test_an_episode_alone_is_no_series() -> None:
    rule = FirstRule("series", "First series", (), Role.HOST, RoomKind.SPACE, series=True)

    def episode(name: str, at: float, series: str) -> Entry:
        host = Appearance("kim", "Kim", Role.HOST, (), at)
        return _room(name, 5, at, RoomKind.SPACE, series, (host,))

    book = written([episode("a", 1.0, "talks"), episode("b", 2.0, "films")])
    assert first(book, rule) is None
    made = first(insert(book, episode("c", 3.0, "films")), rule)
    assert made is not None
    assert made.entry.entry == "c"
    made = first(insert(insert(book, episode("c", 3.0, "films")), episode("d", 2.5, "talks")), rule)
    assert made is not None
    assert made.entry.entry == "d"


def test_a_room_s_entry_says_what_its_moments_stand_for() -> None:
    show = Show(
        "show",
        "A show",
        simulated=True,
        season="of-2021",
        stands_for=5000.0,
        speed=60.0,
        tags={"hana": ("artist",)},
    )
    room = live()
    found = entry_of(room, show, NOW - 1.0, listeners=9, simulated_listeners=8, at=NOW + 2.0)
    assert (found.entry, found.at, found.listeners) == (":room:party", 5180.0, 9)
    assert (found.season, found.room_kind, found.host) == ("of-2021", RoomKind.SPACE, "Hana")
    assert (found.simulated, found.simulated_listeners, found.live) == (True, 8, True)
    host = next(seen for seen in found.stage if seen.role is Role.HOST)
    assert host == Appearance("hana", "Hana", Role.HOST, ("artist",), 5060.0)
    assert all(seen.tags == () for seen in found.stage if seen != host)
    nameless = replace(room.seats["hana"], person=Person("hana", "hana"))
    assert entry_of(
        replace(room, seats={"hana": nameless}), Show("s", "S"), None,
        listeners=1, simulated_listeners=0, at=NOW,
    ).host == "hana"  # fmt: skip
