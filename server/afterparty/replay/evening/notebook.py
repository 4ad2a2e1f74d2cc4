"""What is written down while a run goes on; in the end it becomes the ``Record``.

Everybody of a run shares one notebook. Times are wall seconds since the run began, by the
monotonic clock. Rooms are called as in the scenario, whatever they are called on the server.
"""

import time
from dataclasses import dataclass, field

from afterparty.client.errors import ClientError
from afterparty.replay.verdict.record import BeatDone, Hearing, Poll, Refusal, Stay
from afterparty.wire.messages import Closing, Moved, ToClient, Welcome

POLLS_LIMIT = 50_000
"""Polls that are kept; a long run keeps its first."""


@dataclass
class Notebook:
    """One run's notes."""

    rooms: dict[str, str]
    """The scenario's room by the server's."""
    began: float = field(default_factory=time.monotonic)
    epoch: float = field(default_factory=time.time)
    """The server's clock when the run began, seconds since the Unix epoch."""
    beats: list[BeatDone] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    hearings: list[Hearing] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    held_up: float = 0.0
    """The longest that the runner's own process came late, seconds."""

    def now(self) -> float:
        """Wall seconds since the run began."""
        return time.monotonic() - self.began

    def until(self, moment: float) -> float:
        """Wall seconds until the server's clock is there; below 0 if that was before."""
        return moment - self.epoch - self.now()

    def at(self, monotonic: float | None) -> float | None:
        """A monotonic time as one of the run."""
        return None if monotonic is None else monotonic - self.began

    def refused(self, member: str, doing: str, error: ClientError) -> str:
        """Write a refusal down; its code."""
        self.refusals.append(Refusal(self.now(), member, doing, error.code))
        return error.code

    def polled(self, poll: Poll) -> None:
        """Keep a poll, unless there are too many."""
        if len(self.polls) < POLLS_LIMIT:
            self.polls.append(poll)


class StayLog:
    """One connection's stay; give ``told`` to its session."""

    def __init__(self, book: Notebook) -> None:
        self._book = book
        self._asked = book.now()
        self._came: float | None = None
        self._leaving: float | None = None
        self._gone: float | None = None
        self._rooms: list[tuple[float, str]] = []

    def told(self, message: ToClient) -> None:
        """Take note of a message of the server."""
        match message:
            case Welcome():
                self._came = self._book.now() if self._came is None else self._came
                self._enter(message.room.room)
            case Moved():
                self._enter(message.room.room)
            case Closing():
                self.leaving()

    def leaving(self) -> None:
        """From now on the member may be gone."""
        if self._leaving is None:
            self._leaving = self._book.now()

    def gone(self) -> None:
        """The member is gone."""
        self.leaving()
        if self._gone is None:
            self._gone = self._book.now()

    def stay(self) -> Stay:
        """The stay, as far as it went."""
        return Stay(self._asked, self._came, self._leaving, self._gone, tuple(self._rooms))

    def _enter(self, room: str) -> None:
        name = self._book.rooms.get(room, room)
        if not self._rooms or self._rooms[-1][1] != name:
            self._rooms.append((self._book.now(), name))
