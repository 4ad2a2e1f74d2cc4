"""The REST routes. Reading needs no token; every refusal is a problem detail (RFC 9457)."""

import heapq
import math
import secrets
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, WebSocket
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field, StringConstraints
from starlette.requests import HTTPConnection

from afterparty import __version__
from afterparty.core import commands as c
from afterparty.core.model import OVER, Person, Role, Room, RoomState, Show
from afterparty.core.records import Entry, RecordKind, line, top
from afterparty.node import socket
from afterparty.node.audience import counts_view
from afterparty.node.node import Node
from afterparty.node.pieces import listed
from afterparty.node.refused import Refused
from afterparty.node.requests import command_for
from afterparty.node.tokens import Bearer, anonymous_person
from afterparty.wire import bodies as b
from afterparty.wire import messages as m
from afterparty.wire.events import numbered_event
from afterparty.wire.problems import PROBLEMS, Problem, problem
from afterparty.wire.records import RecordView, record_view
from afterparty.wire.views import Id, RoomSummary, ShowView

NOTICE = (
    "This is a simulation, to demonstrate a live-audio server: voices and audiences of the "
    "evenings marked “Simulation” are invented. Not affiliated with or endorsed by Twitter, X, or "
    "any artist, company or person named."
)

NUMBER_LIMIT = 2**53
"""Beyond every number that an event could have; the store's own end at 64 bits."""

MEMBERS_LIMIT = 5_000
"""Members that one answer names at most."""

RECORDS_LIMIT = 100
"""Entries of the record book in one answer, and as many of its line."""

CLOCKS_DIFFER_SECONDS = 60.0
"""How far ahead of the server's clock a record may be dated."""


async def _found(asked: HTTPConnection) -> None:
    """Whatever another node made this moment is known here before it is asked for."""
    node: Node = asked.app.state.node
    await node.news.find(asked.path_params.get("show"), asked.path_params.get("room"))


router = APIRouter(prefix="/v1", dependencies=[Depends(_found)])
_bearer = HTTPBearer(auto_error=False, description="An access token (JWT)")


def _node(request: Request) -> Node:
    node: Node = request.app.state.node
    return node


