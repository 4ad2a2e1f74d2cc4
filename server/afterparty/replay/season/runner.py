"""A season replayed: every evening of a folder in order of the moments at which they begin, then
its claims judged by the record book that came of it.

Evenings of one day may go at the same time; others wait for all earlier days. One that fails does
not stop the others. Nothing here writes into the book: the server does, as it does for everybody.
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.replay.evening import stagehand
from afterparty.replay.evening.ensemble import Place
from afterparty.replay.evening.progress import Progress, Silent
from afterparty.replay.evening.runner import run
from afterparty.replay.evening.stagehand import Mint
from afterparty.replay.season import claims
from afterparty.replay.season import report as seasonreport
from afterparty.replay.season.files import write_files
from afterparty.replay.season.record import EveningRecord, Fallen, SeasonRecord
from afterparty.replay.verdict.expect import Verdict, judge
from afterparty.replay.verdict.record import Record, highest
from afterparty.replay.verdict.report import write
from afterparty.replay.voice.voices import VoiceKind
from afterparty.replay.words.scaling import scaled
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.seasonform import SeasonWords
from afterparty.replay.words.seasonload import days, load
from afterparty.wire.seasons import SeasonBook

KEEPER = "season.keeper"
"""The account that makes the season."""

REAL = 200
"""Real connections at a time, of all evenings together."""

SETTLE_SECONDS = 10.0
"""How long the book may take to have every room that is over."""

BOOK_LIMIT = 50
"""Entries of the book that are looked at."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a season is to be run."""

    speed: float | None = None
    """Evening seconds a wall second; ``None``: each evening at its own ``demo_speed``."""
    real: int = REAL
    """At most so many listeners at a time are real connections."""
    seed: int | None = None
    """In place of every evening's own."""
    scale: float = 1.0
    """Of every planned size, so much comes."""
    together: int = 3
    """At most so many evenings go at a time."""
    voices: VoiceKind = "marked"


class Watch(Protocol):
    """Whoever watches a season's run."""

    def begin(self, season: SeasonWords, evenings: list[Scenario]) -> None:
        """The run begins."""

    def evening(self, scenario: Scenario) -> Progress:
        """An evening begins; what to tell of its run."""

    def over(self, evening: EveningRecord, fallen: tuple[Fallen, ...]) -> None:
        """An evening is over, and so fell records in it."""


class Unwatched:
    """Tells nobody."""

    def begin(self, season: SeasonWords, evenings: list[Scenario]) -> None:
        """Say nothing."""

    def evening(self, scenario: Scenario) -> Progress:
        """Say nothing."""
        return Silent()

    def over(self, evening: EveningRecord, fallen: tuple[Fallen, ...]) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class _Run:
    url: str
    out: Path
    terms: Terms
    watch: Watch
    mint: Mint
    suffix: str
    season: str
    began: float
    """Monotonic."""

    def now(self) -> float:
        return time.monotonic() - self.began


async def replay_season(
    folder: Path,
    url: str,
    out: Path,
    terms: Terms,
    *,
    watch: Watch | None = None,
    mint: Mint | None = None,
) -> SeasonRecord:
    """Run all evenings of a folder, judge the claims, and write what came of it into ``out``.

    Raises:
        ScenarioError: a file of the folder is wrong.
        ApiError: the server cannot be reached, or does not let a season be made.
        OSError: what came of it cannot be written.
    """
    found = load(folder)
    watch = watch or Unwatched()
    scenarios = [scaled(scenario, terms.scale) for scenario in found.evenings]
    async with AsyncExitStack() as stack:
        anybody = await stack.enter_async_context(Api(url))
        mint = mint or stagehand.from_server(anybody)
        token, _ = await mint(KEEPER, "Season keeper (synthetic)", ("simulate",))
        api = await stack.enter_async_context(Api(url, token))
        suffix = stagehand.new_suffix()
        season = stagehand.name(found.season.season, suffix)
        await stagehand.make_season(api, season, found.season.title, found.season, scenarios)
        started = time.time()
        running = _Run(url, out, terms, watch, mint, suffix, season, time.monotonic())
        watch.begin(found.season, scenarios)
        evenings: list[EveningRecord] = []
        for day in days(scenarios):
            evenings += await _day(running, day)
        books, notes = await _books(api, season, claims.moments(found.season), evenings)
    if found.apart:
        told = ", ".join(found.apart)
        notes.append(f"Left out, as they begin before or after the season: {told}.")
    evidence = claims.Evidence(books, tuple(evenings))
    record = SeasonRecord(
        season=found.season,
        name=season,
        url=url,
        started_at=started,
        speed=terms.speed,
        scale=terms.scale,
        real=terms.real,
        together=terms.together,
        seed=terms.seed,
        ended_at=running.now(),
        evenings=tuple(evenings),
        fallen=tuple(sorted(_all_fallen(evenings), key=lambda one: (one.at, one.key))),
        book=evidence.latest,
        claims=claims.judge(found.season, evidence),
        notes=tuple(notes),
    )
    write_files(out, record)
    seasonreport.write(out, record)
    return record


