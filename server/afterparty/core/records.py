"""The record book: the highest listener counts, who held the record when, who was first. Pure.

An entry tells of one room, one load test, or of a count told from elsewhere. A book is the same
whatever the order its entries came in: a late one, or one of an earlier date, takes its place.
"""

from dataclasses import dataclass
from enum import StrEnum

from afterparty.core.model import Role, Room, RoomKind, RoomState, Show
from afterparty.core.season import Era, FirstRule, standing

OVERALL = "overall"
"""The record among all that are compared, whenever it was; others are of an era."""

EVER = float("inf")
"""As of a time after every other."""


class RecordKind(StrEnum):
    """What an entry tells of."""

    LOADTEST = "loadtest"
    ROOM = "room"
    TOLD = "told"
    """A count that is told of elsewhere; only in a season's book, entered by hand."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """Somebody was on the stage of a live room."""

    member: str
    name: str
    role: Role
    tags: tuple[str, ...]
    """What the show says of them."""
    at: float
    """Since when, as the time that it stands for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A listener count that was reached."""

    entry: str
    """The entry's identity: a second one of the same is no other."""
    kind: RecordKind
    title: str
    listeners: int
    """Distinct listeners at the same time, at the peak."""
    at: float
    """When that was, seconds since the Unix epoch; of a room, the time that it stands for."""
    simulated: bool
    """Whether the listeners were a simulation; to be said wherever the entry is shown."""
    by: str
    """The member who hosted the room or entered the count."""
    room: str | None = None
    show: str | None = None
    machine: str = ""
    """What it ran on, in a line."""
    detail: tuple[tuple[str, str], ...] = ()
    """Anything else that was measured, by name."""
    season: str = ""
    room_kind: RoomKind | None = None
    series: str | None = None
    """The series of which the room is an episode."""
    host: str = ""
    """The host's name."""
    simulated_listeners: int = 0
    """How many of ``listeners`` were members of the server's own making."""
    live: bool = False
    """Whether the room is live still: this is its peak so far."""
    stage: tuple[Appearance, ...] = ()
    """Who appeared on the stage, in order; only in a season's book."""


@dataclass(frozen=True, slots=True)
class Book:
    """Entries, the earliest first; of several at one instant, the highest first."""

    entries: tuple[Entry, ...] = ()

    def find(self, entry: str) -> Entry | None:
        """The entry of that identity."""
        return next((one for one in self.entries if one.entry == entry), None)

    def until(self, at: float) -> "Book":
        """The book as it would have been written at that time."""
        return Book(tuple(one for one in self.entries if one.at <= at))

    def without(self, entry: str) -> "Book":
        """The book without the entry of that identity."""
        return Book(tuple(one for one in self.entries if one.entry != entry))


@dataclass(frozen=True, slots=True)
class First:
    """Who was the first to do what a rule says, and in which room."""

    rule: FirstRule
    entry: Entry
    appearance: Appearance


def book_of(entries: tuple[Entry, ...]) -> Book:
    """A book of entries in any order; of several with one identity, the first given."""
    known: dict[str, Entry] = {}
    for entry in entries:
        known.setdefault(entry.entry, entry)
    return Book(tuple(sorted(known.values(), key=_time)))


def insert(book: Book, entry: Entry) -> Book:
    """The book with the entry in its place; the same book if it has one of that identity."""
    if book.find(entry.entry) is not None:
        return book
    return Book(tuple(sorted((*book.entries, entry), key=_time)))


def comparable(book: Book) -> Book:
    """What is compared for the most listened-to: spaces. Others count something else."""
    return Book(tuple(one for one in book.entries if one.room_kind is RoomKind.SPACE))


def within(book: Book, era: Era) -> Book:
    """The entries of an era."""
    return Book(tuple(one for one in book.entries if era.has(one.at)))


def top(book: Book, most: int) -> tuple[Entry, ...]:
    """The ``most`` highest counts; of equal ones, whoever was first stands before."""
    return tuple(sorted(book.entries, key=_rank)[:most])


