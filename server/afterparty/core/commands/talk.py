"""What is said and shown beside the sound: captions, posts, reactions, hands, questions."""

from dataclasses import dataclass

from afterparty.core.model import Person


@dataclass(frozen=True, slots=True)
class SayLine:
    """Put a line that one says on stage into the captions."""

    actor: Person
    text: str
    language: str = "en"


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
