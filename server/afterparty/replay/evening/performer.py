"""One of the cast: carries out beats as a member like any other, and speaks with a voice."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from afterparty.client.api import Api
from afterparty.client.errors import ClientError, Lost
from afterparty.client.mouth import Mouth
from afterparty.client.session import Session
from afterparty.replay.evening.attendance import Attendance
from afterparty.replay.evening.ears import Ears
from afterparty.replay.voice.pitch import RATE, Pcm
from afterparty.replay.words.beats import Aimed, Beat, Consent, Leave, Offer, Say
from afterparty.replay.words.plot import FROM_AFAR

ARRIVAL_SECONDS = 8.0
"""How long to wait for a handoff that is to bring somebody to where the next beat needs them."""

LOCKS: Mapping[str, bool] = MappingProxyType({"lock": True, "unlock": False})
"""Beats that are one command of the wire."""

HUSH = 10 ** (-42 / 20)
"""Peak of an open microphone's own noise, of full scale."""


def fields_of(beat: Beat) -> dict[str, object]:
    """The fields of the command that has a beat's name: those that are not empty."""
    return beat.model_dump(exclude={"at", "who", "room", "do"}, exclude_defaults=True)


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
    agrees: bool = True
    """Whether they agree to captions before they speak; a beat ``consent`` says anew."""
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
        elif isinstance(beat, Leave):
            await self._leave(beat, session)
        elif beat.do == "drop":
            await self.attendance.close()
        elif beat.do in ("pick", "answered"):
            await session.command(beat.do, question=await self._question(beat, session))
        elif beat.do in LOCKS:
            await session.command("lock", locked=LOCKS[beat.do])
        else:
            if isinstance(beat, Consent):
                self.agrees = beat.captions
            await session.command(beat.do, **fields_of(beat))

    async def sent_out(self, room: str) -> None:
        """Somebody had this member sent out of that room: from when they are gone is written down.

        Nobody would know how many are there, if that was only found at their next beat.
        """
        session = self.session
        if session is None or session.room.room != room:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ARRIVAL_SECONDS):
                await session.wait_over()
            await self.attendance.close()

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
        if session is not None and session.state != "over" and session.room.room != room:
            with contextlib.suppress(TimeoutError, Lost):  # the other room may end meanwhile
                async with asyncio.timeout(ARRIVAL_SECONDS):
                    await session.until(lambda now: now.room.room == room)
        if session is not None and session.state != "over":
            if session.room.room == room:
                return session
            if session.role != "host":  # whose leaving would end the room
                await self.attendance.leave()
        await self.attendance.close()
        if not await self.attendance.come(room) or self.session is None:
            raise ClientError("not_in_room", f"{self.attendance.member} could not come in.")
        return self.session

    async def _leave(self, beat: Leave, session: Session) -> None:
        """Leave as the room is told to; who is refused is still there."""
        self.attendance.leaving()
        await session.command("leave", **fields_of(beat))
        await session.wait_over()
        await self.attendance.close()

    async def _question(self, beat: Beat, session: Session) -> str:
        """The question being answered; or the latest of a member's, to be picked."""
        if not isinstance(beat, Aimed):
            return session.room.picked.question if session.room.picked else "none"
        found = (await self.api.questions(session.room.room, order="new")).questions
        return next((one.question for one in found if one.member == beat.member), "none")

    async def _agree(self, session: Session) -> None:
        """Agree to captions with the first line on a seat, unless a beat has said otherwise."""
        mine = (seat for seat in session.room.seats if seat.member == session.member)
        if self.agrees and any(not seat.captions for seat in mine):
            await session.command("consent", captions=True)

    async def _say(self, index: int, beat: Say, session: Session) -> None:
        """The caption first, then the sound; who may not speak tries all the same."""
        refusal: ClientError | None = None
        await self._agree(session)
        try:
            fields = {"language": beat.language} if beat.language else {}
            await session.command("say", text=beat.text, **fields)
        except ClientError as error:
            refusal = error
        if session.peer is not None and len(self.speech[index]):
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
