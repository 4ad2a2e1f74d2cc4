"""The list of who is in a room."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from afterparty.node.doors.routes.asking import NodeOf, Who
from afterparty.node.ground.pieces import listed
from afterparty.wire.guests import GuestList, GuestView
from afterparty.wire.views import Id

router = APIRouter()


@router.get("/rooms/{room}/guests", response_model=GuestList)
async def guests(
    room: Id,
    node: NodeOf,
    who: Who,
    q: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> Response:
    """Who is in a room, the stage first; ``q`` is looked for in handles and names."""
    who.within(node.rooms.room(room).show, room)
    found = await node.guestlist.look(room, q, limit)
    empty = GuestList(
        room=room,
        at=found.roll.at,
        listed=len(found.roll.names),
        anonymous=found.roll.anonymous,
        simulated=found.roll.simulated,
        more=found.more,
        guests=[],
    )
    return await listed(empty, found.guests, GuestView.model_dump_json)
