"""A series of rooms: as it is asked for, as it travels, and as the store keeps it."""

from typing import Annotated

from pydantic import StringConstraints

from afterparty.core.rules import DESCRIPTION_LIMIT
from afterparty.wire.views import Id, RoomSummary, Title, View


class CreateSeries(View):
    """Make a series; only who makes it adds episodes."""

    series: Id
    title: Title
    description: Annotated[
        str, StringConstraints(max_length=DESCRIPTION_LIMIT, strip_whitespace=True)
    ] = ""
    show: Id | None = None
    """The show whose rooms its episodes are; without one, of any show."""


class Series(View):
    """A series as it was made, and as the store keeps it."""

    series: str
    title: str
    description: str
    by: str
    """The member who made it."""
    show: str | None
    created_at: float


class SeriesSummary(Series):
    """A series as a list shows it."""

    simulated: bool
    """Whether its show, or any of its episodes, is of a simulation; to be said where it is shown.
    """
    count: int
    """How many episodes it has."""


class SeriesList(View):
    """Series, the newest first."""

    series: list[SeriesSummary]


class SeriesView(SeriesSummary):
    """A series with its episodes, in the order in which they take place."""

    followers: int
    episodes: list[RoomSummary]


def encode_series(series: Series) -> bytes:
    """A series as the store keeps it."""
    return series.model_dump_json().encode()


def decode_series(body: bytes) -> Series:
    """A series from the store; what a later version added to it is passed over."""
    return Series.model_validate_json(body, extra="ignore")
