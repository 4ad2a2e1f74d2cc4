"""WebSocket messages, both ways. Every message is a JSON object with a ``type``.

``ref`` is the client's own number for a message; the reply (``ok`` or ``refused``) carries it back.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from afterparty.core.model import Role
from afterparty.wire.commands import FromClientBase, RoomCommand
from afterparty.wire.views import (
    CountsView,
    Id,
    PersonView,
    QuestionView,
    RoomView,
    ShowView,
    View,
)

SDP_LIMIT = 16_384
"""Characters in a session description."""

MESSAGE_LIMIT = 32_768
"""Bytes in one WebSocket message."""


class Hello(FromClientBase):
    """First message: who I am and where I want to be."""

    type: Literal["hello"]
    token: Annotated[str, StringConstraints(max_length=4096)]
    room: Id
    resume: int | None = Field(default=None, ge=0, strict=True)
    """The number of the last event seen, after a drop."""
    connection: Id | None = None
    """The connection that dropped, to be taken up again with its sound."""


class Follow(FromClientBase):
    """Move now, without waiting for the countdown; also after ``stay``."""

    type: Literal["follow"]


class Stay(FromClientBase):
    """Decline the handoff."""

    type: Literal["stay"]


class React(FromClientBase):
    """Send a reaction."""

    type: Literal["react"]
    reaction: Annotated[str, StringConstraints(max_length=16)]


class Ask(FromClientBase):
    """Ask the stage of a Blueroom a question."""

    type: Literal["ask"]
    text: Annotated[str, StringConstraints(max_length=2000)]


class Vote(FromClientBase):
    """Want a question answered, or no more."""

    type: Literal["vote"]
    question: Id
    vote: bool = Field(strict=True)


class MediaOffer(FromClientBase):
    """Offer sound: one ``sendrecv`` audio section."""

    type: Literal["media_offer"]
    sdp: Annotated[str, StringConstraints(max_length=MESSAGE_LIMIT)]


class MediaClose(FromClientBase):
    """Close the sound, stay in the room."""

    type: Literal["media_close"]


class Ping(FromClientBase):
    """Ask for a ``pong``."""

    type: Literal["ping"]


FromClient = (
    Hello | RoomCommand | Follow | Stay | React | Ask | Vote | MediaOffer | MediaClose | Ping
)

from_client: TypeAdapter[FromClient] = TypeAdapter(
    Annotated[FromClient, Field(discriminator="type")]
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


class Questions(View):
    """The open questions of a Blueroom that most want answered; ``total`` are open."""

    type: Literal["questions"] = "questions"
    room: str
    total: int
    questions: list[QuestionView]


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
    question: str | None = Field(default=None, exclude_if=lambda question: question is None)
    """What an ``ask`` is called from now on."""


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
    | Questions
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
