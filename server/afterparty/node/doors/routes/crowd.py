"""Simulated members of a show: they come, go, follow and stay as whoever replays it says."""

import time

from fastapi import APIRouter

from afterparty.node.doors.routes.asking import NodeOf, Who
from afterparty.node.ground.refused import Refused
from afterparty.node.live.audience import counts_view
from afterparty.wire.crowd import CrowdReply, CrowdStep
from afterparty.wire.views import Id

router = APIRouter()


@router.post("/shows/{show}/crowd")
async def crowd(show: Id, body: CrowdStep, node: NodeOf, who: Who) -> CrowdReply:
    """Take one step with simulated members; for whoever made the simulated show, and admins."""
    found = node.rooms.show(show)
    who.within(show)
    who.need("simulate")
    if found.created_by != who.person.member:
        who.need("admin")
    if not found.simulated:
        raise Refused("forbidden", "Simulated members come only into a show that is simulated.")
    if node.stopping:
        raise Refused("shutting_down", "This server is going down.")
    for room in body.enter:
        await node.news.find(room=room)
    handoffs = await node.handoffs.to_follow(show) if body.follow or body.stay else []
    done = await node.crowd.step(show, body, handoffs)
    rooms = {room: counts_view(counts) for room, counts in done.counts.items()}
    return CrowdReply(at=time.time(), changed=done.changed, node=node.name, rooms=rooms)
