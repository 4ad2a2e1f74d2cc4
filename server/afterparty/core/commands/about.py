"""What a room says of itself: made, and edited."""

from dataclasses import dataclass

from afterparty.core.model import Person, Role, RoomKind, Speak, Waiting


@dataclass(frozen=True, slots=True)
class CreateRoom:
    """Make a room, scheduled. The actor becomes its host; ``stage`` names who else has a seat."""

    actor: Person
    room: str
    show: str
    kind: RoomKind
    title: str
    rules: str = "current"
    language: str = "en"
    scheduled_for: float | None = None
    """When the host means to open it, seconds since the Unix epoch."""
    stage: tuple[tuple[Person, Role], ...] = ()
    description: str = ""
    topics: tuple[str, ...] = ()
    hashtag: str = ""
    speak: Speak = Speak.INVITED
    recording: bool = False
    series: str | None = None
    waiting: Waiting = Waiting.SILENCE
    scheduled_already: int = 0
    """Rooms that the actor has scheduled, as those rooms' logs say."""


@dataclass(frozen=True, slots=True)
class EditRoom:
    """Change what a room says of itself; ``None`` leaves as it is."""

    actor: Person
    title: str | None = None
    description: str | None = None
    topics: tuple[str, ...] | None = None
    hashtag: str | None = None
    language: str | None = None
    scheduled_for: float | None = None
    recording: bool | None = None
    waiting: Waiting | None = None
    scheduled_already: int = 0
    """Other rooms that the actor has scheduled, as those rooms' logs say."""
