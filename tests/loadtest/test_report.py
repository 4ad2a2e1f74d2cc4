"""afterparty.loadtest.report: a page that stands alone and escapes, figures for programs."""

import asyncio
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from tests.loadtest.fake import work
from tests.loadtest.test_swarm import PLAN, Told

from afterparty.loadtest import swarm
from afterparty.loadtest.course import CountPoll, Course, Late
from afterparty.loadtest.level import Counted, ServiceLevel, judge
from afterparty.loadtest.plan import LoadPlan
from afterparty.loadtest.report import report, write
from afterparty.loadtest.ruling import result
from afterparty.loadtest.swarm import conduct

EVIL = "<script>alert('&\"')</script>"
SECRET = "a-token-nobody-should-read"
DOCS = Path(__file__).parents[2] / "docs" / "loadtest.md"


@pytest.fixture
async def course(monkeypatch: pytest.MonkeyPatch) -> Course:
    """Three steps, the last of them broken; with counts."""
    monkeypatch.setattr(swarm, "SETTLE", 0.2)
    plan = replace(PLAN, find_limit=True, step=15)
    url = f"{PLAN.url}#silence=0.4&silence_above=30"
    made = await conduct(plan, url, work, Told(), asyncio.Event())
    made.target = EVIL
    made.counts = [CountPoll(1.0, 10, 10, True), CountPoll(2.0, 12, 15, False)]
    step = made.steps[-1]
    measured = replace(step.measured, counts=(Counted(2, 39, 40),), failed=2)
    verdict = judge(ServiceLevel(), measured)
    late = Late(ticks=1234, ticks_skipped=5, departures=6789, departures_skipped=0)
    made.steps[-1] = replace(step, measured=measured, verdict=verdict, late=late)
    return made


def test_the_page_stands_alone(course: Course, tmp_path: Path) -> None:
    plan = replace(PLAN, find_limit=True, step=15, token=SECRET)
    write(tmp_path / "made", plan, course, result(plan, course))
    page = (tmp_path / "made" / "report.html").read_text("utf-8")
    assert "simulated listeners" in page
    assert "held with 30 simulated listeners, and broke with 40" in page
    assert "1,234; 6,789" in page
    assert "<script" not in page
    assert not re.search(r"""(src|href)=|url\(|@import|https?://(?!127)""", page)
    assert "prefers-color-scheme: dark" in page
    assert "width=device-width" in page
    assert SECRET not in page
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(pictures) > 10
    for picture in pictures:
        ET.fromstring(picture)
    told = (tmp_path / "made" / "report.json").read_text("utf-8")
    assert SECRET not in told
    body = json.loads(told)
    assert body["simulated"] is True
    assert (body["held_listeners"], body["broke_at_listeners"]) == (30, 40)
    assert body["steps"][-1]["verdict"]["ruling"] == "broken"
    assert body["steps"][-1]["late"]["departures"] == 6789
    assert body["target"] == EVIL


def test_a_run_that_came_to_nothing_has_a_page_too(tmp_path: Path) -> None:
    course = Course(started_at=0.0, trouble=EVIL)
    write(tmp_path, LoadPlan(), course, result(LoadPlan(), course))
    assert "<script" not in (tmp_path / "report.html").read_text("utf-8")
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["ruling"] == "not judged"


def columns(told: object, path: str = "") -> set[str]:
    """Every key that a report has, with its path; a list's entries share one."""
    if isinstance(told, dict):
        inside = {f"{path}.{key}".lstrip("."): value for key, value in told.items()}
        return set(inside).union(*(columns(value, key) for key, value in inside.items()))
    if isinstance(told, list) and told:
        return columns(told[0], f"{path}[]")
    return set()


def test_every_column_is_told_in_the_docs(course: Course) -> None:
    plan = replace(PLAN, find_limit=True, step=15)
    course.reasons = {}
    body = report(plan, course, result(plan, course))
    text = DOCS.read_text("utf-8")
    told = {path.rpartition(".")[2].removesuffix("[]") for path in columns(body)}
    told -= {"loadtest", "url"}
    missing = {name for name in told if f"`{name}`" not in text}
    assert not missing


def test_every_option_is_told_in_the_docs() -> None:
    from typer.main import get_command

    from afterparty.cli import app

    command = get_command(app).commands["loadtest"]  # type: ignore[attr-defined]
    text = DOCS.read_text("utf-8")
    options = {name for param in command.params for name in param.opts if name.startswith("--")}
    assert not {name for name in options if f"`{name}" not in text}
