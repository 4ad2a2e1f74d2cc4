"""The record book."""

import asyncio
import math
import secrets
import time
from typing import Annotated

from fastapi import APIRouter, Query, Response

from afterparty.core.records import Book, Entry, RecordKind, line, top
from afterparty.node.doors.routes.asking import NodeOf, Who
from afterparty.node.ground.pieces import FRESH_SECONDS
from afterparty.node.ground.refused import Refused
from afterparty.wire import bodies as b
from afterparty.wire.records import RecordView, record_view

RECORDS_LIMIT = 100
"""Entries of the record book in one answer, and as many of its line."""

CLOCKS_DIFFER_SECONDS = 60.0
"""How far ahead of the server's clock a record may be dated."""

router = APIRouter()


@router.get("/records", response_model=b.RecordList)
async def records(
    node: NodeOf,
    limit: Annotated[int, Query(ge=1, le=RECORDS_LIMIT)] = 10,
    at: Annotated[float | None, Query(ge=0, le=4102444800)] = None,
) -> Response:
    """The record book at a date: its highest entries, and who held the record when."""
    book = await node.records.book()
    written = await node.books.give(
        (at, limit),
        book,
        lambda: _written(book, at, limit),
        FRESH_SECONDS if at is None else math.inf,
    )
    return Response(written, media_type="application/json")


async def _written(whole: Book, at: float | None, limit: int) -> str:
    """The record book as JSON."""
    when = time.time() if at is None else at
    book = whole.until(when)
    await asyncio.sleep(0)  # whatever is asked together is made one after the other
    answer = b.RecordList(
        at=when,
        records=[record_view(entry) for entry in top(book, limit)],
        line=[record_view(entry) for entry in line(book)[-RECORDS_LIMIT:]],
    )
    return answer.model_dump_json()


@router.post("/records", status_code=201)
async def create_record(body: b.CreateRecord, node: NodeOf, who: Who) -> RecordView:
    """Enter a load test into the record book."""
    if "admin" not in who.grants:
        who.need("simulate")
    who.within(body.show or "", body.room)
    now = time.time()
    if body.at is not None and body.at > now + CLOCKS_DIFFER_SECONDS:
        raise Refused("bad_request", "at: a record is of the past.")
    entry = Entry(
        entry=body.entry or f"lt-{secrets.token_hex(8)}",
        kind=RecordKind.LOADTEST,
        title=body.title,
        listeners=body.listeners,
        at=now if body.at is None else body.at,
        simulated=True,
        by=who.person.member,
        room=body.room,
        show=body.show,
        machine=body.machine,
        detail=tuple(sorted(body.detail.items())),
    )
    return record_view(await node.records.enter(entry, dated=body.at is not None))
