"""One of the audience: comes, reacts, asks to speak, decides on a handoff, goes; by the plan."""

import asyncio
import contextlib
from functools import partial

from afterparty.client.errors import ClientError, Lost
from afterparty.client.session import Session
from afterparty.replay.evening.attendance import Attendance
from afterparty.replay.evening.notebook import Notebook
from afterparty.replay.plan.audience import Fan, Inclination
from afterparty.replay.plan.visits import Visit

COMMANDS = {Inclination.EARLY: "follow", Inclination.STAY: "stay"}


class Attendee:
    """Plays one fan's evening."""

    def __init__(self, fan: Fan, attendance: Attendance, rooms: dict[str, str]) -> None:
        self.fan = fan
        self.attendance = attendance
        self._rooms = rooms
        self._gone_for_good = False

    @property
    def book(self) -> Notebook:
        """The run's notes."""
        return self.attendance.book

    async def attend(self) -> None:
        """The whole evening; leaves nothing open, however it ends."""
        try:
            for at in self.fan.broken:
                await self._wait_until(at)
                await self.attendance.break_off()
            for visit in self.fan.visits:
                if self._gone_for_good:
                    return
                await self._wait_until(visit.arrives)
                await self._visit(visit)
        finally:
            await self.attendance.close()

    async def _visit(self, visit: Visit) -> None:
        if not await self.attendance.come(self._rooms[visit.room]):
            return
        session = self.attendance.session
        if session is None:
            return
        doing = asyncio.gather(
            self._react(session), self._ask(session), self._decide(session), self._cross(session)
        )
        try:
            remaining = None if visit.departs is None else max(0, visit.departs - self.book.now())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(remaining):
                    await session.wait_over()
        finally:
            doing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await doing
        if session.ending is None:
            self.attendance.outcome = "left"
            await self.attendance.leave()
        else:
            await self.attendance.close()

    async def _react(self, session: Session) -> None:
        for at, reaction in self.fan.reactions:
            if at >= self.book.now():
                await self._wait_until(at)
                await self._send(session, "react", reaction=reaction)

    async def _ask(self, session: Session) -> None:
        if self.fan.requests_at is not None and self.fan.requests_at >= self.book.now() - 1:
            await self._wait_until(self.fan.requests_at)
            if session.role != "listener":
                return
            await self._send(session, "request")
            if self.fan.withdraws_at is not None:
                await self._wait_until(self.fan.withdraws_at)
                await self._send(session, "withdraw")

    async def _decide(self, session: Session) -> None:
        """Do with every handoff offered what one is inclined to."""
        decided: set[str] = set()

        def is_offered(now: Session) -> bool:
            handoff = now.room.handoff
            return (
                handoff is not None
                and handoff.phase == "offered"
                and handoff.handoff not in decided
            )

        while True:
            try:
                await session.until(is_offered)
            except Lost:
                return
            handoff = session.room.handoff
            if handoff is None:
                continue
            decided.add(handoff.handoff)
            if self.fan.inclination is Inclination.FOLLOW:
                continue
            left = max(0.0, self.book.until(handoff.moves_at))
            await asyncio.sleep(left * self.fan.decides_after)
            if session.room.handoff is None or session.room.handoff != handoff:
                continue  # moved already, or called off
            if self.fan.inclination is Inclination.LEAVE:
                self._gone_for_good = True
                self.attendance.outcome = "left"
                await self._leave(session)
                return
            await self._send(session, COMMANDS[self.fan.inclination])
            if self.fan.inclination is Inclination.STAY:
                self.attendance.outcome = "stayed"

    async def _cross(self, session: Session) -> None:
        """Measure the sound at every move."""
        while True:
            moves = len(session.moves)
            try:
                await session.until(partial(_has_moved, moves))
            except Lost:
                return
            await self.attendance.measure_crossings()

    async def _leave(self, session: Session) -> None:
        self.attendance.leaving()
        with contextlib.suppress(ClientError):
            await session.leave()

    async def _send(self, session: Session, command: str, **fields: object) -> None:
        try:
            await session.command(command, **fields)
        except ClientError as error:
            if error.code not in ("over", "connection_lost"):
                self.book.refused(self.attendance.member, command, error)

    async def _wait_until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - self.book.now()))


def _has_moved(moves: int, session: Session) -> bool:
    return len(session.moves) > moves
