"""What a client sees of shows, rooms and counts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from afterparty.core.model import (
    HandoffPhase,
    Honour,
    HonourKind,
    Person,
    Question,
    Role,
    Room,
    RoomKind,
    RoomState,
    Seat,
    Show,
    Speak,
    Tally,
    Waiting,
)
from afterparty.core.rules import RULES, TOPICS_LIMIT, one_line

ID_PATTERN = r"^\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*$"
LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=64)]
"""A show, room or member: 1 to 64 letters, digits, ``_``, ``.`` and ``-``, not dots alone."""

Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
"""A language tag (BCP 47), its simple forms."""


def on_one_line(title: str) -> str:
    """The title with its blanks as one each. Raises ``ValueError``: it is no line."""
    line = one_line(title)
    if not line:
        raise ValueError("a title is one line, without what does not show or turns what follows")
    return line


Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, strip_whitespace=True),
    AfterValidator(on_one_line),
]
"""Of a show, a season, a record, a series: strangers read it in lists, books and terminals."""

Words = Annotated[str, StringConstraints(max_length=2000)]
"""A room's description; how much of it is kept is the core's to say."""

Topics = Annotated[
    list[Annotated[str, StringConstraints(max_length=200)]], Field(max_length=10 * TOPICS_LIMIT)
]
"""Topics of a room."""

Hashtag = Annotated[str, StringConstraints(max_length=200)]
"""Such as ``#Ask_NAME``; empty if there is none."""

ScheduledFor = Annotated[float, Field(ge=0, le=4102444800, strict=True)]
"""A time, seconds since the Unix epoch."""

REACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: rules.reactions for name, rules in RULES.items()}
)
"""The reactions of rooms, by the name of their rules."""


class View(BaseModel):
    """Base of everything that travels: unknown keys are an error, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CountsView(View):
    """Exact counts of one room at one instant."""

    participants: int
    """Distinct members in the room now, the stage included."""
    listeners: int
    """Distinct members in the room now who hold no seat."""
    peak: int
    """The most listeners there ever were at one time."""
    tuned_in: int
    """Distinct members who ever came in."""
    plays: int = 0
    """Distinct members who played the recording."""
    simulated: int = 0
    """Of the listeners, those who are simulated."""
    peak_simulated: int = 0
    """Of the peak, those who were simulated when it was reached, for the first time."""


NOBODY = CountsView(participants=0, listeners=0, peak=0, tuned_in=0)


class PersonView(View):
    """A member, as others see them."""

    member: str
    handle: str
    name: str
    anonymous: bool = False


class SeatView(View):
    """A place on the stage."""

    member: str
    handle: str
    name: str
    role: Role
    muted: bool
    csrc: int
    captions: bool
    """Whether they have agreed to captions of what they say."""


class CaptionView(View):
    """A line of captions."""

    member: str
    text: str
    language: str
    at: float


class InvitationView(View):
    """An open invitation to the stage."""

    member: str
    role: Role
    expires_at: float


class TallyView(View):
    """A handoff's ledger in figures; ``offered = moved + declined + lost``."""

    offered: int
    moved: int
    declined: int
    lost: int


class HandoffView(View):
    """A handoff of this room's audience; times in seconds since the Unix epoch."""

    handoff: str
    to_room: str
    phase: HandoffPhase
    offered_at: float
    moves_at: float
    tally: TallyView | None
    then_end: bool
    """Whether the room ends once its audience is gone."""


class PinView(View):
    """A post pinned in the room, and who pinned it."""

    pin: str
    member: str
    text: str
    url: str
    at: float


class AwayView(View):
    """The host is gone since then, and is waited for until then."""

    since: float
    until: float


class QuestionView(View):
    """A question of the audience; ``at`` is when it was asked, or picked."""

    question: str
    member: str
    handle: str
    name: str
    text: str
    votes: int
    at: float


class HonourView(View):
    """A record that the room broke, or something that somebody was the first to do in it."""

    kind: HonourKind
    key: str
    """Which record (``overall``, or an era of the season), or which rule of firsts."""
    title: str
    listeners: int | None
    """The count by which a record fell."""
    member: str
    """Who was the first; empty of a record."""
    name: str
    before_title: str
    """Who held the record until then; empty of a first."""
    before_listeners: int | None
    at: float


class ShowView(View):
    """One evening."""

    show: str
    title: str
    simulated: bool
    date: str
    source: str
    season: str = ""
    """The season in whose book its records stand; empty if it is of none."""
    stands_for: float | None = None
    """The time that the opening of its first room enacts; ``None`` if it enacts nothing."""
    speed: float = 1.0
    """Seconds that it enacts in one second."""
    rooms: list[str] = []


