"""Seasons and their books: as they are asked for, as they travel, and as the store keeps them."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, model_validator

from afterparty.core.model import Role, RoomKind
from afterparty.core.records import OVERALL
from afterparty.core.season import (
    ERAS_LIMIT,
    FIRSTS_LIMIT,
    HOSTS_LIMIT,
    TAGS_LIMIT,
    Era,
    FirstRule,
    Season,
)
from afterparty.wire.records import RecordView
from afterparty.wire.views import Id, Title, View

Time = Annotated[float, Field(ge=0, le=4102444800, strict=True)]
"""Seconds since the Unix epoch."""
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
Tags = Annotated[list[Tag], Field(max_length=TAGS_LIMIT)]


def _era_of(era: str) -> str:
    if era == OVERALL:
        raise ValueError(f"{OVERALL} is the record of the whole season, not of an era")
    return era


class EraForm(View):
    """A stretch of a season that has a record of its own, from ``since`` to before ``until``."""

    era: Annotated[Id, AfterValidator(_era_of)]
    title: Title
    since: Time | None = None
    until: Time | None = None


class FirstForm(View):
    """A rule of firsts: a member with all these tags, in that role, in a room of that kind."""

    first: Id
    title: Title
    tags: Tags = Field(default=[])
    role: Role
    kind: RoomKind
    series: bool = Field(default=False, strict=True)
    """Whether it takes a series of such rooms: the moment is then the second episode's."""


class CreateSeason(View):
    """Make a season; the same again by the same member is the same season."""

    season: Id
    title: Title
    since: Time
    until: Time
    eras: list[EraForm] = Field(default=[], max_length=ERAS_LIMIT)
    firsts: list[FirstForm] = Field(default=[], max_length=FIRSTS_LIMIT)
    hosts: list[Id] = Field(default=[], max_length=HOSTS_LIMIT)
    """Members who may put shows and rooms into it, besides whoever makes it."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.since >= self.until:
            raise ValueError("a season is until later than since")
        for era in self.eras:
            if era.since is not None and era.until is not None and era.since >= era.until:
                raise ValueError("an era is until later than since")
        for names in ([one.era for one in self.eras], [one.first for one in self.firsts]):
            if len(set(names)) < len(names):
                raise ValueError("no two eras, and no two firsts, have one name")
        return self


class TellRecord(View):
    """Enter into a season's book what is told of elsewhere; the same again changes nothing."""

    title: Title
    listeners: int = Field(ge=1, le=1_000_000_000, strict=True)
    at: Time


class SeasonView(View):
    """A season, as lists show it."""

    season: str
    title: str
    since: float
    until: float
    by: str
    created_at: float


class SeasonList(View):
    """Seasons, the newest first."""

    seasons: list[SeasonView]


class EraView(View):
    """What the record was in an era, and who held it when."""

    era: str
    title: str
    since: float | None
    until: float | None
    holder: RecordView | None
    line: list[RecordView]


class FirstView(View):
    """Who was the first by a rule, when and where; nulls while nobody is."""

    first: str
    title: str
    record: RecordView | None
    """The room in which it was."""
    member: str | None
    name: str | None
    at: float | None


class SeasonBook(View):
    """A season's book at a date. In lines and eras, records come without their ``stage``."""

    season: str
    title: str
    since: float
    until: float
    by: str
    hosts: list[str] = Field(default=[])
    at: float
    top: list[RecordView]
    line: list[RecordView]
    eras: list[EraView]
    firsts: list[FirstView]


_season: TypeAdapter[Season] = TypeAdapter(Season)


def season_of(form: CreateSeason, by: str, created_at: float) -> Season:
    """The season that a form asks for."""
    return Season(
        season=form.season,
        title=form.title,
        since=form.since,
        until=form.until,
        eras=tuple(Era(one.era, one.title, one.since, one.until) for one in form.eras),
        firsts=tuple(
            FirstRule(one.first, one.title, tuple(one.tags), one.role, one.kind, one.series)
            for one in form.firsts
        ),
        by=by,
        created_at=created_at,
        hosts=tuple(sorted(set(form.hosts))),
    )


def season_view(season: Season) -> SeasonView:
    """A season as a list shows it."""
    return SeasonView(
        season=season.season,
        title=season.title,
        since=season.since,
        until=season.until,
        by=season.by,
        created_at=season.created_at,
    )


def encode_season(season: Season) -> bytes:
    """A season as the store keeps it."""
    return _season.dump_json(season)


def decode_season(body: bytes) -> Season:
    """A season from the store; what a later version added to it is passed over."""
    return _season.validate_json(body)
