"""Whether a season's record book says what its claims say: pure, one judge a kind.

A claim whose evidence is missing does not hold, and the verdict says what was found.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from afterparty.replay.season.record import ClaimVerdict, EveningRecord
from afterparty.replay.verdict.expect import summed
from afterparty.replay.words import seasonform as s
from afterparty.wire.records import RecordView
from afterparty.wire.seasons import SeasonBook


@dataclass(frozen=True, slots=True)
class Evidence:
    """What claims are judged by."""

    books: Mapping[float, SeasonBook]
    """The record book as it was at each moment that a claim names, and at the season's end."""
    evenings: tuple[EveningRecord, ...]

    @property
    def latest(self) -> SeasonBook | None:
        """The book at the latest moment."""
        return self.books[max(self.books)] if self.books else None

    def evening(self, entry: RecordView) -> str:
        """The scenario of which an entry of the book is; empty: of none of this run."""
        known = {one.show: one.scenario.scenario for one in self.evenings if one.show}
        return known.get(entry.show or "", "")

    def room(self, entry: RecordView) -> str:
        """The scenario's name of an entry's room; empty: of none of this run."""
        known = {there: here for one in self.evenings for here, there in one.rooms}
        return known.get(entry.room or "", "")


Found = tuple[bool, str]
"""Held; what was found."""


def moments(season: s.SeasonWords) -> list[float]:
    """The moments whose book the claims need, the season's end the last."""
    named = {claim.at.timestamp() for claim in season.claims if not isinstance(claim, _TIMELESS)}
    return sorted({*named, season.until.timestamp()})


def judge(season: s.SeasonWords, evidence: Evidence) -> tuple[ClaimVerdict, ...]:
    """A verdict on each claim, in the season's order."""
    return tuple(
        ClaimVerdict(claim, *_JUDGES[type(claim)](evidence, claim)) for claim in season.claims
    )


def told(entry: RecordView, evening: str) -> str:
    """An entry of the book in words."""
    when = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    listeners = f"{entry.listeners:,} listeners"
    if entry.simulated_listeners:
        listeners += f" ({entry.simulated_listeners:,} simulated)"
    return f"“{entry.title}” of {evening or entry.by}, {listeners}, {when}"


def _book(evidence: Evidence, at: datetime) -> SeasonBook | None:
    return evidence.books.get(at.timestamp())


def _holds(evidence: Evidence, claim: s.Holds) -> Found:
    book = _book(evidence, claim.at)
    if book is None:
        return False, "the record book was not told"
    if claim.record == s.OVERALL:
        entry = book.line[-1] if book.line else None
    else:
        entry = next((era.holder for era in book.eras if era.era == claim.record), None)
    if entry is None:
        return False, "nobody holds it"
    evening = evidence.evening(entry)
    return evening == claim.scenario, told(entry, evening)


def _was_first(evidence: Evidence, claim: s.WasFirst) -> Found:
    book = evidence.latest
    if book is None:
        return False, "the record book was not told"
    first = next((one for one in book.firsts if one.first == claim.first), None)
    if first is None or first.record is None or first.at is None:
        return False, "nobody is"
    evening = evidence.evening(first.record)
    when = datetime.fromtimestamp(first.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    held = evening == claim.scenario and first.member == claim.who
    return held, f"{first.name} ({first.member}) in “{first.record.title}” of {evening}, {when}"


def _among_top(evidence: Evidence, claim: s.AmongTop) -> Found:
    book = _book(evidence, claim.at)
    if book is None:
        return False, "the record book was not told"
    entries = book.top[: claim.most]
    wanted = set(claim.tags)
    having = [entry for entry in entries if any(wanted <= set(one.tags) for one in entry.stage)]
    held = len(entries) == claim.most and len(having) == claim.count
    named = ", ".join(f"{_named(evidence, entry)} {entry.listeners:,}" for entry in entries)
    return held, f"{len(having)} of {len(entries)}: {named}" if entries else "the book is empty"


def _ranks(evidence: Evidence, claim: s.Ranks) -> Found:
    book = _book(evidence, claim.at)
    if book is None:
        return False, "the record book was not told"
    if len(book.top) < claim.place:
        return False, f"the book has {len(book.top)} entries"
    entry = book.top[claim.place - 1]
    evening, room = evidence.evening(entry), evidence.room(entry)
    held = evening == claim.scenario and claim.room in ("", room)
    return held, told(entry, evening)


def _enacted(evidence: Evidence, claim: s.Enacted) -> Found:
    known = {one.scenario.scenario: one for one in evidence.evenings}
    found = [_how(name, known.get(name)) for name in claim.scenarios]
    return all(held for held, _ in found), "; ".join(says for _, says in found)


def _how(name: str, evening: EveningRecord | None) -> Found:
    if evening is None:
        return False, f"{name} was not played"
    if evening.record is None:
        return False, f"{name} broke off: {evening.failure}"
    return evening.ok, f"{name}: {summed(evening.verdicts)}"


def _named(evidence: Evidence, entry: RecordView) -> str:
    return evidence.evening(entry) or entry.title


_TIMELESS = (s.WasFirst, s.Enacted)

_JUDGES: Mapping[type, Callable[[Evidence, Any], Found]] = MappingProxyType(
    {
        s.Holds: _holds,
        s.WasFirst: _was_first,
        s.AmongTop: _among_top,
        s.Ranks: _ranks,
        s.Enacted: _enacted,
    }
)
