"""A season's record in which everything went as planned, in little: two evenings and two claims.

Made from the sample records of evenings; tests spoil one thing in it at a time, and the season's
page is drawn from it.
"""

from pathlib import Path

from tests.replay.sample import sample_record

from afterparty.core.records import RecordKind
from afterparty.replay.season.record import ClaimVerdict, EveningRecord, Fallen, SeasonRecord
from afterparty.replay.verdict.expect import judge
from afterparty.replay.words.loading import load
from afterparty.replay.words.seasonform import (
    Claim,
    EraWords,
    FirstWords,
    SeasonWords,
)
from afterparty.wire.records import RecordView
from afterparty.wire.seasons import EraView, FirstView, SeasonBook

SCENARIOS = Path(__file__).parent.parent.parent / "scenarios"
DAY = 86_400.0
APRIL, MAY = 1_618_480_800.0, 1_620_306_000.0
"""15 April 2021, 10:00 UTC, and 6 May 2021, 13:00 UTC."""

SEASON = SeasonWords.model_validate_json("""{
  "season": "small-season",
  "title": "A small season (simulation)",
  "since": "2021-01-01T00:00:00+00:00",
  "until": "2021-07-01T00:00:00+00:00",
  "facts": [{"says": "All of it is invented.", "basis": "synthetic"}],
  "eras": [
    {"era": "early", "title": "Before May", "until": "2021-05-01T00:00:00+00:00",
     "basis": "synthetic"},
    {"era": "late", "title": "Since May", "since": "2021-05-01T00:00:00+00:00",
     "basis": "press", "source": "https://example.com/may"}
  ],
  "firsts": [
    {"first": "group-host", "title": "First group to host", "tags": ["group"], "role": "host"}
  ],
  "claims": [
    {"kind": "holder", "record": "late", "at": "2021-06-30T00:00:00+00:00",
     "scenario": "enhypen-preshow", "quote": "It was the largest since May.",
     "says": "ENHYPEN's Space holds the record since May."},
    {"kind": "first", "first": "group-host", "who": "offclASTRO", "scenario": "astro-after-party",
     "quote": "They were the first.", "says": "The first group to host."}
  ]
}""")


def entry(scenario: str, room: str, title: str, listeners: int, at: float, host: str) -> RecordView:
    """An entry of the book."""
    return RecordView(
        entry=f"room-{scenario}",
        kind=RecordKind.ROOM,
        title=title,
        listeners=listeners,
        at=at,
        simulated=True,
        by=host,
        room=f"{room}-abc",
        show=f"{scenario}-abc",
    )


def sample_season() -> SeasonRecord:
    """A run of a small season that holds all it can."""
    evenings = []
    began = 2.0
    for name, begins in (("astro-after-party", APRIL), ("enhypen-preshow", MAY)):
        scenario = load(SCENARIOS / f"{name}.yaml")
        record = sample_record(scenario)
        evenings.append(
            EveningRecord(
                scenario=scenario,
                begins=begins,
                basis="synthetic" if begins == APRIL else "press",
                began_at=began,
                ended_at=began + record.ended,
                show=f"{name}-abc",
                rooms=tuple((form.id, f"{form.id}-abc") for form in scenario.rooms),
                record=record,
                verdicts=tuple(judge(scenario, record)),
                report=name,
            )
        )
        began += record.ended + 1
    astro = entry(
        "astro-after-party",
        "astro-after-party",
        "After the Blueroom",
        104,
        APRIL + 900,
        "offclASTRO",
    )
    enhypen = entry(
        "enhypen-preshow", "enhypen-space", "Waiting for the Blueroom", 118, MAY + 400, "ENHYPEN"
    )
    early, late = SEASON.eras
    (first,) = SEASON.firsts
    return SeasonRecord(
        season=SEASON,
        name="small-season-abc",
        url="http://127.0.0.1:8080",
        started_at=1_800_000_000.0,
        speed=None,
        scale=1.0,
        real=200,
        together=3,
        seed=None,
        ended_at=began,
        evenings=tuple(evenings),
        fallen=(
            Fallen("astro-after-party", "astro-after-party", "first", "group-host", first.title,
                   APRIL + 600, member="offclASTRO", name="ASTRO"),
            Fallen("enhypen-preshow", "enhypen-space", "record", "overall", "Of the season",
                   MAY + 390, listeners=105, before_title=astro.title, before_listeners=104),
        ),
        book=SeasonBook(
            season="small-season-abc",
            title=SEASON.title,
            since=SEASON.since.timestamp(),
            until=SEASON.until.timestamp(),
            by="ENHYPEN",
            at=SEASON.until.timestamp(),
            top=[enhypen, astro],
            line=[astro, enhypen],
            eras=[_era(early, astro), _era(late, enhypen)],
            firsts=[_first(first, astro)],
        ),
        claims=(
            _held(SEASON.claims[0], "held by Waiting for the Blueroom with 118 listeners"),
            _held(SEASON.claims[1], "ASTRO (offclASTRO) in After the Blueroom"),
        ),
        notes=("This record was made for a test.",),
    )  # fmt: skip


def _era(era: EraWords, holder: RecordView) -> EraView:
    return EraView(
        era=era.era,
        title=era.title,
        since=era.since.timestamp() if era.since else None,
        until=era.until.timestamp() if era.until else None,
        holder=holder,
        line=[holder],
    )


def _first(rule: FirstWords, record: RecordView) -> FirstView:
    return FirstView(
        first=rule.first,
        title=rule.title,
        record=record,
        member=record.by,
        name="ASTRO",
        at=record.at,
    )


def _held(claim: Claim, measured: str) -> ClaimVerdict:
    return ClaimVerdict(claim, True, measured)
