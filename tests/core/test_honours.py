"""What a live room is due: records that fall with it, firsts that are made in it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.given import HOST, NOW, after, live

from afterparty.core import commands as c
from afterparty.core import honours
from afterparty.core.honours import OVERALL_TITLE, due, is_episode
from afterparty.core.model import SYSTEM, Holder, Role, Room, RoomKind, Show
from afterparty.core.records import OVERALL, Book, Entry, RecordKind, book_of, entry_of, holder
from afterparty.core.season import Era, FirstRule, Season

EARLY, LATE = Era("early", "Early", None, NOW), Era("late", "Late", NOW, None)
HOSTS = FirstRule("host", "First to host", ("artist",), Role.HOST, RoomKind.SPACE)
SEASON = Season("season", "A season", NOW - 1e6, NOW + 1e6, (EARLY, LATE), (HOSTS,))
SHOW = Show("show", "A show", simulated=True, season="season", tags={"hana": ("artist",)})


def rival(name: str, listeners: int, at: float, kind: RoomKind = RoomKind.SPACE) -> Entry:
    return Entry(
        name, RecordKind.ROOM, name.title(), listeners, at, True, "ann", name, room_kind=kind
    )


def now_of(room: Room, listeners: int, at: float = NOW + 9, show: Show = SHOW) -> Entry:
    return entry_of(room, show, NOW, listeners=listeners, simulated_listeners=0, at=at)


def keys(found: tuple[c.BreakRecord | c.MakeFirst, ...]) -> list[str]:
    return [one.record if isinstance(one, c.BreakRecord) else one.first for one in found]


MADE = after(live(), c.MakeFirst(SYSTEM, "host", "First to host", "hana", "Hana"))


def test_what_is_higher_than_all_before_breaks_the_record_of_all_and_of_its_era() -> None:
    book = book_of((rival("old", 90, NOW - 60), rival("new", 40, NOW + 1)))
    assert keys(due(book, SEASON, MADE, now_of(MADE, 40))) == [], "as many is no record"
    assert keys(due(book, SEASON, MADE, now_of(MADE, 41))) == ["late"]
    both = due(book, SEASON, MADE, now_of(MADE, 91))
    assert both == (
        c.BreakRecord(SYSTEM, OVERALL, OVERALL_TITLE, Holder("Old", 90, NOW - 60, "old")),
        c.BreakRecord(SYSTEM, "late", "Late", Holder("New", 40, NOW + 1, "new")),
    )
    broken = after(MADE, both[0])
    assert keys(due(book, SEASON, broken, now_of(broken, 91))) == ["late"]


def test_fewer_than_the_least_are_no_record() -> None:
    book = book_of((rival("old", 2, NOW - 60),))
    assert due(book, None, MADE, now_of(MADE, 19), 20) == ()
    (broken,) = due(book, None, MADE, now_of(MADE, 20), 20)
    assert isinstance(broken, c.BreakRecord)
    assert (broken.before.listeners, broken.least) == (2, 20)


def test_an_episode_is_one_where_a_rule_asks_for_a_series_and_somebody_fits() -> None:
    talks = replace(now_of(MADE, 1), series="talks")
    series = replace(SEASON, firsts=(replace(HOSTS, series=True),))
    assert is_episode(series, talks)
    assert not is_episode(series, replace(talks, series=None))
    assert not is_episode(series, replace(talks, stage=()))
    assert not is_episode(SEASON, talks)
    assert not is_episode(None, talks)


def test_where_nobody_was_before_there_is_no_record_to_break() -> None:
    assert due(Book(), SEASON, MADE, now_of(MADE, 99)) == ()
    later = book_of((rival("later", 5, NOW + 99),))
    assert due(later, SEASON, MADE, now_of(MADE, 99)) == (), "it stands for later"
    blue = book_of((rival("blue", 5, NOW - 9, RoomKind.BLUEROOM),))
    assert due(blue, SEASON, MADE, now_of(MADE, 99)) == (), "it counts something else"


def test_only_a_space_breaks_a_record_and_never_its_own() -> None:
    book = book_of((rival("old", 1, NOW - 60),))
    blue = replace(MADE, kind=RoomKind.BLUEROOM)
    assert due(book, SEASON, blue, now_of(blue, 99)) == ()
    mine = book_of((now_of(MADE, 5), rival("old", 1, NOW - 60)))
    held = due(mine, SEASON, MADE, now_of(MADE, 9))[0]
    assert isinstance(held, c.BreakRecord)
    assert held.before.title == "Old"


def test_who_is_first_on_the_stage_makes_the_first_once() -> None:
    room = live()
    (made,) = due(Book(), SEASON, room, now_of(room, 0))
    assert made == c.MakeFirst(SYSTEM, "host", "First to host", "hana", "Hana")
    assert due(Book(), SEASON, MADE, now_of(MADE, 0)) == ()
    assert due(Book(), None, room, now_of(room, 0)) == (), "no season, no rules"
    untagged = now_of(room, 0, show=replace(SHOW, tags={}))
    assert due(Book(), SEASON, room, untagged) == ()
    earlier = replace(now_of(room, 3), entry="another")
    before = replace(earlier, stage=tuple(replace(s, at=s.at - 1) for s in earlier.stage))
    assert due(book_of((before,)), SEASON, room, now_of(room, 0)) == ()
    after_it = replace(earlier, stage=tuple(replace(s, at=s.at + 1) for s in earlier.stage))
    assert keys(due(book_of((after_it,)), SEASON, room, now_of(room, 0))) == ["host"]


def test_the_others_are_looked_through_only_where_a_first_may_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(honours, "preceded", lambda *asked: looked.append(asked))
    for room, show, times in (
        (MADE, SHOW, 0),
        (live(), replace(SHOW, tags={}), 0),
        (live(), SHOW, 1),
    ):
        due(Book(), SEASON, room, now_of(room, 9, show=show))
        assert len(looked) == times


@given(
    st.lists(
        st.builds(rival, st.text("abc", min_size=1, max_size=2), st.integers(1, 6),
                  st.integers(-3, 12).map(lambda s: NOW + s)),
        unique_by=lambda one: one.entry,
        max_size=6,
    ),
    st.integers(0, 8),
)  # fmt: skip
def test_a_record_that_falls_is_held_by_the_room_from_then_on(
    rivals: list[Entry], listeners: int
) -> None:
    entry = now_of(MADE, listeners)
    found = keys(due(book_of(tuple(rivals)), SEASON, MADE, entry))
    before = [one for one in rivals if one.at <= entry.at]
    held = holder(book_of((*before, entry)))
    assert (OVERALL in found) is (bool(before) and held == entry)
    assert HOST.member == entry.by
