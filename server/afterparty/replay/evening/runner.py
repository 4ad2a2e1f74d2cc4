"""A scenario run against a server, through its public API only, like any third party would.

Of its listeners as many as asked for are real, with a WebSocket and a WebRTC peer connection each;
the others are simulated. What happened is measured and written down; whether it was as expected is
for ``expect`` to say.
"""

import asyncio
import contextlib
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from afterparty.client.api import Api
from afterparty.client.errors import ApiError, ClientError
from afterparty.replay.evening import stagehand
from afterparty.replay.evening.ensemble import Evening, Place, assemble
from afterparty.replay.evening.figures import figures
from afterparty.replay.evening.performer import Performer
from afterparty.replay.evening.progress import Progress, Silent
from afterparty.replay.evening.stagehand import Mint
from afterparty.replay.verdict.expect import Verdict, judge
from afterparty.replay.verdict.record import BeatDone, Poll, Record
from afterparty.replay.verdict.report import write
from afterparty.replay.voice.voices import VoiceKind
from afterparty.replay.words.beats import Aimed, Beat, Offer, Say
from afterparty.replay.words.expectation import FirstMade
from afterparty.replay.words.loading import load
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.seasonload import beside

POLL_SECONDS = 0.1
CLOSE_POLL_SECONDS = 0.03
"""Between two polls, in general and while a handoff is going on."""

AFTER_MOVE_SECONDS = 4.0
"""How long after the move counts are looked at closely."""

BREATH_SECONDS = 2.0
"""How long around a move open microphones send their own noise, so that a gap would be heard."""

GRACE_SECONDS = 20.0
"""How much longer than its script a run may take: late beats, and the audience's going home."""

HOME_SECONDS = 5.0
"""How long the audience may take to go home once the script is over."""

CROWDED = 2_000
"""Simulated members from which on it is asked more seldom who is where, and counted as often."""

NAMES_SECONDS = 1.0
CLOSE_NAMES_SECONDS = 0.15
"""Then: between two times of asking who, in general and while a handoff is going on."""

