"""The values that presence takes and gives. Plain data; nothing here speaks to Redis."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from afterparty.store.keys import ident


def chain(handoffs: Sequence[str]) -> str:
    """Handoffs as scripts take them; of none it is not empty."""
    return "".join(f",{ident(one)}" for one in handoffs) or ","


@dataclass(frozen=True, slots=True)
class Enter:
    """A connection of ``member``, held by ``node``, is in ``room`` from now on.

    A known connection changes to this member, node and room; the same again is no change.
    """

    conn: str
    node: str
    member: str
    room: str
    beside: str | None = None
    """An older connection of the same member, whose client went on with this one: while that is
    known, this one is where it is, whatever ``room`` says."""
    onward: tuple[str, ...] | None = None
    """For one that was in ``room`` and may have been lost there, or goes on ``beside`` such a one:
    the handoffs that lead on from ``room``, to be followed as :meth:`Presence.along` says. One that
    was there itself follows also what its member was not there to be offered. If presence knows
    the connection, it is where it is, and nothing changes."""
    name: str = ""
    """What the member is called, if that is not their identity; kept as long as the connection."""

    def args(self) -> list[str]:
        """Arguments of the script."""
        words = map(ident, (self.conn, self.node, self.member, self.room))
        beside = "" if self.beside is None else ident(self.beside)
        onward = "" if self.onward is None else chain(self.onward)
        return ["E", *words, beside, onward, self.name]


@dataclass(frozen=True, slots=True)
class Leave:
    """The connection is gone. No change if it is not known."""

    conn: str

    def args(self) -> list[str]:
        """Arguments of the script."""
        return ["L", ident(self.conn)]


@dataclass(frozen=True, slots=True)
class Move:
    """All connections that ``member`` has in ``from_room`` are in ``to_room`` from now on.

    No change if the member is not in ``from_room``, or if ``handoff`` is named and is not open
    between exactly these two rooms.
    """

    member: str
    from_room: str
    to_room: str
    handoff: str | None = None

    def args(self) -> list[str]:
        """Arguments of the script."""
        handoff = "" if self.handoff is None else ident(self.handoff)
        return ["M", ident(self.member), ident(self.from_room), ident(self.to_room), handoff]


Op = Enter | Leave | Move


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are in a room. A member counts once, however many connections they have."""

    participants: int
    """Members who are present."""
    listeners: int
    """Participants who hold no seat on the stage."""
    peak: int
    """Most listeners at any one instant so far."""
    tuned_in: int
    """Members who ever entered."""
    plays: int = 0
    """Members who played the room's recording."""
    simulated: int = 0
    """Listeners who are simulated."""
    peak_simulated: int = 0
    """Listeners who were simulated when the peak was reached, for the first time."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The most listeners that a room had at any one instant so far."""

    listeners: int
    simulated: int
    """Of these, how many were simulated then."""
    at: float
    """When there were so many for the first time, seconds since the Unix epoch by Redis' clock."""


@dataclass(frozen=True, slots=True)
class PresenceResult:
    """What came of a sequence of operations."""

    changed: tuple[bool, ...]
    """For each operation, in order, whether it changed anything; for a Move, whether it moved."""
    counts: dict[str, Counts]
    """Counts after the operations, of each room that they named or touched."""


class Outcome(StrEnum):
    """What has become of one member in one handoff."""

    OFFERED = "offered"
    MOVED = "moved"
    DECLINED = "declined"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The account of a handoff: ``offered == pending + moved + declined + lost``, always."""

    offered: int
    """Members who were ever offered the handoff."""
    pending: int
    """Of these, those who have not answered yet; 0 once closed."""
    moved: int
    declined: int
    lost: int
    """Those who left before they answered."""
    open: bool


@dataclass(frozen=True, slots=True)
class Swept:
    """What one step of a handoff moved."""

    moved: int
    """Members; 0 if there was nobody left to move."""
    conns: list[str]
    """Connections of theirs that the asking node holds: they were in the old room, and are in the
    new one."""
    counts: dict[str, Counts]
    """Counts of both rooms afterwards."""


class Lease(StrEnum):
    """What a node finds when it renews its lease."""

    KEPT = "kept"
    """It had not run out."""
    NEW = "new"
    """There was none: what this node held may be gone, so it enters all its members again."""
    EVICTING = "evicting"
    """Another node is removing what this one held: no lease yet; ask again soon."""


def read_counts(flat: Sequence[bytes | str | int]) -> dict[str, Counts]:
    """Counts by room from the scripts' flat answer: name and seven numbers a room."""
    found: dict[str, Counts] = {}
    for at in range(0, len(flat), 8):
        name = flat[at]
        numbers = (int(n) for n in flat[at + 1 : at + 8])
        room = name.decode() if isinstance(name, bytes) else str(name)
        found[room] = Counts(*numbers)
    return found
