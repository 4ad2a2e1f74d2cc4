"""A season told to people: ``season.html``, one page that needs nothing else and works offline.

What it says is in the template; here is only what the template is given. Every evening has a
report of its own beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from afterparty.pages import charts
from afterparty.pages.page import WIDE, Picture, both, template
from afterparty.replay.season.chart import Fall, Passage, Strip, evenings
from afterparty.replay.season.record import EveningRecord, Fallen, SeasonRecord
from afterparty.replay.verdict.record import HandoffRecord, Record, highest
from afterparty.replay.words.seasonform import OVERALL
from afterparty.wire.records import RecordView

NAME = "season.html"

FLOW_WIDTH = 420
"""Of the picture of a handoff, which is small enough for a phone and beside another."""


@dataclass(frozen=True, slots=True)
class EveningRow:
    """One evening in figures."""

    number: int
    evening: EveningRecord
    began: str
    """The date that it stands for."""
    peaks: list[tuple[str, int, int]]
    """Title of each room, its peak, and how many of that were simulated."""
    real: int
    """Members with connections of their own."""
    held: int
    of: int
    unasked: int
    """Expectations of sound, in a run without voices."""


@dataclass(frozen=True, slots=True)
class Way:
    """One handoff with its picture."""

    row: EveningRow
    source: str
    target: str
    handoff: HandoffRecord
    drawn: str


def write(folder: Path, season: SeasonRecord) -> Path:
    """Write the page into ``folder``, which is made if it is not there; the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / NAME
    page.write_text(season_html(season), "utf-8")
    return page


def season_html(season: SeasonRecord) -> str:
    """The page."""
    rows = [_row(number, one) for number, one in enumerate(season.evenings, 1)]
    return template("afterparty.replay", "season.html").render(
        season=season,
        rows=rows,
        quoted=[
            (quote, list(claims))
            for quote, claims in groupby(season.claims, key=lambda one: one.claim.quote)
        ],
        ways=[way for row in rows for way in _ways(row)],
        fallen=[
            (one, _when(one.at), _titled(season, one), _stood(season, one)) for one in season.fallen
        ],
        drawn=_drawn(season, rows),
        day=_day,
        when=_when,
        claims_held=sum(one.held for one in season.claims),
        unasked=sum(row.unasked for row in rows),
        evenings_held=sum(one.ok for one in season.evenings),
        real=sum(row.real for row in rows),
        simulated=sum(_simulated(row.evening) for row in rows),
        minutes=season.ended_at / 60,
        started=_when(season.started_at),
    )


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


def _when(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _row(number: int, evening: EveningRecord) -> EveningRow:
    record = evening.record
    return EveningRow(
        number=number,
        evening=evening,
        # The day where the evening took place, which may be another one in UTC.
        began=evening.scenario.begins.at.date().isoformat()
        if evening.scenario.begins
        else _day(evening.begins),
        peaks=[(room.title, *_peak(record, room.id)) for room in evening.scenario.rooms if record],
        real=sum(member.arrived_at is not None for member in record.members) if record else 0,
        held=sum(verdict.held for verdict in evening.verdicts),
        of=len(evening.verdicts),
        unasked=sum(not verdict.asked for verdict in evening.verdicts),
    )


def _peak(record: Record, room: str) -> tuple[int, int]:
    found = highest(record.polls, room)
    return found.peak, found.peak_simulated


def _simulated(evening: EveningRecord) -> int:
    """How many of the evening's audience had no connection."""
    record = evening.record
    return evening.scenario.listeners - len(record.listeners) if record else 0


def _titled(season: SeasonRecord, fallen: Fallen) -> str:
    for one in season.evenings:
        if one.scenario.scenario == fallen.scenario:
            return one.scenario.room(fallen.room).title
    return fallen.room


def _stood(season: SeasonRecord, fallen: Fallen) -> RecordView | None:
    """What stood at that moment by the book as it is now, if the record was no record by it:
    of evenings that go at once, none knows what another has come to."""
    if season.book is None or fallen.kind != "record":
        return None
    lines = {OVERALL: season.book.line, **{era.era: era.line for era in season.book.eras}}
    before = [entry for entry in lines.get(fallen.key, ()) if entry.at <= fallen.at]
    rooms = {
        (one.scenario.scenario, here): there for one in season.evenings for here, there in one.rooms
    }
    if not before or before[-1].room == rooms.get((fallen.scenario, fallen.room)):
        return None
    return before[-1] if before[-1].listeners >= (fallen.listeners or 0) else None


def _drawn(season: SeasonRecord, rows: list[EveningRow]) -> Picture | None:
    played = [row for row in rows if row.evening.record is not None]
    if not played:
        return None
    strips = [_strip(row, row.evening.record) for row in played if row.evening.record]
    falls = list(_falls(season, played))
    title = "Listeners of every evening, in order of date"
    return both(lambda width: evenings(title, strips, falls, width, down=width < WIDE))


def _strip(row: EveningRow, record: Record) -> Strip:
    evening = row.evening
    curves = {
        room.title: [
            (poll.asked * record.speed, float(poll.rooms[room.id].listeners))
            for poll in record.polls
            if room.id in poll.rooms
        ]
        for room in evening.scenario.rooms
    }
    return Strip(
        label=f"{row.number} {row.began[5:]}",
        title=evening.scenario.title,
        lasts=record.ended * record.speed,
        curves=curves,
        passages=list(_passages(evening, record)),
        held=evening.ok,
    )


def _passages(evening: EveningRecord, record: Record) -> Iterator[Passage]:
    for handoff in record.handoffs:
        if handoff.begun_at is None or handoff.closed_at is None or handoff.tally is None:
            continue
        before = [poll for poll in record.polls if poll.asked <= handoff.begun_at]
        after = [poll for poll in record.polls if poll.asked >= handoff.closed_at]
        if not before or not after:
            continue
        left, came = before[-1].rooms.get(handoff.room), after[0].rooms.get(handoff.to_room)
        rooms = (evening.scenario.room(handoff.room), evening.scenario.room(handoff.to_room))
        moved = handoff.tally["moved"]
        yield Passage(
            since=handoff.offered_at * record.speed,
            until=handoff.closed_at * record.speed,
            source=left.listeners if left else 0,
            target=came.listeners if came else 0,
            moved=moved,
            label=f"{moved:,} moved: {rooms[0].title} → {rooms[1].title}",
        )


def _falls(season: SeasonRecord, played: list[EveningRow]) -> Iterator[Fall]:
    """The line of the overall record, as the book has it at the end."""
    places = {show: n for n, row in enumerate(played) if (show := row.evening.show)}
    for entry in season.book.line if season.book else ():
        place = places.get(entry.show or "")
        if place is None:
            continue
        yield Fall(
            place,
            entry.at - played[place].evening.begins,
            entry.listeners,
            f"{entry.listeners:,}: {entry.title}",
        )


def _ways(row: EveningRow) -> Iterator[Way]:
    record = row.evening.record
    for handoff in record.handoffs if record else ():
        if handoff.tally is None:
            continue
        ways = {way: handoff.tally[way] for way in ("moved", "declined", "lost")}
        scenario = row.evening.scenario
        source, target = (scenario.room(one).title for one in (handoff.room, handoff.to_room))
        title = f"Handoff from {source} to {target}: {ways['moved']:,} moved"
        yield Way(
            row,
            source,
            target,
            handoff,
            charts.flow(title, "offered", ways, FLOW_WIDTH),
        )