SPOKEN_LIMIT = 30.0
"""Seconds that one beat may take at most."""


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What came of a replay."""

    record: Record
    verdicts: list[Verdict]
    report_path: Path
    """The page for people; JSON and JUnit XML lie beside it."""

    @property
    def ok(self) -> bool:
        """Whether everything held that was asked."""
        return not any(verdict.failed for verdict in self.verdicts)


async def replay(
    scenario_path: Path,
    url: str,
    out_dir: Path,
    *,
    speed: float | None = None,
    real: int | None = None,
    seed: int | None = None,
    voices: VoiceKind = "marked",
    progress: Progress | None = None,
    mint: Mint | None = None,
) -> ReplayResult:
    """Load a scenario, run it, judge it, and write the report into ``out_dir``.

    ``real`` and the others are those of ``run``.

    Raises:
        ScenarioError: the file is not a scenario.
        ApiError: the server cannot be reached, or does not let the run begin.
        OSError: the report cannot be written.
    """
    scenario = load(scenario_path)
    record = await run(
        scenario,
        url,
        speed=speed or scenario.demo_speed,
        real=real,
        seed=scenario.seed if seed is None else seed,
        voices=voices,
        progress=progress or Silent(),
        mint=mint,
        place=own_place(scenario, scenario_path),
    )
    verdicts = judge(scenario, record)
    write(out_dir, scenario, record, verdicts)
    return ReplayResult(record, verdicts, out_dir / "report.html")


def own_place(scenario: Scenario, path: Path) -> Place:
    """Where an evening stands that is replayed by itself: in a season of its own, by the rules of
    the folder in which its file lies; in none if it enacts no time.

    Raises:
        ScenarioError: the folder's season is wrong.
    """
    suffix = stagehand.new_suffix()
    if scenario.begins is None:
        return Place(stagehand.names(scenario, suffix))
    words = beside(path)
    if words is not None:  # by itself, an evening would be the first at what others were before
        made = {one.first for one in scenario.expect if isinstance(one, FirstMade)}
        firsts = tuple(rule for rule in words.firsts if rule.first in made)
        words = words.model_copy(update={"firsts": firsts})
    season = stagehand.name(scenario.scenario, suffix)
    return Place(stagehand.names(scenario, suffix, season), words=words)


async def run(
    scenario: Scenario,
    url: str,
    *,
    speed: float,
    real: int | None,
    seed: int,
    progress: Progress,
    voices: VoiceKind = "marked",
    mint: Mint | None = None,
    place: Place | None = None,
) -> Record:
    """Run a scenario and say what was measured.

    ``speed``: evening seconds a wall second. ``real``: so many listeners have a connection
    (``None``: all); the others are simulated. ``mint`` makes tokens; without it the server is
    asked, which must be in development mode. ``place``: the names of the run, and its season;
    without it, fresh names and none.
    Refusals are measurements, not errors. Cancelled, it closes everything it opened.

    Raises:
        ApiError: the server cannot be reached, or does not let the run begin.
    """
    scenario = scenario.model_copy(update={"seed": seed})
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(Api(url))
        server = await api.server()
        evening = await assemble(
            scenario,
            url,
            stack,
            mint or stagehand.from_server(api),
            speed,
            real,
            voices,
            place or Place(stagehand.names(scenario)),
        )
        await _let_in(evening)
        ahead = await stagehand.clock_offset(api)
        epoch = time.time() + ahead
        evening.book.began, evening.book.epoch = time.monotonic(), epoch
        late = await stagehand.late_ticks(api)
        progress.begin(scenario, speed, scenario.listeners, len(evening.crowd))
        try:
            await _play(evening, progress)
        finally:
            progress.end(evening.book.now())
        ended = evening.book.now()
        book = evening.book
        events, handoffs, states = await stagehand.read_logs(
            scenario, evening.names, evening.hosts, book, epoch
        )
        later = await stagehand.late_ticks(api)
        return Record(
            scenario=scenario.scenario,
            url=url,
            server_version=server.version,
            started_at=epoch,
            speed=speed,
            seed=seed,
            begins=stagehand.begins(scenario),
            season=evening.names.season,
            series=evening.names.series,
            ended=ended,
            figures=tuple(figures(evening, book.polls)),
            beats=tuple(book.beats),
            polls=tuple(book.polls),
            events=tuple(events),
            members=(
                *(
                    one.attendance.record(one.fan.part, anonymous=one.fan.anonymous)
                    for one in evening.attendees
                ),
                *(one.attendance.record() for one in evening.performers.values()),
            ),
            crowd=evening.crowd.record(),
            handoffs=tuple(handoffs),
            hearings=tuple(book.hearings),
            refusals=tuple(book.refusals),
            states=states,
            voiced=voices != "none",
            held_up=book.held_up,
            late_ticks=stagehand.late_between(late, later),
            notes=tuple(book.notes),
        )


async def _let_in(evening: Evening) -> None:
    """Have whoever will be blocked come in first: a host's list outlives a room, and so a run."""
    cast = evening.performers
    for beat in evening.scenario.beats:
        if isinstance(beat, Aimed) and beat.do == "block":
            await cast[beat.who].api.block(cast[beat.member].attendance.member, on=False)


async def _play(evening: Evening, progress: Progress) -> None:
    """The whole run: audience, counting, and the beats in their order."""
    limit = evening.scenario.ends_at / evening.speed + GRACE_SECONDS
    limit += sum(isinstance(beat, Say) for beat in evening.scenario.beats) * 2.0
    try:
        async with asyncio.timeout(limit), asyncio.TaskGroup() as group:
            audience = [group.create_task(one.attend()) for one in evening.attendees]
            close_look = asyncio.Event()
            counting = group.create_task(_count(evening, progress, close_look))
            crowd = group.create_task(evening.crowd.attend())
            crossings = [
                group.create_task(_watch_crossings(one)) for one in evening.performers.values()
            ]
            await _beats(evening, progress, group, close_look)
            if audience:
                await asyncio.wait(audience, timeout=HOME_SECONDS)
            for task in (*audience, *crossings, counting, crowd):
                task.cancel()
    except TimeoutError:
        evening.book.notes.append("The run took too long and was broken off.")
    finally:
        everybody = [one.attendance for one in evening.attendees]
        everybody += [one.attendance for one in evening.performers.values()]
        await evening.crowd.close()
        await asyncio.gather(*(one.close() for one in everybody), return_exceptions=True)


