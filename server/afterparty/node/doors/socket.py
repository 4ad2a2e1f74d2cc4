"""One WebSocket: hello and welcome, then one task that reads and one that writes.

Messages of one socket are handled one after the other, so a client's commands take effect in the
order it sent them. A fault here is this client's alone.
"""

import asyncio
import contextlib
import json
import time
from typing import Any

import structlog
from pydantic import ValidationError
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from afterparty.core import commands as c
from afterparty.core.model import Role
from afterparty.node.abroad.news import TakenUp
from afterparty.node.doors.requests import command_for
from afterparty.node.ground.refused import Refused, code_of, sentence_of
from afterparty.node.live.connection import Connection, Outbox, Via
from afterparty.node.live.hub import post_closing
from afterparty.node.node import Node
from afterparty.store.errors import StoreError
from afterparty.wire import commands
from afterparty.wire import messages as m
from afterparty.wire.events import event_body
from afterparty.wire.form import sentence
from afterparty.wire.messages import encode
from afterparty.wire.problems import body, problem
from afterparty.wire.views import person_view

EXCESS_LIMIT = 360
"""Messages beyond its member's limit after which a socket is dropped."""

SEND_SECONDS = 10.0
"""How long one message may take to be sent."""

FAREWELL_SECONDS = 2.0
"""How long the close of a socket may wait for what was sent before it."""

MISSED_LIMIT = 200
"""Events that are sent again to a client that comes back; one that missed more begins anew."""

LATER = 2
"""Seconds after which to try again where a node is going down."""

BYE = (1000, 1001)
"""Close codes by which a client says that it leaves."""

log = structlog.get_logger()


async def serve(node: Node, websocket: WebSocket) -> None:
    """Serve one socket from its first message to its last."""
    if node.stopping:  # so that a proxy before us can ask another node
        await _not_here(websocket)
        return
    await websocket.accept()
    outbox = Outbox()
    served = _Served(node, websocket)
    try:
        connection, outbox = await served.greet()
    except _TurnedAwayError as turned:
        node.measures.join(Via.SOCKET, turned.code)
        await _close(websocket, turned)
        return
    except WebSocketDisconnect:
        return
    reading = asyncio.create_task(served.read(connection))
    writing = asyncio.create_task(_write(node, websocket, outbox))
    try:
        await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (reading, writing):
            task.cancel()
        await asyncio.gather(reading, writing, return_exceptions=True)
        left = (
            connection.outbox is outbox
            and reading.done()
            and not reading.cancelled()
            and reading.exception() is None
        )
        if left and reading.result() in BYE and not _has_seat(node, connection):
            node.tasks.spawn("leave", node.members.leave(connection))
        else:
            node.members.detach(connection, outbox)


async def _not_here(websocket: WebSocket) -> None:
    found = problem("shutting_down")
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        await websocket.send_denial_response(
            JSONResponse(
                body(found),
                status_code=found.status,
                headers={"Retry-After": str(LATER)},
                media_type="application/problem+json",
            )
        )


def _has_seat(node: Node, connection: Connection) -> bool:
    return node.rooms.room(connection.room).role_of(connection.member) is not Role.LISTENER


class _TurnedAwayError(Exception):
    """The first message was not good enough."""

    def __init__(self, ref: int, code: str, message: str) -> None:
        super().__init__(code)
        self.ref, self.code, self.message = ref, code, message


async def _close(websocket: WebSocket, turned: _TurnedAwayError) -> None:
    refused = m.Refused(ref=turned.ref, code=turned.code, message=turned.message)
    closing = m.Closing(code=turned.code, message=turned.message)
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(SEND_SECONDS):
            await websocket.send_text(encode(refused))
            await websocket.send_text(encode(closing))
            await websocket.close(4000, turned.code)


async def _write(node: Node, websocket: WebSocket, outbox: Outbox) -> None:
    unsent = 0
    try:
        while (batch := await outbox.next()) is not None:
            unsent = len(batch)
            for text in batch:
                if outbox.overflown:  # it reads a little now and then, and would go on for hours
                    break
                async with asyncio.timeout(SEND_SECONDS):
                    await websocket.send_text(text)
                unsent -= 1
                node.measures.messages_out.inc()
        code, reason = outbox.closing or (4000, "slow_consumer")
    except TimeoutError:
        code, reason = 4000, "slow_consumer"
    if reason == "slow_consumer":
        node.measures.slow_clients.inc()
        node.measures.dropped("slow_client", unsent + outbox.give_up())
    async with asyncio.timeout(FAREWELL_SECONDS):
        await websocket.close(code, reason)


