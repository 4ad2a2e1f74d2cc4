"""All routes under ``/v1``. Reading needs no token; a refusal is a problem detail (RFC 9457)."""

from fastapi import APIRouter, Depends, WebSocket

from afterparty.node.doors import socket
from afterparty.node.doors.routes import (
    accounts,
    clips,
    crowd,
    guests,
    moderation,
    questions,
    recordings,
    records,
    rooms,
    seasons,
    series,
    server,
    shows,
    webhooks,
)
from afterparty.node.doors.routes.asking import found

router = APIRouter(prefix="/v1", dependencies=[Depends(found)])


# First, because routes are tried in order, and most connections come this way.
@router.websocket("/ws")
async def ws(websocket: WebSocket) -> None:
    """One member's connection to one room; see docs/protocol.md."""
    await socket.serve(websocket.app.state.node, websocket)


for part in (
    server,
    shows,
    crowd,
    rooms,
    questions,
    guests,
    accounts,
    series,
    recordings,
    clips,
    records,
    seasons,
    moderation,
    webhooks,
):
    router.include_router(part.router)
