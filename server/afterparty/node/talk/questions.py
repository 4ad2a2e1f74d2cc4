"""What the audience of a Blueroom asks its stage: asked, voted for, taken away, picked.

Who may is the core's to say; which are open, and their votes, the store's. What is picked is in the
room's log: a question that stands there is open no more, whatever the store has of it yet.
"""

import secrets
import time
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from afterparty.core import commands as c
from afterparty.core.events import Event, QuestionPicked
from afterparty.core.model import OVER, Person, Question, Room
from afterparty.core.rules import one_line
from afterparty.node.access.limits import Limits
from afterparty.node.ground.refused import Refused
from afterparty.node.ground.tasks import Tasks, insist
from afterparty.node.live.rooms import Rooms
from afterparty.node.talk.votes import Votes
from afterparty.store import questions as kept
from afterparty.store.questions import Came
from afterparty.wire.questions import QuestionList
from afterparty.wire.views import QuestionView, question_view


@dataclass(frozen=True, slots=True)
class Asked:
    """What the store keeps of a question, without knowing it."""

    person: Person
    text: str
    at: float


_asked = TypeAdapter(Asked)

_REFUSED = {
    Came.NO_QUESTION: ("no_such_question", "That question is not open."),
    Came.OWN: ("not_permitted", "Nobody votes for a question of their own."),
    Came.FULL: ("too_many_questions", f"{kept.OPEN_LIMIT} questions are open already."),
}


class Questions:
    """Questions of all rooms, as this node's members ask and vote for them."""

    def __init__(
        self, store: kept.Questions, rooms: Rooms, votes: Votes, limits: Limits, tasks: Tasks
    ) -> None:
        self._store, self._rooms, self._votes = store, rooms, votes
        self._limits, self._tasks = limits, tasks

    async def ask(
        self, room: str, actor: Person, text: str, host: str | None = None
    ) -> QuestionView:
        """Open a question; as it is listed from now on. ``host``: whence, if by HTTP.

        Raises:
            Refused: what ``decide`` says; ``rate_limited``, ``too_many_questions``.
            StoreError: the store is away.
        """
        self._rooms.permit(room, c.AskQuestion(actor, text))
        self._limits.question(host, actor.member)
        asked = Asked(actor, one_line(text), time.time())
        # Names in order of time: of questions with as many votes the older comes first.
        name = f"q-{int(asked.at * 1000):011x}-{secrets.token_hex(4)}"
        show, body = self._rooms.room(room).show, _asked.dump_json(asked)
        came = await self._store.ask(show, room, name, actor.member, asked.at, body)
        if came is Came.TOO_MANY:
            message = f"{kept.ASKED_LIMIT} questions of yours are open; take one back first."
            raise Refused("too_many_questions", message)
        _or_refused(came)
        return _view(kept.Open(name, body, 0))

    async def vote(self, room: str, actor: Person, question: str, *, given: bool) -> None:
        """Give a vote, or take it back; the same again changes nothing.

        Raises:
            Refused: what ``decide`` says; ``no_such_question``, ``not_permitted`` for one's own,
                ``too_many_votes``.
            StoreError: the store is away.
        """
        self._rooms.permit(room, c.VoteQuestion(actor))
        found = self._rooms.room(room)
        if question in _settled(found):
            _or_refused(Came.NO_QUESTION)
        vote = kept.Vote(room, question, actor.member, given)
        came = await self._votes.cast(found.show, vote)
        if came is Came.TOO_MANY:
            message = f"You have voted {kept.VOTES_LIMIT} times in this room; take a vote back."
            raise Refused("too_many_votes", message)
        _or_refused(came)

    async def hide(self, room: str, actor: Person, question: str) -> None:
        """Take a question away: one's own, or as a host another's.

        Raises:
            Refused: what ``decide`` says; ``no_such_question``.
            StoreError: the store is away.
        """
        self._rooms.permit(room, c.HideQuestion(actor, actor.member))
        asked = await self._find(room, question)
        self._rooms.permit(room, c.HideQuestion(actor, asked.person.member))
        await self._store.drop(self._rooms.room(room).show, room, question)

    async def complete(self, room: str, command: c.Command) -> c.Command:
        """A command with what the core has to know of a question: who asked it, text and votes.

        Raises:
            Refused: what ``decide`` says, ``no_such_question``.
            StoreError: the store is away.
        """
        if not isinstance(command, c.PickQuestion):
            return command
        self._rooms.permit(room, command)
        question, picked = command.question, self._rooms.room(room).picked
        if picked is not None and picked.question == question:
            asked = picked  # it is so already
        else:
            asked = await self._find(room, question)
        return replace(command, person=asked.person, text=asked.text, votes=asked.votes)

    async def _find(self, room: str, question: str) -> Question:
        found = self._rooms.room(room)
        one = await self._store.find(found.show, room, question)
        if one is None or question in _settled(found):
            raise Refused(*_REFUSED[Came.NO_QUESTION])
        return _question(one)

    async def listed(self, room: str, limit: int, order: kept.Order = "votes") -> QuestionList:
        """Open questions of a room: those with most votes, or the newest, first.

        Raises:
            Refused: ``no_such_room``.
            StoreError: the store is away.
        """
        found = self._rooms.room(room)
        total, some = await self._store.listed(found.show, room, limit, order, _settled(found))
        return QuestionList(room=room, total=total, questions=[_view(one) for one in some])

    def on_event(self, room: Room, event: Event) -> None:
        """What is picked is open no more: each node says so, in case another does not live to."""
        if isinstance(event, QuestionPicked):
            self._close([(room, event.question)])

    def recover(self) -> None:
        """As a node starts: what was picked while no node lived to close it, one by one."""
        rooms = [room for room in self._rooms.all() if room.state not in OVER]
        self._close([(room, question) for room in rooms for question in _settled(room)])

    def _close(self, settled: list[tuple[Room, str]]) -> None:
        async def drop() -> None:
            while settled:
                room, question = settled[-1]
                await self._store.drop(room.show, room.room, question)
                settled.pop()

        self._tasks.spawn("close questions", insist("close questions", drop))


def _or_refused(came: Came) -> None:
    if came in _REFUSED:
        raise Refused(*_REFUSED[came])


def _settled(room: Room) -> set[str]:
    """Questions that the room has picked or answered."""
    return {one.question for one in (*room.answered, *filter(None, [room.picked]))}


def _question(one: kept.Open) -> Question:
    asked = _asked.validate_json(one.body)
    return Question(one.question, asked.person, asked.text, one.votes, asked.at)


def _view(one: kept.Open) -> QuestionView:
    return question_view(_question(one))
