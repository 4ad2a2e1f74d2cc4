"""afterparty.replay.verdict.report: a page that stands alone, JSON, and JUnit XML."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.replay.sample import sample_record

from afterparty.replay.verdict.expect import Verdict, judge
from afterparty.replay.verdict.headcount import CrowdRecord
from afterparty.replay.verdict.record import Record
from afterparty.replay.verdict.record import load as load_record
from afterparty.replay.verdict.report import junit_xml, report_html, write
from afterparty.replay.words.loading import load

SCENARIO = load(Path(__file__).parent.parent.parent.parent / "scenarios" / "enhypen-preshow.yaml")
RECORD = sample_record(SCENARIO)
VERDICTS = judge(SCENARIO, RECORD)
EVIL = '<script>alert("1")</script>'


class Page(HTMLParser):
    """Text and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def failing(verdicts: list[Verdict]) -> list[Verdict]:
    return [replace(verdicts[0], held=False, measured=f"{EVIL}\x00"), *verdicts[1:]]


def test_three_files_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    write(folder, SCENARIO, RECORD, VERDICTS)
    assert sorted(path.name for path in folder.iterdir()) == [
        "junit.xml",
        "report.html",
        "report.json",
    ]


def test_the_json_has_all_that_was_measured(tmp_path: Path) -> None:
    write(tmp_path, SCENARIO, RECORD, failing(VERDICTS))
    body = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert body["held"] is False
    assert load_record(body["record"]) == RECORD
    assert body["verdicts"][0]["expectation"]["kind"] == "listeners"
    assert [verdict["held"] for verdict in body["verdicts"]].count(False) == 1
    assert body["scenario"]["scenario"] == "enhypen-preshow"


def test_the_page_says_what_was_found() -> None:
    page = Page(report_html(SCENARIO, RECORD, VERDICTS))
    for words in (
        f"{len(VERDICTS)} of {len(VERDICTS)} expectations held",
        "115 offered = 104 moved + 6 declined + 5 lost",
        "not affiliated with",
        "What is real here, and what is simulated",
        SCENARIO.source,
        "Simulation",
        "안녕하세요, 엔하이픈입니다.",
        "This record was made for a test.",
    ):
        assert words in page.text
    for verdict in VERDICTS:
        assert verdict.says in page.text
        assert verdict.measured in page.text
    for fact in SCENARIO.facts:
        assert fact.says in page.text


def test_what_was_not_asked_is_told_apart(tmp_path: Path) -> None:
    record = replace(RECORD, voiced=False)
    verdicts = judge(SCENARIO, record)
    unasked = sum(not verdict.asked for verdict in verdicts)
    write(tmp_path, SCENARIO, record, verdicts)
    text = Page((tmp_path / "report.html").read_text("utf-8")).text
    assert f"expectations held, {unasked} not asked (no voices)" in text
    assert text.count("– not asked") == unasked > 0
    body = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert body["held"] is True
    assert [verdict["asked"] for verdict in body["verdicts"]].count(False) == unasked
    suite = ET.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("failures"), suite.get("skipped")) == ("0", str(unasked))
    assert len(suite.findall("testcase/skipped")) == unasked


def test_the_page_says_how_many_are_simulated() -> None:
    assert "of which" not in Page(report_html(SCENARIO, RECORD, VERDICTS)).text
    polls = tuple(
        replace(
            poll,
            rooms={
                room: found.model_copy(
                    update={
                        "listeners": 400 * found.listeners,
                        "peak": 400 * found.peak,
                        "peak_simulated": 399 * found.peak,
                    }
                )
                for room, found in poll.rooms.items()
            },
        )
        for poll in RECORD.polls
    )
    record = replace(RECORD, polls=polls, crowd=CrowdRecord(members=47_880))
    text = Page(report_html(SCENARIO, record, VERDICTS)).text
    assert "46,400 most listeners at one time, of which 46,284 simulated" in text
    assert "47,880 of the audience are simulated" in text


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    text = report_html(SCENARIO, RECORD, VERDICTS)
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not [a for a in page.attributes if a[0] in ("src", "href") or a[0].startswith("on")]
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text


def test_nothing_measured_becomes_markup() -> None:
    spoiled = replace(RECORD, notes=(EVIL,), url=EVIL, server_version=EVIL)
    text = report_html(SCENARIO, spoiled, failing(VERDICTS))
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 4


def test_a_line_tried_without_permission_is_struck_through() -> None:
    text = report_html(SCENARIO, RECORD, VERDICTS)
    assert len(re.findall(r'class="line unheard"', text)) == 2
    assert len(re.findall(r"· <span>not heard<", text)) == 2


def test_what_was_heard_against_the_rules_stands_out() -> None:
    leaky = tuple(replace(h, heard=h.speaking) for h in RECORD.hearings)
    text = report_html(SCENARIO, replace(RECORD, hearings=leaky), VERDICTS)
    assert text.count('<span class="failed">heard</span>') == 2
    deaf = tuple(replace(h, heard=()) for h in RECORD.hearings)
    text = report_html(SCENARIO, replace(RECORD, hearings=deaf), VERDICTS)
    assert text.count('<span class="failed">not heard</span>') == 15


def test_a_ledger_that_does_not_balance_is_told() -> None:
    handoff = replace(
        RECORD.handoffs[0], tally={"offered": 9, "moved": 5, "declined": 1, "lost": 1}
    )
    text = report_html(SCENARIO, replace(RECORD, handoffs=(handoff,)), VERDICTS)
    assert "The ledger does not balance: 9 were offered." in text


@pytest.fixture
def nothing() -> Record:
    return Record("enhypen-preshow", "http://x", "0", 0.0, 6.0, 1)


def test_a_run_that_broke_off_has_a_page(nothing: Record) -> None:
    page = Page(report_html(SCENARIO, nothing, judge(SCENARIO, nothing)))
    assert f"1 of {len(VERDICTS)} expectations held" in page.text
    assert "not done" in page.text
    canceled = replace(RECORD.handoffs[0], begun_at=None, closed_at=None, tally=None, outcomes={})
    text = report_html(SCENARIO, replace(nothing, handoffs=(canceled,)), VERDICTS)
    assert ", canceled" in text


def test_junit_has_a_case_for_each_expectation() -> None:
    root = ET.fromstring(junit_xml(SCENARIO, RECORD, failing(VERDICTS)))
    assert root.tag == "testsuite"
    assert (root.get("tests"), root.get("failures")) == (str(len(VERDICTS)), "1")
    cases = root.findall("testcase")
    assert len(cases) == len(VERDICTS)
    failure = cases[0].find("failure")
    assert failure is not None
    # A character that XML cannot carry is replaced.
    assert failure.get("message") == f"{EVIL}�"
    assert cases[1].findtext("system-out") == VERDICTS[1].measured
