"""What happened: one small frozen dataclass each. A room is the fold of these and of nothing else.

``at`` is seconds since the Unix epoch; ``by`` is the member who caused it.
"""

from dataclasses import dataclass

from afterparty.core.model import Person, Role, RoomKind, Seat, Tally


@dataclass(frozen=True, slots=True)
class RoomCreated:
    """The first event of every room."""

    at: float
    by: str
    room: str
    show: str
    kind: RoomKind
    title: str
    rules: str
    language: str
    scheduled_for: float | None
    seats: tuple[Seat, ...]
    """The host's first."""


@dataclass(frozen=True, slots=True)
class RoomOpened:
    """The room is live."""

    at: float
    by: str


@dataclass(frozen=True, slots=True)
class RoomCanceled:
    """The room will not take place."""

    at: float
    by: str


@dataclass(frozen=True, slots=True)
class RoomEnded:
    """The room is over."""

    at: float
    by: str


@dataclass(frozen=True, slots=True)
class SpeakRequested:
    """A listener waits for a place on the stage."""

    at: float
    person: Person


@dataclass(frozen=True, slots=True)
class RequestDropped:
    """A request was withdrawn (``by`` is who asked) or declined (``by`` is somebody else)."""

    at: float
    by: str
    member: str


@dataclass(frozen=True, slots=True)
class MemberInvited:
    """A listener may take a place on the stage."""

    at: float
    by: str
    member: str
    role: Role
    expires_at: float


@dataclass(frozen=True, slots=True)
class InvitationDropped:
    """An invitation was declined, ran out (``by`` is the system), or its member left."""

    at: float
    by: str
    member: str


@dataclass(frozen=True, slots=True)
class SeatTaken:
    """Somebody came onto the stage. Their request and invitation are settled by it."""

    at: float
    by: str
    seat: Seat


@dataclass(frozen=True, slots=True)
class SeatLeft:
    """Somebody left the stage: by themselves, or demoted (``by`` is somebody else)."""

    at: float
    by: str
    member: str


@dataclass(frozen=True, slots=True)
class MuteChanged:
    """A microphone was closed or opened."""

    at: float
    by: str
    member: str
    muted: bool


@dataclass(frozen=True, slots=True)
class LineSaid:
    """A line of captions."""

    at: float
    member: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class HandoffOffered:
    """The audience is offered another room, and moves at ``moves_at``."""

    at: float
    by: str
    handoff: str
    to_room: str
    moves_at: float


@dataclass(frozen=True, slots=True)
class HandoffBegun:
    """The countdown is over; whoever did not decline is being moved."""

    at: float
    handoff: str


@dataclass(frozen=True, slots=True)
class HandoffCanceled:
    """The handoff was called off, by somebody or because the other room is not live."""

    at: float
    by: str
    handoff: str


@dataclass(frozen=True, slots=True)
class HandoffClosed:
    """The ledger is balanced and closed."""

    at: float
    handoff: str
    tally: Tally


Event = (
    RoomCreated
    | RoomOpened
    | RoomCanceled
    | RoomEnded
    | SpeakRequested
    | RequestDropped
    | MemberInvited
    | InvitationDropped
    | SeatTaken
    | SeatLeft
    | MuteChanged
    | LineSaid
    | HandoffOffered
    | HandoffBegun
    | HandoffCanceled
    | HandoffClosed
)
