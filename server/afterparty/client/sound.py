"""A session's sound: one peer at a time, offered anew whenever it is gone."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

from afterparty.client.channel import Reply
from afterparty.client.errors import ClientError, Refused
from afterparty.client.peer import Peer, PeerError
from afterparty.wire.messages import MediaAnswer

Request = Callable[[str, dict[str, object]], Awaitable[Reply]]

FIRST_PAUSE = 0.25
PAUSE_LIMIT = 5.0
"""Seconds between two tries."""

BUSY_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds, more or less, after which an offer is made again that the server was too busy for."""


class Sound:
    """Owns the peer, and the task that replaces it. ``request`` sends over the session's socket."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._keeper: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()
        self.peer: Peer | None = None
        self.peers_made = 0

    async def begin(self, make_peer: Callable[[], Peer]) -> Peer:
        """Bring the sound up, and keep it up until ``end()``. Raises as `Session.listen` says."""
        if self._keeper is not None:
            raise Refused("media_exists", "This connection has sound already.")
        peer = await self._offer(make_peer)
        self._gone.clear()
        self._keeper = asyncio.create_task(self._keep(make_peer), name="sound")
        return peer

    def lost(self) -> None:
        """The server has no sound of this connection any more."""
        self._gone.set()

    async def end(self) -> None:
        """Let go of the peer and offer no other."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self.peer is not None:
            await self.peer.close()
            self.peer = None
        self._gone.clear()

    async def _offer(self, make_peer: Callable[[], Peer]) -> Peer:
        peer = make_peer()
        try:
            reply = await self._answered(await peer.offer())
            if not isinstance(reply, MediaAnswer):
                raise ClientError("not_understood", "An offer was answered without an answer.")
            await peer.connect(reply.sdp)
        except BaseException:
            await peer.close()
            raise
        peer.on_gone = lambda reason: self._gone.set()
        self.peer = peer
        self.peers_made += 1
        return peer

    async def _answered(self, sdp: str) -> Reply:
        for pause in BUSY_PAUSES:
            try:
                return await self._request("media_offer", {"sdp": sdp})
            except Refused as refused:
                if refused.code != "busy":
                    raise
            # Spread: many were turned away in the same moment.
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        return await self._request("media_offer", {"sdp": sdp})

    async def _keep(self, make_peer: Callable[[], Peer]) -> None:
        pause = FIRST_PAUSE
        while True:
            await self._gone.wait()
            # Sound goes first when a room ends; then there is nothing to be offered anew.
            await asyncio.sleep(pause)
            self._gone.clear()
            try:
                if self.peer is not None:
                    await self.peer.close()
                with contextlib.suppress(Refused):
                    await self._request("media_close", {})
                await self._offer(make_peer)
                pause = FIRST_PAUSE
            except (ClientError, PeerError) as error:
                if isinstance(error, ClientError) and error.code == "over":
                    return
                self._gone.set()
                pause = min(2 * pause, PAUSE_LIMIT)
