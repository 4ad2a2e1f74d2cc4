"""What every route asks of its request: the node, the bearer of the token, where it came from."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import StringConstraints
from starlette.requests import HTTPConnection

from afterparty.node.access.tokens import Bearer
from afterparty.node.ground.refused import Refused
from afterparty.node.node import Node

_bearer = HTTPBearer(auto_error=False, description="An access token (JWT)")


async def found(asked: HTTPConnection) -> None:
    """Whatever another node made this moment is known here before it is asked for."""
    node: Node = asked.app.state.node
    await node.news.find(asked.path_params.get("show"), asked.path_params.get("room"))


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
    node.limits.ask(host_of(request), bearer.person.member)
    return bearer


def host_of(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else ""


NodeOf = Annotated[Node, Depends(_node)]
Who = Annotated[Bearer, Depends(_who)]
Ident = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
"""What the server itself named: a handoff, a question, a clip."""


def may_make(who: Bearer, show: str, room: str | None = None) -> None:
    """Raise ``Refused`` unless the bearer may make that show, or that room of it."""
    who.need("host")
    who.within(show, room)
    if who.person.anonymous:
        raise Refused("anonymous_listens", "Somebody anonymous may only listen.")
