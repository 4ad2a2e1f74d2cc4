"""What the bus tells, and the bounded inbox in which a listener finds it.

A slow listener costs nobody else anything, and its inbox does not grow: what only the latest value
matters of (logs, counts, questions) is kept once per room; small messages are lost, the oldest
first; and where moves would be lost, it is told to look for itself.
"""

import asyncio
import json
from collections import deque
from dataclasses import dataclass

from afterparty.store.ops import Counts, read_counts

MAX_MOVES = 64
"""Most batches of moves that wait for a listener; each is of up to 2,000 members."""


@dataclass(frozen=True, slots=True)
class Resync:
    """Something may have been missed: read the log and the counts again. Also each first event."""


@dataclass(frozen=True, slots=True)
class LogGrew:
    """The room's log has reached ``version``."""

    room: str
    version: int


@dataclass(frozen=True, slots=True)
class CountsChanged:
    """The counts of a room of the show, as they are now."""

    room: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Moved:
    """Connections of a node were moved between rooms, in one step of another's."""

    node: str
    conns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionsChanged:
    """Questions of a room, or the votes for them, are not what they were."""

    room: str


@dataclass(frozen=True, slots=True)
class Message:
    """A small transient message, as somebody published it."""

    payload: bytes


BusEvent = Resync | LogGrew | CountsChanged | Moved | QuestionsChanged | Message


def parse(data: bytes) -> list[BusEvent]:
    """The events in one pub/sub message; its first byte says which kind it is.

    Raises ValueError, KeyError or TypeError if nobody of ours has sent it.
    """
    kind, body = data[:1], data[1:]
    if kind == b"T":
        return [Message(body)]
    if kind == b"L":
        version, room = body.decode().split(" ")
        return [LogGrew(room, int(version))]
    if kind == b"Q":
        return [QuestionsChanged(body.decode())]
    if kind == b"P":
        news = json.loads(body)
        counts = read_counts(news["counts"])
        moves = dict(news.get("moves", ()))
        found: list[BusEvent] = [Moved(node, tuple(conns)) for node, conns in moves.items()]
        return found + [CountsChanged(room, counts[room]) for room in counts]
    raise ValueError(f"unknown kind of message {kind!r}")


class Inbox:
    """One listener's events: awaited with :meth:`get` or iterated over, by one task."""

    def __init__(self, limit: int) -> None:
        """``limit``: most small messages that wait; beyond it, the oldest are lost."""
        self.lost = 0
        """Small messages lost so far."""
        self._resync = False
        self._moves: deque[Moved] = deque()
        self._logs: dict[str, LogGrew] = {}
        self._counts: dict[str, CountsChanged] = {}
        self._questions: dict[str, QuestionsChanged] = {}
        self._messages: deque[Message] = deque(maxlen=limit)
        self._filled = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Small messages that wait."""
        return len(self._messages)

    def put(self, event: BusEvent) -> None:
        """Leave an event. Never waits."""
        match event:
            case Resync():
                self._resync = True
            case LogGrew(room, version):
                known = self._logs.get(room)
                if known is None or known.version < version:
                    self._logs[room] = event
            case CountsChanged(room):
                self._counts[room] = event
            case QuestionsChanged(room):
                self._questions[room] = event
            case Moved():
                self._moves.append(event)
                if len(self._moves) > MAX_MOVES:
                    self._moves.clear()
                    self._resync = True
            case Message():
                self.lost += len(self._messages) == self._messages.maxlen
                self._messages.append(event)
        self._filled.set()

    async def get(self) -> BusEvent:
        """The next event, waiting for one: resyncs, moves, what is kept once a room, messages."""
        while True:
            if self._resync:
                self._resync = False
                return Resync()
            if self._moves:
                return self._moves.popleft()
            for latest in (self._logs, self._counts, self._questions):
                if latest:
                    return latest.pop(next(iter(latest)))
            if self._messages:
                return self._messages.popleft()
            self._filled.clear()
            await self._filled.wait()

    def __aiter__(self) -> "Inbox":
        return self

    async def __anext__(self) -> BusEvent:
        return await self.get()
