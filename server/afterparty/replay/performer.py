"""One of the cast: carries out beats as a member like any other, and speaks with a voice."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import numpy as np

from afterparty.client.api import Api
from afterparty.client.errors import ClientError
from afterparty.client.mouth import Mouth
from afterparty.client.session import Session
from afterparty.replay.attendance import Attendance
from afterparty.replay.ears import Ears
from afterparty.replay.pitch import RATE, Pcm
from afterparty.replay.scenario import Aimed, Beat, MuteBeat, Offer, React, Say

FROM_AFAR = frozenset({"open", "end", "cancel_handoff"})
"""What a host may do in a room without being in it; done by REST."""

ARRIVAL_SECONDS = 8.0
"""How long to wait for a handoff that is to bring somebody to where the next beat needs them."""

HUSH = 10 ** (-42 / 20)
"""Peak of an open microphone's own noise, of full scale."""


@dataclass
class Performer:
    """A member of the cast. Beats come one at a time."""

    attendance: Attendance
    api: Api
    """In this member's name."""
    ears: Ears
    speech: dict[int, Pcm]
    """The sound of each line, by the place of its beat."""
    speed: float
    mouth: Mouth = field(default_factory=Mouth)
    _breathing: asyncio.Task[None] | None = None

    @property
    def session(self) -> Session | None:
        """The connection, if one is there."""
        return self.attendance.session

    async def take(self, index: int, beat: Beat, room: str, to_room: str) -> None:
        """Carry out a beat in ``room``; ``to_room`` is where an offer leads (the server's names).

        Raises:
            ClientError: the server refused, or could not be asked.
        """
        if beat.do in FROM_AFAR:
            await self._from_afar(beat.do, room)
            return
        session = await self._be_in(room)
        if beat.do == "join":
            return
        if isinstance(beat, Say):
            await self._say(index, beat, session)
        elif isinstance(beat, Offer):
            await session.command(
                "offer_handoff", to_room=to_room, seconds=beat.seconds / self.speed
            )
        elif isinstance(beat, Aimed) or (isinstance(beat, MuteBeat) and beat.member):
            await session.command(beat.do, member=beat.member)
        elif isinstance(beat, React):
            await session.command("react", reaction=beat.reaction)
        elif beat.do == "leave":
            await self.attendance.leave()
        else:
            await session.command(beat.do)

    def has_open_microphone(self) -> bool:
        """Whether this member has a seat and an open microphone where they are."""
        session = self.session
        return session is not None and any(
            seat.member == session.member and not seat.muted for seat in session.room.seats
        )

    async def breathe(self, seconds: float) -> None:
        """Send an open microphone's faint noise, until a line is spoken or the time is over."""
        session = self.session
        if session is None or session.peer is None or self._breathing is not None:
            return
        noise = np.random.default_rng(0).uniform(-1, 1, int(seconds * RATE)) * HUSH * 32_767
        self._breathing = asyncio.create_task(
            self.mouth.say(session.peer, noise.astype(np.int16)), name="breath"
        )
        try:
            # A line that is being spoken, or that comes between, has precedence.
            await asyncio.gather(self._breathing, return_exceptions=True)
        finally:
            self._breathing = None

    async def _from_afar(self, command: str, room: str) -> None:
        fields: dict[str, object] = {}
        if command == "cancel_handoff":
            handoff = (await self.api.room(room)).room.handoff
            fields["handoff"] = handoff.handoff if handoff else "none"
        await self.api.command(room, command, **fields)

    async def _be_in(self, room: str) -> Session:
        """The connection in that room: the one there is, once it was moved there, or a new one."""
        session = self.session
        if session is not None and session.state != "over":
            if session.room.room != room:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(ARRIVAL_SECONDS):
                        await session.until(lambda now: now.room.room == room)
            if session.room.room == room:
                return session
            await self.attendance.leave()
        elif session is not None:
            await self.attendance.close()
        if not await self.attendance.come(room) or self.session is None:
            raise ClientError("not_in_room", f"{self.attendance.member} could not come in.")
        return self.session

    async def _say(self, index: int, beat: Say, session: Session) -> None:
        """The caption first, then the sound; who may not speak tries all the same."""
        refusal: ClientError | None = None
        try:
            fields = {"language": beat.language} if beat.language else {}
            await session.command("say", text=beat.text, **fields)
        except ClientError as error:
            refusal = error
        if session.peer is not None:
            if self._breathing is not None:
                self._breathing.cancel()
                await asyncio.wait({self._breathing})
            line = self.ears.begin(index, session.room.room, self.attendance.member)
            try:
                await self.mouth.say(session.peer, self.speech[index])
            finally:
                if line is not None:
                    await line.finish()
        if refusal is not None:
            raise refusal
