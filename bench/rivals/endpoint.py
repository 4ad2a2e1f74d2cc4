"""A small WHEP endpoint (draft-ietf-wish-whep) for rivals that have none: HTTP only, no media."""

import secrets
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MAX_OFFER = 16_384
MOST = 5_000
"""Sessions at a time."""

READY = r"WHEP at (\S+)"
"""What `serve` says first, on standard output."""


class Listener(Protocol):
    """One session, with its answer."""

    @property
    def answer(self) -> str:
        """SDP."""

    async def leave(self) -> None:
        """End it."""


async def serve(join: Callable[[str], Awaitable[Listener]], host: str = "127.0.0.1") -> None:
    """Serve on a free port of this address of ours until the process is told to stop.

    ``join`` takes an offer, and raises ValueError if it is of no use. Whoever calls from another
    machine is refused.
    """
    there: dict[str, Listener] = {}

    async def post(request: Request) -> Response:
        if request.client is None or request.client.host != host:
            return Response(status_code=403)
        offer = await request.body()
        if len(offer) > MAX_OFFER:
            return Response(status_code=413)
        if len(there) >= MOST:
            return Response(status_code=503, headers={"Retry-After": "5"})
        try:
            listener = await join(offer.decode())
        except ValueError as error:
            return Response(str(error), status_code=400)
        name = secrets.token_urlsafe(12)
        there[name] = listener
        headers = {"Location": f"/whep/{name}"}
        return Response(listener.answer, 201, headers, "application/sdp")

    async def delete(request: Request) -> Response:
        listener = there.pop(request.path_params["name"], None)
        if listener is None:
            return Response(status_code=404)
        await listener.leave()
        return Response(status_code=200)

    app = Starlette(
        routes=[
            Route("/whep", post, methods=["POST"]),
            Route("/whep/{name}", delete, methods=["DELETE"]),
        ]
    )
    with socket.create_server((host, 0), backlog=1024) as listening:
        print(f"WHEP at http://{host}:{listening.getsockname()[1]}/whep", flush=True)
        config = uvicorn.Config(app, log_level="warning", access_log=False)
        await uvicorn.Server(config).serve([listening])
