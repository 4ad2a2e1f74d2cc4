"""A session against a server that follows a script, and does what a good one would not."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from afterparty.client.errors import ClientError, Lost, Refused
from afterparty.client.session import Session
from afterparty.wire.messages import RoomEvent, ToClient

Script = Callable[[ServerConnection, dict[str, Any]], Awaitable[None]]


def welcome(number: int = 1, **more: object) -> str:
    who = {"member": "fan", "handle": "fan", "name": "Fan", "anonymous": False}
    room = {
        "room": "r", "show": "s", "kind": "space", "title": "T", "rules": "current",
        "language": "en", "state": "live", "created_at": 1.0, "scheduled_for": None,
        "opened_at": 1.0, "over_at": None, "number": number, "simulated": False,
        "speaker_places": 10, "cohost_places": 2, "seats": [], "requests": [], "invitations": [],
        "captions": [], "handoff": None, "description": "", "topics": [], "hashtag": "",
        "speak": "invited", "recording": False, "series": None, "waiting": "silence",
        "locked": False, "pins": [], "hands": [], "away": None, "picked": None, "answered": [],
        "honours": [],
        "reactions": [], "from_the_future": 1,
    }  # fmt: skip
    show = {"show": "s", "title": "T", "simulated": False, "date": "", "source": "", "rooms": []}
    counts = {"participants": 1, "listeners": 1, "peak": 1, "tuned_in": 1}
    message = {
        "type": "welcome", "ref": 0, "connection": "c1", "you": who, "role": "listener",
        "show": show, "room": room, "counts": counts, "resumed": False, "sound": False,
        "now": 1.0, "reactions": [],
    }  # fmt: skip
    return json.dumps(message | more)


def said(number: int, room: str = "r") -> str:
    event = {"type": "line_said", "at": 1.0, "member": "a", "text": str(number), "language": "en"}
    return json.dumps({"type": "event", "room": room, "number": number, "event": event})


@asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that plays one script a socket; answers its URL and the hellos it was sent."""
    hellos: list[dict[str, Any]] = []

    async def play(socket: ServerConnection) -> None:
        hello = json.loads(await socket.recv())
        hellos.append(hello)
        await scripts[len(hellos) - 1](socket, hello)

    async with serve(play, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", hellos


async def stay(socket: ServerConnection, hello: dict[str, Any]) -> None:
    await socket.send(welcome(9))
    async for _ in socket:
        pass


async def texts(session: Session, *expected: str) -> None:
    await session.until(lambda s: [line.text for line in s.room.captions] == list(expected))


async def test_a_missing_event_is_asked_for_again() -> None:
    told: list[ToClient] = []

    async def skips(socket: ServerConnection, hello: dict[str, Any]) -> None:
        for message in (welcome(1), said(2), said(4)):
            await socket.send(message)
        await socket.wait_closed()

    async def resumes(socket: ServerConnection, hello: dict[str, Any]) -> None:
        await socket.send(welcome(4, resumed=True, sound=True))
        for number in (3, 4, 5):
            await socket.send(said(number))
        await socket.wait_closed()

    async with (
        scripted(skips, resumes) as (url, hellos),
        await Session.join(url, "t", "r", on_message=told.append) as session,
    ):
        await texts(session, "5")
    assert (hellos[1]["resume"], hellos[1]["connection"]) == (2, "c1")
    assert [m.number for m in told if isinstance(m, RoomEvent)] == [2, 3, 4, 5]


async def test_what_was_had_or_is_of_another_room_is_skipped() -> None:
    async def repeats(socket: ServerConnection, hello: dict[str, Any]) -> None:
        for message in (welcome(1), said(2), said(2), said(1), said(3, "elsewhere"), said(3)):
            await socket.send(message)
        await socket.wait_closed()

    async with scripted(repeats) as (url, _), await Session.join(url, "t", "r") as session:
        await texts(session, "2", "3")
        assert session.drops == 0


async def test_unknown_types_are_ignored() -> None:
    async def newer(socket: ServerConnection, hello: dict[str, Any]) -> None:
        await socket.send(json.dumps({"type": "hologram", "x": 1}))
        await socket.send(welcome(1))
        await socket.send(json.dumps({"type": "hologram", "x": 1}))
        await socket.send(said(2))
        await socket.wait_closed()

    async with scripted(newer) as (url, _), await Session.join(url, "t", "r") as session:
        await texts(session, "2")


@pytest.mark.parametrize("nonsense", ["not json", "[]", '{"type": "event", "room": 1}'])
async def test_nonsense_ends_the_session(nonsense: str) -> None:
    async def talks_nonsense(socket: ServerConnection, hello: dict[str, Any]) -> None:
        await socket.send(welcome(1))
        await socket.send(nonsense)
        await socket.wait_closed()

    async with scripted(talks_nonsense) as (url, _), await Session.join(url, "t", "r") as session:
        assert (await session.wait_over()).code == "not_understood"


@pytest.mark.parametrize(
    ("code", "status", "returns"),
    [
        ("slow_consumer", 4000, True),
        ("shutting_down", 1012, True),
        ("replaced", 4000, False),
        ("room_over", 1001, False),
    ],
)
async def test_closings(code: str, status: int, returns: bool) -> None:
    async def closes(socket: ServerConnection, hello: dict[str, Any]) -> None:
        await socket.send(welcome(1))
        await socket.send(json.dumps({"type": "closing", "code": code, "message": "Told."}))
        await socket.close(status, code)

    async with scripted(closes, stay) as (url, _), await Session.join(url, "t", "r") as session:
        if returns:
            await session.until(lambda s: s.room.number == 9)
        else:
            ending = await session.wait_over()
            assert (ending.code, ending.message) == (code, "Told.")


async def test_turned_away_for_now_and_then_for_good() -> None:
    def refuses(code: str) -> Script:
        async def refuse(socket: ServerConnection, hello: dict[str, Any]) -> None:
            refused = {"type": "refused", "ref": 0, "code": code, "message": "No."}
            await socket.send(json.dumps(refused))
            await socket.close(4000, code)

        return refuse

    async def breaks(socket: ServerConnection, hello: dict[str, Any]) -> None:
        await socket.send(welcome(1))
        socket.transport.abort()

    scripts = (breaks, refuses("store_unavailable"), refuses("token_expired"))
    async with scripted(*scripts) as (url, hellos), await Session.join(url, "t", "r") as session:
        assert (await session.wait_over()).code == "token_expired"
    assert len(hellos) == 3


async def test_a_request_in_flight_fails_with_its_socket() -> None:
    async def breaks(socket: ServerConnection, hello: dict[str, Any]) -> None:
        await socket.send(welcome(1))
        await socket.recv()
        socket.transport.abort()

    async with scripted(breaks, stay) as (url, _), await Session.join(url, "t", "r") as session:
        with pytest.raises(Lost) as caught:
            await session.command("request")
        assert caught.value.code == "connection_lost"
        await session.until(lambda s: s.room.number == 9)


async def test_requests_are_bounded() -> None:
    async with scripted(stay) as (url, _), await Session.join(url, "t", "r") as session:
        waiting = [asyncio.create_task(session.command("ping")) for _ in range(64)]
        await asyncio.sleep(0)
        with pytest.raises(ClientError) as caught:
            await session.command("ping")
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
    assert caught.value.code == "too_many_pending"


async def test_nobody_there() -> None:
    with pytest.raises(ClientError) as caught:
        await Session.join("http://127.0.0.1:1", "t", "r")
    assert caught.value.code == "unreachable"


async def test_refused_at_the_door() -> None:
    async def refuses(socket: ServerConnection, hello: dict[str, Any]) -> None:
        assert hello == {"type": "hello", "ref": 0, "token": "t", "room": "r"}
        await socket.send('{"type":"refused","ref":0,"code":"room_over","message":"Over."}')
        await socket.wait_closed()

    async with scripted(refuses) as (url, _):
        with pytest.raises(Refused, match="Over"):
            await Session.join(url, "t", "r")
