"""Seasons as they travel."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from afterparty.wire.records import RecordView
from afterparty.wire.views import Id, View

SeasonTitle = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]


class EraForm(View):
    """An era as it is asked for."""

    era: Id
    title: SeasonTitle
    since: float | None = None
    until: float | None = None


class FirstForm(View):
    """A rule of firsts as it is asked for."""

    first: Id
    title: SeasonTitle
    tags: list[str] = Field(min_length=1, max_length=10)
    role: Literal["host", "cohost", "speaker", "listener"]
    kind: Literal["space", "blueroom"]
    series: bool = False


class CreateSeason(View):
    """Make a season."""

    season: Id
    title: SeasonTitle
    since: float
    until: float
    eras: list[EraForm] = Field(default=[], max_length=8)
    firsts: list[FirstForm] = Field(default=[], max_length=16)


class EraView(View):
    """An era with its record."""

    era: str
    title: str
    since: float | None
    until: float | None
    holder: RecordView | None
    line: list[RecordView]


class FirstView(View):
    """A first, and whose it is."""

    first: str
    title: str
    record: RecordView | None
    member: str | None
    name: str | None
    at: float | None


class SeasonBook(View):
    """A season's record book as of ``at``."""

    season: str
    title: str
    since: float
    until: float
    by: str
    at: float
    top: list[RecordView]
    line: list[RecordView]
    eras: list[EraView]
    firsts: list[FirstView]
