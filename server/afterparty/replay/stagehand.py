"""What stands before a run begins, and what is collected after it: show, rooms, tokens, logs."""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.replay.notebook import Notebook
from afterparty.replay.record import HandoffRecord, Logged
from afterparty.replay.scenario import Scenario
from afterparty.wire.bodies import CreateRoom, CreateShow

Mint = Callable[[str | None, str, tuple[str, ...]], Awaitable[tuple[str, str]]]
"""From handle (``None``: anonymous), name and grants to a token and its member."""

LATE = tuple(
    f"afterparty_media_{name}_total"
    for name in ("ticks_late", "ticks_skipped", "departures_late", "departures_skipped")
)
"""Figures of a server that had no time for its sound."""

NAME_LIMIT = 64
SUFFIX = 7


@dataclass(frozen=True)
class Names:
    """What the scenario's show and rooms are called on the server: no two runs alike."""

    show: str
    rooms: dict[str, str]
    """The server's name by the scenario's."""


def names(scenario: Scenario) -> Names:
    """Fresh names for one run."""
    suffix = secrets.token_hex(SUFFIX // 2)
    most = NAME_LIMIT - len(suffix) - 1
    return Names(
        show=f"{scenario.scenario[:most]}-{suffix}",
        rooms={form.id: f"{form.id[:most]}-{suffix}" for form in scenario.rooms},
    )


def from_server(api: Api) -> Mint:
    """Tokens as a server in development mode hands them out."""

    async def mint(handle: str | None, name: str, grants: tuple[str, ...]) -> tuple[str, str]:
        reply = await api.token(handle, name, grants=grants)
        return reply.token, reply.member

    return mint


async def clock_offset(api: Api) -> float:
    """How far the server's clock is ahead of ours, seconds."""
    before = time.time()
    server = (await api.server()).now
    return server - (before + time.time()) / 2


async def late_ticks(api: Api) -> int | None:
    """Ticks that the server was late with or left out since it started; ``None``: not told."""
    try:
        figures = await api.metrics()
        return int(sum(figures[name] for name in LATE))
    except (ApiError, KeyError):
        return None


async def build(scenario: Scenario, named: Names, hosts: dict[str, Api]) -> None:
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
        )
    )
    people = {member.id: member.name for member in scenario.cast}
    for form in scenario.rooms:
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
        }
        await hosts[form.host].create_room(named.show, CreateRoom.model_validate(room))


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
