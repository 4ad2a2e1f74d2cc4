"""A folder of scenarios read as a season, or told where it is wrong: file, line, field.

``season.yaml`` lies beside the scenarios. Every scenario there that ``begins`` within the season is
an evening of it. One of another time may lie there too, such as an author's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from afterparty.replay.words import expectation as x
from afterparty.replay.words import seasonform as s
from afterparty.replay.words.crosscheck import unknown
from afterparty.replay.words.loading import parse_marked, read_form, refuse, text_of
from afterparty.replay.words.marks import Marked
from afterparty.replay.words.marks import Path as Spot
from afterparty.replay.words.plot import Fault
from afterparty.replay.words.scenario import Scenario

FILE = "season.yaml"
"""What a season's own file is called."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A season and its evenings."""

    season: s.SeasonWords
    evenings: tuple[Scenario, ...]
    """In order of the moments at which they begin."""
    apart: tuple[str, ...] = ()
    """What else lies there: scenarios that begin before or after the season."""


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    scenario: Scenario
    marked: Marked


def beside(scenario: Path) -> s.SeasonWords | None:
    """The season in whose folder a scenario lies; ``None``: there is none.

    Raises:
        ScenarioError: there is one, and it is wrong.
    """
    file = scenario.parent / FILE
    return parse(text_of(file), str(file)) if file.is_file() else None


def parse(text: str, file: str = FILE) -> s.SeasonWords:
    """The season in a text; ``file`` is what errors call it.

    Raises:
        ScenarioError: not a season.
    """
    return _parse(text, file)[0]


def load(folder: Path) -> Folder:
    """The season in a folder, with all its evenings.

    Raises:
        ScenarioError: a file of it cannot be read or is wrong, or they do not agree.
    """
    file = folder / FILE
    season, marked = _parse(text_of(file), str(file))
    files, apart, undated = [], [], []
    for path in sorted(folder.glob("*.yaml")):
        if path.name != FILE and not path.name.startswith("."):  # those are an editor's own
            scenario, marks = parse_marked(text_of(path), str(path))
            if scenario.begins is None:
                undated.append(scenario.scenario)
            elif season.since <= scenario.begins.at < season.until:
                files.append(_File(path, scenario, marks))
            else:
                apart.append(scenario.scenario)
    named: dict[str, Path] = {}
    rooms: dict[str, str] = {}
    series: dict[str, tuple[str, str, str]] = {}
    for one in files:
        faults = [
            *_named(one, named),
            *_known(season, one.scenario),
            *_alone(one.scenario, rooms),
            *_episodes(one.scenario, series),
        ]
        refuse(str(one.path), one.marked, faults)
    evenings = {one.scenario.scenario: one.scenario for one in files}
    refuse(str(file), marked, _evenings(season, evenings, apart, undated))
    return Folder(season, tuple(sorted(evenings.values(), key=begins)), tuple(apart))


def begins(scenario: Scenario) -> tuple[float, str]:
    """By what evenings are put in order: the moment at which each begins."""
    return (scenario.begins.at.timestamp() if scenario.begins else 0.0, scenario.scenario)


def days(evenings: Iterable[Scenario]) -> list[list[Scenario]]:
    """The evenings of each day, in order; a day is one of the place where the evening was."""
    found: dict[str, list[Scenario]] = defaultdict(list)
    for scenario in sorted(evenings, key=begins):
        found[scenario.begins.at.date().isoformat() if scenario.begins else ""].append(scenario)
    return list(found.values())


def _parse(text: str, file: str) -> tuple[s.SeasonWords, Marked]:
    season, marked = read_form(s.SeasonWords, text, file)
    refuse(file, marked, [*_spans(season), *_names(season), *_claims(season)])
    return season, marked


def _spans(season: s.SeasonWords) -> Iterator[Fault]:
    if season.since >= season.until:
        yield Fault(("until",), "is not after since")
    for index, era in enumerate(season.eras):
        if era.since is not None and era.until is not None and era.since >= era.until:
            yield Fault(("eras", index, "until"), "is not after since")


def _names(season: s.SeasonWords) -> Iterator[Fault]:
    seen = {s.OVERALL}
    for index, era in enumerate(season.eras):
        if era.era in seen:
            yield Fault(("eras", index, "era"), f"'{era.era}' is a record already")
        seen.add(era.era)
    rules: set[str] = set()
    for index, rule in enumerate(season.firsts):
        if rule.first in rules:
            yield Fault(("firsts", index, "first"), f"'{rule.first}' is here twice")
        rules.add(rule.first)