async def _day(running: _Run, day: list[Scenario]) -> list[EveningRecord]:
    """The evenings of one day, at most ``together`` at a time."""
    together = min(running.terms.together, len(day))
    places = asyncio.Semaphore(together)

    async def one(scenario: Scenario) -> EveningRecord:
        async with places:
            return await _evening(running, scenario, running.terms.real // together)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(scenario), name=scenario.scenario) for scenario in day]
    return [task.result() for task in tasks]


async def _evening(running: _Run, scenario: Scenario, real: int) -> EveningRecord:
    names = stagehand.names(scenario, running.suffix, running.season)
    began = running.now()
    record: Record | None = None
    verdicts: tuple[Verdict, ...] = ()
    failure = ""
    try:
        played = await run(
            scenario,
            running.url,
            speed=running.terms.speed or scenario.demo_speed,
            real=real,
            seed=scenario.seed if running.terms.seed is None else running.terms.seed,
            voices=running.terms.voices,
            progress=running.watch.evening(scenario),
            mint=running.mint,
            place=Place(names, shared=True),
        )
        if running.terms.scale != 1:
            told = f"Every part of the audience was scaled to {running.terms.scale:g} of its size."
            played = replace(played, notes=(*played.notes, told))
        verdicts = tuple(judge(scenario, played))
        folder = running.out / scenario.scenario
        await asyncio.to_thread(write, folder, scenario, played, list(verdicts))
        record = played
    except Exception as error:  # whatever it is, the other evenings go on
        failure = f"{type(error).__name__}: {error}"
    evening = EveningRecord(
        scenario=scenario,
        begins=stagehand.begins(scenario) or 0.0,
        basis=scenario.begins.basis if scenario.begins else "synthetic",
        began_at=began,
        ended_at=running.now(),
        show=names.show,
        rooms=tuple(names.rooms.items()),
        record=record,
        verdicts=verdicts,
        failure=failure,
        report=scenario.scenario if record else "",
    )
    running.watch.over(evening, tuple(fallen(evening)))
    return evening


def fallen(evening: EveningRecord) -> Iterable[Fallen]:
    """The records that fell in an evening and the firsts that were made, by its rooms' logs."""
    record = evening.record
    if record is None:
        return
    opened = min((e.t for e in record.events if e.event["type"] == "room_opened"), default=0.0)
    start = stagehand.stands_for(evening.scenario) or evening.begins
    for logged in record.events:
        event, at = logged.event, start + (logged.t - opened) * record.speed
        place = (evening.scenario.scenario, logged.room)
        if event["type"] == "record_broken":
            before = event["before"]
            yield Fallen(
                *place,
                "record",
                event["record"],
                event["title"],
                at,
                listeners=event["listeners"],
                before_title=before["title"],
                before_listeners=before["listeners"],
            )
        elif event["type"] == "first_made":
            yield Fallen(
                *place,
                "first",
                event["first"],
                event["title"],
                at,
                member=event["member"],
                name=event["name"],
            )


def _all_fallen(evenings: list[EveningRecord]) -> list[Fallen]:
    return [one for evening in evenings for one in fallen(evening)]


async def _books(
    api: Api, season: str, at: list[float], evenings: list[EveningRecord]
) -> tuple[dict[float, SeasonBook], list[str]]:
    """The book as it was at each moment, and what could not be read of it."""
    notes: list[str] = []
    books: dict[float, SeasonBook] = {}
    expected = dict(_peaks(evenings))
    until = time.monotonic() + SETTLE_SECONDS
    try:
        book = await api.season_book(season, limit=BOOK_LIMIT)
        while not (settled := _settled(book, expected)) and time.monotonic() < until:
            await asyncio.sleep(0.1)
            book = await api.season_book(season, limit=BOOK_LIMIT)
        if not settled:
            notes.append("The record book lacks a room that is over, or its highest count.")
        for moment in at:
            books[moment] = await api.season_book(season, moment, BOOK_LIMIT)
    except ApiError as error:
        notes.append(f"The record book could not be read: {error.message}")
    return books, notes


def _peaks(evenings: list[EveningRecord]) -> Iterable[tuple[str, int]]:
    """The server's name of each space that had listeners, and the most that a poll found."""
    for evening in evenings:
        polls = evening.record.polls if evening.record else ()
        for here, there in evening.rooms:
            peak = highest(polls, here).peak
            if peak and evening.scenario.room(here).kind == "space":
                yield there, peak


def _settled(book: SeasonBook, peaks: dict[str, int]) -> bool:
    """Whether the book has every room with what was seen of it, as far as it is looked at."""
    known = {entry.room: entry.listeners for entry in book.top}
    enough = min(len(peaks), BOOK_LIMIT)
    return sum(known.get(room, 0) >= peak for room, peak in peaks.items()) >= enough
