"""The HTTP protocol that uvicorn runs: its own, and a bound on how large and slow a request is, and
how slowly an answer may be taken.

Left to itself it keeps a head of any size, and a connection that never asks anything, or never
reads what it asked for, for ever.
Must not touch requests: the application does.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 32_768
"""Bytes from the first line of a request to its body."""

REQUEST_SECONDS = 20.0
"""How long a request may take to be there, its body included; and a new connection to begin one."""

PIECE_SECONDS = 300.0
"""How long a piece of an answer, some 50 KB, may wait for whoever asked. A player reads ahead by a
megabyte, minutes of sound, and reads no more until that is played."""


class HttpProtocol(HttpToolsProtocol):
    """A connection whose requests are bounded, and which takes its answers."""

    _head = 0
    _in_head = True
    _cut_off: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody came: the first request is awaited."""
        super().connection_made(transport)
        self._await_request()

    def _await_request(self) -> None:
        self._arrived()
        self._head, self._in_head = 0, True
        self._cut_off = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _arrived(self) -> None:
        if self._cut_off is not None:
            self._cut_off.cancel()
            self._cut_off = None

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has grown too large already."""
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head += len(data)
            if self._head > HEAD_LIMIT:
                self.send_400_response(f"A request's head has at most {HEAD_LIMIT} bytes.")

    def on_message_begin(self) -> None:
        """Begin with the head of a request."""
        super().on_message_begin()
        self._await_request()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is there."""
        self._arrived()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """What was written waits for whoever asked."""
        super().pause_writing()
        self._unread = self.loop.call_later(PIECE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """They have read it."""
        super().resume_writing()
        self._read()

    def _read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def handle_websocket_upgrade(self) -> None:
        """The connection is a WebSocket's from now on, which has limits of its own."""
        self._arrived()
        self._read()
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; nothing is left to be cut off."""
        self._arrived()
        self._read()
        super().connection_lost(exc)