def _ref(text: str) -> int:
    with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
        ref = json.loads(text)["ref"]
        if isinstance(ref, int) and 0 <= ref <= 2**31:
            return ref
    return 0


class _Served:
    """What one socket's reader needs."""

    def __init__(self, node: Node, websocket: WebSocket) -> None:
        self._node, self._websocket = node, websocket
        self._host = websocket.client.host if websocket.client else ""
        self._excess = 0

    async def greet(self) -> tuple[Connection, Outbox]:
        """Wait for ``hello`` and answer it; the connection and the outbox this socket serves."""
        try:
            with self._node.limits.stranger(self._host):
                async with asyncio.timeout(self._node.settings.hello_seconds):
                    text = await self._receive()
        except Refused as full:
            raise _TurnedAwayError(0, full.code, full.message) from None
        except TimeoutError:
            raise _TurnedAwayError(0, "hello_expected", "No hello came in time.") from None
        ref = _ref(text)
        try:
            hello = m.from_client.validate_json(text)
        except ValidationError:
            raise _TurnedAwayError(ref, "hello_expected", "The first message is hello.") from None
        if not isinstance(hello, m.Hello):
            raise _TurnedAwayError(ref, "hello_expected", "The first message is hello.")
        try:
            return await self._welcome(hello)
        except (Refused, StoreError) as error:
            raise _TurnedAwayError(ref, code_of(error), sentence_of(error)) from None

    async def _receive(self) -> str:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        text = message.get("text")
        return text if isinstance(text, str) else ""

    async def _welcome(self, hello: m.Hello) -> tuple[Connection, Outbox]:
        node = self._node
        if node.stopping:
            raise Refused("shutting_down", "This server is going down.")
        bearer = node.mint.check(hello.token)
        node.limits.join(self._host, bearer.person.member)
        connection = hello.connection and node.members.resume(hello.connection, bearer)
        if not connection:
            await node.news.find(room=hello.room)
            connection = await node.members.join(bearer, hello.room, hello.connection)
            if hello.connection:
                await node.news.tell(TakenUp(hello.connection, connection.member))
        taken_up = connection.outbox
        try:
            missed = await self._missed(hello, connection)
        except BaseException:
            node.members.detach(connection, taken_up)
            raise
        if not node.hub.holds(connection):
            raise Refused(connection.sent_out or "room_over", "You may not stay in this room.")
        if connection.outbox is not taken_up:
            raise Refused("replaced", "This connection was taken up elsewhere.")
        if connection.room != hello.room:  # it has moved meanwhile
            missed = None
        outbox = self._say_welcome(hello, connection, resumed=missed is not None)
        for text in missed or ():
            outbox.post(text)
        return connection, outbox

    async def _missed(self, hello: m.Hello, connection: Connection) -> list[str] | None:
        """The room's events that the client has not seen; None if it has to begin anew."""
        room, after = connection.room, hello.resume
        if after is None or room != hello.room:
            return None
        if after > self._node.rooms.version(room):  # another node was ahead of this one
            await self._node.rooms.catch_up(connection.show, room)
        if after > self._node.rooms.version(room):
            return None
        missed: list[str] = []
        while after + len(missed) < self._node.rooms.version(room):
            if self._node.rooms.version(room) - after > MISSED_LIMIT:
                return None
            page = await self._node.rooms.events(room, after + len(missed), MISSED_LIMIT)
            missed += (
                encode(m.RoomEvent(room=room, number=number, event=event_body(event)))
                for number, event in page
            )
            if not page:
                break
        return missed

    def _say_welcome(self, hello: m.Hello, connection: Connection, *, resumed: bool) -> Outbox:
        """Begin the connection's outbox anew with the room as it stands at this moment."""
        node = self._node
        room = node.rooms.room(connection.room)
        outbox = connection.outbox = Outbox()
        welcome = m.Welcome(
            ref=hello.ref,
            connection=connection.connection,
            you=person_view(connection.person),
            role=room.role_of(connection.member),
            show=node.show_view(room.show),
            room=node.view(room),
            counts=node.audience.counts(room.room),
            resumed=resumed,
            sound=connection.session is not None,
            now=time.time(),
            reactions=list(room.limits.reactions),
            nodes=node.registry.urls(),
        )
        outbox.post(encode(welcome))
        node.favourites.greet(connection)
        node.measures.join(Via.SOCKET, "resumed" if resumed else "welcomed")
        return outbox

    async def read(self, connection: Connection) -> int:
        """Handle messages until the socket closes; its close code."""
        while True:
            try:
                text = await self._receive()
            except WebSocketDisconnect as gone:
                return gone.code
            self._node.measures.messages_in.inc()
            try:
                self._node.limits.message(connection.member)
            except Refused as refused:
                self._excess += 1
                if self._excess > EXCESS_LIMIT:
                    post_closing(connection, 4000, "rate_limited", "Far too many messages.")
                    await asyncio.sleep(SEND_SECONDS)
                    return 1008
                self._refuse(connection, _ref(text), refused.code, refused.message)
                # What came at once is read without a pause: let its answers, and others', go out.
                await asyncio.sleep(0)
            else:
                await self._handle(connection, text)

    def _refuse(self, connection: Connection, ref: int, code: str, message: str) -> None:
        connection.outbox.post(encode(m.Refused(ref=ref, code=code, message=message)))

    async def _handle(self, connection: Connection, text: str) -> None:
        try:
            message = m.from_client.validate_json(text)
        except ValidationError as error:
            self._refuse(connection, _ref(text), *_what_is_wrong(error))
            return
        try:
            reply = await self._act(connection, message)
            if reply is not None:
                connection.outbox.post(encode(reply))
        except (Refused, StoreError) as error:
            self._refuse(connection, message.ref, code_of(error), sentence_of(error))
        except Exception:
            log.exception("a message failed", type=message.type)
            self._refuse(connection, message.ref, "internal", "Something went wrong here.")
        else:
            if isinstance(message, commands.Leave):
                connection.outbox.close(1000, "left")

    async def _act(self, connection: Connection, message: m.FromClient) -> Any:
        node, ref = self._node, message.ref
        if isinstance(message, m.Ping):
            return m.Pong(ref=ref, now=time.time())
        if not node.hub.holds(connection):
            raise Refused("not_in_room", "You are not in a room on this connection.")
        match message:
            case m.Hello():
                raise Refused("bad_message", "You have said hello already.")
            case m.MediaOffer(sdp=sdp):
                node.limits.offer(self._host)
                return m.MediaAnswer(ref=ref, sdp=node.sound.answer(connection, sdp))
            case m.MediaClose():
                node.sound.drop(connection)
            case m.React(reaction=reaction):
                self._react(connection, reaction)
            case m.Ask(text=text):
                asked = await node.questions.ask(self._may(connection), connection.person, text)
                return m.Ok(ref=ref, question=asked.question)
            case m.Vote(question=question, vote=given):
                room, actor = self._may(connection), connection.person
                await node.questions.vote(room, actor, question, given=given)
            case m.Follow():
                await node.handoffs.follow(connection)
            case m.Stay():
                await node.handoffs.stay(connection)
            case _:
                room = connection.room
                command = command_for(message, connection.bearer, node.rooms, room)
                command = await node.accounts.complete(room, command)
                command = await node.questions.complete(room, command)
                number = await node.rooms.execute(room, command)
                if connection.room != room or not node.hub.holds(connection):
                    node.whereabouts.give_up(room, connection.member)  # gone while asking
                if isinstance(message, commands.Leave):
                    await node.members.leave(connection)
                return m.Ok(ref=ref, number=number)
        return m.Ok(ref=ref)

    def _may(self, connection: Connection) -> str:
        """Where the connection is, if its token is for that, and for what its member is there."""
        room = self._node.rooms.room(connection.room)
        connection.bearer.within(room.show, room.room)
        connection.bearer.may_be(room.role_of(connection.member))
        return room.room

    def _react(self, connection: Connection, reaction: str) -> None:
        node = self._node
        connection.bearer.within(connection.show, connection.room)
        node.rooms.permit(connection.room, c.React(connection.person, reaction))
        node.limits.reaction(connection.member)
        node.reactions.add(connection.show, connection.room, connection.member, reaction)
        node.recordings.reacted(connection.show, connection.room, {reaction: 1})


def _what_is_wrong(error: ValidationError) -> tuple[str, str]:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "bad_json", "That is not JSON."
    return "bad_message", sentence(first)
