"""What a season says: the evenings of a folder as one whole, with its eras, its rules of firsts,
and the claims of the source that must come out of replaying it. docs/scenarios.md explains each
word.

The words only. ``seasonload`` reads a file and says where it is wrong; ``claims`` judges a run.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from afterparty.replay.words.forms import Basis, Form, Instant, Sentence
from afterparty.replay.words.scenario import Fact
from afterparty.wire.views import Id, Title

OVERALL = "overall"
"""The record of the whole season, beside those of its eras."""

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""An era or a rule of firsts, as what is expected of an evening names it."""

Count = Annotated[int, Field(ge=0, le=10_000_000)]
Tags = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")], ...],
    Field(min_length=1, max_length=10),
]


class Season(BaseModel):
    """Base of all that a season says; apart from what an evening says, and as strict."""

    model_config = Form.model_config


class EraWords(Season):
    """A stretch of the season with a record of its own."""

    era: Key
    """What the record of this stretch is called, as ``since-launch``."""
    title: Title
    """What people see it called."""
    since: Instant | None = None
    """Left out: since ever."""
    until: Instant | None = None
    """Left out: without end. The moment itself is not in it."""
    basis: Basis
    """How far its bounds are known."""
    source: Annotated[str, StringConstraints(max_length=500, pattern=r"^https?://\S+$")] = ""
    """Where the press says so."""


class FirstWords(Season):
    """A first: who is the first member with such tags in such a role at such a room."""

    first: Key
    """What the rule is called, as ``kpop-host``."""
    title: Title
    """What people see it called."""
    tags: Tags
    """All of them."""
    role: Literal["host", "cohost", "speaker"]
    """The role on the stage."""
    kind: Literal["space", "blueroom"] = "space"
    """The kind of room."""
    series: bool = False
    """A series is the first, with its second episode; its host holds it."""


class _Claimed(Season):
    quote: Sentence
    """The sentence of the source, word for word."""
    says: Sentence
    """What is to come out of the replay, in plain words."""
    basis: Literal["seed", "press"] = "seed"
    """``press``: the sentence allows it, and public press says it."""


class Holds(_Claimed):
    """An evening's room holds a record at a moment."""

    kind: Literal["holder"]
    """What is claimed."""
    record: Key
    """``overall``, or an era."""
    at: Instant
    """As of when."""
    scenario: Id
    """The evening."""


class WasFirst(_Claimed):
    """Somebody is the first by a rule, in an evening."""

    kind: Literal["first"]
    """What is claimed."""
    first: Key
    """Which rule of firsts."""
    who: Id
    """One of that evening's cast."""
    scenario: Id
    """The evening."""


class AmongTop(_Claimed):
    """Of the ``most`` highest counts at a moment, exactly ``count`` had somebody with all of the
    tags on stage."""

    kind: Literal["top"]
    """What is claimed."""
    at: Instant
    """As of when."""
    most: Annotated[int, Field(ge=1, le=50)]
    """So many of the highest counts are looked at."""
    tags: Tags
    """All of these, on one member."""
    count: Count
    """So many of them had one on stage."""


class Ranks(_Claimed):
    """An evening's room has that place among the highest counts at a moment."""

    kind: Literal["rank"]
    """What is claimed."""
    at: Instant
    """As of when."""
    place: Annotated[int, Field(ge=1, le=50)]
    """The place, from 1."""
    scenario: Id
    """The evening."""
    room: Id = ""
    """Left out: any of its rooms."""


class Enacted(_Claimed):
    """These evenings held all that they expect."""

    kind: Literal["evenings"]
    """What is claimed."""
    scenarios: Annotated[tuple[Id, ...], Field(min_length=1, max_length=50)]
    """The evenings."""


Claim = Annotated[
    Holds | WasFirst | AmongTop | Ranks | Enacted,
    Field(discriminator="kind"),
]


class SeasonWords(Season):
    """One season."""

    season: Id
    """The season's identity."""
    title: Title
    """What people see it called."""
    since: Instant
    """When it begins."""
    until: Instant
    """When it is over. The moment itself is not in it."""
    facts: Annotated[tuple[Fact, ...], Field(min_length=1, max_length=50)]
    """What is known of the season, each with how far."""
    eras: Annotated[tuple[EraWords, ...], Field(max_length=8)] = ()
    """Stretches of it with records of their own."""
    firsts: Annotated[tuple[FirstWords, ...], Field(max_length=16)] = ()
    """Rules of who was the first to do what."""
    claims: Annotated[tuple[Claim, ...], Field(min_length=1, max_length=100)]
    """What must come out of replaying it."""
