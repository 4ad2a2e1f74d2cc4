"""What a season says: the evenings of a folder as one whole, with its eras, its rules of firsts,
and the claims of the source that must come out of replaying it. docs/scenarios.md explains each
word.

The words only. ``seasonload`` reads a file and says where it is wrong; ``claims`` judges a run.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from afterparty.replay.forms import Basis, Form, Instant, Sentence
from afterparty.replay.scenario import Fact
from afterparty.wire.views import Id

OVERALL = "overall"
"""The record of the whole season, beside those of its eras."""

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""An era or a rule of firsts, as what is expected of an evening names it."""

Count = Annotated[int, Field(ge=0, le=10_000_000)]
Tags = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")], ...],
    Field(min_length=1, max_length=10),
]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]


class Season(BaseModel):
    """Base of all that a season says; apart from what an evening says, and as strict."""

    model_config = Form.model_config


class EraWords(Season):
    """A stretch of the season with a record of its own."""

    era: Key
    title: Title
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
    title: Title
    tags: Tags
    """All of them."""
    role: Literal["host", "cohost", "speaker"]
    kind: Literal["space", "blueroom"] = "space"
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
    record: Key
    """``overall``, or an era."""
    at: Instant
    scenario: Id


class WasFirst(_Claimed):
    """Somebody is the first by a rule, in an evening."""

    kind: Literal["first"]
    first: Key
    who: Id
    scenario: Id


class AmongTop(_Claimed):
    """Of the ``most`` highest counts at a moment, exactly ``count`` had somebody with all of the
    tags on stage."""

    kind: Literal["top"]
    at: Instant
    most: Annotated[int, Field(ge=1, le=50)]
    tags: Tags
    count: Count


class Ranks(_Claimed):
    """An evening's room has that place among the highest counts at a moment."""

    kind: Literal["rank"]
    at: Instant
    place: Annotated[int, Field(ge=1, le=50)]
    scenario: Id
    room: Id = ""
    """Left out: any of its rooms."""


class Enacted(_Claimed):
    """These evenings held all that they expect."""

    kind: Literal["evenings"]
    scenarios: Annotated[tuple[Id, ...], Field(min_length=1, max_length=50)]


Claim = Annotated[
    Holds | WasFirst | AmongTop | Ranks | Enacted,
    Field(discriminator="kind"),
]


class SeasonWords(Season):
    """One season."""

    season: Id
    title: Title
    since: Instant
    until: Instant
    facts: Annotated[tuple[Fact, ...], Field(min_length=1, max_length=50)]
    eras: Annotated[tuple[EraWords, ...], Field(max_length=8)] = ()
    firsts: Annotated[tuple[FirstWords, ...], Field(max_length=16)] = ()
    claims: Annotated[tuple[Claim, ...], Field(min_length=1, max_length=100)]
