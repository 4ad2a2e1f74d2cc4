"""afterparty.replay.season.report and seasonchart: one page that stands alone, wide and narrow."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.replay.sample import sample_record
from tests.replay.verdict.test_report import EVIL, Page

from afterparty.replay.season.chart import Fall, Passage, Strip, evenings
from afterparty.replay.season.record import ClaimVerdict, EveningRecord, Fallen, SeasonRecord
from afterparty.replay.season.report import season_html, write
from afterparty.replay.verdict.expect import judge
from afterparty.replay.words.loading import load
from afterparty.replay.words.scenario import Begins, Scenario
from afterparty.replay.words.seasonform import SeasonWords
from afterparty.wire.records import RecordView
from afterparty.wire.seasons import SeasonBook

FOLDER = Path(__file__).parent.parent.parent.parent / "scenarios"
BEGINS = datetime.fromisoformat("2021-05-06T21:45:00+09:00")
QUOTE = "They were the first."


def scenario(days: int) -> Scenario:
    """The evening of a day, with the name of that day."""
    found = load(FOLDER / "enhypen-preshow.yaml")
    begins = Begins(at=BEGINS + timedelta(days=days), basis="synthetic")
    return found.model_copy(update={"begins": begins, "scenario": f"evening-{days}"})


def evening(days: int) -> EveningRecord:
    found = scenario(days)
    record = sample_record(found)
    verdicts = tuple(judge(found, record))
    begins = (BEGINS + timedelta(days=days)).timestamp()
    return EveningRecord(
        found, begins, "synthetic", 10.0 * days, 10.0 * days + record.ended,
        f"show-{days}", (), record, verdicts, report=f"evening-{days}",
    )  # fmt: skip


def entry(days: int, listeners: int) -> RecordView:
    at = (BEGINS + timedelta(days=days, minutes=3)).timestamp()
    return RecordView.model_validate(
        {
            "entry": f":room:{days}", "kind": "room", "title": f"Room {days}",
            "listeners": listeners, "at": at, "simulated": True, "by": "ENHYPEN",
            "show": f"show-{days}", "host": "ENHYPEN",
        }
    )  # fmt: skip


WORDS = SeasonWords.model_validate_json(
    """{"season": "little", "title": "A little season (simulation)",
    "since": "2021-05-01T00:00:00+09:00", "until": "2021-06-30T23:59:59+09:00",
    "facts": [{"says": "All of it is invented.", "basis": "synthetic"}],
    "eras": [{"era": "since", "title": "since the launch", "basis": "synthetic"}],
    "claims": [{"kind": "rank", "quote": "They were the first.",
      "says": "The second is the highest.", "at": "2021-06-30T23:59:59+09:00",
      "place": 1, "scenario": "evening-9"}]}""",
    strict=False,
)
BOOK = SeasonBook.model_validate(
    {
        "season": "little-1", "title": WORDS.title, "since": WORDS.since.timestamp(),
        "until": WORDS.until.timestamp(), "by": "director", "at": WORDS.until.timestamp(),
        "top": [entry(9, 300), entry(0, 120)], "line": [entry(0, 120), entry(9, 300)],
        "eras": [{"era": "since", "title": "since the launch", "since": None, "until": None,
                  "holder": entry(9, 300), "line": []}],
        "firsts": [],
    }
)  # fmt: skip
SEASON = SeasonRecord(
    season=WORDS,
    name="little-1",
    url="http://127.0.0.1:8080",
    started_at=1_800_000_000.0,
    speed=None,
    scale=0.5,
    real=200,
    together=3,
    seed=None,
    ended_at=130.0,
    evenings=(evening(0), evening(9)),
    fallen=(
        Fallen("evening-9", "enhypen-space", "record", "since", "since the launch",
               BOOK.top[0].at, 121, "Room 0", 120),
    ),
    book=BOOK,
    claims=(ClaimVerdict(WORDS.claims[0], held=True, measured="300, Room 9"),),
    notes=("It was made for a test.",),
)  # fmt: skip


def test_the_page_tells_the_season(tmp_path: Path) -> None:
    path = write(tmp_path / "deep", SEASON)
    page = Page(path.read_text("utf-8"))
    for words in (
        "Simulation",
        WORDS.title,
        "1 of 1 claims held",
        "2 of 2 evenings as expected",
        QUOTE,
        "300, Room 9",
        "passing the 120 of Room 0",
        "2021-05-06",
        "2021-05-15",
        "every audience at 0.5 of its size",
        "not affiliated",
        "It was made for a test.",
        "simulated members, counted without a connection",
    ):
        assert words in page.text, words
    assert page.text.count("moved") >= 4, "each handoff, wide and narrow"
    assert ("href", "evening-9/report.html") in page.attributes


def test_the_page_needs_nothing_else() -> None:
    text = season_html(SEASON)
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)
    assert "@import" not in text
    assert "url(" not in text


def test_what_strangers_wrote_is_text() -> None:
    fallen = replace(SEASON.fallen[0], before_title=EVIL, title=EVIL)
    season = replace(SEASON, notes=(EVIL,), fallen=(fallen,), url=EVIL)
    assert "script" not in Page(season_html(season)).tags


def test_a_broken_season_is_told_as_one() -> None:
    broken = replace(SEASON.evenings[1], record=None, verdicts=(), failure="The server was gone.")
    claim = replace(SEASON.claims[0], held=False, measured="no book")
    season = replace(
        SEASON, evenings=(SEASON.evenings[0], broken), claims=(claim,), book=None, fallen=()
    )
    text = Page(season_html(season)).text
    assert "0 of 1 claims held" in text
    assert "1 of 2 evenings as expected" in text
    assert "The server was gone." in text
    assert "None fell." in text
    nothing = replace(SEASON, evenings=(), claims=(), book=None, fallen=())
    assert "No evening was played." in Page(season_html(nothing)).text


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
    strips = [Strip("1 a", "A", 1.0, {}), Strip("2 b", "B", 1000.0, {})]
    drawn = evenings("T", strips, [], 900, down=False)
    widths = [float(one) for one in re.findall(r'class="strip" [^>]*width="([\d.]+)"', drawn)]
    assert widths[0] > 100


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
