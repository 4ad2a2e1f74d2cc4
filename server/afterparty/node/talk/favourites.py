"""The questions that most want answered, as a Blueroom's members are told them.

Told when they have changed, at most once a second a room, however many ask and vote, and less often
to very many; a newer list replaces one that was not sent yet. Who comes in is given the latest that
is known, or waits for the next with everybody else: a crowd that comes at once asks nothing of the
store.
"""

import asyncio

import structlog

from afterparty.core.events import Event
from afterparty.core.model import OVER, Room, RoomKind
from afterparty.node.live.connection import Connection
from afterparty.node.live.hub import Hub
from afterparty.node.live.rooms import Rooms
from afterparty.node.talk.questions import Questions
from afterparty.store.errors import StoreError
from afterparty.wire.messages import Questions as Told
from afterparty.wire.messages import encode

SHOWN = 50
"""Questions in one list."""

TELL_SECONDS = 1.0
"""Lists are told at most this often."""

LISTS_A_SECOND = 5_000
"""Lists that a node sends on average at most: each is a dozen kilobytes."""

KEY = "questions"
"""Of messages that replace one another."""

log = structlog.get_logger()


class Favourites:
    """The latest list of each room that somebody here is in with a socket."""

    def __init__(self, questions: Questions, rooms: Rooms, hub: Hub) -> None:
        self._questions, self._rooms, self._hub = questions, rooms, hub
        self._told: dict[str, str] = {}
        self._changed: set[str] = set()
        self._news = asyncio.Event()

    def heard(self, room: str) -> None:
        """Questions of a room, or the votes for them, have changed."""
        self._changed.add(room)
        self._news.set()

    def missed(self, show: str) -> None:
        """News of a show may have been missed."""
        for room in self._rooms.rooms_of(show):
            if room in self._told:
                self.heard(room)

    def greet(self, connection: Connection) -> None:
        """Somebody has come into a room."""
        if self._rooms.room(connection.room).kind is not RoomKind.BLUEROOM:
            return
        text = self._told.get(connection.room)
        if text is None:
            self.heard(connection.room)
        else:
            connection.outbox.post_latest(KEY, text)

    def on_event(self, room: Room, event: Event) -> None:
        """Nobody is told anything more of a room that is over."""
        if room.state in OVER:
            self._told.pop(room.room, None)

    async def run(self) -> None:
        """Tell what has changed, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            changed, self._changed = self._changed, set()
            sent = 0
            while changed:
                room = changed.pop()
                try:
                    sent += await self._tell(room)
                except StoreError as error:
                    log.info("questions wait for the store", code=error.code)
                    self._changed |= {room, *changed}
                    self._news.set()
                    break
            await asyncio.sleep(pause(sent))

    async def _tell(self, room: str) -> int:
        """Tell a room's sockets if the list is another one; how many were told."""
        if not self._hub.listens(room):
            self._told.pop(room, None)
            return 0
        found = await self._questions.listed(room, SHOWN)
        told = Told(room=room, total=found.total, questions=found.questions)
        text = encode(told)
        if text == self._told.get(room):
            return 0
        self._told[room] = text
        self._hub.broadcast_latest([room], KEY, told)
        return len(self._hub.sockets_in(room))


def pause(sent: int) -> float:
    """Seconds until lists may be told again, after so many were sent."""
    return max(TELL_SECONDS, sent / LISTS_A_SECOND)
