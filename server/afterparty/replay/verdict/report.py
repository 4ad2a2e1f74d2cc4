"""A run told to people and to machines: ``report.html``, ``report.json``, ``junit.xml``.

The page stands alone: no script, no request, nothing but itself. What it says is in the template;
here is only what the template is given.
"""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from afterparty.pages import charts
from afterparty.pages.page import NARROW, WIDE, Picture, both, template
from afterparty.replay.verdict.expect import Verdict, summed
from afterparty.replay.verdict.record import Figure, HandoffRecord, Record, dump, highest
from afterparty.replay.words.beats import Beat, Offer, Say
from afterparty.replay.words.forms import write_clock
from afterparty.replay.words.scenario import Scenario

_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One line of the evening as it went."""

    t: float
    room: str
    name: str
    text: str
    language: str
    unheard: bool
    """It was to be heard by nobody."""
    heard: bool | None
    """By an ear; ``None``: nobody listened for it."""


@dataclass(frozen=True, slots=True)
class BeatRow:
    """One beat as it went."""

    beat: Beat
    clock: str
    about: str
    t: float | None
    late: float | None
    refused: str


def write(folder: Path, scenario: Scenario, record: Record, verdicts: list[Verdict]) -> None:
    """Write the three files into ``folder``, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(report_json(scenario, record, verdicts), "utf-8")
    (folder / "report.html").write_text(report_html(scenario, record, verdicts), "utf-8")
    (folder / "junit.xml").write_bytes(junit_xml(scenario, record, verdicts))


def report_json(scenario: Scenario, record: Record, verdicts: list[Verdict]) -> str:
    """The scenario, the record and the verdicts as JSON."""
    body = {
        "held": not any(verdict.failed for verdict in verdicts),
        "scenario": scenario.model_dump(mode="json", by_alias=True),
        "verdicts": [
            {
                "expectation": verdict.expectation.model_dump(mode="json", by_alias=True),
                "held": verdict.held,
                "asked": verdict.asked,
                "says": verdict.says,
                "measured": verdict.measured,
            }
            for verdict in verdicts
        ],
        "record": dump(record),
    }
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def junit_xml(scenario: Scenario, record: Record, verdicts: list[Verdict]) -> bytes:
    """The verdicts as JUnit XML: a test case each."""
    suite = ET.Element(
        "testsuite",
        name=f"replay {scenario.scenario}",
        tests=str(len(verdicts)),
        failures=str(sum(verdict.failed for verdict in verdicts)),
        skipped=str(sum(not verdict.asked for verdict in verdicts)),
        errors="0",
        time=f"{record.ended:.3f}",
        timestamp=_started(record).strftime("%Y-%m-%dT%H:%M:%S"),
    )
    for verdict in verdicts:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"replay.{scenario.scenario}",
            name=xml_text(f"{verdict.expectation.kind}: {verdict.says}"),
        )
        measured = xml_text(verdict.measured)
        if not verdict.asked:
            ET.SubElement(case, "skipped", message=measured)
        elif verdict.held:
            ET.SubElement(case, "system-out").text = measured
        else:
            ET.SubElement(case, "failure", message=measured)
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def xml_text(text: str) -> str:
    """Text with nothing in it that XML cannot say."""
    return _NOT_XML.sub("�", text)


def report_html(scenario: Scenario, record: Record, verdicts: list[Verdict]) -> str:
    """The page."""
    page = template("afterparty.replay", "report.html")
    listeners = record.listeners
    first_sounds = [
        member.first_sound_at - member.arrived_at
        for member in listeners
        if member.first_sound_at is not None and member.arrived_at is not None
    ]
    missed = [
        float(member.missed_ticks_at_handoff)
        for member in listeners
        if member.missed_ticks_at_handoff is not None
    ]
    return page.render(
        scenario=scenario,
        record=record,
        verdicts=verdicts,
        held=summed(verdicts),
        started=_started(record).strftime("%Y-%m-%d %H:%M:%S UTC"),
        room_titles={room.id: room.title for room in scenario.rooms},
        peaks={room.id: highest(record.polls, room.id) for room in scenario.rooms},
        real=_real(record),
        simulated=_simulated(scenario, record),
        counts=both(lambda width: _counts(scenario, record, width)),
        handoffs=[(handoff, _flow(handoff)) for handoff in record.handoffs],
        first_sounds=_spread("Time to first sound", first_sounds, "seconds"),
        missed=_spread("Ticks missed where the feed changed", missed, "ticks of 20 ms"),
        lines=_lines(scenario, record),
        beats=_beats(scenario, record),
        names={member.id: member.name for member in scenario.cast},
    )


