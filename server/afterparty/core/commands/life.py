"""A room's life: opened, ended, joined, left, its host away and back or followed by another."""

from dataclasses import dataclass

from afterparty.core.model import Person


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
