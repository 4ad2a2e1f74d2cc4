"""The questions of a Blueroom's audience while they are open: opaque bodies, and exact votes.

They are as many as the audience, so they are no events; each step here is one script, so a vote
counts once whoever sends it twice, at whichever node. What the stage has picked is in the room's
log, which is the truth of that: here it is only open no more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from afterparty.store import keys
from afterparty.store.link import Link
from afterparty.store.servers import Client

CHUNK = 250
"""Most votes in one step: Redis does nothing else meanwhile."""

OPEN_LIMIT = 5_000
"""Questions open in one room."""

ASKED_LIMIT = 5
"""Questions of one member open in one room."""

VOTES_LIMIT = 200
"""Votes that one member may have given in one room, those for what is open no more included."""

Order = Literal["votes", "new"]


class Came(IntEnum):
    """What came of a question asked, or of a vote."""

    DONE = 1
    UNCHANGED = 0
    """It was so already."""
    NO_QUESTION = -1
    OWN = -2
    """Nobody votes for a question of their own."""
    TOO_MANY = -3
    """The member has asked, or voted for, as many as may be."""
    FULL = -4
    """As many are open in the room as may be."""


@dataclass(frozen=True, slots=True)
class Vote:
    """A member's vote for a question: given, or taken back."""

    room: str
    question: str
    member: str
    given: bool

    def args(self) -> list[str]:
        """Arguments of the script."""
        words = map(keys.ident, (self.room, self.question, self.member))
        return [*words, "1" if self.given else "0"]


@dataclass(frozen=True, slots=True)
class Open:
    """A question that is open, and how many want it answered."""

    question: str
    body: bytes
    votes: int


class Questions:
    """Questions of all shows over one client of Redis."""

    def __init__(self, redis: Client) -> None:
        self._link = Link(redis)

    async def ask(
        self, show: str, room: str, question: str, member: str, at: float, body: bytes
    ) -> Came:
        """Open a question; again is no change. ``at``: seconds since the Unix epoch.

        Of questions with as many votes, the one whose identity comes first is listed first.
        """
        words = map(keys.ident, (room, question, member))
        answer = await self._link.on_show(
            "question_ask", show, *words, repr(at), body, OPEN_LIMIT, ASKED_LIMIT
        )
        return {1: Came.DONE, 0: Came.UNCHANGED, -1: Came.FULL, -2: Came.TOO_MANY}[answer]

    async def vote(self, show: str, votes: Sequence[Vote]) -> list[Came]:
        """Count the votes in order; each ``CHUNK`` of them is one atomic step.

        Raises:
            StoreUnavailable: it is not known which were counted. To send all again is right.
            StoreError: ``bad_id``; none was counted.
        """
        packed = [vote.args() for vote in votes]
        answers: list[Came] = []
        for first in range(0, len(packed), CHUNK):
            args = [arg for vote in packed[first : first + CHUNK] for arg in vote]
            done = await self._link.on_show("question_vote", show, VOTES_LIMIT, *args)
            answers += map(Came, done)
        return answers

    async def drop(self, show: str, room: str, question: str) -> bool:
        """The question is open no more, and its votes are gone; whether it was open."""
        words = keys.ident(room), keys.ident(question)
        return bool(await self._link.on_show("question_drop", show, *words))

    async def find(self, show: str, room: str, question: str) -> Open | None:
        """The question, if it is open."""
        ident = keys.ident(question)
        line = await self._link.command("HGET", keys.questions(show, room), ident)
        score = await self._link.command("ZSCORE", keys.votes(show, room), ident)
        return None if line is None or score is None else _open(question, line, score)

    async def listed(
        self, show: str, room: str, limit: int, order: Order = "votes", without: Iterable[str] = ()
    ) -> tuple[int, list[Open]]:
        """How many are open, and ``limit`` of them: those with most votes, or the newest.

        ``without`` these, which are not counted either.
        """
        left_out = map(keys.ident, without)
        total, flat = await self._link.on_show(
            "question_list", show, keys.ident(room), order, limit, *left_out
        )
        by_turns = iter(flat)
        rows = zip(by_turns, by_turns, by_turns, strict=True)
        return total, [_open(question.decode(), line, score) for question, line, score in rows]


def _open(question: str, line: bytes, score: float | bytes) -> Open:
    return Open(question, line.split(b"|", 1)[1], -int(float(score)))
