"""What stands before a run begins, and what is collected after it: show, rooms, tokens, logs."""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.replay.evening.notebook import Notebook
from afterparty.replay.verdict.record import HandoffRecord, Logged
from afterparty.replay.words.forms import EVER
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.seasonform import SeasonWords
from afterparty.wire.bodies import CreateRoom, CreateShow
from afterparty.wire.seasons import CreateSeason, TellRecord
from afterparty.wire.series import CreateSeries

Mint = Callable[[str | None, str, tuple[str, ...]], Awaitable[tuple[str, str]]]
"""From handle (``None``: anonymous), name and grants to a token and its member."""

LATE = tuple(
    f"afterparty_media_{name}_total"
    for name in ("ticks_late", "ticks_skipped", "departures_late", "departures_skipped")
)
"""Figures of a server that had no time for its sound."""

CLOCK_ASKED = 5
"""How often the server is asked for the time."""

NAME_LIMIT = 64
SEASON_TITLE_LIMIT = 120
SUFFIX = 7


@dataclass(frozen=True)
class Names:
    """What the scenario's show, rooms and series are called on the server: no two runs alike."""

    show: str
    rooms: dict[str, str]
    """The server's name by the scenario's."""
    series: dict[str, str]
    """Likewise; evenings of one season share them."""
    season: str = ""
    """The season in whose book the show's records stand; empty: in none."""


