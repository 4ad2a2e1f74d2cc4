"""What happens in a scenario: a form for each kind of beat. docs/scenarios.md explains each word.

Whether a beat can happen where it stands is for ``afterparty.replay.plot`` to say.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from afterparty.replay.forms import Clock, Form
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
    room: Id = ""
    """Left out: where the member is; ``loading.load`` fills it in."""


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


class Aimed(_Beat):
    """Something done to a member."""

    do: Literal["accept", "decline", "demote", "invite", "remove", "block", "pick"]
    member: Id


class SelfAimed(_Beat):
    """Something done to another member, or without ``member`` to oneself."""

    do: Literal["mute", "lower_hand"]
    member: Id = ""


class Leave(_Beat):
    """Leave; a host of a live room leaves it to a co-host, or ends it."""

    do: Literal["leave"]
    to: Id = ""


class WhoMaySpeak(_Beat):
    """Say anew who comes onto the stage without being let."""

    do: Literal["who_may_speak"]
    speak: Speak


class Consent(_Beat):
    """Agree to captions, or no more. Without this beat whoever speaks agrees by themselves."""

    do: Literal["consent"]
    captions: bool


class PinPost(_Beat):
    """Pin a post in the room."""

    do: Literal["pin"]
    text: Annotated[str, StringConstraints(max_length=280, strip_whitespace=True)] = ""
    url: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://\S+$")] = ""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.text or self.url):
            raise ValueError("a post has a text, or a url")
        return self


class Ask(_Beat):
    """Ask the stage of a Blueroom."""

    do: Literal["ask"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=140, strip_whitespace=True)]


class Say(_Beat):
    """Speak a line, aloud and as a caption."""

    do: Literal["say"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    language: Language = ""
    """Left out: the voice's."""
    unheard: bool = False
    """Speak although it is not permitted: microphone closed, or no seat. Nobody may hear it."""


class Offer(_Beat):
    """Offer the audience of this room another."""

    do: Literal["offer_handoff"]
    to: Id
    seconds: Seconds
    """Countdown, evening time."""


class React(_Beat):
    """Send a reaction."""

    do: Literal["react"]
    reaction: Reaction


Beat = Annotated[
    Step | Aimed | SelfAimed | Leave | WhoMaySpeak | Consent | PinPost | Ask | Say | Offer | React,
    Field(discriminator="do"),
]
