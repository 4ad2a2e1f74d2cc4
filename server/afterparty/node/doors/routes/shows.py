"""Shows: one evening each, and the rooms that share its audience."""

import heapq
import math
import time
from typing import Annotated

from fastapi import APIRouter, Query, Response

from afterparty.core.model import Show
from afterparty.node.doors.routes.asking import NodeOf, Who, may_make
from afterparty.node.ground.pieces import listed
from afterparty.node.ground.refused import Refused
from afterparty.node.live.audience import counts_view
from afterparty.wire import bodies as b
from afterparty.wire.views import Id, ShowView

MEMBERS_LIMIT = 5_000
"""Members that one answer names at most."""

router = APIRouter()


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


@router.post("/shows", status_code=201)
async def create_show(body: b.CreateShow, node: NodeOf, who: Who) -> ShowView:
    """Make a show."""
    may_make(who, body.show)
    if body.simulated:
        who.need("simulate")
    enacts = body.season is not None or body.stands_for is not None or body.tags
    if (enacts or body.speed != 1.0) and not body.simulated:
        who.need("admin")
    if body.season is not None:
        node.seasons.admit(await node.seasons.find(body.season), who)
    await node.create_show(
        Show(
            show=body.show,
            title=body.title,
            simulated=body.simulated,
            date=body.date,
            source=body.source,
            created_at=time.time(),
            created_by=who.person.member,
            season=body.season or "",
            stands_for=body.stands_for,
            speed=body.speed,
            tags={member: tuple(tags) for member, tags in body.tags.items()},
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
