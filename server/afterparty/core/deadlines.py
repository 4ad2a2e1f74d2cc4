"""What falls due in a room by itself, and when. Whoever holds a clock acts on it."""

from dataclasses import dataclass
from enum import StrEnum

from afterparty.core.model import OVER, HandoffPhase, Room, RoomState
from afterparty.core.rules import HANDOFF_CLOSING_SECONDS, SOON_SECONDS


class Due(StrEnum):
    """What is to be done when the time has come."""

    BEGIN_HANDOFF = "begin_handoff"
    CLOSE_HANDOFF = "close_handoff"
    EXPIRE_INVITATION = "expire_invitation"
    TELL_SOON = "tell_soon"
    TIME_OUT = "time_out"


@dataclass(frozen=True, slots=True)
class Deadline:
    """``due`` at ``at`` (seconds since the Unix epoch), for a handoff, member or room."""

    at: float
    due: Due
    subject: str


def deadlines(room: Room) -> tuple[Deadline, ...]:
    """Everything that falls due in the room, soonest first.

    Once the room is over nothing does, but that a handoff's ledger is still closed.
    """
    found: list[Deadline] = []
    handoff = room.handoff
    if handoff and handoff.phase is HandoffPhase.MOVING:
        began = handoff.moves_at if handoff.begun_at is None else handoff.begun_at
        closing = began + HANDOFF_CLOSING_SECONDS
        found.append(Deadline(closing, Due.CLOSE_HANDOFF, handoff.handoff))
    if room.state not in OVER:
        if handoff and handoff.phase is HandoffPhase.OFFERED:
            found.append(Deadline(handoff.moves_at, Due.BEGIN_HANDOFF, handoff.handoff))
        found += (
            Deadline(invitation.expires_at, Due.EXPIRE_INVITATION, invitation.member)
            for invitation in room.invitations.values()
        )
        if room.away:
            found.append(Deadline(room.away.until, Due.TIME_OUT, room.room))
        if room.state is RoomState.SCHEDULED and room.scheduled_for and not room.told_soon:
            soon = room.scheduled_for - SOON_SECONDS
            found.append(Deadline(soon, Due.TELL_SOON, room.room))
    return tuple(sorted(found, key=lambda deadline: deadline.at))
