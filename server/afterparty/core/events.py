"""What happened: one small frozen dataclass each. A room is the fold of these and of nothing else.

``at`` is seconds since the Unix epoch; ``by`` is the member who caused it.
"""

from dataclasses import dataclass

from afterparty.core.model import Holder, Person, Role, RoomKind, Seat, Speak, Tally, Waiting


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
    description: str = ""
    topics: tuple[str, ...] = ()
    hashtag: str = ""
    speak: Speak = Speak.INVITED
    recording: bool = False
    series: str | None = None
    waiting: Waiting = Waiting.SILENCE


@dataclass(frozen=True, slots=True)
class RoomEdited:
    """The room says of itself what stands here, all of it."""

    at: float
    by: str
    title: str
    description: str
    topics: tuple[str, ...]
    hashtag: str
    language: str
    scheduled_for: float | None
    recording: bool
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class StartsSoon:
    """Those who asked for it are told that the room opens soon."""

    at: float


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
class RoomTimedOut:
    """The room is over: its host did not come back."""

    at: float


@dataclass(frozen=True, slots=True)
class HostAway:
    """The host is gone without a word; the room waits for them ``until`` then."""

    at: float
    until: float


@dataclass(frozen=True, slots=True)
class HostBack:
    """The host is here again."""

    at: float
    by: str


@dataclass(frozen=True, slots=True)
class HostChanged:
    """A co-host is the host now, and who was the host a co-host."""

    at: float
    by: str
    member: str
    """The new host."""


@dataclass(frozen=True, slots=True)
class SpeakChanged:
    """Who may speak was said anew."""

    at: float
    by: str
    speak: Speak


@dataclass(frozen=True, slots=True)
class LockChanged:
    """The room was locked or unlocked."""

    at: float
    by: str
    locked: bool


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """Somebody was sent out."""

    at: float
    by: str
    member: str


@dataclass(frozen=True, slots=True)
class MemberBlocked:
    """Somebody was sent out for good."""

    at: float
    by: str
    member: str


@dataclass(frozen=True, slots=True)
class MemberUnblocked:
    """Somebody may come in again."""

    at: float
    by: str
    member: str


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
class CaptionsConsent:
    """Somebody on stage agreed to captions of what they say, or agrees no more."""

    at: float
    member: str
    captions: bool


@dataclass(frozen=True, slots=True)
class PostPinned:
    """A post was pinned."""

    at: float
    by: str
    pin: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class PostUnpinned:
    """A pinned post was taken down."""

    at: float
    by: str
    pin: str


@dataclass(frozen=True, slots=True)
class HandRaised:
    """A hand is raised."""

    at: float
    person: Person


@dataclass(frozen=True, slots=True)
class HandLowered:
    """A hand is lowered, by its owner or by somebody else."""

    at: float
    by: str
    member: str


@dataclass(frozen=True, slots=True)
class QuestionPicked:
    """The stage answers a question of the audience."""

    at: float
    by: str
    question: str
    person: Person
    text: str
    votes: int


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """The question that was picked is answered."""

    at: float
    by: str
    question: str


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
    then_end: bool = False


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


@dataclass(frozen=True, slots=True)
class RecordBroken:
    """More listen than ever anywhere that the room is compared with."""

    at: float
    record: str
    """``overall``, or an era of the season."""
    title: str
    listeners: int
    """The count by which it fell: one more than before, or the least that is a record."""
    before: Holder


@dataclass(frozen=True, slots=True)
class FirstMade:
    """Somebody on the stage was the first to do what a rule of the season says."""

    at: float
    first: str
    title: str
    member: str
    name: str


Event = (
    RoomCreated
    | RoomEdited
    | StartsSoon
    | RoomOpened
    | RoomCanceled
    | RoomEnded
    | RoomTimedOut
    | HostAway
    | HostBack
    | HostChanged
    | SpeakChanged
    | LockChanged
    | MemberRemoved
    | MemberBlocked
    | MemberUnblocked
    | SpeakRequested
    | RequestDropped
    | MemberInvited
    | InvitationDropped
    | SeatTaken
    | SeatLeft
    | MuteChanged
    | CaptionsConsent
    | PostPinned
    | PostUnpinned
    | HandRaised
    | HandLowered
    | QuestionPicked
    | QuestionAnswered
    | LineSaid
    | HandoffOffered
    | HandoffBegun
    | HandoffCanceled
    | HandoffClosed
    | RecordBroken
    | FirstMade
)
