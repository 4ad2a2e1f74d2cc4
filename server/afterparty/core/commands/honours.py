"""What a room is honoured for while it is live: a record is broken, a first is made."""

from dataclasses import dataclass

from afterparty.core.model import Holder, Person


@dataclass(frozen=True, slots=True)
class BreakRecord:
    """More listen than ever where the room is compared."""

    actor: Person
    record: str
    title: str
    before: Holder
    """Who held the record until now."""
    least: int = 0
    """Fewer listeners are no record."""


@dataclass(frozen=True, slots=True)
class MakeFirst:
    """Somebody on the stage is the first to do what a rule says."""

    actor: Person
    first: str
    title: str
    member: str
    name: str
