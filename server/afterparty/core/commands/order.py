"""Order in the room: who may speak, who may come in, who has to go, and what is reported."""

from dataclasses import dataclass

from afterparty.core.model import Person, Speak


@dataclass(frozen=True, slots=True)
class ChangeSpeak:
    """Say anew who may speak. Whoever is on stage stays."""

    actor: Person
    speak: Speak


@dataclass(frozen=True, slots=True)
class SetLock:
    """Let nobody in who was not here before, or everybody again."""

    actor: Person
    locked: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """Send somebody out of the room. They may come back."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Block:
    """Send somebody out of the room for good."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Unblock:
    """Let somebody in again who was blocked."""

    actor: Person
    member: str


@dataclass(frozen=True, slots=True)
class Report:
    """Tell whoever runs the server of somebody, or of the room. Leaves no event."""

    actor: Person
    member: str | None
    reason: str
