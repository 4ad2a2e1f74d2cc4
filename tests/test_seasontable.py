"""What a terminal says of a season's run."""

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from tests.replay.sampleseason import sample_season

from afterparty.replay.season.record import SeasonRecord
from afterparty.seasontable import print_season

WIDTH = 80


def test_what_was_not_asked_is_counted() -> None:
    season = sample_season()
    first, second = season.evenings
    unasked = tuple(replace(one, held=False, asked=False) for one in first.verdicts[:3])
    silent = replace(first, verdicts=(*unasked, *first.verdicts[3:]))
    told = [printed(replace(season, evenings=(one, second))) for one in (first, silent)]
    line = "Expectations of sound that were not asked (no voices): 3."
    assert [line in one for one in told] == [False, True]
    assert told[0].count("PASSED") == told[1].count("PASSED")


def printed(season: SeasonRecord) -> str:
    out = io.StringIO()
    print_season(Console(file=out, width=WIDTH, emoji=False), season, Path("reports"))
    return out.getvalue()


def test_a_sentence_is_told_once_and_the_book_by_its_command() -> None:
    season = sample_season()
    one = season.claims[0]
    other = replace(one, held=False, measured="nobody " * 20)
    out = io.StringIO()
    console = Console(file=out, width=WIDTH, emoji=False)
    print_season(console, replace(season, claims=(one, other), fallen=()), Path("reports"))
    told = out.getvalue()
    assert told.count(f"“{one.claim.quote[:30]}") == 1
    assert f"afterparty records --season {season.name} --url {season.url}" in told
    claims = told.partition("Claims\n")[2].partition("claims held")[0].splitlines()
    assert all(len(line) <= WIDTH for line in claims)
    assert {line[:7].strip() for line in claims[:-1]} == {"", "held", "FAILED"}, "hung in columns"


def test_a_narrow_terminal_is_told_everything() -> None:
    season = sample_season()
    address = f"https://example.com/{'long' * 20}"
    claim = season.claims[0].claim.model_copy(update={"quote": f"It was said at {address}"})
    out = io.StringIO()
    season = replace(season, claims=(replace(season.claims[0], claim=claim),), fallen=())
    print_season(Console(file=out, width=48, emoji=False), season, Path("reports"))
    told = out.getvalue()
    assert address in "".join(told.split())
    table = told.partition("highest")[2].partition("Before May")[0]
    assert max(map(len, table.splitlines())) <= 48
    for what in ("104", "118", "ENHYPEN", "2021-05-06 13:06"):
        assert what in table
    assert "…" not in told
