"""WebSocket messages, both ways. Every message is a JSON object with a ``type``.

``ref`` is the client's own number for a message; the reply (``ok`` or ``refused``) carries it back.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from afterparty.core.model import Role
from afterparty.wire.views import (
    CountsView,
    Id,
    Language,
    PersonView,
    RoomView,
    ShowView,
    View,
)

REACTIONS: tuple[str, ...] = ("💯", "✋", "✊", "✌️", "👋", "😂", "😲", "😢", "💜", "👏", "👍")
"""Reactions that a room knows."""

SDP_LIMIT = 16_384
"""Characters in a session description."""

MESSAGE_LIMIT = 32_768
"""Bytes in one WebSocket message."""


class _FromClient(View):
    ref: int = Field(default=0, ge=0, le=2**31, strict=True)


class Hello(_FromClient):
    """First message: who I am and where I want to be."""

    type: Literal["hello"]
    token: Annotated[str, StringConstraints(max_length=4096)]
    room: Id
    resume: int | None = Field(default=None, ge=0, strict=True)
    """The number of the last event seen, after a drop."""
    connection: Id | None = None
    """The connection that dropped, to be taken up again with its sound."""


class Open(_FromClient):
    """Take the room live."""

    type: Literal["open"]


class Cancel(_FromClient):
    """Call the room off."""

    type: Literal["cancel"]


class End(_FromClient):
    """End the room for everybody."""

    type: Literal["end"]


class Leave(_FromClient):
    """Leave the room."""

    type: Literal["leave"]


class Request(_FromClient):
    """Ask to speak."""

    type: Literal["request"]


class Withdraw(_FromClient):
    """Take the request back."""

    type: Literal["withdraw"]


class Accept(_FromClient):
    """Let a member who asked onto the stage."""

    type: Literal["accept"]
    member: Id


class Decline(_FromClient):
    """Turn a member's request down."""

    type: Literal["decline"]
    member: Id


class Invite(_FromClient):
    """Invite a listener onto the stage."""

    type: Literal["invite"]
    member: Id
    role: Literal[Role.COHOST, Role.SPEAKER] = Role.SPEAKER


class AcceptInvitation(_FromClient):
    """Take the place one was invited to."""

    type: Literal["accept_invitation"]


class DeclineInvitation(_FromClient):
    """Stay a listener."""

    type: Literal["decline_invitation"]


class Demote(_FromClient):
    """Make somebody on stage a listener again."""

    type: Literal["demote"]
    member: Id


class Mute(_FromClient):
    """Close a microphone: another's, or without ``member`` one's own."""

    type: Literal["mute"]
    member: Id | None = None


class Unmute(_FromClient):
    """Open one's own microphone."""

    type: Literal["unmute"]


class Say(_FromClient):
    """A line of captions of what one says."""

    type: Literal["say"]
    text: Annotated[str, StringConstraints(max_length=2000)]
    language: Language = "en"


class OfferHandoff(_FromClient):
    """Offer the audience another room of the show."""

    type: Literal["offer_handoff"]
    to_room: Id
    seconds: float = Field(default=10.0, strict=True)


class CancelHandoff(_FromClient):
    """Call the offered handoff off."""

    type: Literal["cancel_handoff"]
    handoff: Id


class Follow(_FromClient):
    """Move now, without waiting for the countdown; also after ``stay``."""

    type: Literal["follow"]


class Stay(_FromClient):
    """Decline the handoff."""

    type: Literal["stay"]


class React(_FromClient):
    """Send a reaction."""

    type: Literal["react"]
    reaction: Annotated[str, StringConstraints(max_length=16)]


class MediaOffer(_FromClient):
    """Offer sound: one ``sendrecv`` audio section."""

    type: Literal["media_offer"]
    sdp: Annotated[str, StringConstraints(max_length=MESSAGE_LIMIT)]


class MediaClose(_FromClient):
    """Close the sound, stay in the room."""

    type: Literal["media_close"]


class Ping(_FromClient):
    """Ask for a ``pong``."""

    type: Literal["ping"]


