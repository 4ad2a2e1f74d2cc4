"""Series of rooms: made, listed, read with their episodes."""

import time
from typing import Annotated

from fastapi import APIRouter, Query, Response

from afterparty.node.doors.routes.asking import NodeOf, Who, may_make
from afterparty.node.doors.routes.rooms import summary
from afterparty.node.ground.pieces import listed
from afterparty.node.ground.refused import Refused
from afterparty.wire.series import CreateSeries, Series, SeriesList, SeriesSummary, SeriesView
from afterparty.wire.views import Id

router = APIRouter(prefix="/series")


@router.post("", status_code=201)
async def create_series(body: CreateSeries, node: NodeOf, who: Who) -> SeriesSummary:
    """Make a series; who asks is the one who adds episodes."""
    may_make(who, body.show or "")
    if body.show is not None:
        await node.news.find(show=body.show)
        node.rooms.show(body.show)
    series = Series(
        series=body.series,
        title=body.title,
        description=body.description,
        by=who.person.member,
        show=body.show,
        created_at=time.time(),
    )
    await node.series.make(series)
    return node.series.summary(series)


@router.get("", response_model=SeriesList)
async def all_series(
    node: NodeOf, limit: Annotated[int, Query(ge=1, le=500)] = 100, after: Id | None = None
) -> Response:
    """Series, the newest first; those that come after one of them in that order."""
    found = await node.series.all()
    if after is not None:
        names = [series.series for series in found]
        if after not in names:
            raise Refused("no_such_series", f"There is no series {after!r}.")
        found = found[names.index(after) + 1 :]
    return await listed(
        SeriesList(series=[]),
        found[:limit],
        lambda series: node.series.summary(series).model_dump_json(),
    )


@router.get("/{series}", response_model=SeriesView)
async def series(series: Id, node: NodeOf) -> Response:
    """One series with its episodes, in the order in which they take place."""
    found = await node.series.find(series)
    empty = SeriesView(
        **node.series.summary(found).model_dump(),
        followers=await node.series.followers(series),
        episodes=[],
    )
    return await listed(
        empty,
        node.series.episodes(series),
        lambda room: summary(node, room).model_dump_json(),
    )