def new_suffix() -> str:
    """By what the names of one run differ from those of every other."""
    return secrets.token_hex(SUFFIX // 2)


def name(of: str, suffix: str) -> str:
    """What something is called on the server in a run."""
    return f"{of[: NAME_LIMIT - len(suffix) - 1]}-{suffix}"


def names(scenario: Scenario, suffix: str | None = None, season: str = "") -> Names:
    """The names of one run: fresh ones, unless a ``suffix`` is given."""
    suffix = suffix or new_suffix()
    series = [form.series.id for form in scenario.rooms if form.series is not None]
    return Names(
        show=name(scenario.scenario, suffix),
        rooms={form.id: name(form.id, suffix) for form in scenario.rooms},
        series={one: name(one, suffix) for one in series},
        season=season,
    )


def begins(scenario: Scenario) -> float | None:
    """Epoch seconds that evening time 0:00 stands for."""
    return scenario.begins.at.timestamp() if scenario.begins else None


def stands_for(scenario: Scenario) -> float | None:
    """Epoch seconds that the opening of the first room stands for."""
    start = begins(scenario)
    opened = next((beat.at for beat in scenario.beats if beat.do == "open"), 0.0)
    return None if start is None else start + opened


async def make_season(
    api: Api, season: str, title: str, words: SeasonWords | None, evenings: Iterable[Scenario]
) -> None:
    """Make a season under that name, with the eras and firsts of ``words``, for these evenings:
    whoever hosts a room there puts it into the season. Raises `ApiError`.
    """
    hosts = sorted({form.host for scenario in evenings for form in scenario.rooms})
    made = _season(season, title, words) | {"hosts": hosts}
    await api.create_season(CreateSeason.model_validate(made))


def title_alone(scenario: Scenario) -> str:
    """What the season of an evening is called that is replayed by itself."""
    rest = ", replayed by itself (simulation)"
    return scenario.title[: SEASON_TITLE_LIMIT - len(rest)].rstrip() + rest


def _season(season: str, title: str, words: SeasonWords | None) -> dict[str, object]:
    if words is None:
        since, until = EVER  # nothing is said of it
        return {"season": season, "title": title, "since": since, "until": until}
    return {
        "season": season,
        "title": title,
        "since": words.since.timestamp(),
        "until": words.until.timestamp(),
        "eras": [
            {
                "era": era.era,
                "title": era.title,
                "since": era.since.timestamp() if era.since else None,
                "until": era.until.timestamp() if era.until else None,
            }
            for era in words.eras
        ],
        "firsts": [
            {
                "first": rule.first,
                "title": rule.title,
                "tags": list(rule.tags),
                "role": rule.role,
                "kind": rule.kind,
                "series": rule.series,
            }
            for rule in words.firsts
        ],
    }


async def tell_rivals(api: Api, season: str, scenario: Scenario) -> None:
    """Enter what stood in the book before an evening. Raises `ApiError`."""
    for rival in scenario.rivals:
        told = TellRecord(title=rival.title, listeners=rival.listeners, at=rival.at.timestamp())
        await api.tell_record(season, told)


def from_server(api: Api) -> Mint:
    """Tokens as a server in development mode hands them out."""

    async def mint(handle: str | None, name: str, grants: tuple[str, ...]) -> tuple[str, str]:
        reply = await api.token(handle, name, grants=grants)
        return reply.token, reply.member

    return mint


async def clock_offset(api: Api) -> float:
    """How far the server's clock is ahead of ours, seconds, by the quickest of a few answers."""
    found: list[tuple[float, float]] = []
    for _ in range(CLOCK_ASKED):
        before = time.time()
        server = (await api.server()).now
        took = time.time() - before
        found.append((took, server - before - took / 2))
    return min(found)[1]


async def late_ticks(api: Api) -> int | None:
    """Ticks that the server was late with or left out since it started; ``None``: not told."""
    try:
        figures = await api.metrics()
        return int(sum(figures[name] for name in LATE))
    except (ApiError, KeyError):
        return None


def late_between(late: int | None, later: int | None) -> int | None:
    """Ticks of a run, by two readings; ``None``: not told, or another process has answered."""
    return None if late is None or later is None or later < late else later - late


async def build(scenario: Scenario, named: Names, hosts: dict[str, Api], speed: float) -> None:
    """Make the show and its rooms. ``hosts``: by member, whoever hosts a room; the first makes all.

    Raises `ApiError`.
    """
    first = hosts[scenario.rooms[0].host]
    await first.create_show(
        CreateShow(
            show=named.show,
            title=scenario.show.title,
            simulated=True,
            date=scenario.date,
            source=scenario.source,
            season=named.season or None,
            stands_for=stands_for(scenario),
            speed=speed,
            tags={member.id: list(member.tags) for member in scenario.cast if member.tags},
        )
    )
    people = {member.id: member.name for member in scenario.cast}
    for form in scenario.rooms:
        if form.series is not None:
            await _make_series(hosts[form.host], named.series[form.series.id], form.series.title)
        stage = [
            {"member": seat.who, "name": people[seat.who], "role": seat.role} for seat in form.stage
        ]
        room = {
            "room": named.rooms[form.id],
            "kind": form.kind,
            "title": form.title,
            "rules": form.rules,
            "language": form.language,
            "stage": stage,
            "description": form.description,
            "topics": list(form.topics),
            "hashtag": form.hashtag,
            "speak": form.speak,
            "recording": form.recording,
            "series": named.series[form.series.id] if form.series else None,
        }
        await hosts[form.host].create_room(named.show, CreateRoom.model_validate(room))


async def _make_series(api: Api, series: str, title: str) -> None:
    """Make a series, unless an earlier evening of the season has."""
    try:
        await api.create_series(CreateSeries(series=series, title=title))
    except ApiError as error:
        if error.code != "series_exists":
            raise


async def read_logs(
    scenario: Scenario, named: Names, hosts: dict[str, Api], book: Notebook, epoch: float
) -> tuple[list[Logged], list[HandoffRecord], dict[str, str]]:
    """Every room's events, its handoffs with their ledgers, and the state it was left in.

    ``epoch`` is the server's clock at the run's beginning. What cannot be read is noted.
    """
    events: list[Logged] = []
    handoffs: list[HandoffRecord] = []
    states: dict[str, str] = {}
    for form in scenario.rooms:
        api, room = hosts[form.host], named.rooms[form.id]
        try:
            found = [
                Logged(float(event["at"]) - epoch, form.id, int(event["number"]), event)
                async for event in api.all_events(room)
            ]
            events += found
            left = (await api.room(room)).room
            states[form.id] = left.state.value
            host = next((seat.member for seat in left.seats if seat.role == "host"), form.host)
            for record in _handoffs(form.id, found, book):
                outcomes = await hosts.get(host, api).handoff(room, record.handoff)
                handoffs.append(replace(record, outcomes=outcomes))
        except ApiError as error:
            book.notes.append(f"What happened in {form.id} could not be read: {error.message}")
    return sorted(events, key=lambda logged: logged.t), handoffs, states


def _handoffs(room: str, events: list[Logged], book: Notebook) -> list[HandoffRecord]:
    records = []
    for logged in events:
        if logged.event["type"] != "handoff_offered":
            continue
        handoff = logged.event["handoff"]
        later = {
            other.event["type"]: other for other in events if other.event.get("handoff") == handoff
        }
        begun, closed = later.get("handoff_begun"), later.get("handoff_closed")
        records.append(
            HandoffRecord(
                handoff=handoff,
                room=room,
                to_room=book.rooms.get(logged.event["to_room"], logged.event["to_room"]),
                offered_at=logged.t,
                begun_at=begun.t if begun else None,
                closed_at=closed.t if closed else None,
                tally=dict(closed.event["tally"]) if closed else None,
            )
        )
    return records
