"""A running media plane with its events and its peers, for tests."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.media.peer import RawPeer

from afterparty.media.events import MediaConfig, MediaEvent, SessionConnected
from afterparty.media.plane import MediaPlane


class House:
    """Starts a plane with one open room `a`; stops it and all peers at the end."""

    def __init__(self, host: str = "127.0.0.1", **settings: Any) -> None:
        self.events: list[MediaEvent] = []
        self._news = asyncio.Event()
        settings.setdefault("session_timeout", 60.0)  # these peers give no consent by themselves
        self.plane = MediaPlane(MediaConfig(host=host, **settings), self._on_event)
        self.peers: list[RawPeer] = []

    def _on_event(self, event: MediaEvent) -> None:
        self.events.append(event)
        self._news.set()

    async def __aenter__(self) -> "House":
        await self.plane.start()
        self.plane.open_room("a")
        return self

    async def __aexit__(self, *_: object) -> None:
        for peer in self.peers:
            await peer.close()
        await self.plane.stop()
        assert self.plane.stats().faults == 0

    async def join(
        self, session_id: str, room_id: str = "a", csrc: int | None = None,
        direction: str = "sendrecv", by: tuple[str, int] | None = None,
    ) -> RawPeer:  # fmt: skip
        """Connect a new peer, `by` another address than ours if one is given; it may be heard if it
        is given a CSRC."""
        peer = RawPeer()
        answer = self.plane.answer(session_id, room_id, peer.offer(direction))
        await peer.connect(answer, by)
        self.peers.append(peer)
        await self.event(lambda e: e == SessionConnected(session_id))
        if csrc is not None:
            self.plane.allow_voice(session_id, csrc)
        return peer

    async def event(self, wanted: Callable[[MediaEvent], bool]) -> MediaEvent:
        """Wait for an event, past or to come."""
        async with asyncio.timeout(40):
            while True:
                for event in self.events:
                    if wanted(event):
                        return event
                self._news.clear()
                await self._news.wait()