def _started(record: Record) -> datetime:
    return datetime.fromtimestamp(record.started_at, UTC)


def _real(record: Record) -> list[Figure]:
    listeners = record.listeners
    sounded = sum(member.first_sound_at is not None for member in listeners)
    return [
        Figure("members who connected, each with a socket of their own",
               str(sum(member.arrived_at is not None for member in record.members)), real=True),
        Figure("listeners who received encrypted sound over WebRTC", str(sounded), real=True),
        Figure("RTP packets they received",
               f"{sum(member.packets for member in listeners):,}", real=True),
        Figure("times the server was asked for its counts", str(len(record.polls)), real=True),
        Figure("ticks of 20 ms that the server was late with or left out",
               "not told" if record.late_ticks is None else str(record.late_ticks), real=True),
        *(figure for figure in record.figures if figure.real),
    ]  # fmt: skip


def _simulated(scenario: Scenario, record: Record) -> list[Figure]:
    synthetic = sum("synthetic" in member.tags for member in scenario.cast)
    lines_spoken = sum(isinstance(beat, Say) for beat in scenario.beats)
    return [
        Figure("people in the audience: programs, not persons",
               f"{scenario.listeners:,}", real=False),
        Figure("spoken lines, all invented, in synthetic voices", str(lines_spoken), real=False),
        Figure("of the cast are invented altogether", f"{synthetic} of {len(scenario.cast)}",
               real=False),
        Figure("evening seconds passed in each second", f"{record.speed:g}", real=False),
        *(figure for figure in record.figures if not figure.real),
    ]  # fmt: skip


def _counts(scenario: Scenario, record: Record, width: int) -> str:
    series = {
        room.title: [
            (poll.asked, float(poll.rooms[room.id].listeners))
            for poll in record.polls
            if room.id in poll.rooms
        ]
        for room in scenario.rooms
    }
    bands = [
        charts.Band(
            handoff.offered_at,
            handoff.closed_at or handoff.begun_at or handoff.offered_at,
            "handoff" if width < WIDE else "handoff: offered, moved, closed",
        )
        for handoff in record.handoffs
    ]
    ticks = [
        charts.Tick(
            done.t,
            f"{write_clock(beat.at)} {beat.who}: {beat.do}",
            strong=beat.do in ("open", "end", "offer_handoff"),
        )
        for done in record.beats
        for beat in (scenario.beats[done.index],)
    ]
    return charts.lines(
        "Listeners in each room over time", series, bands, ticks, record.ended, width
    )


def _flow(handoff: HandoffRecord) -> Picture | None:
    tally = handoff.tally
    if tally is None:
        return None
    ways = {way: tally[way] for way in ("moved", "declined", "lost")}
    return both(lambda width: charts.flow("The handoff's ledger", "offered", ways, min(width, 640)))


def _spread(title: str, values: list[float], unit: str) -> str | None:
    return charts.histogram(title, values, unit, NARROW + 40) if values else None


def _lines(scenario: Scenario, record: Record) -> list[SpokenLine]:
    heard: dict[int, bool] = {}
    for hearing in record.hearings:
        who = scenario.beats[hearing.beat].who
        heard[hearing.beat] = heard.get(hearing.beat, False) or who in hearing.heard
    return [
        SpokenLine(
            done.t,
            beat.room,
            scenario.member(beat.who).name,
            beat.text,
            beat.language or scenario.member(beat.who).voice.language,
            beat.unheard,
            heard.get(done.index),
        )
        for done in record.beats
        if isinstance(beat := scenario.beats[done.index], Say)
    ]


def _beats(scenario: Scenario, record: Record) -> list[BeatRow]:
    done = {beat.index: beat for beat in record.beats}
    rows = []
    for index, beat in enumerate(scenario.beats):
        went = done.get(index)
        rows.append(
            BeatRow(
                beat=beat,
                clock=write_clock(beat.at),
                about=_about(beat),
                t=went.t if went else None,
                late=went.t - beat.at / record.speed if went else None,
                refused=went.refused if went else "",
            )
        )
    return rows


def _about(beat: Beat) -> str:
    if isinstance(beat, Say):
        return beat.text
    if isinstance(beat, Offer):
        return f"to {beat.to}, {beat.seconds:g} s of evening"
    return str(getattr(beat, "member", "") or getattr(beat, "reaction", ""))
