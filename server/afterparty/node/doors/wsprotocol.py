"""The WebSocket protocol that uvicorn runs: its own, and limits on a peer that reads nothing.

A transport that is closed waits until everything written to it is sent, which for a peer that
reads nothing is for ever. Here it is cut off instead, as is one that has pings answered without
reading the answers. Must not touch messages: `socket` does.
"""

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

CLOSE_SECONDS = 2.0
"""How long what is still unsent may take once a socket is to close."""


UNREAD_LIMIT = 262_144
"""Bytes unsent at which a peer that wants yet another pong is cut off."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket whose end always comes."""

    _cut_off: asyncio.TimerHandle | None = None

    async def run_asgi(self) -> None:
        """Serve the socket; then see to it that it goes."""
        await super().run_asgi()
        if not self.disconnected:
            # After a close of ours uvicorn gives the peer `close_timeout` to answer it.
            waits = self.close_timeout if self.close_timer is not None else 0.0
            self._cut_off_in(waits + CLOSE_SECONDS)

    def keepalive_timeout(self) -> None:
        """The peer did not answer a ping: close, and do not wait for it to take what is unsent."""
        super().keepalive_timeout()
        if not self.disconnected:
            self._cut_off_in(CLOSE_SECONDS)

    def handle_ping(self) -> None:
        """Answer a ping; nothing else is written without waiting for the peer to read."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > UNREAD_LIMIT:
            self.transport.abort()

    def _cut_off_in(self, seconds: float) -> None:
        if self._cut_off is None:
            self._cut_off = self.loop.call_later(seconds, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone; nothing is left to be cut off."""
        if self._cut_off is not None:
            self._cut_off.cancel()
            self._cut_off = None
        super().connection_lost(exc)
