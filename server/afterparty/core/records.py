"""The record book: the highest listener counts, and who held the record when. Pure.

An entry tells of one room or one load test and never changes. A book is the same whatever the
order its entries came in: a late one, or one of an earlier date, takes its place.
"""

from dataclasses import dataclass
from enum import StrEnum


class RecordKind(StrEnum):
    """What an entry tells of."""

    LOADTEST = "loadtest"
    ROOM = "room"


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
    """When it was over, seconds since the Unix epoch."""
    simulated: bool
    """Whether the listeners were a simulation; to be said wherever the entry is shown."""
    by: str
    """The member who hosted the room or entered the load test."""
    room: str | None = None
    show: str | None = None
    machine: str = ""
    """What it ran on, in a line."""
    detail: tuple[tuple[str, str], ...] = ()
    """Anything else that was measured, by name."""


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


def top(book: Book, most: int) -> tuple[Entry, ...]:
    """The ``most`` highest counts; of equal ones, whoever was first stands before."""
    return tuple(sorted(book.entries, key=_rank)[:most])


def line(book: Book) -> tuple[Entry, ...]:
    """Every entry that was a record: higher than all before. Each held it until the next."""
    found: list[Entry] = []
    for entry in book.entries:
        if not found or entry.listeners > found[-1].listeners:
            found.append(entry)
    return tuple(found)


def _time(entry: Entry) -> tuple[float, int, str]:
    return entry.at, -entry.listeners, entry.entry


def _rank(entry: Entry) -> tuple[int, float, str]:
    return -entry.listeners, entry.at, entry.entry
