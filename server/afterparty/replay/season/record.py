"""What a season's run measured: its evenings, the records as they fell, the book, and the claims.

As ``record`` is of one evening. Times that end in ``_at`` are wall seconds since the season's run
began; moments are seconds since the Unix epoch of the past that is enacted. ``dump`` and ``load``
are JSON.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from afterparty.replay.verdict.expect import Verdict
from afterparty.replay.verdict.record import Record
from afterparty.replay.words.forms import Basis
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.seasonform import Claim, SeasonWords
from afterparty.wire.seasons import SeasonBook


@dataclass(frozen=True, slots=True)
class EveningRecord:
    """One evening of the season."""

    scenario: Scenario
    """As it was played: with the run's seed, and scaled if the run was."""
    begins: float
    """The moment that evening time 0:00 stands for."""
    basis: Basis
    """How far that moment is known."""
    began_at: float
    ended_at: float
    show: str = ""
    """The server's name of the show; empty: it was never made."""
    rooms: tuple[tuple[str, str], ...] = ()
    """The scenario's name of each room, and the server's."""
    record: Record | None = None
    """``None``: the evening broke off."""
    verdicts: tuple[Verdict, ...] = ()
    failure: str = ""
    """Why it broke off, a sentence."""
    report: str = ""
    """Folder of its own report, relative to the season's; empty: there is none."""

    @property
    def ok(self) -> bool:
        """Whether it was played and everything held that was asked."""
        return self.record is not None and not any(verdict.failed for verdict in self.verdicts)

    def moment(self, t: float) -> float:
        """The moment that ``t`` wall seconds after the evening's beginning stand for."""
        return self.begins + t * (self.record.speed if self.record else 1.0)


@dataclass(frozen=True, slots=True)
class Fallen:
    """A record broken, or a first made, in the moment it was; out of the room's log."""

    scenario: str
    room: str
    """The scenario's name."""
    kind: Literal["record", "first"]
    key: str
    """``overall``, an era, or the rule of the first."""
    title: str
    """Of the record's or the first's, for people."""
    at: float
    """The moment."""
    listeners: int | None = None
    """By which count the record fell."""
    before_title: str = ""
    before_listeners: int | None = None
    """The holder before."""
    member: str = ""
    name: str = ""
    """Whose first it is."""


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """One claim, judged."""

    claim: Claim
    held: bool
    measured: str
    """What was found, in words and figures."""


@dataclass(frozen=True, slots=True)
class SeasonRecord:
    """One run of a season."""

    season: SeasonWords
    name: str
    """The season's name on the server."""
    url: str
    started_at: float
    """Seconds since the Unix epoch when the run began."""
    speed: float | None
    """Evening seconds a wall second; ``None``: each evening at its own ``demo_speed``."""
    scale: float
    """Of every planned size, so much came."""
    real: int
    """At most so many listeners at a time were real connections."""
    together: int
    """At most so many evenings went at a time."""
    seed: int | None
    """In place of every evening's own; ``None``: each has its own."""
    ended_at: float
    evenings: tuple[EveningRecord, ...]
    """In order of the moments at which they begin."""
    fallen: tuple[Fallen, ...]
    """In order of their moments."""
    book: SeasonBook | None
    """The record book at the season's end; ``None``: the server did not tell."""
    claims: tuple[ClaimVerdict, ...]
    notes: tuple[str, ...] = ()
    """What else a reader should know, as sentences."""

    @property
    def ok(self) -> bool:
        """Whether every evening and every claim held."""
        return all(one.ok for one in self.evenings) and all(one.held for one in self.claims)


_SEASON = TypeAdapter(SeasonRecord)


def dump(record: SeasonRecord) -> dict[str, Any]:
    """The record as a JSON object; what is as it is when left out is left out."""
    found: dict[str, Any] = _SEASON.dump_python(
        record, mode="json", by_alias=True, exclude_defaults=True
    )
    return found


def load(data: Any) -> SeasonRecord:
    """The record that ``dump`` wrote.

    Raises:
        pydantic.ValidationError: not a record of a season.
    """
    return _SEASON.validate_json(json.dumps(data))