def holder(book: Book) -> Entry | None:
    """The most listened-to space; of several alike, the first. ``None`` if there is no space."""
    return next(iter(top(comparable(book), 1)), None)


def line(book: Book) -> tuple[Entry, ...]:
    """Every entry that was a record: higher than all before. Each held it until the next."""
    found: list[Entry] = []
    for entry in book.entries:
        if not found or entry.listeners > found[-1].listeners:
            found.append(entry)
    return tuple(found)


def first(book: Book, rule: FirstRule, at: float = EVER) -> First | None:
    """Who in the book was the first by that rule, as of that time; ``None``: nobody yet."""
    return earliest(fits(book, rule), at)


def fits(book: Book, rule: FirstRule) -> tuple[First, ...]:
    """The first appearance in each room that a rule asks for, the earliest first."""
    found = (
        fitting(entry, rule)
        for entry in book.entries
        if not rule.series or entry.series is not None
    )
    return tuple(sorted((fit for fit in found if fit is not None), key=_moment))


def earliest(found: tuple[First, ...], at: float) -> First | None:
    """Of what ``fits`` found, whoever was the first as of that time.

    That is when somebody appeared, and not the entry's date, which is that of its peak. A series of
    rooms is one with its second episode, and is whoever's appearance fits there. Until then there
    is none, however often the first episode is looked at.
    """
    begun: set[str | None] = set()
    for fit in found:
        if fit.appearance.at > at:
            return None
        if not fit.rule.series or fit.entry.series in begun:
            return fit
        begun.add(fit.entry.series)
    return None


def preceded(book: Book, fit: First) -> bool:
    """Whether anybody in the book did earlier what a rule, not one of series, asks for."""
    found = (fitting(entry, fit.rule) for entry in book.entries)
    return any(other is not None and _moment(other) < _moment(fit) for other in found)


def ident(room: str) -> str:
    """The identity of a room's entry; with a colon, which no identity from outside has."""
    return f":room:{room}"


def entry_of(
    room: Room,
    show: Show,
    first_opened: float | None,
    *,
    listeners: int,
    simulated_listeners: int,
    at: float,
) -> Entry:
    """The entry of a room whose peak was ``listeners``, at that time by the clock on the wall.

    ``first_opened``: when the first of the show's rooms opened.
    """
    return Entry(
        entry=ident(room.room),
        kind=RecordKind.ROOM,
        title=room.title,
        listeners=listeners,
        at=standing(show, first_opened, at),
        simulated=show.simulated,
        by=room.host.member,
        room=room.room,
        show=show.show,
        season=show.season,
        room_kind=room.kind,
        series=room.series,
        host=room.host.name or room.host.handle,
        simulated_listeners=simulated_listeners,
        live=room.state is RoomState.LIVE,
        stage=tuple(
            Appearance(
                member=one.person.member,
                name=one.person.name or one.person.handle,
                role=one.role,
                tags=show.tags.get(one.person.member, ()),
                at=standing(show, first_opened, one.at),
            )
            for one in room.appeared
        ),
    )


def fitting(entry: Entry, rule: FirstRule) -> First | None:
    """The first appearance in a room that a rule asks for."""
    if entry.room_kind is not rule.kind:
        return None
    tags = set(rule.tags)
    fits = (one for one in entry.stage if one.role is rule.role and tags <= set(one.tags))
    found = min(fits, key=lambda one: (one.at, one.member), default=None)
    return None if found is None else First(rule, entry, found)


def _time(entry: Entry) -> tuple[float, int, str]:
    return entry.at, -entry.listeners, entry.entry


def _rank(entry: Entry) -> tuple[int, float, str]:
    return -entry.listeners, entry.at, entry.entry


def _moment(found: First) -> tuple[float, str, str]:
    return found.appearance.at, found.entry.entry, found.appearance.member
