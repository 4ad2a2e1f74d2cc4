"""One WebSocket to a server: messages in, requests out, replies matched to them by ``ref``.

Knows neither rooms nor what to do when the socket breaks; that is the session's affair.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Self

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.frames import CloseCode

from afterparty.client.errors import ClientError, Lost, Refused
from afterparty.wire.messages import (
    MediaAnswer,
    Ok,
    Pong,
    ToClient,
    Welcome,
    to_client,
)
from afterparty.wire.messages import Refused as RefusedMessage

Reply = Ok | Welcome | MediaAnswer | Pong

REPLY_SECONDS = 10.0
"""How long any other reply may take."""

PING_SECONDS = 3.0
PONG_SECONDS = 6.0
"""How often the server is pinged, and how long its answer may take: a machine that is gone says
nothing."""

PENDING_LIMIT = 64
"""Requests of one socket that may wait for their replies."""

MESSAGE_LIMIT = 4 * 2**20
"""Bytes in one message of the server: a snapshot with every seat, request and line is far less."""


class Channel:
    """An open socket. One reader goes through ``messages()``; requests wait for that reader."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._pending: dict[int, asyncio.Future[Reply]] = {}
        self._ref = 0

    @classmethod
    async def open(cls, base_url: str, seconds: float) -> Self:
        """Connect to the server at ``http(s)://…``. Raises `ClientError` ``unreachable``."""
        url = f"ws{base_url.removeprefix('http').rstrip('/')}/v1/ws"
        try:
            return cls(
                await connect(
                    url,
                    open_timeout=seconds,
                    ping_interval=PING_SECONDS,
                    ping_timeout=PONG_SECONDS,
                    close_timeout=2.0,
                    max_size=MESSAGE_LIMIT,
                    max_queue=64,
                    compression=None,
                    proxy=None,
                )
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            message = f"{url} does not answer: {error or type(error).__name__}"
            raise ClientError("unreachable", message) from error

    @property
    def close_code(self) -> int | None:
        """How the socket closed (RFC 6455 section 7.4); ``None`` while it is open."""
        return self._socket.close_code

    @property
    def fell_silent(self) -> bool:
        """Whether the server was given up because it did not answer pings."""
        said = self._socket.protocol.close_sent
        return said is not None and said.code == CloseCode.INTERNAL_ERROR

    async def hello(self, message: Mapping[str, object], seconds: float) -> Welcome:
        """Say hello and read the answer, before anything else is read.

        Raises:
            Refused: the server does not let this member in.
            ClientError: ``timeout``, ``connection_lost`` or ``not_understood``.
        """
        await self._send({"type": "hello", "ref": 0, **message})
        try:
            async with asyncio.timeout(seconds):
                while True:
                    match self._parse(await self._socket.recv()):
                        case Welcome() as welcome:
                            return welcome
                        case RefusedMessage() as refused:
                            raise Refused(refused.code, refused.message)
        except TimeoutError:
            raise ClientError("timeout", "The server did not answer hello.") from None
        except ConnectionClosed as error:
            raise Lost("connection_lost", "The server closed the socket at hello.") from error

    async def request(self, type_: str, fields: Mapping[str, object]) -> Reply:
        """Send a message and wait for its reply.

        Raises:
            Refused: with the server's code.
            ClientError: ``timeout``, ``connection_lost`` or ``too_many_pending``.
        """
        if len(self._pending) >= PENDING_LIMIT:
            raise ClientError("too_many_pending", "Too many replies are awaited already.")
        self._ref += 1
        ref = self._ref
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._pending[ref] = reply
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                await self._send({"type": type_, "ref": ref, **fields})
                return await reply
        except TimeoutError:
            raise ClientError("timeout", f"The server did not answer {type_}.") from None
        finally:
            del self._pending[ref]
            if reply.done() and not reply.cancelled():
                reply.exception()  # looked at, in case the waiter was cancelled at that moment

    async def messages(self) -> AsyncGenerator[ToClient, None]:
        """Everything the server sends, replies too, until the socket closes.

        Raises `ClientError` ``not_understood`` at a message of a known type in another form.
        """
        try:
            async for text in self._socket:
                message = self._parse(text)
                if message is not None:
                    self._settle(message)
                    yield message
        except ConnectionClosed:
            return
        finally:
            for reply in self._pending.values():
                if not reply.done():
                    reply.set_exception(Lost("connection_lost", "The connection broke."))

    async def close(self) -> None:
        """Close the socket, with 1000: the server lets go of the connection at once."""
        await self._socket.close()

    def drop(self) -> None:
        """Break the socket without a goodbye, as a failing network would."""
        self._socket.transport.abort()

    async def _send(self, message: Mapping[str, object]) -> None:
        try:
            await self._socket.send(json.dumps(message, ensure_ascii=False))
        except ConnectionClosed as error:
            raise Lost("connection_lost", "The connection broke.") from error

    def _settle(self, message: ToClient) -> None:
        if not isinstance(message, Ok | RefusedMessage | MediaAnswer | Pong):
            return
        reply = self._pending.get(message.ref)
        if reply is None or reply.done():
            return
        if isinstance(message, RefusedMessage):
            reply.set_exception(Refused(message.code, message.message))
        else:
            reply.set_result(message)

    @staticmethod
    def _parse(text: str | bytes) -> ToClient | None:
        """The message; ``None`` if its type is unknown, which a client must ignore."""
        try:
            return to_client.validate_json(text, extra="ignore")
        except ValidationError as error:
            if error.errors()[0]["type"] == "union_tag_invalid":
                return None
            raise ClientError("not_understood", "The server sent what is not a message.") from error
