"""Seasons: made, listed, taken away; their record books read, and told of what was elsewhere."""

import math
import time
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response

from afterparty.core.records import (
    Book,
    Entry,
    First,
    comparable,
    earliest,
    holder,
    line,
    top,
    within,
)
from afterparty.core.season import Era, FirstRule, Season
from afterparty.node.access.tokens import Bearer
from afterparty.node.books.book import KnownBook
from afterparty.node.doors.routes.asking import NodeOf, Who
from afterparty.node.ground.pieces import FRESH_SECONDS, gently, listed
from afterparty.node.ground.refused import Refused
from afterparty.node.node import Node
from afterparty.wire import seasons as s
from afterparty.wire.records import RecordView, record_view
from afterparty.wire.views import Id

LINE_LIMIT = 50
"""The last entries of each line in one answer."""

router = APIRouter(prefix="/seasons")


def _may_simulate(who: Bearer) -> None:
    if "admin" not in who.grants:
        who.need("simulate")
    who.within("")
    if who.person.anonymous:
        raise Refused("anonymous_listens", "Somebody anonymous may only listen.")


@router.post("", status_code=201)
async def create_season(
    body: s.CreateSeason, node: NodeOf, who: Who, response: Response
) -> s.SeasonView:
    """Make a season; the same again by the same member is the one that there is (200)."""
    _may_simulate(who)
    asked = s.season_of(body, who.person.member, time.time())
    season, new = await node.seasons.make(asked)
    if not new:
        response.status_code = 200
    return s.season_view(season)


@router.get("", response_model=s.SeasonList)
async def seasons(
    node: NodeOf, limit: Annotated[int, Query(ge=1, le=500)] = 100, after: Id | None = None
) -> Response:
    """Seasons, the newest first; those that come after one of them in that order."""
    found = await node.seasons.all()
    if after is not None:
        names = [season.season for season in found]
        if after not in names:
            raise Refused("no_such_season", f"There is no season {after!r}.")
        found = found[names.index(after) + 1 :]
    return await listed(
        s.SeasonList(seasons=[]),
        found[:limit],
        lambda season: s.season_view(season).model_dump_json(),
    )


@router.get("/{season}", response_model=s.SeasonBook)
async def season_book(
    season: Id,
    node: NodeOf,
    at: Annotated[float | None, Query(ge=0, le=4102444800)] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 5,
) -> Response:
    """A season's book at a date; without one, all of it."""
    found = await node.seasons.find(season)
    book = node.seasons.book(found)
    whole = await book.read()
    written = await node.books.give(
        (found, at, limit),
        whole,
        lambda: _written(found, book, whole, at, limit),
        FRESH_SECONDS if at is None else math.inf,
    )
    return Response(written, media_type="application/json")


async def _written(
    found: Season, book: KnownBook, whole: Book, at: float | None, limit: int
) -> str:
    """A season's book as JSON, made a piece at a time."""
    when = max(time.time(), found.until) if at is None else at
    spaces = comparable(whole.until(when))
    answer = s.SeasonBook(
        season=found.season,
        title=found.title,
        since=found.since,
        until=found.until,
        by=found.by,
        hosts=list(found.hosts),
        at=when,
        top=[record_view(entry) for entry in top(spaces, limit)],
        line=_line(spaces),
        eras=[_era(spaces, era) async for era in gently(found.eras, 1)],
        firsts=[
            _first(rule, earliest(book.fits(rule), when)) async for rule in gently(found.firsts, 1)
        ],
    )
    return answer.model_dump_json()


@router.post("/{season}/records", status_code=201)
async def tell_record(season: Id, body: s.TellRecord, node: NodeOf, who: Who) -> RecordView:
    """Enter what is told of elsewhere; for whoever made the season, and admins."""
    found = await _keeper_of(season, node, who)
    return record_view(await node.seasons.tell(found, body, who.person.member))


@router.delete("/{season}", status_code=204)
async def remove_season(season: Id, node: NodeOf, who: Who) -> None:
    """Take a season away with its book; for whoever made it, and admins. Its shows stay."""
    await node.seasons.remove(await _keeper_of(season, node, who))


async def _keeper_of(season: str, node: Node, who: Bearer) -> Season:
    """The season, if the bearer made it or is an admin."""
    _may_simulate(who)
    found = await node.seasons.find(season)
    if found.by != who.person.member:
        who.need("admin")
    return found


def _brief(entry: Entry) -> RecordView:
    """An entry without its stage: a line may be long."""
    return record_view(replace(entry, stage=()))


def _line(book: Book) -> list[RecordView]:
    return [_brief(entry) for entry in line(book)[-LINE_LIMIT:]]


def _era(spaces: Book, era: Era) -> s.EraView:
    of_it = within(spaces, era)
    held = holder(of_it)
    return s.EraView(
        era=era.era,
        title=era.title,
        since=era.since,
        until=era.until,
        holder=_brief(held) if held else None,
        line=_line(of_it),
    )


def _first(rule: FirstRule, made: First | None) -> s.FirstView:
    return s.FirstView(
        first=rule.first,
        title=rule.title,
        record=_brief(made.entry) if made else None,
        member=made.appearance.member if made else None,
        name=made.appearance.name if made else None,
        at=made.appearance.at if made else None,
    )
