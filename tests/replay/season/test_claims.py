"""Claims are held by the record book alone, and say what was found where they are not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.replay.littleseason import FIRST, SEASON, SECOND

from afterparty.core.records import RecordKind
from afterparty.replay.season.claims import Evidence, judge, moments
from afterparty.replay.season.record import EveningRecord
from afterparty.replay.verdict.record import Record
from afterparty.replay.words.loading import parse
from afterparty.replay.words.seasonload import parse as parse_season
from afterparty.wire.records import AppearanceView, RecordView
from afterparty.wire.seasons import EraView, FirstView, SeasonBook

WORDS = parse_season(SEASON)
AT = 1_620_000_000.0


def entry(name: str, listeners: int, *tags: str) -> RecordView:
    """An entry of the book, of a space of an evening."""
    room = {"first": "first-room", "second": "second-space"}[name]
    return RecordView(
        entry=f"room-{name}",
        kind=RecordKind.ROOM,
        title=f"The {name} room",
        listeners=listeners,
        at=AT,
        simulated=True,
        by="ana",
        room=f"{room}-x",
        show=f"{name}-x",
        stage=[AppearanceView(member="ana", name="Ana", role="host", tags=list(tags), at=AT)],
    )


def book(**changes: Any) -> SeasonBook:
    """A book in which every claim is true."""
    low, high = entry("first", 3, "band", "synthetic"), entry("second", 8, "synthetic")
    body = {
        "season": "small-x",
        "title": WORDS.title,
        "since": 0.0,
        "until": 1.0,
        "by": "keeper",
        "at": 1.0,
        "top": [high, low],
        "line": [low, high],
        "eras": [era(high)],
        "firsts": [first(low)],
    }
    return SeasonBook(**body | changes)


def era(holder: RecordView | None) -> EraView:
    return EraView(era="spring", title="Spring", since=0, until=None, holder=holder, line=[])


def first(record: RecordView | None, member: str = "ana") -> FirstView:
    return FirstView(
        first="band-host", title="First", record=record, member=member, name="Ana",
        at=AT if record else None,
    )  # fmt: skip


def evening(text: str) -> EveningRecord:
    """An evening of which nothing was expected."""
    scenario = parse(text)
    return EveningRecord(
        scenario=scenario,
        begins=AT,
        basis="synthetic",
        began_at=0.0,
        ended_at=1.0,
        show=f"{scenario.scenario}-x",
        rooms=tuple((form.id, f"{form.id}-x") for form in scenario.rooms),
        record=Record(scenario.scenario, "", "", 0.0, 1.0, 1),
    )


EVENINGS = (evening(FIRST), evening(SECOND))


def verdicts(
    found: SeasonBook | None, evenings: tuple[EveningRecord, ...] = EVENINGS
) -> Mapping[str, tuple[bool, str]]:
    books = dict.fromkeys(moments(WORDS), found) if found else {}
    judged = judge(WORDS, Evidence(books, evenings))
    return {one.claim.kind: (one.held, one.measured) for one in judged}


def test_a_book_that_says_so_holds_them_all() -> None:
    found = verdicts(book())
    assert {kind for kind, (held, _) in found.items() if not held} == set()
    assert "8 listeners" in found["holder"][1]
    assert found["top"][1] == "1 of 2: second 8, first 3"


def test_the_book_is_asked_as_it_was_at_each_moment_and_at_the_end() -> None:
    named = {claim.at.timestamp() for claim in WORDS.claims if hasattr(claim, "at")}
    assert moments(WORDS) == sorted({*named, WORDS.until.timestamp()})


BAND = entry("second", 8, "band")


@pytest.mark.parametrize(
    ("kind", "found", "says"),
    [
        ("holder", book(eras=[era(entry("first", 9))]), "of first, 9 listeners"),
        ("holder", book(eras=[era(None)]), "nobody holds it"),
        ("holder", book(eras=[]), "nobody holds it"),
        ("first", book(firsts=[first(entry("second", 8))]), "of second"),
        ("first", book(firsts=[first(entry("first", 3), "cem")]), "(cem)"),
        ("first", book(firsts=[first(None)]), "nobody is"),
        ("first", book(firsts=[]), "nobody is"),
        ("top", book(top=[BAND, entry("first", 3, "band")]), "2 of 2"),
        ("top", book(top=[BAND, entry("first", 3)][:1]), "1 of 1"),
        ("top", book(top=[]), "the book is empty"),
        ("rank", book(top=[entry("first", 3), BAND]), "of second"),
        ("rank", book(top=[BAND]), "the book has 1 entries"),
        ("rank", book(top=[BAND, BAND]), "of second"),
    ],
)
def test_a_book_that_says_something_else_fails_a_claim(
    kind: str, found: SeasonBook, says: str
) -> None:
    held, measured = verdicts(found)[kind]
    assert not held
    assert says in measured


@pytest.mark.parametrize("kind", ["holder", "first", "top", "rank"])
def test_without_a_book_nothing_holds(kind: str) -> None:
    assert verdicts(None)[kind] == (False, "the record book was not told")


def test_an_overall_record_is_the_last_of_the_line() -> None:
    overall = parse_season(SEASON.replace("record: spring", "record: overall"))
    low = entry("first", 3)
    for line, held in (([low, BAND], True), ([low], False), ([], False)):
        books = dict.fromkeys(moments(overall), book(line=line))
        assert judge(overall, Evidence(books, EVENINGS))[0].held is held


def test_evenings_hold_if_all_that_they_expect_does() -> None:
    assert verdicts(book())["evenings"][0]
    broken = replace(EVENINGS[1], record=None, failure="It broke.")
    held, measured = verdicts(book(), (EVENINGS[0], broken))["evenings"]
    assert not held
    assert "second broke off: It broke." in measured
    held, measured = verdicts(book(), EVENINGS[:1])["evenings"]
    assert not held
    assert "second was not played" in measured
