"""Clips of recordings: made by anybody with an account, heard by anybody who has the link."""

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from afterparty.node.doors.routes.asking import Ident, NodeOf, Who
from afterparty.node.doors.routes.recordings import SOUND, may_manage, served
from afterparty.node.ground.refused import Refused
from afterparty.node.tape.clips import view
from afterparty.wire import recordings as r
from afterparty.wire.views import Id

router = APIRouter()


@router.post("/rooms/{room}/clips", status_code=201)
async def create_clip(room: Id, body: r.MakeClip, node: NodeOf, who: Who) -> r.ClipView:
    """Make a clip of a recording; of what is recorded already, while it is written."""
    who.within(node.rooms.room(room).show, room)
    if who.person.anonymous:
        raise Refused("anonymous_listens", "Somebody anonymous may only listen.")
    await node.blocklists.ready(room)
    if node.whereabouts.is_barred(node.rooms.room(room), who.person.member):
        raise Refused("blocked", "You are blocked from this room.")
    found = await node.recordings.find(room)
    by = who.person.member
    return view(found, await node.clips.make(found, by, body.start, body.seconds, body.title))


@router.get("/rooms/{room}/clips")
async def clips(room: Id, node: NodeOf) -> r.ClipList:
    """The clips of a recording, in its order."""
    found = await node.recordings.find(room)
    return r.ClipList(room=room, clips=[view(found, clip) for clip in await node.clips.of(found)])


# Before the next one: the address of a clip's sound could be one of a clip.
@router.get("/clips/{clip}.ogg", response_class=FileResponse, responses=SOUND)
@router.head("/clips/{clip}.ogg", include_in_schema=False)
async def sound(clip: Ident, node: NodeOf) -> Response:
    """A clip's sound, with ranges."""
    found, asked = await node.clips.find(clip)
    return served(await node.clips.file(found, asked), found.room.room)


@router.get("/clips/{clip}")
async def clip(clip: Ident, node: NodeOf) -> r.ClipView:
    """One clip."""
    return view(*await node.clips.find(clip))


@router.delete("/clips/{clip}", status_code=204)
async def delete(clip: Ident, node: NodeOf, who: Who) -> None:
    """Delete a clip: its maker, the room's host, an admin."""
    found, asked = await node.clips.find(clip)
    who.within(found.room.show, found.room.room)
    if asked.by != who.person.member or who.person.anonymous:
        may_manage(who, found.room)
    await node.clips.drop(found, asked)