def _who(
    request: Request,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Bearer:
    if given is None:
        raise Refused("unauthenticated", "Send an access token: Authorization: Bearer …")
    node = _node(request)
    bearer = node.mint.check(given.credentials)
    node.limits.ask(_host(request), bearer.person.member)
    return bearer


def _host(request: Request) -> str:
    return request.client.host if request.client else ""


NodeOf = Annotated[Node, Depends(_node)]
Who = Annotated[Bearer, Depends(_who)]
HandoffId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


# First, because routes are tried in order, and most connections come this way.
@router.websocket("/ws")
async def ws(websocket: WebSocket) -> None:
    """One member's connection to one room; see docs/protocol.md."""
    await socket.serve(websocket.app.state.node, websocket)


@router.get("/server")
async def server(node: NodeOf) -> b.ServerView:
    """What this server is."""
    return b.ServerView(version=__version__, dev=node.settings.dev, now=time.time(), notice=NOTICE)


@router.post("/token")
async def token(body: b.TokenRequest, node: NodeOf) -> b.TokenReply:
    """Hand out an access token, in development mode only."""
    if not node.settings.dev:
        raise Refused("not_found", "This server hands out no tokens; ask whoever runs it.")
    person = Person(body.handle, body.handle, body.name) if body.handle else anonymous_person()
    text, expires_at = node.mint.mint(
        person,
        seconds=node.settings.token_seconds,
        ceiling=body.ceiling,
        grants=tuple(body.grants),
        show=body.show,
    )
    return b.TokenReply(token=text, member=person.member, expires_at=expires_at)


@router.get("/shows", response_model=b.ShowList)
async def shows(
    node: NodeOf, limit: Annotated[int, Query(ge=1, le=500)] = 100, after: Id | None = None
) -> Response:
    """Shows, the newest first; those that come after one of them in that order."""

    def place(show: Show) -> tuple[float, str]:
        return -show.created_at, show.show

    since = place(node.rooms.show(after)) if after is not None else (-math.inf, "")
    older = (show for show in node.rooms.shows() if place(show) > since)
    found = heapq.nsmallest(limit, older, key=place)
    return await listed(
        b.ShowList(shows=[]), found, lambda show: node.show_view(show.show).model_dump_json()
    )


def _may_make(who: Bearer, show: str) -> None:
    """Raise ``Refused`` unless the bearer may make that show, and rooms of it."""
    who.need("host")
    who.within(show)
    if who.person.anonymous:
        raise Refused("anonymous_listens", "Somebody anonymous may only listen.")


@router.post("/shows", status_code=201)
async def create_show(body: b.CreateShow, node: NodeOf, who: Who) -> ShowView:
    """Make a show."""
    _may_make(who, body.show)
    if body.simulated:
        who.need("simulate")
    await node.create_show(
        Show(
            show=body.show,
            title=body.title,
            simulated=body.simulated,
            date=body.date,
            source=body.source,
            created_at=time.time(),
            created_by=who.person.member,
        )
    )
    return node.show_view(body.show)


@router.get("/shows/{show}")
async def show(show: Id, node: NodeOf) -> ShowView:
    """One show."""
    return node.show_view(show)


@router.get("/shows/{show}/counts")
async def counts(show: Id, node: NodeOf) -> b.ShowCounts:
    """Counts of all rooms of a show, at one instant."""
    node.rooms.show(show)
    found = await node.audience.counts_now(show)
    return b.ShowCounts(show=show, at=time.time(), rooms=found)


@router.get("/shows/{show}/members")
async def members(show: Id, node: NodeOf, who: Who) -> b.ShowMembers:
    """Who is in which room of a show, at one instant; for whoever made the show, and admins."""
    made_by = node.rooms.show(show).created_by
    who.within(show)
    if made_by != who.person.member:
        who.need("admin")
    counts, found = await node.store.presence.roll(show, MEMBERS_LIMIT)
    if found is None:
        raise Refused("too_large", f"More than {MEMBERS_LIMIT} are there; ask for counts.")
    rooms = {
        room: b.RoomMembers(counts=counts_view(counts[room]), members=sorted(names))
        for room, names in found.items()
    }
    return b.ShowMembers(show=show, at=time.time(), rooms=rooms)


@router.post("/shows/{show}/rooms", status_code=201)
async def create_room(show: Id, body: b.CreateRoom, node: NodeOf, who: Who) -> RoomSummary:
    """Make a room of a show; who asks hosts it."""
    _may_make(who, show)
    who.may_be(Role.HOST)
    stage = tuple((Person(seat.member, seat.member, seat.name), seat.role) for seat in body.stage)
    command = c.CreateRoom(
        actor=who.person,
        room=body.room,
        show=show,
        kind=body.kind,
        title=body.title,
        rules=body.rules,
        language=body.language,
        scheduled_for=body.scheduled_for,
        stage=stage,
    )
    return _summary(node, await node.rooms.create_room(command))


def _summary(node: Node, room: Room) -> RoomSummary:
    return RoomSummary(room=node.view(room), counts=node.audience.counts(room.room))


@router.get("/rooms", response_model=b.RoomList)
async def rooms(node: NodeOf, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Response:
    """Rooms, as a lobby lists them: live, scheduled, over; the newest first in each."""

    def place(room: Room) -> tuple[bool, bool, float]:
        return room.state in OVER, room.state is not RoomState.LIVE, -room.created_at

    found = heapq.nsmallest(limit, node.rooms.all(), key=place)
    return await listed(
        b.RoomList(rooms=[]), found, lambda room: _summary(node, room).model_dump_json()
    )


@router.get("/rooms/{room}")
async def room(room: Id, node: NodeOf) -> RoomSummary:
    """One room with its counts."""
    return _summary(node, node.rooms.room(room))


@router.get("/rooms/{room}/events", response_model=b.EventList)
async def events(
    room: Id,
    node: NodeOf,
    after: Annotated[int, Query(ge=0, le=NUMBER_LIMIT)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> Response:
    """A stretch of a room's log."""
    found = await node.rooms.events(room, after, limit)
    return await listed(
        b.EventList(room=room, events=[]), found, lambda item: numbered_event(*item)
    )


@router.post("/rooms/{room}/commands")
async def command(
    room: Id,
    body: Annotated[m.RoomCommand, Field(discriminator="type")],
    node: NodeOf,
    who: Who,
    request: Request,
) -> b.CommandReply:
    """Carry out one room command."""
    node.limits.command(_host(request), who.person.member)
    found = node.rooms.room(room)
    who.within(found.show)
    who.may_be(found.role_of(who.person.member))
    if isinstance(body, m.Request | m.AcceptInvitation):
        present = await node.store.presence.where(found.show, who.person.member)
        if room not in present:
            raise Refused("not_in_room", "Join the room first.")
    number = await node.rooms.execute(room, command_for(body, who, node.rooms, room))
    if isinstance(body, m.Leave):
        for connection in node.hub.of_member(room, who.person.member):
            connection.outbox.close(1000, "left")
            await node.members.leave(connection)
    return b.CommandReply(number=number)


@router.get("/rooms/{room}/handoffs/{handoff}")
async def handoff(room: Id, handoff: HandoffId, node: NodeOf, who: Who) -> b.HandoffReply:
    """A handoff's ledger, member by member."""
    found = node.rooms.room(room)
    who.within(found.show)
    if found.host.member != who.person.member:
        who.need("admin")
    else:
        who.may_be(Role.HOST)
    outcomes = await node.store.presence.handoff_outcomes(found.show, handoff)
    return b.HandoffReply(
        handoff=handoff, outcomes={member: str(outcome) for member, outcome in outcomes.items()}
    )


@router.get("/records")
async def records(
    node: NodeOf,
    limit: Annotated[int, Query(ge=1, le=RECORDS_LIMIT)] = 10,
    at: Annotated[float | None, Query(ge=0, le=4102444800)] = None,
) -> b.RecordList:
    """The record book at a date: its highest entries, and who held the record when."""
    when = time.time() if at is None else at
    book = (await node.records.book()).until(when)
    return b.RecordList(
        at=when,
        records=[record_view(entry) for entry in top(book, limit)],
        line=[record_view(entry) for entry in line(book)[-RECORDS_LIMIT:]],
    )


@router.post("/records", status_code=201)
async def create_record(body: b.CreateRecord, node: NodeOf, who: Who) -> RecordView:
    """Enter a load test into the record book."""
    if "admin" not in who.grants:
        who.need("simulate")
    if who.show is not None:
        who.within(body.show or "")
    now = time.time()
    if body.at is not None and body.at > now + CLOCKS_DIFFER_SECONDS:
        raise Refused("bad_request", "at: a record is of the past.")
    entry = Entry(
        entry=body.entry or f"lt-{secrets.token_hex(8)}",
        kind=RecordKind.LOADTEST,
        title=body.title,
        listeners=body.listeners,
        at=now if body.at is None else body.at,
        simulated=True,
        by=who.person.member,
        room=body.room,
        show=body.show,
        machine=body.machine,
        detail=tuple(sorted(body.detail.items())),
    )
    return record_view(await node.records.enter(entry, dated=body.at is not None))


problems = APIRouter()


@problems.get("/problems/{code}")
async def about(code: str) -> Problem:
    """What a refusal's code means."""
    if code not in PROBLEMS:
        raise Refused("not_found", "There is no refusal of that code.")
    return problem(code)