def _claims(season: s.SeasonWords) -> Iterator[Fault]:
    for index, claim in enumerate(season.claims):
        if isinstance(claim, s.Holds):
            yield from unknown(("claims", index, "record"), "records", claim.record, _eras(season))
        if isinstance(claim, s.WasFirst):
            yield from unknown(("claims", index, "first"), "firsts", claim.first, _firsts(season))
        if isinstance(claim, s.AmongTop) and claim.count > claim.most:
            yield Fault(("claims", index, "count"), f"is more than the {claim.most} looked at")
        at = getattr(claim, "at", None)
        if at is not None and not season.since <= at <= season.until:
            yield Fault(("claims", index, "at"), "is not within the season")


def _eras(season: s.SeasonWords) -> list[str]:
    return [s.OVERALL, *(era.era for era in season.eras)]


def _firsts(season: s.SeasonWords) -> list[str]:
    return [rule.first for rule in season.firsts]


def _named(one: _File, named: dict[str, Path]) -> Iterator[Fault]:
    """A file that was copied has to have another name, or one of the two would be no evening."""
    name, first = one.scenario.scenario, named.setdefault(one.scenario.scenario, one.path)
    if first != one.path:
        yield Fault(("scenario",), f"'{name}' is what '{first.name}' is called already")


def _known(season: s.SeasonWords, scenario: Scenario) -> Iterator[Fault]:
    """What is expected of records and firsts is of this season's."""
    for index, expected in enumerate(scenario.expect):
        if isinstance(expected, x.RecordBroken):
            path: Spot = ("expect", index, "record")
            yield from unknown(path, "records of the season", expected.record, _eras(season))
        if isinstance(expected, x.FirstMade):
            path = ("expect", index, "first")
            yield from unknown(path, "firsts of the season", expected.first, _firsts(season))


def _alone(scenario: Scenario, rooms: dict[str, str]) -> Iterator[Fault]:
    """Evenings of one season share no room: their names on the server would be one."""
    for index, form in enumerate(scenario.rooms):
        other = rooms.setdefault(form.id, scenario.scenario)
        if other != scenario.scenario:
            yield Fault(("rooms", index, "id"), f"'{form.id}' is a room of '{other}' too")


def _episodes(scenario: Scenario, known: dict[str, tuple[str, str, str]]) -> Iterator[Fault]:
    """A series has one title and one host, who makes it."""
    for index, form in enumerate(scenario.rooms):
        if form.series is None:
            continue
        said = (form.series.title, form.host)
        title, host, where = known.setdefault(form.series.id, (*said, scenario.scenario))
        if (title, host) != said:
            yield Fault(
                ("rooms", index, "series"),
                f"in '{where}' the series '{form.series.id}' is '{title}' and hosted by '{host}'",
            )


def _evenings(
    season: s.SeasonWords, evenings: dict[str, Scenario], apart: list[str], undated: list[str]
) -> Iterator[Fault]:
    """Claims name evenings that there are, and whom and what they have."""
    for index, claim in enumerate(season.claims):
        if isinstance(claim, s.Enacted):
            for place, name in enumerate(claim.scenarios):
                path: Spot = ("claims", index, "scenarios", place)
                yield from _evening(path, name, evenings, apart, undated)
        elif not isinstance(claim, s.AmongTop):
            path = ("claims", index, "scenario")
            yield from _evening(path, claim.scenario, evenings, apart, undated)
            if claim.scenario in evenings:
                yield from _whom(index, claim, evenings[claim.scenario])


def _evening(
    path: Spot, name: str, evenings: dict[str, Scenario], apart: list[str], undated: list[str]
) -> Iterator[Fault]:
    if name in apart and name not in evenings:
        yield Fault(path, f"'{name}' begins before or after the season: see its begins.at")
    elif name in undated and name not in evenings:
        yield Fault(path, f"'{name}' is of no season: it has no 'begins'")
    else:
        yield from unknown(path, "the season's evenings", name, evenings)


def _whom(index: int, claim: s.Holds | s.WasFirst | s.Ranks, scenario: Scenario) -> Iterator[Fault]:
    if isinstance(claim, s.WasFirst):
        cast = [member.id for member in scenario.cast]
        yield from unknown(("claims", index, "who"), "its cast", claim.who, cast)
    if isinstance(claim, s.Ranks) and claim.room:
        rooms = [form.id for form in scenario.rooms]
        yield from unknown(("claims", index, "room"), "its rooms", claim.room, rooms)