RoomCommand = (
    Open
    | Cancel
    | End
    | Leave
    | Request
    | Withdraw
    | Accept
    | Decline
    | Invite
    | AcceptInvitation
    | DeclineInvitation
    | Demote
    | Mute
    | Unmute
    | Say
    | OfferHandoff
    | CancelHandoff
)
"""Messages that the room decides on; also accepted by ``POST /v1/rooms/{room}/commands``."""

FromClient = Hello | RoomCommand | Follow | Stay | React | MediaOffer | MediaClose | Ping

from_client: TypeAdapter[FromClient] = TypeAdapter(
    Annotated[FromClient, Field(discriminator="type")]
)
room_command: TypeAdapter[RoomCommand] = TypeAdapter(
    Annotated[RoomCommand, Field(discriminator="type")]
)


class Welcome(View):
    """The snapshot on joining, and the answer to a ``hello``."""

    type: Literal["welcome"] = "welcome"
    ref: int
    connection: str
    you: PersonView
    role: Role
    show: ShowView
    room: RoomView
    counts: CountsView
    resumed: bool
    """True: the ``event`` messages that were missed follow. False: ``room`` is where to begin."""
    sound: bool
    """Whether the connection's sound is still up."""
    now: float
    reactions: list[str]
    nodes: list[str] = Field(default_factory=list)
    """Addresses of the nodes that are staying, the one that answers first."""


class Nodes(View):
    """The nodes that are staying, whenever they change: where to go on if this one is lost."""

    type: Literal["nodes"] = "nodes"
    nodes: list[str]


class RoomEvent(View):
    """The room's event of that number. Numbers are consecutive."""

    type: Literal["event"] = "event"
    room: str
    number: int
    event: dict[str, Any]


class Counts(View):
    """Counts that changed, at most a few times a second."""

    type: Literal["counts"] = "counts"
    rooms: dict[str, CountsView]


class Speaking(View):
    """Who is heard now, by the media plane: dB below full scale (0 loud, 127 silent)."""

    type: Literal["speaking"] = "speaking"
    room: str
    levels: dict[str, int]


class Reactions(View):
    """Reactions since the last such message: sender, reaction, how many."""

    type: Literal["reactions"] = "reactions"
    room: str
    reactions: list[tuple[str, str, int]]


class MediaAnswer(View):
    """The answer to a ``media_offer``."""

    type: Literal["media_answer"] = "media_answer"
    ref: int
    sdp: str


class MediaState(View):
    """The sound of this connection: ``connected`` or ``gone``."""

    type: Literal["media_state"] = "media_state"
    state: Literal["connected", "gone"]
    reason: str = ""


class Moved(View):
    """You are in another room now; the sound moved with you, on the same peer connection."""

    type: Literal["moved"] = "moved"
    handoff: str
    from_room: str
    role: Role
    room: RoomView
    counts: CountsView


class Ok(View):
    """The message of that ``ref`` was carried out; ``number`` is the last event it led to."""

    type: Literal["ok"] = "ok"
    ref: int
    number: int = 0


class Refused(View):
    """The message of that ``ref`` was not carried out."""

    type: Literal["refused"] = "refused"
    ref: int
    code: str
    message: str


class Closing(View):
    """The last message before the server closes the socket."""

    type: Literal["closing"] = "closing"
    code: str
    message: str
    nodes: list[str] = Field(default_factory=list)
    """With ``shutting_down``: the nodes to go to."""


class Pong(View):
    """The answer to a ``ping``; ``now`` is the server's clock."""

    type: Literal["pong"] = "pong"
    ref: int
    now: float


ToClient = (
    Welcome
    | Nodes
    | RoomEvent
    | Counts
    | Speaking
    | Reactions
    | MediaAnswer
    | MediaState
    | Moved
    | Ok
    | Refused
    | Closing
    | Pong
)

to_client: TypeAdapter[ToClient] = TypeAdapter(Annotated[ToClient, Field(discriminator="type")])


def encode(message: View) -> str:
    """A message as JSON text."""
    return message.model_dump_json()
