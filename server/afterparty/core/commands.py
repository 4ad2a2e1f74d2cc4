"""What members ask for: one small frozen dataclass each. ``actor`` is who asks."""

from dataclasses import dataclass

from afterparty.core.model import Person, Role, RoomKind, Speak, Tally, Waiting


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
    """When the host means to open it, seconds since the Unix epoch."""
    stage: tuple[tuple[Person, Role], ...] = ()
    description: str = ""
    topics: tuple[str, ...] = ()
    hashtag: str = ""
    speak: Speak = Speak.INVITED
    recording: bool = False
    series: str | None = None
    waiting: Waiting = Waiting.SILENCE
    scheduled_already: int = 0
    """Rooms that the actor has scheduled, as those rooms' logs say."""


@dataclass(frozen=True, slots=True)
class EditRoom:
    """Change what a room says of itself; ``None`` leaves as it is."""

    actor: Person
    title: str | None = None
    description: str | None = None
    topics: tuple[str, ...] | None = None
    hashtag: str | None = None
    language: str | None = None
    scheduled_for: float | None = None
    recording: bool | None = None
    waiting: Waiting | None = None
    scheduled_already: int = 0
    """Other rooms that the actor has scheduled, as those rooms' logs say."""


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
    known: bool = False
    """Whether they have been in this room before, as presence says."""
    blocked: bool = False
    """Whether the host's own list has them as blocked."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Go: a seat, a request, an invitation, a raised hand is given up.

    A host who leaves a live room leaves it to a co-host, or ends it.
    """

    actor: Person
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Vanish:
    """Be gone without a word: no connection is left. As leaving, but a host is waited for."""

    actor: Person
    grace: float = 300.0
    """How long a host is waited for, seconds."""


@dataclass(frozen=True, slots=True)
class Return:
    """The host is here again."""

    actor: Person


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Become the host of a room whose host is away."""

    actor: Person


@dataclass(frozen=True, slots=True)
class TimeOut:
    """The host was waited for long enough."""

    actor: Person


@dataclass(frozen=True, slots=True)
class TellSoon:
    """It is time to tell those who asked that the room opens soon."""

    actor: Person


@dataclass(frozen=True, slots=True)
class RequestToSpeak:
    """Ask for a place on the stage; who speaks without being let takes one, if any is free."""

    actor: Person
    followed: bool = False
    """Whether the host follows them, as the host's own list says."""


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
class MuteAll:
    """Silence everybody on stage whom one may silence, but for oneself."""

    actor: Person


@dataclass(frozen=True, slots=True)
class ChangeSpeak:
    """Say anew who may speak. Whoever is on stage stays."""

    actor: Person
    speak: Speak


@dataclass(frozen=True, slots=True)
class SetLock:
    """Let nobody in who was not here before, or everybody again."""

    actor: Person
    locked: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """Send somebody out of the room. They may come back."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Block:
    """Send somebody out of the room for good."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Unblock:
    """Let somebody in again who was blocked."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Report:
    """Tell whoever runs the server of somebody, or of the room. Leaves no event."""

    actor: Person
    member: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ConsentToCaptions:
    """Agree, or agree no more, that what one says is shown as captions."""

    actor: Person
    captions: bool


@dataclass(frozen=True, slots=True)
class PinPost:
    """Pin a post in the room."""

    actor: Person
    pin: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class UnpinPost:
    """Take a pinned post down."""

    actor: Person
    pin: str


@dataclass(frozen=True, slots=True)
class React:
    """Show a reaction. Leaves no event."""

    actor: Person
    reaction: str


@dataclass(frozen=True, slots=True)
class RaiseHand:
    """Raise one's hand; it stays so until it is lowered."""

    actor: Person


@dataclass(frozen=True, slots=True)
class LowerHand:
    """Lower one's own hand, or somebody's."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """Ask the stage of a Blueroom. Leaves no event: questions are the audience's, and many."""

    actor: Person
    text: str


@dataclass(frozen=True, slots=True)
class VoteQuestion:
    """Want a question answered, or no more. Leaves no event."""

    actor: Person


@dataclass(frozen=True, slots=True)
class HideQuestion:
    """Take a question away: one's own, or another's. Leaves no event."""

    actor: Person
    asker: str


@dataclass(frozen=True, slots=True)
class PickQuestion:
    """Answer a question now."""

    actor: Person
    question: str
    person: Person
    """Who asked it; like ``text`` and ``votes`` as the list of questions says."""
    text: str
    votes: int


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """The question that was picked is answered."""

    actor: Person
    question: str


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
    then_end: bool = False
    """Whether this room ends once its audience is gone."""


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
    | EditRoom
    | OpenRoom
    | CancelRoom
    | EndRoom
    | Join
    | Leave
    | Vanish
    | Return
    | TakeOver
    | TimeOut
    | TellSoon
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
    | MuteAll
    | ChangeSpeak
    | SetLock
    | Remove
    | Block
    | Unblock
    | Report
    | ConsentToCaptions
    | PinPost
    | UnpinPost
    | React
    | RaiseHand
    | LowerHand
    | AskQuestion
    | VoteQuestion
    | HideQuestion
    | PickQuestion
    | AnswerQuestion
    | SayLine
    | OfferHandoff
    | BeginHandoff
    | CancelHandoff
    | CloseHandoff
    | ExpireInvitation
)
