"""A season: shows whose records stand in one book, its eras, and what is a first in it. Pure.

A simulated show enacts an evening of the past. What counts in its season is the time that a moment
of it *stands for*, not the time at which it is enacted: so evenings may be enacted in any order.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from afterparty.core.model import Role, RoomKind, Show

ERAS_LIMIT = 8
"""Eras of one season."""

FIRSTS_LIMIT = 16
"""Rules of firsts of one season."""

HOSTS_LIMIT = 200
"""Hosts of one season."""

TAGGED_LIMIT = 100
"""Members of one show who have tags."""

TAGS_LIMIT = 10
"""Tags of one member."""


@dataclass(frozen=True, slots=True)
class Era:
    """A stretch of a season that has a record of its own."""

    era: str
    title: str
    since: float | None = None
    """The first moment of it; ``None``: from the beginning."""
    until: float | None = None
    """The first moment after it; ``None``: without end."""

    def has(self, at: float) -> bool:
        """Whether that time is in the era."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class FirstRule:
    """What somebody is the first to do: a member with such tags, in such a role, in such a room."""

    first: str
    title: str
    tags: tuple[str, ...]
    """The member has all of these."""
    role: Role
    kind: RoomKind
    series: bool = False
    """Whether it takes a series of such rooms; with the second episode it is one."""


@dataclass(frozen=True, slots=True)
class Season:
    """A set of shows that are compared with each other."""

    season: str
    title: str
    since: float
    until: float
    eras: tuple[Era, ...] = ()
    firsts: tuple[FirstRule, ...] = ()
    by: str = ""
    """The member who made it."""
    created_at: float = 0.0
    hosts: tuple[str, ...] = ()
    """Members who may put shows and rooms of theirs into it, as whoever made it may."""

    def admits(self, member: str) -> bool:
        """Whether that member may put shows and rooms into it."""
        return member == self.by or member in self.hosts


def standing(show: Show, first_opened: float | None, at: float) -> float:
    """The time that a moment of a show stands for, both seconds since the Unix epoch.

    ``first_opened``: when the first of the show's rooms opened. A show that enacts nothing stands
    for the very time it is at.
    """
    if show.stands_for is None:
        return at
    passed = 0.0 if first_opened is None else at - first_opened
    return show.stands_for + passed * show.speed


def making_place(
    seasons: Collection[Season], used: Mapping[str, float], kept: Collection[str]
) -> Season | None:
    """The season that goes when a server has too many; ``None`` if all are ``kept``.

    Of whoever has the most it is the one that was not used for the longest: so nobody who makes
    very many pushes out what others made. ``used``: when the last show was put into each, by name.
    """
    may_go = [season for season in seasons if season.season not in kept]
    has: dict[str, int] = {}
    for season in may_go:
        has[season.by] = has.get(season.by, 0) + 1

    def place(season: Season) -> tuple[int, float, str]:
        last = max(season.created_at, used.get(season.season, 0.0))
        return -has[season.by], last, season.season

    return min(may_go, key=place, default=None)
