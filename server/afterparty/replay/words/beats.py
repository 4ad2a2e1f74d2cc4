"""What happens in a scenario: a form for each kind of beat. docs/scenarios.md explains each word.

Whether a beat can happen where it stands is for ``afterparty.replay.words.plot`` to say.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from afterparty.replay.words.forms import Clock, Form
from afterparty.wire.views import REACTIONS, Id, Language

Seconds = Annotated[float, Field(gt=0, le=600)]


def _known_reaction(reaction: str) -> str:
    known = tuple(dict.fromkeys(one for found in REACTIONS.values() for one in found))
    if reaction not in known:
        raise ValueError(f"a reaction is one of {' '.join(known)}")
    return reaction


Reaction = Annotated[str, AfterValidator(_known_reaction)]
Speak = Literal["everyone", "followed", "invited"]


class _Beat(Form):
    at: Clock
    """Not before this time, nor before the beat above is over."""
    who: Id
    """Who does it: one of the cast."""
    room: Id = ""
    """The room it is done in; left out: where the member is."""


class Step(_Beat):
    """Something done that needs no more than its name."""

    do: Literal[
        "open",
        "join",
        "drop",
        "unmute",
        "mute_all",
        "lock",
        "unlock",
        "request",
        "withdraw",
        "accept_invitation",
        "decline_invitation",
        "raise_hand",
        "take_over",
        "answered",
        "cancel_handoff",
        "follow",
        "stay",
        "end",
    ]
    """What is done."""


class Aimed(_Beat):
    """Something done to a member."""

    do: Literal["accept", "decline", "demote", "invite", "remove", "block", "pick"]
    """What is done."""
    member: Id
    """To whom: one of the cast."""


class SelfAimed(_Beat):
    """Something done to another member, or without ``member`` to oneself."""

    do: Literal["mute", "lower_hand"]
    """What is done."""
    member: Id = ""
    """To whom; left out: to oneself."""


class Leave(_Beat):
    """Leave; a host of a live room leaves it to a co-host, or ends it."""

    do: Literal["leave"]
    """What is done."""
    to: Id = ""
    """The co-host who hosts the room from then on."""


class WhoMaySpeak(_Beat):
    """Say anew who comes onto the stage without being let."""

    do: Literal["who_may_speak"]
    """What is done."""
    speak: Speak
    """Who comes onto the stage without being let."""


class Consent(_Beat):
    """Agree to captions, or no more. Without this beat whoever speaks agrees by themselves."""

    do: Literal["consent"]
    """What is done."""
    captions: bool
    """Whether they agree."""


class PinPost(_Beat):
    """Pin a post in the room."""

    do: Literal["pin"]
    """What is done."""
    text: Annotated[str, StringConstraints(max_length=280, strip_whitespace=True)] = ""
    """What the post says."""
    url: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://\S+$")] = ""
    """Where it leads."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.text or self.url):
            raise ValueError("a post has a text, or a url")
        return self


class Ask(_Beat):
    """Ask the stage of a Blueroom."""

    do: Literal["ask"]
    """What is done."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=140, strip_whitespace=True)]
    """The question."""


class Say(_Beat):
    """Speak a line, aloud and as a caption."""

    do: Literal["say"]
    """What is done."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    """The line."""
    language: Language = ""
    """Left out: the voice's."""
    unheard: bool = False
    """Speak although it is not permitted: microphone closed, or no seat. Nobody may hear it."""


class Offer(_Beat):
    """Offer the audience of this room another."""

    do: Literal["offer_handoff"]
    """What is done."""
    to: Id
    """The room that is offered; it must be live."""
    seconds: Seconds
    """Countdown, evening time."""


class React(_Beat):
    """Send a reaction."""

    do: Literal["react"]
    """What is done."""
    reaction: Reaction
    """One of the room's rules."""


Beat = Annotated[
    Step | Aimed | SelfAimed | Leave | WhoMaySpeak | Consent | PinPost | Ask | Say | Offer | React,
    Field(discriminator="do"),
]
