"""What an evening is, in a few lines: for an author who has just been told that it is right."""

from collections import Counter
from collections.abc import Iterable

from afterparty.replay.words.beats import Say
from afterparty.replay.words.forms import write_clock
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.seasonload import Folder, days

REAL_LIMIT = 200
"""Listeners with a connection of their own in a replay that is not told otherwise."""


def synopsis(scenario: Scenario) -> list[tuple[str, str]]:
    """What it is: a word and a line each."""
    lines = sum(isinstance(beat, Say) for beat in scenario.beats)
    return [
        ("evening", scenario.title),
        ("time", _time(scenario)),
        ("rooms", ", ".join(f"{room.id} ({room.kind})" for room in scenario.rooms)),
        ("cast", ", ".join(member.id for member in scenario.cast)),
        ("audience", _audience(scenario)),
        ("beats", f"{len(scenario.beats)}, of which {lines} are lines to speak"),
        ("expects", _times(expected.kind for expected in scenario.expect)),
    ]


def synopsis_of_season(folder: Folder) -> list[tuple[str, str]]:
    """The same of a season with its evenings."""
    season, evenings = folder.season, folder.evenings
    listeners = sum(evening.listeners for evening in evenings)
    on = "1 day" if len(days(evenings)) == 1 else f"{len(days(evenings))} days"
    told = [
        ("season", season.title),
        ("time", f"{season.since.isoformat()} to {season.until.isoformat()}"),
        ("evenings", f"{len(evenings)} on {on}, {listeners:,} listeners"),
        ("eras", ", ".join(era.era for era in season.eras)),
        ("firsts", ", ".join(rule.first for rule in season.firsts)),
        ("claims", _times(claim.kind for claim in season.claims)),
    ]
    if folder.apart:
        told.append(("apart", f"{', '.join(folder.apart)}: before or after the season, left out"))
    return told


def _time(scenario: Scenario) -> str:
    wall = scenario.ends_at / scenario.demo_speed
    length = f"{write_clock(scenario.ends_at)}, {wall:.0f} s at demo speed"
    if scenario.begins is None:
        return f"{length}; stands for no time but its own"
    at, basis = scenario.begins.at.isoformat(), scenario.begins.basis
    return f"{length}; begins {at} ({basis})"


def _audience(scenario: Scenario) -> str:
    real = min(scenario.listeners, REAL_LIMIT)
    parts = ", ".join(f"{part.name} {part.size:,}" for part in scenario.audience)
    told = f"{scenario.listeners:,} listeners"
    told += f": {real:,} with connections, {scenario.listeners - real:,} simulated"
    return f"{told} ({parts})" if parts else told


def _times(words: Iterable[str]) -> str:
    counted = Counter(words)
    return ", ".join(word if n == 1 else f"{word} ({n})" for word, n in counted.items())
