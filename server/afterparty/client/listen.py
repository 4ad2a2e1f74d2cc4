"""Listening to a room without a browser: comes in, records what it hears, tells what goes on."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from afterparty.client.api import Api
from afterparty.client.ear import Recorder
from afterparty.client.errors import ClientError
from afterparty.client.peer import Peer
from afterparty.client.session import Session
from afterparty.wire.messages import Moved, RoomEvent, ToClient

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Listened:
    """What came of it."""

    rooms: tuple[str, ...]
    """The rooms one was in, in order."""
    packets: int
    missing: int
    """Packets that never came."""
    peers: int
    """Peer connections it took: one, unless something broke."""
    ending: str
    """Code of why it ended: ``room_over``, ``time`` and so on."""


async def listen(
    url: str,
    room: str,
    *,
    wav: Path | None = None,
    seconds: float | None = None,
    token: str | None = None,
    handle: str | None = None,
    tell: Tell = print,
) -> Listened:
    """Listen to a room until it is over, or for ``seconds``; write what is heard to ``wav``.

    Without ``token`` the server is asked for one (it hands them out in development mode only): in
    the name of ``handle``, or for somebody anonymous. ``tell`` is given captions, moves and the
    room's state as lines of text. The file is closed properly however this ends.

    Raises `ClientError`, `PeerError`, or OSError if the file cannot be written.
    """
    if token is None:
        async with Api(url) as api:
            token = (await api.token(handle)).token
    async with await Session.join(url, token, room, on_message=_teller(tell)) as session:
        with ExitStack() as stack:
            ear = stack.enter_context(Recorder(wav, keep=1.0)) if wav is not None else None
            tell(f"In {session.room.title} ({session.room.room}), which is {session.room.state}.")
            peer = await session.listen(lambda: Peer(ear=ear, verify_every=50))
            ending = await _wait(session, seconds)
            stats = (session.peer or peer).stats().reception
            tell(f"{ending.message} {stats.packets} packets heard, {stats.missing} missed.")
            return Listened(
                rooms=(room, *(move.room.room for move in session.moves)),
                packets=stats.packets,
                missing=stats.missing,
                peers=session.peers_made,
                ending=ending.code,
            )


async def _wait(session: Session, seconds: float | None) -> ClientError:
    try:
        async with asyncio.timeout(seconds):
            return await session.wait_over()
    except TimeoutError:
        return ClientError("time", "The time is up.")


def _teller(tell: Tell) -> Callable[[ToClient], None]:
    def told(message: ToClient) -> None:
        match message:
            case RoomEvent(event={"type": "line_said", "member": member, "text": text}):
                tell(f"{member}: {text}")
            case RoomEvent(event={"type": "handoff_offered", "to_room": to_room}):
                tell(f"The audience is offered {to_room}.")
            case RoomEvent(event={"type": "room_opened"}):
                tell("The room is live.")
            case Moved():
                tell(f"Moved to {message.room.title} ({message.room.room}).")

    return told
