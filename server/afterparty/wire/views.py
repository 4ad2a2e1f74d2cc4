"""What a client sees of shows, rooms and counts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from afterparty.core.model import (
    HandoffPhase,
    Person,
    Role,
    Room,
    RoomKind,
    RoomState,
    Seat,
    Show,
    Tally,
)

Id = Annotated[str, StringConstraints(pattern=r"^\.*[A-Za-z0-9_-][A-Za-z0-9_.-]*$", max_length=64)]
"""A show, room or member: 1 to 64 letters, digits, ``_``, ``.`` and ``-``, not dots alone."""

Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A language tag (BCP 47), its simple forms."""


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


class ShowView(View):
    """One evening."""

    show: str
    title: str
    simulated: bool
    date: str
    source: str
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
    )


def show_view(show: Show, rooms: list[str]) -> ShowView:
    """A show as JSON shows it."""
    return ShowView(
        show=show.show,
        title=show.title,
        simulated=show.simulated,
        date=show.date,
        source=show.source,
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
    )


def room_view(room: Room, *, simulated: bool) -> RoomView:
    """A room as JSON shows it. ``simulated``: whether its show is a simulation."""
    places = room.places
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
        speaker_places=places.speakers,
        cohost_places=places.cohosts,
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
    )
