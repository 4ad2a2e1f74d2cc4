"""What a run measured: values that the runner fills in, and expectations and reports read.

Times are wall seconds since the run began (``t = 0``), unless they say otherwise. ``dump`` and
``load`` are JSON.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from afterparty.replay.verdict.headcount import CrowdRecord
from afterparty.wire.views import NOBODY, CountsView


@dataclass(frozen=True, slots=True)
class Poll:
    """The counts of all rooms at one instant, as the server answered."""

    asked: float
    answered: float
    rooms: dict[str, CountsView]
    ours: dict[str, int]
    """How many of each room's participants are this run's connected members; the others are
    simulated, or visitors. Empty: it was not asked who they are."""
    twice: tuple[str, ...] = ()
    """Members of this run who were in more than one room."""


def highest(polls: Iterable[Poll], room: str) -> CountsView:
    """Counts of a room that have its peak in them, as the server keeps it: a poll could miss it."""
    found = (poll.rooms[room] for poll in polls if room in poll.rooms)
    return max(found, key=lambda counts: counts.peak, default=NOBODY)


@dataclass(frozen=True, slots=True)
class Logged:
    """One event of a room's log, once, with all its keys as the server sent it."""

    t: float
    room: str
    number: int
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BeatDone:
    """One beat of the scenario as it went."""

    index: int
    """Its place in ``scenario.beats``."""
    t: float
    """When it began."""
    done: float
    """When it was over."""
    refused: str = ""
    """The code, if the server refused it."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One connection's stay, from asking to come in to being gone, whatever rooms it was in.

    Surely present from ``came`` to ``leaving``; surely absent before ``asked`` and after ``gone``.
    """

    asked: float
    """``hello`` was sent."""
    came: float | None = None
    """``welcome`` came; ``None``: never."""
    leaving: float | None = None
    """``leave`` was sent, or the close of the room was told; ``None``: was there at the end."""
    gone: float | None = None
    """The socket was closed; ``None``: was open at the end."""
    rooms: tuple[tuple[float, str], ...] = ()
    """Each room and since when: at first the one of ``welcome``, then each of ``moved``."""


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """One member's evening: a listener of the audience, one of the cast, or an ear."""

    member: str
    """As the server names them."""
    part: str
    """Part of the audience; empty for the cast and for ears."""
    anonymous: bool = False
    stays: tuple[Stay, ...] = ()
    wanted_sound: bool = True
    """Whether a peer connection was offered at all."""
    first_sound_at: float | None = None
    """When the first RTP packet came; ``None``: none ever."""
    peer_connections: int = 0
    packets: int = 0
    sequence_gaps: int = 0
    """RTP sequence numbers that never came."""
    longest_silence: float = 0.0
    """Longest time between two packets while connected, seconds."""
    missed_ticks_at_handoff: int | None = None
    """Ticks of 20 ms without sound where the feed changed; ``None``: did not move."""
    moved_in_sound: bool = False
    """Whether somebody was heard on both sides of a move, so that missed ticks would show."""
    broken: int = 0
    """Connections that broke before one was in, as planned; each was tried again."""
    outcome: str = ""
    """In words: ``moved``, ``stayed``, ``left``, ``room_over``, or a refusal's code."""

    @property
    def arrived_at(self) -> float | None:
        """When they first were in a room; ``None``: never."""
        return next((stay.came for stay in self.stays if stay.came is not None), None)

    @property
    def left_at(self) -> float | None:
        """When they were gone for good; ``None``: there at the end, or never came."""
        return self.stays[-1].gone if self.stays else None

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms they were in, in order, each stay's after the other's."""
        return tuple(room for stay in self.stays for _, room in stay.rooms)


@dataclass(frozen=True, slots=True)
class HandoffRecord:
    """One handoff, as the log and the ledger tell it."""

    handoff: str
    room: str
    to_room: str
    offered_at: float
    begun_at: float | None = None
    """``None``: canceled before it began."""
    closed_at: float | None = None
    outcomes: dict[str, str] = field(default_factory=dict)
    """``{member: offered | moved | declined | lost}`` after it was closed."""
    tally: dict[str, int] | None = None
    """``{offered, moved, declined, lost}`` of ``handoff_closed``."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What an ear in a room heard while one line was spoken."""

    beat: int
    """Place of the line in ``scenario.beats``."""
    room: str
    ear: str
    """The member who listened."""
    since: float
    until: float
    speaking: tuple[str, ...]
    """Who spoke, by the script (heard or not)."""
    heard: tuple[str, ...]
    """Whose voice was in the sound, by its spectrum."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal that came to anybody."""

    t: float
    member: str
    doing: str
    """The ``type`` of what was asked."""
    code: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the run, and whether it is real."""

    says: str
    value: str
    real: bool
    """Measured from real connections; else simulated, estimated or taken from the source."""


@dataclass(frozen=True, slots=True)
class Record:
    """One run of a scenario."""

    scenario: str
    url: str
    server_version: str
    started_at: float
    """Seconds since the Unix epoch at ``t = 0``."""
    speed: float
    """Evening seconds a wall second."""
    seed: int
    begins: float | None = None
    """Epoch seconds that evening time 0:00 stood for; ``None``: the evening enacted no other."""
    season: str = ""
    """The server's name of the season whose book the run's records stand in; empty: of none."""
    series: dict[str, str] = field(default_factory=dict)
    """The server's name of each series that has rooms of the run, by the scenario's."""
    ended: float = 0.0
    """When the run was over."""
    figures: tuple[Figure, ...] = ()
    beats: tuple[BeatDone, ...] = ()
    polls: tuple[Poll, ...] = ()
    events: tuple[Logged, ...] = ()
    members: tuple[MemberRecord, ...] = ()
    """Everybody whom the run connected, ears too: else counts could not agree with them."""
    crowd: CrowdRecord = field(default_factory=CrowdRecord)
    """Those of the audience who had no connection."""
    handoffs: tuple[HandoffRecord, ...] = ()
    hearings: tuple[Hearing, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    states: dict[str, str] = field(default_factory=dict)
    """The state that each room was left in."""
    voiced: bool = True
    """Whether the cast had voices. If not, nothing is asked that expects sound."""
    held_up: float = 0.0
    """Seconds at most that the runner's own process came late."""
    late_ticks: int | None = None
    """Ticks that the server began or sent late, or left out; ``None``: it did not say."""
    notes: tuple[str, ...] = ()
    """What else a reader should know, as sentences."""

    @property
    def listeners(self) -> tuple[MemberRecord, ...]:
        """The audience alone."""
        return tuple(member for member in self.members if member.part)


_RECORD = TypeAdapter(Record)


def dump(record: Record) -> dict[str, Any]:
    """The record as a JSON object."""
    found: dict[str, Any] = _RECORD.dump_python(record, mode="json")
    return found


def load(data: Any) -> Record:
    """The record that ``dump`` wrote.

    Raises:
        pydantic.ValidationError: not a record.
    """
    return _RECORD.validate_python(data)
