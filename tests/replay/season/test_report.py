"""afterparty.replay.season.report and chart: one page that stands alone, wide and narrow."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.replay.sampleseason import sample_season
from tests.replay.verdict.test_report import EVIL, Page

from afterparty.replay.season.chart import LEAST, Fall, Passage, Strip, evenings
from afterparty.replay.season.report import season_html, write

SEASON = sample_season()
EARLY, LATE = SEASON.evenings


def test_the_page_tells_the_season(tmp_path: Path) -> None:
    path = write(tmp_path / "deep", replace(SEASON, scale=0.5))
    page = Page(path.read_text("utf-8"))
    for words in (
        "Simulation",
        SEASON.season.title,
        "2 of 2 claims held",
        "2 of 2 evenings as expected",
        "They were the first.",
        "ASTRO (offclASTRO) in After the Blueroom",
        "passing the 104 of After the Blueroom",
        "2021-04-26",
        "2021-05-06",
        "every audience at 0.5 of its size",
        "not affiliated",
        "This record was made for a test.",
        "simulated members, counted without a connection",
    ):
        assert words in page.text, words
    assert page.text.count("moved") >= 4, "each handoff, wide and narrow"
    assert ("href", "enhypen-preshow/report.html") in page.attributes


def test_the_page_needs_nothing_else() -> None:
    text = season_html(SEASON)
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)
    assert "@import" not in text
    assert "url(" not in text


def test_what_strangers_wrote_is_text() -> None:
    fallen = replace(SEASON.fallen[1], before_title=EVIL, title=EVIL)
    season = replace(SEASON, notes=(EVIL,), fallen=(fallen,), url=EVIL)
    assert "script" not in Page(season_html(season)).tags


def test_a_broken_season_is_told_as_one() -> None:
    broken = replace(LATE, record=None, verdicts=(), failure="The server was gone.")
    claim = replace(SEASON.claims[0], held=False, measured="no book")
    season = replace(SEASON, evenings=(EARLY, broken), claims=(claim,), book=None, fallen=())
    text = Page(season_html(season)).text
    assert "0 of 1 claims held" in text
    assert "1 of 2 evenings as expected" in text
    assert "The server was gone." in text
    assert "None fell." in text
    nothing = replace(SEASON, evenings=(), claims=(), book=None, fallen=())
    assert "No evening was played." in Page(season_html(nothing)).text


def test_a_record_that_is_none_by_the_book_says_so() -> None:
    assert "stood then" not in season_html(SEASON)
    assert SEASON.book is not None
    higher = SEASON.book.line[0].model_copy(update={"listeners": 1105})
    book = SEASON.book.model_copy(update={"line": [higher]})
    told = Page(season_html(replace(SEASON, book=book))).text
    assert "by the book’s end the 1,105 of After the Blueroom stood then" in told


def test_an_evening_is_as_long_as_it_was_however_fast_it_was_replayed() -> None:
    assert EARLY.record is not None
    strips = re.compile(r'class="strip" [^>]*width="([\d.]+)" height="([\d.]+)"')
    slow = season_html(SEASON)
    record = replace(EARLY.record, speed=EARLY.record.speed * 7, ended=EARLY.record.ended / 7)
    fast = season_html(replace(SEASON, evenings=(replace(EARLY, record=record), LATE)))
    assert strips.findall(fast) == strips.findall(slow)


STRIPS = [
    Strip("1 03-08", "One", 10.0, {"a": [(0.0, 0.0), (5.0, 100.0), (10.0, 0.0)]}),
    Strip(
        "2 03-11",
        "Two",
        40.0,
        {"b": [(0.0, 0.0), (20.0, 400.0)], "c": [(20.0, 0.0), (21.0, 300.0)]},
        [Passage(19.0, 21.0, 400.0, 300.0, 300, "300 moved")],
    ),
]


def numbers(path: str) -> list[tuple[float, float]]:
    found = [float(one) for one in re.findall(r"-?\d+\.\d", path)]
    return list(zip(found[::2], found[1::2], strict=True))


@pytest.mark.parametrize(("down", "along"), [(False, 0), (True, 1)])
def test_evenings_follow_each_other_on_the_axis(down: bool, along: int) -> None:
    drawn = evenings("T", STRIPS, [Fall(0, 5.0, 100, "x"), Fall(1, 20.0, 400, "y")], 800, down=down)
    one, two, three = re.findall(r'class="line c\d" d="([^"]+)"', drawn)
    assert max(at[along] for at in numbers(one)) < min(at[along] for at in numbers(two))
    # Half the time is half the way; a quarter of the count is half the height.
    middle = [at[along] for at in numbers(one)]
    assert middle[1] - middle[0] == pytest.approx(middle[2] - middle[1], abs=0.2)
    heights = [abs(at[1 - along] - numbers(one)[0][1 - along]) for at in numbers(one)]
    higher = [abs(at[1 - along] - numbers(two)[0][1 - along]) for at in numbers(two)]
    assert heights[1] * 2 == pytest.approx(higher[1], abs=0.3)
    assert min(at[along] for at in numbers(three)) > min(at[along] for at in numbers(two))
    assert "300 moved" in drawn
    assert drawn.count('class="fall"') == 2


def test_a_short_evening_still_has_a_place() -> None:
    lasts = [1.0, 1000.0, 20.0, 500.0]
    strips = [Strip(f"{number} 05-0{number}", "A", last, {}) for number, last in enumerate(lasts)]
    drawn = evenings("T", strips, [], 900, down=False)
    widths = [float(one) for one in re.findall(r'class="strip" [^>]*width="([\d.]+)"', drawn)]
    assert widths[0] == widths[2] == LEAST
    assert widths[1] == pytest.approx(2 * widths[3], abs=0.2), "the others share what is left"
    assert sum(widths) == pytest.approx(900 - 58 - 10 - 3 * 7, abs=0.3)
    assert "05-00" in drawn
    many = evenings("T", strips * 10, [], 900, down=False)
    assert "05-00" not in many, "dates would lie over each other"


def test_a_title_is_as_long_as_there_is_room() -> None:
    for title, told in (
        ("a" * 46, "a" * 46),
        ("a" * 47, f"{'a' * 45}…"),
        ("말" * 24, f"{'말' * 22}…"),
    ):
        drawn = evenings("T", [Strip("1 a", title, 1.0, {})], [], 360, down=True)
        assert f">{told}</text>" in drawn


def test_points_that_fall_together_are_their_highest() -> None:
    many = [(t / 100, float(t % 7)) for t in range(10_000)]
    drawn = evenings("T", [Strip("1 a", "A", 100.0, {"a": many})], [], 400, down=False)
    [path] = re.findall(r'class="line c\d" d="([^"]+)"', drawn)
    assert len(numbers(path)) < 400


def test_what_was_not_asked_is_counted_and_does_not_look_like_a_failure() -> None:
    unasked = replace(SEASON.evenings[0].verdicts[0], held=False, asked=False)
    first = replace(SEASON.evenings[0], verdicts=(unasked, *SEASON.evenings[0].verdicts[1:]))
    text = Page(season_html(replace(SEASON, evenings=(first, *SEASON.evenings[1:])))).text
    assert "1 not asked (no voices)" in text
    many = len(first.verdicts)
    assert f"{many - 1} of {many} 1 not asked" in text
    assert unasked.says not in text
    assert "not asked" not in Page(season_html(SEASON)).text
