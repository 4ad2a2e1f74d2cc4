"""A season's folder is read, or told where it is wrong: file, line and field."""

from datetime import date
from pathlib import Path

import pytest
from tests.replay.littleseason import FIRST, SEASON, SECOND, write_season
from tests.replay.sentences import SENTENCES
from tests.replay.texts import SMALL

from afterparty.replay.author.skeleton import skeleton
from afterparty.replay.author.synopsis import synopsis_of_season
from afterparty.replay.words.loading import ScenarioError
from afterparty.replay.words.seasonload import Folder, beside, days, load, parse

SCENARIOS = Path(__file__).parent.parent.parent.parent / "scenarios"


def spoiled(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, "the test spoils one place"
    return text.replace(old, new)


def by_day(found: Folder) -> list[list[str]]:
    return [[one.scenario for one in day] for day in days(found.evenings)]


def test_evenings_come_in_order_of_the_moments_at_which_they_begin(tmp_path: Path) -> None:
    late = spoiled(FIRST, '"2021-05-01T20:00:00+09:00"', '"2021-05-02T20:00:00+08:00"')
    found = load(write_season(tmp_path / "a", first=late))
    assert [one.scenario for one in found.evenings] == ["second", "first"]
    assert by_day(found) == [["second", "first"]]
    assert by_day(load(write_season(tmp_path / "b"))) == [["first"], ["second"]]


def test_an_evening_that_enacts_no_time_is_in_no_season(tmp_path: Path) -> None:
    folder = write_season(tmp_path / "a")
    lines = FIRST.replace("scenario: first\n", "scenario: third\n").splitlines()
    others = ("begins:", "  - {kind: first,", "  - {kind: before,")
    kept = [line for line in lines if not line.startswith(others)]
    (folder / "third.yaml").write_text("\n".join(kept) + "\n")
    assert [one.scenario for one in load(folder).evenings] == ["first", "second"]


def test_the_season_beside_a_scenario_is_found(tmp_path: Path) -> None:
    folder = write_season(tmp_path / "a")
    found = beside(folder / "first.yaml")
    assert found is not None
    assert found.season == "small"
    (folder / "season.yaml").unlink()
    assert beside(folder / "first.yaml") is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("eras:", "era:", "did you mean 'eras'?"),
        ('until: "2021-07', 'until: "2020-07', "until: is not after since"),
        ("era: spring,", "era: overall,", "eras[0].era: 'overall' is a record already"),
        ("first: talk-series", "first: band-host", "firsts[1].first: 'band-host' is here twice"),
        ("record: spring", "record: sprang", "claims[0].record: no 'sprang' in records; did you"),
        ("    first: band-host", "    first: band-hosts", "claims[1].first: no 'band-hosts' in fi"),
        ("count: 1", "count: 3", "claims[2].count: is more than the 2 looked at"),
        ('at: "2021-05-03T00:00:00+00:00"\n    most', 'at: "2022-05-03T00:00:00+00:00"\n    most',
         "claims[2].at: is not within the season"),
        ("place: 2", "place: 51", "claims[3].place: "),
        ("kind: rank", "kind: rang", "'rang' is none of"),
        ("    quote: Ana came first.\n", "", "claims[1].quote: is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_season_is_told_with_its_line(old: str, new: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(spoiled(SEASON, old, new), "season.yaml")
    assert says in str(caught.value)
    assert all(fault.line > 1 for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("season", "scenario: second", "scenario: secnd",
         "season.yaml:16: claims[0].scenario: no 'secnd' in the season's evenings"),
        ("season", "who: ana", "who: anna",
         "season.yaml:21: claims[1].who: no 'anna' in its cast; did you mean 'ana'?"),
        ("season", "room: first-room", "room: frst-room",
         "season.yaml:36: claims[3].room: no 'frst-room' in its rooms"),
        ("season", "[first, second]", "[first, third]",
         "claims[4].scenarios[1]: no 'third' in the season's evenings"),
        ("first", '"2021-05-01T20:00:00+09:00"', '"2022-05-01T20:00:00+09:00"',
         "season.yaml:22: claims[1].scenario: 'first' begins before or after the season"),
        ("first", "first: band-host", "first: band-hos",
         "expect[1].first: no 'band-hos' in firsts of the season"),
        ("second", "record: spring", "record: summer",
         "expect[1].record: no 'summer' in records of the season"),
        ("second", "id: second-room", "id: first-room",
         "rooms[0].id: 'first-room' is a room of 'first' too"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_told_with_file_and_line(
    file: str, old: str, new: str, says: str, tmp_path: Path
) -> None:
    texts = {"season": SEASON, "first": FIRST, "second": SECOND}
    if new == "id: first-room":
        texts[file] = texts[file].replace("second-room", "first-room")
    else:
        texts[file] = spoiled(texts[file], old, new)
    with pytest.raises(ScenarioError) as caught:
        load(write_season(tmp_path / "a", **texts))
    assert says in str(caught.value)


def test_an_evening_that_is_claimed_something_of_begins_at_some_time(tmp_path: Path) -> None:
    folder = write_season(tmp_path / "a", first=SMALL.replace("scenario: small", "scenario: first"))
    with pytest.raises(ScenarioError, match="'first' is of no season: it has no 'begins'"):
        load(folder)


def test_a_copied_file_is_no_evening_of_the_same_name(tmp_path: Path) -> None:
    folder = write_season(tmp_path / "a")
    (folder / "first-again.yaml").write_text(FIRST)
    with pytest.raises(ScenarioError) as caught:
        load(folder)
    assert "first.yaml:2: scenario: 'first' is what 'first-again.yaml' is" in str(caught.value)


def test_an_evening_of_another_time_may_lie_beside_a_season(tmp_path: Path) -> None:
    folder = write_season(tmp_path / "a")
    (folder / "mine.yaml").write_text(skeleton("mine", date(2026, 1, 1)), "utf-8")
    found = load(folder)
    assert [one.scenario for one in found.evenings] == ["first", "second"]
    assert found.apart == ("mine",)
    assert dict(synopsis_of_season(found))["apart"].startswith("mine: ")


def test_a_copy_put_at_another_time_does_not_hide_the_evening_that_it_copies(
    tmp_path: Path,
) -> None:
    folder = write_season(tmp_path / "a")
    later = spoiled(FIRST, '"2021-05-01T20:00:00+09:00"', '"2022-05-01T20:00:00+09:00"')
    (folder / "later.yaml").write_text(later, "utf-8")
    found = load(folder)
    assert [one.scenario for one in found.evenings] == ["first", "second"]
    assert found.apart == ("first",)


def test_what_an_editor_or_a_system_keeps_beside_a_file_is_no_evening(tmp_path: Path) -> None:
    folder = write_season(tmp_path / "a")
    (folder / ".#first.yaml").symlink_to("somebody@somewhere.1")
    (folder / "._first.yaml").write_bytes(b"\x00\xff")
    assert [one.scenario for one in load(folder).evenings] == ["first", "second"]


def test_episodes_of_a_series_have_one_title_and_one_host(tmp_path: Path) -> None:
    with_series = spoiled(
        FIRST,
        "title: The first room, host: ana}",
        "title: The first room, host: ana, series: {id: talks, title: Others}}",
    )
    with pytest.raises(ScenarioError) as caught:
        load(write_season(tmp_path / "a", first=with_series))
    assert "in 'first' the series 'talks' is 'Others' and hosted by 'ana'" in str(caught.value)


def test_the_season_that_ships_claims_what_the_source_says_word_for_word() -> None:
    """The sentences here are copied from the source, which is not part of the product."""
    season = load(SCENARIOS).season
    assert {claim.quote for claim in season.claims} == set(SENTENCES)


def test_the_season_that_ships_has_all_its_evenings() -> None:
    found = load(SCENARIOS)
    assert len(found.evenings) == 16
    dated = [
        scenario.begins.at.date().isoformat() for scenario in found.evenings if scenario.begins
    ]
    assert dated == sorted(dated)
    (launch,) = {era.until for era in found.season.eras if era.until}
    assert launch.date().isoformat() not in dated, "the hour of the launch decides nothing"
