"""The handoff of a room's audience to another room of its show."""

from dataclasses import dataclass

from afterparty.core.model import Person, Tally


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