async def _beats(
    evening: Evening, progress: Progress, group: asyncio.TaskGroup, close_look: asyncio.Event
) -> None:
    book, scenario = evening.book, evening.scenario
    for index, beat in enumerate(scenario.beats):
        await asyncio.sleep(max(0.0, beat.at / evening.speed - book.now()))
        began = book.now()
        progress.beat(began, index, beat)
        code = ""
        try:
            async with asyncio.timeout(SPOKEN_LIMIT):
                await _perform(evening, index, beat)
        except ClientError as error:
            code = book.refused(evening.performers[beat.who].attendance.member, beat.do, error)
        except TimeoutError:
            code = book.refused(
                evening.performers[beat.who].attendance.member,
                beat.do,
                ClientError("timeout", "The beat took too long."),
            )
        book.beats.append(BeatDone(index, began, book.now(), code))
        if code:
            progress.refused(book.now(), beat, code)
        elif isinstance(beat, Offer):
            seconds = beat.seconds / evening.speed
            progress.handoff(book.now(), beat.room, beat.to, seconds)
            close_look.set()
            group.create_task(evening.crowd.offered(beat.room))
            group.create_task(_around_move(evening, progress, beat, close_look))
        elif beat.do == "end":
            evening.crowd.over(beat.room)


async def _perform(evening: Evening, index: int, beat: Beat) -> None:
    to_room = evening.names.rooms[beat.to] if isinstance(beat, Offer) else ""
    performer = evening.performers[beat.who]
    await performer.take(index, beat, evening.names.rooms[beat.room], to_room)
    if isinstance(beat, Aimed) and beat.do in ("remove", "block"):
        await evening.performers[beat.member].sent_out(evening.names.rooms[beat.room])


async def _around_move(
    evening: Evening, progress: Progress, offer: Offer, close_look: asyncio.Event
) -> None:
    """Let open microphones be heard around a move, and look at the counts until it is over."""
    await asyncio.sleep(max(0.0, offer.seconds / evening.speed - BREATH_SECONDS / 2))
    async with asyncio.TaskGroup() as group:
        for performer in evening.performers.values():
            if performer.has_open_microphone():
                group.create_task(performer.breathe(BREATH_SECONDS))
    await asyncio.sleep(AFTER_MOVE_SECONDS)
    close_look.clear()
    host = evening.hosts[evening.scenario.room(offer.room).host]
    with contextlib.suppress(ApiError):
        handoff = (await host.room(evening.names.rooms[offer.room])).room.handoff
        if handoff is not None and handoff.tally is not None:
            progress.tally(evening.book.now(), offer.room, handoff.tally)


async def _watch_crossings(performer: Performer) -> None:
    """Measure the cast's own sound at every move, until cancelled."""
    while True:
        await performer.attendance.measure_crossings()
        await asyncio.sleep(POLL_SECONDS)


async def _count(evening: Evening, progress: Progress, close_look: asyncio.Event) -> None:
    """Ask how many are in which room, and who, over and over, until cancelled."""
    book = evening.book
    ours = {one.attendance.member for one in evening.attendees}
    ours |= {one.attendance.member for one in evening.performers.values()}
    api = evening.hosts[evening.scenario.rooms[0].host]
    named = -NAMES_SECONDS
    while True:
        seldom = CLOSE_NAMES_SECONDS if close_look.is_set() else NAMES_SECONDS
        who = len(evening.crowd) < CROWDED or book.now() >= named + seldom
        named = book.now() if who else named
        try:
            poll = await _poll(api, evening, ours if who else None)
        except ApiError as error:
            book.refused("", "members" if who else "counts", error)
        else:
            book.polled(poll)
            progress.counts(book.now(), poll.rooms)
        pause = CLOSE_POLL_SECONDS if close_look.is_set() else POLL_SECONDS
        before = book.now()
        await asyncio.sleep(pause)
        book.held_up = max(book.held_up, book.now() - before - pause)


async def _poll(api: Api, evening: Evening, ours: set[str] | None) -> Poll:
    """Counts of one instant, with how many of them are ``ours`` (``None``: never mind who)."""
    book = evening.book
    asked = book.now()
    if ours is None:
        counts = (await api.counts(evening.names.show)).rooms
        return Poll(asked, book.now(), {book.rooms[room]: one for room, one in counts.items()}, {})
    found = (await api.members(evening.names.show)).rooms
    here = {book.rooms[room]: ours.intersection(one.members) for room, one in found.items()}
    times = Counter(member for members in here.values() for member in members)
    return Poll(
        asked,
        book.now(),
        {book.rooms[room]: one.counts for room, one in found.items()},
        {room: len(members) for room, members in here.items()},
        tuple(sorted(member for member, n in times.items() if n > 1)),
    )
