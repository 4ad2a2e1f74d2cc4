"""What members ask for: one small frozen dataclass each. ``actor`` is who asks."""

from dataclasses import dataclass

from afterparty.core.model import Person, Role, RoomKind, Tally


@dataclass(frozen=True, slots=True)
class CreateRoom:
    """Make a room, scheduled. The actor becomes its host; ``stage`` names who else has a seat."""

    actor: Person
    room: str
    show: str
    kind: RoomKind
    title: str
    rules: str = "current"
    language: str = "en"
    scheduled_for: float | None = None
    """Seconds since the Unix epoch; shown, never acted on."""
    stage: tuple[tuple[Person, Role], ...] = ()


@dataclass(frozen=True, slots=True)
class OpenRoom:
    """Take a scheduled room live."""

    actor: Person


@dataclass(frozen=True, slots=True)
class CancelRoom:
    """Call off a room that never went live."""

    actor: Person


@dataclass(frozen=True, slots=True)
class EndRoom:
    """End a live room for everybody."""

    actor: Person


@dataclass(frozen=True, slots=True)
class Join:
    """Come in. Decides admission only: being there is presence, and leaves no event."""

    actor: Person


@dataclass(frozen=True, slots=True)
class Leave:
    """Go: a seat, a request or an invitation held is given up. A host keeps the seat."""

    actor: Person


@dataclass(frozen=True, slots=True)
class RequestToSpeak:
    """Ask for a place on the stage."""

    actor: Person


@dataclass(frozen=True, slots=True)
class WithdrawRequest:
    """Take one's own request back."""

    actor: Person


@dataclass(frozen=True, slots=True)
class AcceptRequest:
    """Let somebody who asked onto the stage, muted."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class DeclineRequest:
    """Turn somebody's request down."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Invite:
    """Offer a listener a place on the stage."""

    actor: Person
    member: str
    role: Role = Role.SPEAKER


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Take the place one was invited to, muted."""

    actor: Person


@dataclass(frozen=True, slots=True)
class DeclineInvitation:
    """Stay a listener."""

    actor: Person


@dataclass(frozen=True, slots=True)
class Demote:
    """Make somebody on stage a listener again."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Mute:
    """Silence somebody on stage, or oneself."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Unmute:
    """Open one's own microphone. Nobody opens another's."""

    actor: Person


@dataclass(frozen=True, slots=True)
class SayLine:
    """Put a line that one says on stage into the captions."""

    actor: Person
    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class OfferHandoff:
    """Offer the audience another room of the show; after the countdown it moves."""

    actor: Person
    handoff: str
    to_room: str
    to_show: str
    """The show the other room belongs to, as its log says."""
    to_live: bool
    """Whether the other room is live, as its log says."""
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class BeginHandoff:
    """The countdown is over: the audience moves now."""

    actor: Person
    handoff: str
    to_live: bool


@dataclass(frozen=True, slots=True)
class CancelHandoff:
    """Call a handoff off while its countdown runs. Nobody else moves."""

    actor: Person
    handoff: str


@dataclass(frozen=True, slots=True)
class CloseHandoff:
    """Every member offered has moved, declined or been lost: write the tally down."""

    actor: Person
    handoff: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class ExpireInvitation:
    """An invitation was not taken up in time."""

    actor: Person
    member: str


Command = (
    CreateRoom
    | OpenRoom
    | CancelRoom
    | EndRoom
    | Join
    | Leave
    | RequestToSpeak
    | WithdrawRequest
    | AcceptRequest
    | DeclineRequest
    | Invite
    | AcceptInvitation
    | DeclineInvitation
    | Demote
    | Mute
    | Unmute
    | SayLine
    | OfferHandoff
    | BeginHandoff
    | CancelHandoff
    | CloseHandoff
    | ExpireInvitation
)
