"""Those of the audience who have no connection: entered, moved and sent home through the API.

They are counted like anybody else, and shown as simulated. What they do is in the plan; each step
is written down as it was asked for and answered, so that every count can be held against it. They
go with the node that holds them; then they come again, by another one.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.replay.evening.notebook import Notebook
from afterparty.replay.evening.roll import HOLD_SECONDS, Moving, Roll
from afterparty.replay.plan.agenda import Does, Due
from afterparty.replay.plan.audience import Fan
from afterparty.replay.verdict.headcount import CrowdRecord
from afterparty.wire.crowd import STEP_LIMIT, CrowdStep
from afterparty.wire.views import HandoffView

STEP_SECONDS = 0.2
"""Between two steps, unless more is due than one may name."""

CLOSING_SECONDS = 15.0
"""How long after a move its ledger is waited for."""

AGAIN_SECONDS = 0.25
AGAIN_LIMIT = 4.0
"""Until a step that was turned away is tried again; twice as long each time, up to that."""

ASKED_AGAIN = (0.1, 0.2, 0.5, 1.0)
"""Seconds after which it is asked again for what was offered."""

HOME_SECONDS = 5.0
"""How long sending everybody home may take."""

PASSING = frozenset(
    {"unreachable", "not_understood", "rate_limited", "shutting_down", "store_unavailable"}
)
"""Reasons for which a step is turned away that may well pass."""

UNSURE = frozenset({"unreachable", "not_understood", "store_unavailable"})
"""Of those, the ones after which it may have been carried out all the same."""

ENDED = ("closed", "canceled")
"""What a handoff is in once its ledger is closed, or there never will be one."""


class Crowd:
    """Drives them. Rooms are called as in the scenario; ``rooms`` has the server's names."""

    def __init__(
        self, api: Api, show: str, rooms: Mapping[str, str], fans: Iterable[Fan], book: Notebook
    ) -> None:
        self._api, self._show, self._rooms, self.book = api, show, rooms, book
        self._roll = Roll(fans)
        self._turned_away = 0
        self._asked_for: list[Due] = []
        """What no answer has come to yet: it may have been done."""

    def __len__(self) -> int:
        return len(self._roll)

    async def attend(self) -> None:
        """Do what is due, several times a second, until cancelled."""
        while len(self):
            await self._look_at_moves()
            self._look_at_counts()
            due = self._roll.gather(self.book.now(), STEP_LIMIT)
            if due:
                await self._step(due)
            if len(due) < STEP_LIMIT:
                await asyncio.sleep(STEP_SECONDS)

    async def offered(self, room: str) -> None:
        """A handoff out of the room was offered: find out when it moves, and act on it."""
        if not len(self):
            return
        try:
            found = await self._handoff_from(room)
        except ApiError as error:
            self.book.refused("", "room", error)
            return
        if found is not None and found.phase not in ENDED:
            now = self.book.now()
            to_room = self.book.rooms.get(found.to_room, found.to_room)
            moving = Moving(found.handoff, to_room, now + self.book.until(found.moves_at))
            self._roll.offered(room, moving, now)

    async def _handoff_from(self, room: str) -> HandoffView | None:
        """The handoff out of a room; whoever does not hear of it cannot act on it, so it is asked
        for again where the reason may pass. Raises `ApiError`."""
        for pause in ASKED_AGAIN:
            try:
                return (await self._api.room(self._rooms[room])).room.handoff
            except ApiError as error:
                if error.code not in PASSING:
                    raise
            await asyncio.sleep(pause)
        return (await self._api.room(self._rooms[room])).room.handoff

    def over(self, room: str) -> None:
        """The room is over; nobody is there any more."""
        self._roll.room_over(room)

    async def close(self) -> None:
        """Send home whoever is still there. Raises nothing; takes a few seconds at most."""
        left = sorted({*self._roll.where, *(one.who for one in self._asked_for)})
        self._roll.where = {}
        with contextlib.suppress(ApiError, TimeoutError):
            async with asyncio.timeout(HOME_SECONDS):
                for first in range(0, len(left), STEP_LIMIT):
                    step = CrowdStep(leave=left[first : first + STEP_LIMIT])
                    await self._api.crowd(self._show, step)

    def zones(self) -> Iterable[str]:
        """Where they live, each of those of whom it is planned."""
        return self._roll.zones()

    def record(self) -> CrowdRecord:
        """What was done, once the evening is over."""
        roll = self._roll
        return CrowdRecord(
            len(self),
            tuple(roll.steps),
            tuple(roll.moves),
            tuple(roll.doubts),
            tuple(roll.lost),
            self._turned_away,
        )

    def _look_at_counts(self) -> None:
        """Find out whether a node has taken somebody along, by the latest count."""
        if self.book.polls:
            poll = self.book.polls[-1]
            found = {room: one.simulated for room, one in poll.rooms.items()}
            self._roll.counted(found, poll.asked, poll.answered)

    async def _look_at_moves(self) -> None:
        """Find out whether audiences whose time has come have been moved."""
        now = self.book.now()
        for room, moving in list(self._roll.moving.items()):
            if moving.over or now < moving.at - HOLD_SECONDS:
                continue
            try:
                found = (await self._api.room(self._rooms[room])).room.handoff
            except ApiError:
                continue  # asked again in a moment
            if found is None or found.handoff != moving.handoff or found.phase == "canceled":
                self._roll.canceled(room)
            elif found.phase == "closed" or now > moving.at + CLOSING_SECONDS:
                self._roll.moved(room)

    async def _step(self, due: list[Due]) -> None:
        """Ask for it, as often as it takes, and write down what came of it."""
        asked, pause, sure = self.book.now(), AGAIN_SECONDS, True
        self._asked_for = due
        while True:
            try:
                reply = await self._api.crowd(self._show, self._body(due))
            except ApiError as error:
                sure = sure and error.code not in UNSURE
                if error.code not in PASSING:
                    self._asked_for = []
                    await self._refused(due, error, asked, sure=sure)
                    return
                self._turned_away += 1
                await asyncio.sleep(pause)
                pause = min(2 * pause, AGAIN_LIMIT)
            else:
                self._asked_for = []
                now = self.book.now()
                self._roll.done(due, reply.changed, asked, now, sure=sure, node=reply.node)
                return

    async def _refused(self, due: list[Due], error: ApiError, asked: float, *, sure: bool) -> None:
        """One room refuses for all: each is asked for by itself, and one that refuses given up."""
        apart: dict[tuple[Does, str], list[Due]] = {}
        for one in due:
            apart.setdefault((one.does, one.room), []).append(one)
        if len(apart) > 1:
            for some in apart.values():
                await self._step(some)
            return
        self._roll.refused(due, asked, self.book.now() if sure else None, error.code)
        self.book.refused("", "crowd", error)
        if error.code == "room_over" and due[0].room:
            self._roll.room_over(due[0].room)

    def _body(self, due: list[Due]) -> CrowdStep:
        enter: dict[str, list[str]] = {}
        for one in due:
            if one.does is Does.ENTER:
                enter.setdefault(self._rooms[one.room], []).append(one.who)
        return CrowdStep(
            enter=enter,
            leave=[one.who for one in due if one.does in (Does.LEAVE, Does.QUIT)],
            follow=[one.who for one in due if one.does is Does.FOLLOW],
            stay=[one.who for one in due if one.does is Does.STAY],
        )
