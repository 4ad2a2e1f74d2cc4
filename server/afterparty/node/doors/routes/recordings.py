"""Recordings of rooms: heard and seen by anybody, cut and deleted by the host or an admin."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from afterparty.core.model import Role, Room
from afterparty.media.desk.clock import TICKS_PER_SECOND
from afterparty.node.abroad.news import RecordingDeleted
from afterparty.node.access.tokens import Bearer
from afterparty.node.doors.routes.asking import NodeOf, Who, host_of
from afterparty.node.tape.marks import Sight
from afterparty.node.tape.recording import Recording
from afterparty.node.tape.recordings import MOMENT_SECONDS
from afterparty.node.tape.served import Served, Streamed
from afterparty.node.tape.shelf import no_recording
from afterparty.wire import recordings as r
from afterparty.wire.views import Id

OGG = "audio/ogg"

SOUND: dict[int | str, dict[str, Any]] = {
    200: {"content": {OGG: {"schema": {"type": "string", "format": "binary"}}}}
}
"""What OpenAPI has to say of an answer that is sound."""

LINES_MOST = 5000
"""Captions, and pins, in one answer: the latest."""

MOMENTS_MOST = 2000
"""Reactions by moment in one answer; moments are told together until there are no more."""

_PLAYS = '"plays":0,'
"""How plays are written before they are known; no free text comes before them."""

router = APIRouter()


@router.get("/rooms/{room}/recording", response_model=r.RecordingView)
async def recording(room: Id, node: NodeOf) -> Response:
    """What there is of a room's recording: how loud, who spoke, what was said and felt when."""
    found = await node.recordings.find(room)

    async def write() -> str:
        reacted = await node.store.recordings.reactions(found.room.show, room)
        return await asyncio.to_thread(_written, found, await found.sight(), reacted)

    text = await found.kept.told.get(found.state, write)
    text = text.replace(_PLAYS, f'"plays":{found.about.plays},', 1)
    return Response(text, media_type="application/json")


def _written(found: Recording, sight: Sight, reacted: dict[tuple[int, str], int]) -> str:
    """The answer but for the plays. Slow: not for the media clock's loop."""
    return _view(found, sight, reacted).model_dump_json(by_alias=True)


def _view(found: Recording, sight: Sight, reacted: dict[tuple[int, str], int]) -> r.RecordingView:
    lines = [line for line in found.story.lines if 0 <= found.offset(line.at) <= found.seconds]
    pins = [pin for pin in found.story.pins if 0 <= found.offset(pin.at) <= found.seconds]
    return r.RecordingView(
        room=found.room.room,
        state="ready" if found.ready else "recording",
        simulated=found.show.simulated,
        started_at=found.first / TICKS_PER_SECOND,
        seconds=found.seconds,
        start=found.about.cut / TICKS_PER_SECOND,
        plays=0,
        levels=sight.levels,
        marks=[
            r.MarkView(
                member=mark.member,
                name=mark.name,
                **{"from": mark.first / TICKS_PER_SECOND},
                to=mark.end / TICKS_PER_SECOND,
            )
            for mark in sight.marks
        ],
        captions=[
            r.SaidView(
                at=found.offset(line.at), member=line.member, text=line.text, language=line.language
            )
            for line in lines[-LINES_MOST:]
        ],
        reactions=_moments(found, reacted),
        pins=[
            r.PinnedView(at=found.offset(pin.at), member=pin.by, text=pin.text, url=pin.url)
            for pin in pins[-LINES_MOST:]
        ],
    )


def _moments(found: Recording, reacted: dict[tuple[int, str], int]) -> list[tuple[float, str, int]]:
    """Reactions by offset, in moments as long as it takes for there to be few enough."""
    step, seconds = MOMENT_SECONDS, found.seconds
    offsets = {at: found.offset(at) for at in {at for at, _ in reacted}}
    summed: Counter[tuple[float, str]] = Counter()
    for (at, reaction), times in reacted.items():
        if -MOMENT_SECONDS < offsets[at] <= seconds:
            summed[max(0.0, offsets[at] // step * step), reaction] += times
    while len(summed) > MOMENTS_MOST:
        step *= 2
        wider: Counter[tuple[float, str]] = Counter()
        for (offset, reaction), times in summed.items():
            wider[offset // step * step, reaction] += times
        summed = wider
    return [(offset, reaction, times) for (offset, reaction), times in sorted(summed.items())]


@router.get("/rooms/{room}/recording.ogg", response_class=StreamingResponse, responses=SOUND)
@router.head("/rooms/{room}/recording.ogg", include_in_schema=False)
async def sound(room: Id, node: NodeOf, request: Request) -> Response:
    """The recording: a file with ranges once it is ready, all there is while it is written."""
    found = await node.recordings.find(room)
    if found.ready:
        return served(await node.recordings.file(found), room)
    place = node.recordings.place(host_of(request))
    answer = Streamed(node.recordings.stream(found), place, media_type=OGG)
    return Response(headers=answer.headers, media_type=OGG) if request.method == "HEAD" else answer


@router.patch("/rooms/{room}/recording", status_code=204)
async def edit(room: Id, body: r.EditRecording, node: NodeOf, who: Who) -> None:
    """Leave something at the beginning out, or less of it."""
    may_manage(who, node.rooms.room(room))
    await node.recordings.cut(await node.recordings.find(room), body.start)


@router.delete("/rooms/{room}/recording", status_code=204)
async def delete(room: Id, node: NodeOf, who: Who) -> None:
    """Delete a recording with all its clips, reactions and plays."""
    may_manage(who, node.rooms.room(room))
    found = await node.recordings.find(room)
    try:
        await node.recordings.delete(found)
    finally:  # whatever it failed at: nodes look for themselves whether it is deleted
        await node.news.tell(RecordingDeleted(room))


@router.post("/rooms/{room}/recording/plays", status_code=204)
async def play(room: Id, node: NodeOf, who: Who) -> None:
    """The bearer plays it: they are counted once."""
    found = await node.recordings.find(room)
    who.within(found.room.show, room)
    if not await node.store.recordings.play(found.room.show, room, who.person.member):
        raise no_recording(room)


def may_manage(who: Bearer, room: Room) -> None:
    """Raise ``Refused`` unless the bearer hosts the room, or is an admin."""
    who.within(room.show, room.room)
    if who.person.member != room.host.member:
        who.need("admin")
    elif "admin" not in who.grants:
        who.may_be(Role.HOST)


def served(path: Path, room: str) -> Response:
    """A file of a recording as an answer. Raises ``Refused`` (``no_recording``) if it is gone."""
    try:
        return Served(path, media_type=OGG)
    except FileNotFoundError:
        raise no_recording(room) from None
