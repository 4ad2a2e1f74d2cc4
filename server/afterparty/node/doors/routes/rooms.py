"""Rooms: made, listed, read, and told what to do."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from afterparty.core import commands as c
from afterparty.core.model import Person, Role, Room, RoomKind, RoomState
from afterparty.node.abroad.news import Left
from afterparty.node.doors.requests import command_for
from afterparty.node.doors.routes.asking import Ident, NodeOf, Who, host_of, may_make
from afterparty.node.foyer.lobby import Search
from afterparty.node.ground.pieces import listed
from afterparty.node.ground.refused import Refused
from afterparty.node.node import Node
from afterparty.wire import bodies as b
from afterparty.wire import commands as m
from afterparty.wire.events import numbered_event
from afterparty.wire.views import Id, RoomSummary

NUMBER_LIMIT = 2**53
"""Beyond every number that an event could have; the store's own end at 64 bits."""

router = APIRouter()


@router.post("/shows/{show}/rooms", status_code=201)
async def create_room(show: Id, body: b.CreateRoom, node: NodeOf, who: Who) -> RoomSummary:
    """Make a room of a show; who asks hosts it."""
    may_make(who, show, body.room)
    who.may_be(Role.HOST)
    stage = tuple((Person(seat.member, seat.member, seat.name), seat.role) for seat in body.stage)
    if body.series is not None:
        await node.series.admit(body.series, who, show)
    season = await node.seasons.known(node.rooms.show(show).season)
    if season is not None:
        node.seasons.admit(season, who)
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
        description=body.description,
        topics=tuple(body.topics),
        hashtag=body.hashtag,
        speak=body.speak,
        recording=body.recording,
        series=body.series,
        waiting=body.waiting,
    )
    return summary(node, await node.rooms.create_room(command))


def summary(node: Node, room: Room) -> RoomSummary:
    """A room with its counts, as lists show it."""
    return RoomSummary(room=node.view(room), counts=node.audience.counts(room.room))


@router.get("/rooms", response_model=b.RoomList)
async def rooms(
    node: NodeOf,
    q: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[list[RoomState], Query(max_length=5)] = [],  # noqa: B006
    kind: RoomKind | None = None,
    host: Annotated[str, Query(max_length=64)] = "",
    topic: Annotated[str, Query(max_length=30)] = "",
    series: Id | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Rooms that a search means: live, scheduled (soonest first), over; else newest first."""
    search = Search(q, frozenset(state), kind, host, topic, series)
    found = await node.lobby.find(search, limit)
    return await listed(
        b.RoomList(rooms=[]), found, lambda room: summary(node, room).model_dump_json()
    )


@router.get("/rooms/{room}")
async def room(room: Id, node: NodeOf) -> RoomSummary:
    """One room with its counts."""
    return summary(node, node.rooms.room(room))


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
    node.limits.command(host_of(request), who.person.member)
    found = node.rooms.room(room)
    who.within(found.show, room)
    who.may_be(found.role_of(who.person.member))
    if isinstance(body, m.Request | m.AcceptInvitation | m.RaiseHand):
        present = await node.store.presence.where(found.show, who.person.member)
        if room not in present:
            raise Refused("not_in_room", "Join the room first.")
    asked = await node.accounts.complete(room, command_for(body, who, node.rooms, room))
    asked = await node.questions.complete(room, asked)
    number = await node.rooms.execute(room, asked)
    if isinstance(body, m.Request | m.AcceptInvitation | m.RaiseHand):
        node.whereabouts.give_up(room, who.person.member)  # gone while asking
    if isinstance(body, m.Leave):
        for connection in node.hub.of_member(room, who.person.member):
            connection.outbox.close(1000, "left")
            await node.members.leave(connection)
        await node.news.tell(Left(room, who.person.member, node.name))
    return b.CommandReply(number=number)


@router.get("/rooms/{room}/handoffs/{handoff}")
async def handoff(room: Id, handoff: Ident, node: NodeOf, who: Who) -> b.HandoffReply:
    """A handoff's ledger, member by member."""
    found = node.rooms.room(room)
    who.within(found.show, room)
    if found.host.member != who.person.member:
        who.need("admin")
    else:
        who.may_be(Role.HOST)
    outcomes = await node.store.presence.handoff_outcomes(found.show, handoff)
    return b.HandoffReply(
        handoff=handoff, outcomes={member: str(outcome) for member, outcome in outcomes.items()}
    )
