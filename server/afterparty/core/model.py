"""What there is: shows, rooms, members and their seats, as frozen values.

A listener is not here. Listeners are presence, kept by the store; a room knows only those who hold
a seat on its stage, those who ask for one, and those who were invited to one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from afterparty.core.rules import RULES, Rules


class RoomKind(StrEnum):
    """A ``space`` is audio for anyone; a ``blueroom`` is a livestream Q&A with artists on stage."""

    SPACE = "space"
    BLUEROOM = "blueroom"


class RoomState(StrEnum):
    """The life of a room. Only ``scheduled`` and ``live`` ever change."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"
    CANCELED = "canceled"
    TIMED_OUT = "timed_out"


OVER = frozenset({RoomState.ENDED, RoomState.CANCELED, RoomState.TIMED_OUT})
"""States from which nothing leads on."""


class Role(StrEnum):
    """What a member is in a room. A member without a seat is a ``listener``."""

    HOST = "host"
    COHOST = "cohost"
    SPEAKER = "speaker"
    LISTENER = "listener"


class Speak(StrEnum):
    """Who comes onto the stage without being let: anyone, whom the host follows, or nobody."""

    EVERYONE = "everyone"
    FOLLOWED = "followed"
    INVITED = "invited"


class Waiting(StrEnum):
    """What a scheduled room sounds like to whoever waits in it."""

    SILENCE = "silence"
    TUNE = "tune"


class HandoffPhase(StrEnum):
    """``offered`` while the countdown runs, ``moving`` until the ledger balances, then over."""

    OFFERED = "offered"
    MOVING = "moving"
    CLOSED = "closed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Person:
    """Who a member is: an account, or somebody anonymous who may only listen."""

    member: str
    """Stable identity, ``[A-Za-z0-9_.-]{1,64}``."""
    handle: str = ""
    """Account handle without the at sign; empty if anonymous."""
    name: str = ""
    """What to show; the handle serves where it is empty."""
    anonymous: bool = False


SYSTEM = Person(member=":system", name="Afterparty")
"""The actor of what falls due by itself. A colon is in no member's identity."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A place on the stage and who holds it."""

    person: Person
    role: Role
    csrc: int
    """Contributing source (RFC 3550 section 5.1) that names this voice in the feed; unique here."""
    muted: bool = True
    captions: bool = False
    """Whether they have agreed to captions of what they say."""


@dataclass(frozen=True, slots=True)
class Caption:
    """One line that somebody on stage said."""

    member: str
    text: str
    language: str
    at: float


@dataclass(frozen=True, slots=True)
class Invitation:
    """A listener's open invitation to the stage."""

    member: str
    role: Role
    expires_at: float


@dataclass(frozen=True, slots=True)
class Tally:
    """A handoff's ledger in figures: ``offered = moved + declined + lost`` once it is closed."""

    offered: int
    moved: int
    declined: int
    lost: int

    @property
    def balanced(self) -> bool:
        """Whether every member offered is accounted for exactly once."""
        outcomes = (self.moved, self.declined, self.lost)
        return self.offered == sum(outcomes) and min(outcomes) >= 0