class RoomView(View):
    """A room after ``number`` events."""

    room: str
    show: str
    kind: RoomKind
    title: str
    rules: str
    language: str
    state: RoomState
    created_at: float
    scheduled_for: float | None
    opened_at: float | None
    over_at: float | None
    number: int
    simulated: bool
    speaker_places: int
    cohost_places: int
    seats: list[SeatView]
    requests: list[PersonView]
    invitations: list[InvitationView]
    captions: list[CaptionView]
    handoff: HandoffView | None
    description: str
    topics: list[str]
    hashtag: str
    speak: Speak
    recording: bool
    series: str | None
    waiting: Waiting
    locked: bool
    pins: list[PinView]
    hands: list[PersonView]
    away: AwayView | None
    picked: QuestionView | None
    answered: list[QuestionView]
    honours: list[HonourView]
    reactions: list[str]


class RoomSummary(View):
    """A room with its counts, as the lobby lists it."""

    room: RoomView
    counts: CountsView


def person_view(person: Person) -> PersonView:
    """A person as JSON shows them; somebody without a name is shown by handle."""
    return PersonView(
        member=person.member,
        handle=person.handle,
        name=person.name or person.handle or "Anonymous listener",
        anonymous=person.anonymous,
    )


def seat_view(seat: Seat) -> SeatView:
    """A seat as JSON shows it."""
    person = person_view(seat.person)
    return SeatView(
        member=person.member,
        handle=person.handle,
        name=person.name,
        role=seat.role,
        muted=seat.muted,
        csrc=seat.csrc,
        captions=seat.captions,
    )


def show_view(show: Show, rooms: list[str]) -> ShowView:
    """A show as JSON shows it."""
    return ShowView(
        show=show.show,
        title=show.title,
        simulated=show.simulated,
        date=show.date,
        source=show.source,
        season=show.season,
        stands_for=show.stands_for,
        speed=show.speed,
        rooms=rooms,
    )


def tally_view(tally: Tally) -> TallyView:
    """A ledger's figures as JSON shows them."""
    return TallyView(
        offered=tally.offered, moved=tally.moved, declined=tally.declined, lost=tally.lost
    )


def _handoff_view(room: Room) -> HandoffView | None:
    handoff = room.handoff
    if handoff is None:
        return None
    return HandoffView(
        handoff=handoff.handoff,
        to_room=handoff.to_room,
        phase=handoff.phase,
        offered_at=handoff.offered_at,
        moves_at=handoff.moves_at,
        tally=tally_view(handoff.tally) if handoff.tally else None,
        then_end=handoff.then_end,
    )


def question_view(picked: Question) -> QuestionView:
    """A question that the stage has picked, as JSON shows it."""
    person = person_view(picked.person)
    return QuestionView(
        question=picked.question,
        member=person.member,
        handle=person.handle,
        name=person.name,
        text=picked.text,
        votes=picked.votes,
        at=picked.at,
    )


def _honour_view(honour: Honour) -> HonourView:
    before = honour.before
    return HonourView(
        kind=honour.kind,
        key=honour.key,
        title=honour.title,
        listeners=honour.listeners,
        member=honour.member,
        name=honour.name,
        before_title=before.title if before else "",
        before_listeners=before.listeners if before else None,
        at=honour.at,
    )


def room_view(room: Room, *, simulated: bool) -> RoomView:
    """A room as JSON shows it. ``simulated``: whether its show is a simulation."""
    rules = room.limits
    return RoomView(
        room=room.room,
        show=room.show,
        kind=room.kind,
        title=room.title,
        rules=room.rules,
        language=room.language,
        state=room.state,
        created_at=room.created_at,
        scheduled_for=room.scheduled_for,
        opened_at=room.opened_at,
        over_at=room.over_at,
        number=room.version,
        simulated=simulated,
        speaker_places=rules.speakers,
        cohost_places=rules.cohosts,
        seats=[seat_view(seat) for seat in room.seats.values()],
        requests=[person_view(person) for person in room.requests],
        invitations=[
            InvitationView(member=i.member, role=i.role, expires_at=i.expires_at)
            for i in room.invitations.values()
        ],
        captions=[
            CaptionView(member=line.member, text=line.text, language=line.language, at=line.at)
            for line in room.captions
        ],
        handoff=_handoff_view(room),
        description=room.description,
        topics=list(room.topics),
        hashtag=room.hashtag,
        speak=room.speak,
        recording=room.recording,
        series=room.series,
        waiting=room.waiting,
        locked=room.locked,
        pins=[
            PinView(pin=p.pin, member=p.member, text=p.text, url=p.url, at=p.at) for p in room.pins
        ],
        hands=[person_view(person) for person in room.hands],
        away=AwayView(since=room.away.since, until=room.away.until) if room.away else None,
        picked=question_view(room.picked) if room.picked else None,
        answered=[question_view(one) for one in room.answered],
        honours=[_honour_view(one) for one in room.honours],
        reactions=list(rules.reactions),
    )
