"""What is told of a season while several evenings go at once: few lines, each with its evening."""

import io
from dataclasses import replace

from tests.replay.littleseason import FIRST, SEASON, SECOND
from tests.replay.sampleseason import sample_season

from afterparty.replay.season.progress import SeasonLines, describe
from afterparty.replay.words.loading import parse
from afterparty.replay.words.seasonload import parse as parse_season
from afterparty.wire.views import CountsView, TallyView

NOBODY = CountsView(participants=1, listeners=0, peak=0, tuned_in=1)
SOME = CountsView(participants=4, listeners=3, peak=3, tuned_in=4)


def test_each_line_begins_with_its_evening_and_only_what_matters_is_told() -> None:
    out = io.StringIO()
    lines = SeasonLines(out)
    scenarios = [parse(FIRST), parse(SECOND)]
    lines.begin(parse_season(SEASON), scenarios)
    first, second = (lines.evening(scenario) for scenario in scenarios)
    first.begin(scenarios[0], 20, 3, 1)
    for index, beat in enumerate(scenarios[0].beats):
        first.beat(float(index), index, beat)
    first.refused(3.0, scenarios[0].beats[3], "muted")
    first.counts(0.0, {"first-room": NOBODY})
    for t in (1.0, 2.0):
        second.counts(t, {"second-space": SOME})
    second.handoff(3.0, "second-room", "second-space", 2.0)
    second.tally(6.0, "second-room", TallyView(offered=3, moved=3, declined=0, lost=0))
    told = out.getvalue().splitlines()
    assert told[0] == "A small season (simulation): 2 evenings"
    assert {line.split()[0] for line in told[1:]} == {"first", "second"}
    text = "\n".join(told)
    assert "ana open" in text
    assert "ana end" in text
    assert "pin" not in text
    assert "muted" not in text
    assert text.count("3 listening") == 1
    assert "moved" in text
    assert len({line.index(" s  ") for line in told[1:]}) == 1, "in columns"


def test_the_end_of_an_evening_says_what_fell_and_what_failed() -> None:
    season = sample_season()
    evening = season.evenings[1]
    verdict = replace(evening.verdicts[0], held=False, says="Many listened.", measured="3")
    failed = replace(evening, verdicts=(verdict, *evening.verdicts[1:]))
    out = io.StringIO()
    lines = SeasonLines(out)
    lines.begin(season.season, [one.scenario for one in season.evenings])
    lines.over(failed, season.fallen[1:])
    lines.over(replace(evening, record=None, verdicts=(), failure="No server."), ())
    fell, wrong, over, broke = out.getvalue().splitlines()[1:]
    assert describe(season.fallen[1]) in fell
    assert "FAILED Many listened. 3" in wrong
    many = len(evening.verdicts)
    assert f"{many - 1} of {many} expectations held; 1 evening to come" in over
    assert "BROKE OFF: No server.; 0 evenings to come" in broke


def test_the_end_of_an_evening_without_voices_says_what_was_not_asked() -> None:
    season = sample_season()
    evening = season.evenings[1]
    unasked = replace(evening.verdicts[0], held=False, asked=False)
    out = io.StringIO()
    silent = replace(evening, verdicts=(unasked, *evening.verdicts[1:]))
    SeasonLines(out).over(silent, ())
    assert silent.ok
    assert "FAILED" not in out.getvalue()
    assert "expectations held, 1 not asked (no voices)" in out.getvalue()


def test_records_and_firsts_are_told_in_a_line() -> None:
    first, record = sample_season().fallen
    assert describe(first).endswith(f"{first.title}: ASTRO (offclASTRO)")
    assert f"{record.listeners} listeners; “{record.before_title}” had 104" in describe(record)