@dataclass(frozen=True, slots=True)
class Handoff:
    """The movement of this room's audience to another room of the same show."""

    handoff: str
    to_room: str
    phase: HandoffPhase
    offered_at: float
    moves_at: float
    tally: Tally | None = None
    begun_at: float | None = None
    """When the move began in truth: at ``moves_at`` or later."""
    then_end: bool = False
    """Whether the room ends once its audience is gone."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A post that is pinned in the room."""

    pin: str
    member: str
    """Who pinned it."""
    text: str
    url: str
    at: float


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the audience that the stage has picked."""

    question: str
    person: Person
    """Who asked it."""
    text: str
    votes: int
    """How many wanted it answered when it was picked."""
    at: float
    """When it was picked."""


@dataclass(frozen=True, slots=True)
class Appeared:
    """Somebody was on stage in a role while the room was live; ``at`` is since when."""

    person: Person
    role: Role
    at: float


@dataclass(frozen=True, slots=True)
class Holder:
    """Who held a record: a room, or what was told of elsewhere."""

    title: str
    listeners: int
    at: float
    """When that was reached, or the time that it stands for."""
    room: str | None = None


class HonourKind(StrEnum):
    """What a room is honoured for."""

    RECORD = "record"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Honour:
    """A record that the room broke, or something that somebody was the first to do in it."""

    kind: HonourKind
    key: str
    """Which record, or which rule of firsts."""
    title: str
    at: float
    listeners: int | None = None
    """The count by which a record fell."""
    before: Holder | None = None
    """Who held the record until then."""
    member: str = ""
    """Who was the first."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Away:
    """The host of a live room is gone from it; ``until`` then it waits for them."""

    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Show:
    """One evening: rooms that share one audience."""

    show: str
    title: str
    simulated: bool = False
    """Whether a scenario made it; shown wherever the show is shown."""
    date: str = ""
    """The day it stands for, ISO 8601, empty if unknown."""
    source: str = ""
    """The sentence it comes from, if a scenario names one."""
    created_at: float = 0.0
    created_by: str = ""
    season: str = ""
    """The season in whose book its records stand; empty if it is of none."""
    stands_for: float | None = None
    """The time that the opening of its first room enacts; ``None`` if it enacts nothing."""
    speed: float = 1.0
    """Seconds that it enacts in one second."""
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What is said of its members, for the question who was the first."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room as the fold of its events. ``version`` counts them."""

    room: str
    show: str
    kind: RoomKind
    title: str
    rules: str
    language: str
    state: RoomState
    created_at: float
    scheduled_for: float | None = None
    opened_at: float | None = None
    over_at: float | None = None
    version: int = 0
    seats: Mapping[str, Seat] = field(default_factory=lambda: MappingProxyType({}))
    requests: tuple[Person, ...] = ()
    invitations: Mapping[str, Invitation] = field(default_factory=lambda: MappingProxyType({}))
    captions: tuple[Caption, ...] = ()
    handoff: Handoff | None = None
    description: str = ""
    topics: tuple[str, ...] = ()
    hashtag: str = ""
    speak: Speak = Speak.INVITED
    recording: bool = False
    """Whether the stage is recorded; decided before the room is live."""
    series: str | None = None
    """The series of which it is an episode."""
    waiting: Waiting = Waiting.SILENCE
    locked: bool = False
    """Whether nobody new may come in."""
    blocked: frozenset[str] = frozenset()
    """Members who may not come in."""
    pins: tuple[Pin, ...] = ()
    hands: tuple[Person, ...] = ()
    """Whose hand is raised, the first to raise it first."""
    away: Away | None = None
    picked: Question | None = None
    """The question that the stage answers now."""
    answered: tuple[Question, ...] = ()
    told_soon: bool = False
    """Whether those who asked were told that it begins soon."""
    appeared: tuple[Appeared, ...] = ()
    """Who was on stage while it was live, once in each role."""
    honours: tuple[Honour, ...] = ()
    """Records broken and firsts made, as they fell."""

    @property
    def host(self) -> Person:
        """The person who hosts."""
        return next(seat.person for seat in self.seats.values() if seat.role is Role.HOST)

    @property
    def limits(self) -> Rules:
        """What this room's rules allow."""
        return RULES[self.rules]

    def role_of(self, member: str) -> Role:
        """The role of a member; whoever holds no seat is a listener."""
        seat = self.seats.get(member)
        return seat.role if seat else Role.LISTENER

    def has_honour(self, kind: HonourKind, key: str) -> bool:
        """Whether the room broke that record, or had that first made in it."""
        return any(one.kind is kind and one.key == key for one in self.honours)

    def may_be_heard(self, member: str) -> bool:
        """Whether sound from this member may reach anybody: on stage, not muted, room live."""
        seat = self.seats.get(member)
        return self.state is RoomState.LIVE and seat is not None and not seat.muted
