"""Questions of a Blueroom's audience: read, asked, voted for, taken away."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from afterparty.node.access.tokens import Bearer
from afterparty.node.doors.routes.asking import Ident, NodeOf, Who, host_of
from afterparty.node.ground.refused import Refused
from afterparty.node.node import Node
from afterparty.store.questions import Order
from afterparty.wire.questions import AskBody, QuestionList
from afterparty.wire.views import Id, QuestionView

router = APIRouter()


@router.get("/rooms/{room}/questions")
async def questions(
    room: Id,
    node: NodeOf,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    order: Order = "votes",
) -> QuestionList:
    """Open questions: those with most votes first, or the newest."""
    return await node.questions.listed(room, limit, order)


@router.post("/rooms/{room}/questions", status_code=201)
async def ask(room: Id, body: AskBody, node: NodeOf, who: Who, request: Request) -> QuestionView:
    """Ask the stage a question."""
    host = host_of(request)
    await _here(node, room, who, host)
    return await node.questions.ask(room, who.person, body.text, host)


@router.put("/rooms/{room}/questions/{question}/vote", status_code=204)
async def vote(room: Id, question: Ident, node: NodeOf, who: Who, request: Request) -> None:
    """Want a question answered."""
    await _here(node, room, who, host_of(request))
    await node.questions.vote(room, who.person, question, given=True)


@router.delete("/rooms/{room}/questions/{question}/vote", status_code=204)
async def unvote(room: Id, question: Ident, node: NodeOf, who: Who, request: Request) -> None:
    """Take one's vote back."""
    await _here(node, room, who, host_of(request))
    await node.questions.vote(room, who.person, question, given=False)


@router.delete("/rooms/{room}/questions/{question}", status_code=204)
async def hide(room: Id, question: Ident, node: NodeOf, who: Who) -> None:
    """Take a question away: one's own, or as a host another's."""
    _may(node, room, who)
    await node.questions.hide(room, who.person, question)


def _may(node: Node, room: str, who: Bearer) -> None:
    found = node.rooms.room(room)
    who.within(found.show, room)
    who.may_be(found.role_of(who.person.member))


async def _here(node: Node, room: str, who: Bearer, host: str) -> None:
    """Raise ``Refused`` unless the bearer is in the room, and does not send too much."""
    node.limits.command(host, who.person.member)
    _may(node, room, who)
    present = await node.store.presence.where(node.rooms.room(room).show, who.person.member)
    if room not in present:
        raise Refused("not_in_room", "Join the room first.")
