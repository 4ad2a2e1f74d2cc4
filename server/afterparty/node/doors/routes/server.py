"""What the server is, access tokens in development, and what refusals mean."""

import time

from fastapi import APIRouter

from afterparty import __version__
from afterparty.core.model import Person
from afterparty.node.access.tokens import anonymous_person
from afterparty.node.doors.routes.asking import NodeOf
from afterparty.node.ground.refused import Refused
from afterparty.wire import bodies as b
from afterparty.wire.problems import PROBLEMS, Problem, problem

NOTICE = (
    "This is a simulation, to demonstrate a live-audio server: voices and audiences of the "
    "evenings marked “Simulation” are invented. Not affiliated with or endorsed by Twitter, X, or "
    "any artist, company or person named."
)

router = APIRouter()


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
        room=body.room,
    )
    return b.TokenReply(token=text, member=person.member, expires_at=expires_at)


problems = APIRouter()


@problems.get("/problems/{code}")
async def about(code: str) -> Problem:
    """What a refusal's code means."""
    if code not in PROBLEMS:
        raise Refused("not_found", "There is no refusal of that code.")
    return problem(code)
