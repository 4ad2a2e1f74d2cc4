"""Room commands: what a member asks the room to decide, by WebSocket or by REST."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from afterparty.core.model import Role, Speak, Waiting
from afterparty.wire.views import Hashtag, Id, Language, ScheduledFor, Topics, View, Words


class FromClientBase(View):
    """What every message of a client has: its own number for it."""

    ref: int = Field(default=0, ge=0, le=2**31, strict=True)


class Open(FromClientBase):
    """Take the room live."""

    type: Literal["open"]


class Cancel(FromClientBase):
    """Call the room off."""

    type: Literal["cancel"]


class End(FromClientBase):
    """End the room for everybody."""

    type: Literal["end"]


class Leave(FromClientBase):
    """Leave the room; a host leaves it to a co-host, or ends it."""

    type: Literal["leave"]
    to: Id | None = None


class Request(FromClientBase):
    """Ask to speak."""

    type: Literal["request"]


class Withdraw(FromClientBase):
    """Take the request back."""

    type: Literal["withdraw"]


class Accept(FromClientBase):
    """Let a member who asked onto the stage."""

    type: Literal["accept"]
    member: Id


class Decline(FromClientBase):
    """Turn a member's request down."""

    type: Literal["decline"]
    member: Id


class Invite(FromClientBase):
    """Invite a listener onto the stage."""

    type: Literal["invite"]
    member: Id
    role: Literal[Role.COHOST, Role.SPEAKER] = Role.SPEAKER


class AcceptInvitation(FromClientBase):
    """Take the place one was invited to."""

    type: Literal["accept_invitation"]


class DeclineInvitation(FromClientBase):
    """Stay a listener."""

    type: Literal["decline_invitation"]


class Demote(FromClientBase):
    """Make somebody on stage a listener again."""

    type: Literal["demote"]
    member: Id


class Mute(FromClientBase):
    """Close a microphone: another's, or without ``member`` one's own."""

    type: Literal["mute"]
    member: Id | None = None


class Unmute(FromClientBase):
    """Open one's own microphone."""

    type: Literal["unmute"]


class Edit(FromClientBase):
    """Change what the room says of itself; what is not given stays."""

    type: Literal["edit"]
    title: Annotated[str, StringConstraints(max_length=200)] | None = None
    description: Words | None = None
    topics: Topics | None = None
    hashtag: Hashtag | None = None
    language: Language | None = None
    scheduled_for: ScheduledFor | None = None
    recording: bool | None = Field(default=None, strict=True)
    waiting: Waiting | None = None


class WhoMaySpeak(FromClientBase):
    """Say anew who comes onto the stage without being let."""

    type: Literal["who_may_speak"]
    speak: Speak


class Lock(FromClientBase):
    """Let nobody new in, or everybody again."""

    type: Literal["lock"]
    locked: bool = Field(strict=True)


class Remove(FromClientBase):
    """Send a member out."""

    type: Literal["remove"]
    member: Id


class Block(FromClientBase):
    """Send a member out for good."""

    type: Literal["block"]
    member: Id


class Unblock(FromClientBase):
    """Let a member in again who was blocked."""

    type: Literal["unblock"]
    member: Id


class MuteAll(FromClientBase):
    """Close every microphone that one may close, but one's own."""

    type: Literal["mute_all"]


class TakeOver(FromClientBase):
    """Become the host of a room whose host is away."""

    type: Literal["take_over"]


class Consent(FromClientBase):
    """Agree, or agree no more, to captions of what one says."""

    type: Literal["consent"]
    captions: bool = Field(strict=True)


class Pin(FromClientBase):
    """Pin a post in the room."""

    type: Literal["pin"]
    text: Annotated[str, StringConstraints(max_length=1000)] = ""
    url: Annotated[str, StringConstraints(max_length=1000)] = ""


class Unpin(FromClientBase):
    """Take a pinned post down."""

    type: Literal["unpin"]
    pin: Id


class RaiseHand(FromClientBase):
    """Raise one's hand; it stays so."""

    type: Literal["raise_hand"]


class LowerHand(FromClientBase):
    """Lower a hand: another's, or without ``member`` one's own."""

    type: Literal["lower_hand"]
    member: Id | None = None


class Say(FromClientBase):
    """A line of captions of what one says."""

    type: Literal["say"]
    text: Annotated[str, StringConstraints(max_length=2000)]
    language: Language = "en"


class Pick(FromClientBase):
    """Answer a question of the audience now."""

    type: Literal["pick"]
    question: Id


class Answered(FromClientBase):
    """The question that was picked is answered."""

    type: Literal["answered"]
    question: Id


class OfferHandoff(FromClientBase):
    """Offer the audience another room of the show."""

    type: Literal["offer_handoff"]
    to_room: Id
    seconds: float = Field(default=10.0, strict=True)
    then_end: bool = Field(default=False, strict=True)
    """End this room once its audience is gone."""


class CancelHandoff(FromClientBase):
    """Call the offered handoff off."""

    type: Literal["cancel_handoff"]
    handoff: Id


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
    | Edit
    | WhoMaySpeak
    | Lock
    | Remove
    | Block
    | Unblock
    | MuteAll
    | TakeOver
    | Consent
    | Pin
    | Unpin
    | RaiseHand
    | LowerHand
    | Say
    | Pick
    | Answered
    | OfferHandoff
    | CancelHandoff
)
"""Messages that the room decides on; also accepted by ``POST /v1/rooms/{room}/commands``."""

room_command: TypeAdapter[RoomCommand] = TypeAdapter(
    Annotated[RoomCommand, Field(discriminator="type")]
)
