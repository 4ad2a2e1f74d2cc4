"""One member's connection, and the messages that wait for its socket.

A connection outlives its socket for a few seconds, so that a client that dropped can take it up
again with its sound. What waits is bounded: of counts and the like only the latest is kept, and
whoever lets events pile up is dropped. Who comes by WHIP or WHEP has no socket at all: there are
very many of them, so theirs is little more than names.
"""

import asyncio
import sys
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from afterparty.core.model import Person
from afterparty.node.access.tokens import Bearer

WAITING_LIMIT = 256
"""Messages that may wait for one socket."""

WAITING_BYTES = 1_048_576
"""Bytes that they may take up in memory."""


class Via(StrEnum):
    """By which door a connection came."""

    SOCKET = "socket"
    WHEP = "whep"
    WHIP = "whip"


@dataclass(eq=False)
class Outbox:
    """Messages on their way to one socket, oldest first."""

    _waiting: deque[str] = field(default_factory=deque)
    _latest: dict[str, str] = field(default_factory=dict)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)
    _bytes: int = 0
    overflown: bool = False
    """More waited than may; the socket is to be dropped as a slow consumer."""
    dropped: int = 0
    """Messages that were thrown away for it."""
    closing: tuple[int, str] | None = None
    """Close code and reason, once everything before it was sent."""

    def post(self, text: str) -> None:
        """Send ``text`` after what waits already."""
        if self.overflown:
            self.dropped += 1
        elif self.closing is None:
            self._bytes += sys.getsizeof(text)
            if len(self._waiting) >= WAITING_LIMIT or self._bytes > WAITING_BYTES:
                self.dropped = 1
                self.give_up()
            else:
                self._waiting.append(text)
            self._stirred.set()

    def post_latest(self, key: str, text: str) -> None:
        """Send ``text``, in place of one of the same key that was not sent yet."""
        if self.closing is None and not self.overflown:
            self._latest[key] = text
            self._stirred.set()

    def close(self, code: int, reason: str) -> None:
        """Close the socket when everything posted before has been sent."""
        if self.closing is None:
            self.closing = (code, reason)
            self._stirred.set()

    def give_up(self) -> int:
        """The socket is dropped: how many messages that it was to send are thrown away."""
        self.overflown = True
        self.dropped += len(self._waiting) + len(self._latest)
        self._waiting.clear()
        self._latest.clear()
        return self.dropped

    async def next(self) -> list[str] | None:
        """What is to be sent now; ``None`` when the socket is to be closed."""
        while not (self._waiting or self._latest):
            if self.closing or self.overflown:
                return None
            self._stirred.clear()
            await self._stirred.wait()
        batch = [*self._waiting, *self._latest.values()]
        self._waiting.clear()
        self._latest.clear()
        self._bytes = 0
        return batch


NOWHERE = Outbox(closing=(1000, "no_socket"))
"""The outbox of every connection without a socket: what is put there is gone."""


@dataclass(eq=False, slots=True)
class Connection:
    """A member in a room: over one socket after another, or by HTTP and sound alone."""

    connection: str
    bearer: Bearer
    room: str
    show: str
    outbox: Outbox = field(default_factory=Outbox)
    """Of the socket that serves it now, or did last; each socket has its own."""
    attached: bool = True
    """Whether a socket serves it now."""
    via: Via = Via.SOCKET
    owner: str = ""
    """By HTTP: the member whose token it was made with, who alone may change or end it."""
    session: str | None = None
    """The media session, if it has sound."""
    sessions_made: int = 0
    """Media sessions over a socket so far; by HTTP: ICE sessions, of which it has one at a time."""
    entered: bool = False
    """Whether presence knows it, as far as this node has heard."""
    sent_out: str = ""
    """The code with which its member was sent out of the room: ``removed`` or ``blocked``."""
    past: str = ""
    """The handoff from its room that was closed when presence had it there."""
    unsure: bool = False
    """Its member moved before it was known whether it came in before or after that."""

    @property
    def person(self) -> Person:
        """Who is connected."""
        return self.bearer.person

    @property
    def member(self) -> str:
        """The member's identity."""
        return self.bearer.person.member

    @property
    def called(self) -> str:
        """What an account is called, if not by its identity."""
        person = self.bearer.person
        return "" if person.anonymous or person.name == person.member else person.name

    def allow(self, bearer: Bearer) -> None:
        """Raise ``Refused`` (``forbidden``) unless a token is good for this connection.

        One for a single room is good for where that room's audience was carried along.
        """
        carried = bearer.room is not None and bearer.room == self.bearer.room
        bearer.within(self.show, bearer.room if carried else self.room)
