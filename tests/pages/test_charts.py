"""afterparty.pages.charts: pictures that are well-formed, to scale, and say nothing unescaped."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterparty.pages.charts import Band, Tick, flow, histogram, lines, nice_steps

EVIL = "<script>&\"'"


@given(st.floats(1e-3, 1e9), st.integers(2, 20))
def test_steps_are_few_even_and_reach_the_highest(highest: float, most: int) -> None:
    steps = nice_steps(highest, most)
    assert steps[0] == 0
    assert steps[-1] >= highest * (1 - 1e-6)
    assert 2 <= len(steps) <= most + 1


def test_nothing_has_a_scale_too() -> None:
    assert nice_steps(0) == [0, 1]


def test_lines_are_drawn_as_steps_and_escaped() -> None:
    points = [(0.0, 0.0), (1.0, 0.0), (2.0, 10.0), (4.0, 10.0)]
    bands, ticks = [Band(1, 2, EVIL)], [Tick(1, EVIL, strong=True)]
    picture = lines(EVIL, {EVIL: points, "b": []}, bands, ticks, 4, 400)
    assert "<script" not in picture
    root = ET.fromstring(picture)
    paths = [e for e in root if e.tag == "path"]
    assert len(paths) == 2
    # One step up: the point that changes nothing is left out.
    assert paths[0].get("d", "").count("V") == 2
    assert [e.findtext("title") for e in paths] == [EVIL, "b"]
    assert root.get("aria-label") == EVIL


def test_a_run_that_never_began_still_has_a_picture() -> None:
    assert ET.fromstring(lines("empty", {"a": []}, [], [], 0, 400)).tag == "svg"
    assert ET.fromstring(flow("empty", "offered", {"moved": 0, "lost": 0}, 400)).tag == "svg"


def test_ribbons_are_as_thick_as_they_are_many() -> None:
    root = ET.fromstring(flow("t", "offered", {"moved": 8000, "declined": 2000}, 500))
    figures = [e.text for e in root.iter() if e.get("class") == "figure"]
    assert figures == ["10,000", "8,000", "2,000"], "as they are told in the text beside"
    heights = {e.get("class"): float(e.get("height", 0)) for e in root if e.tag == "rect"}
    assert heights["end w-moved"] == pytest.approx(heights["end w-declined"] * 4, abs=0.3)
    assert heights["bar"] == pytest.approx(
        heights["end w-moved"] + heights["end w-declined"], abs=0.3
    )


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=50))
def test_every_value_is_in_one_bin(values: list[float]) -> None:
    root = ET.fromstring(histogram("t", values, "s", 400))
    counted = [e.findtext("title") for e in root if e.get("class") == "bin"]
    assert sum(int((title or "").rsplit(": ", 1)[1]) for title in counted) == len(values)


def test_whole_numbers_have_a_bin_each() -> None:
    root = ET.fromstring(histogram("t", [0, 0, 1, 2], "ticks", 400))
    titles = [e.findtext("title") for e in root if e.get("class") == "bin"]
    assert titles == ["0 ticks: 2", "1 ticks: 1", "2 ticks: 1"]
