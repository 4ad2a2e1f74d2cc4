"""REST request and response bodies."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from afterparty.core.model import Role, RoomKind, Speak, Waiting
from afterparty.core.season import TAGGED_LIMIT
from afterparty.wire.crowd import SIMULATED
from afterparty.wire.records import RecordView
from afterparty.wire.seasons import Tags, Time
from afterparty.wire.views import (
    CountsView,
    Hashtag,
    Id,
    Language,
    RoomSummary,
    ScheduledFor,
    ShowView,
    Title,
    Topics,
    View,
    Words,
)

UNLISTED = ("anon-", SIMULATED)
"""How the identities of members begin who have no account."""


def handle_of(handle: str) -> str:
    """The handle, if an account may have it. Raises ``ValueError``."""
    if handle.startswith(UNLISTED):
        raise ValueError("handles that begin with anon- or sim- are of whoever has no account")
    return handle


Name = Annotated[str, StringConstraints(max_length=50, strip_whitespace=True)]
Handle = Annotated[Id, AfterValidator(handle_of)]
Grant = Literal["host", "simulate", "admin"]
DetailKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
DetailValue = Annotated[str, StringConstraints(max_length=120)]


class TokenRequest(View):
    """Ask for an access token; answered only by a server in development mode."""

    handle: Handle | None = None
    """``None`` asks for somebody anonymous."""
    name: Name = ""
    grants: list[Grant] = Field(default=[], max_length=3)
    ceiling: Role = Role.HOST
    """The highest role that the bearer may ever hold."""
    show: Id | None = None
    """Good for this show only."""
    room: Id | None = None
    """Good for this room only."""


class TokenReply(View):
    """An access token (JWT) and whom it stands for."""

    token: str
    member: str
    expires_at: int


class CreateShow(View):
    """Make a show."""

    show: Id
    title: Title
    simulated: bool = Field(default=False, strict=True)
    date: Annotated[str, StringConstraints(pattern=r"^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$")] = ""
    source: Annotated[str, StringConstraints(max_length=1000)] = ""
    season: Id | None = None
    """The season in whose book its records are to stand."""
    stands_for: Time | None = None
    """The time that the opening of its first room enacts; ``None`` if it enacts nothing."""
    speed: float = Field(default=1.0, ge=0.1, le=1000, strict=True)
    """Seconds that it enacts in one second."""
    tags: dict[Id, Tags] = Field(default={}, max_length=TAGGED_LIMIT)
    """What is said of its members, for the question who was the first."""


class StageMember(View):
    """Somebody who has a seat from the beginning: an account."""

    member: Handle
    name: Name = ""
    role: Literal[Role.COHOST, Role.SPEAKER] = Role.SPEAKER


class CreateRoom(View):
    """Make a room of a show; the token's bearer hosts it."""

    room: Id
    kind: RoomKind
    title: Annotated[str, StringConstraints(max_length=200)]
    rules: Annotated[str, StringConstraints(max_length=20)] = "current"
    language: Language = "en"
    scheduled_for: ScheduledFor | None = None
    description: Words = ""
    topics: Topics = Field(default=[])
    hashtag: Hashtag = ""
    speak: Speak = Speak.INVITED
    recording: bool = Field(default=False, strict=True)
    """Whether the stage is recorded."""
    series: Id | None = None
    """The series of which it is to be an episode."""
    waiting: Waiting = Waiting.SILENCE
    stage: list[StageMember] = Field(default=[], max_length=13)


class CreateRecord(View):
    """Enter a load test into the record book; it is marked as simulated, always."""

    kind: Literal["loadtest"]
    title: Title
    listeners: int = Field(ge=1, le=1_000_000_000, strict=True)
    entry: Id | None = None
    """The identity of one's choosing: entering the same again then changes nothing."""
    at: float | None = Field(default=None, ge=0, le=4102444800, strict=True)
    """When it was; ``None``: now. Not in the future."""
    room: Id | None = None
    show: Id | None = None
    machine: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = ""
    detail: dict[DetailKey, DetailValue] = Field(default={}, max_length=16)
    simulated: Literal[True] = True


class RecordList(View):
    """The record book: its highest entries, and who held the record when."""

    at: float
    records: list[RecordView]
    """The highest counts until then, the highest first."""
    line: list[RecordView]
    """Each entry that was higher than all before it, the latest last."""


class ShowList(View):
    """The shows a lobby lists, the newest first."""

    shows: list[ShowView]


class RoomList(View):
    """The rooms a lobby lists: live first, then scheduled, then over."""

    rooms: list[RoomSummary]


class ShowCounts(View):
    """Counts of every room of a show, all taken at one instant."""

    show: str
    at: float
    rooms: dict[str, CountsView]


class RoomMembers(View):
    """Everybody in one room."""

    counts: CountsView
    members: list[str]


class ShowMembers(View):
    """Everybody in every room of a show, all at one instant."""

    show: str
    at: float
    rooms: dict[str, RoomMembers]


class CommandReply(View):
    """A command was carried out; the room stands at ``number`` events."""

    number: int


class HandoffReply(View):
    """A handoff's ledger, per member, as it stands."""

    handoff: str
    outcomes: dict[str, str]


class ServerView(View):
    """What a client should know of the server before it signs in."""

    name: Literal["afterparty"] = "afterparty"
    version: str
    dev: bool
    """Whether ``POST /v1/token`` hands out tokens to anybody."""
    now: float
    """Seconds since the Unix epoch, the server's clock."""
    notice: str
    """To be shown on every page."""


class EventList(View):
    """A stretch of a room's log."""

    room: str
    events: list[dict[str, Any]]
    """Each event with its ``number`` beside its own keys."""
