"""Who did what to whom in a room, and what members report of each other."""

import time
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from afterparty.core import commands as c
from afterparty.core.model import Role
from afterparty.node.access.tokens import Bearer
from afterparty.node.doors.routes.asking import NodeOf, Who, host_of
from afterparty.node.doors.routes.rooms import NUMBER_LIMIT
from afterparty.node.ground.refused import Refused
from afterparty.wire.audit import AuditEntry, AuditList, audit
from afterparty.wire.reports import CreateReport, Report, ReportList, ReportMade, ReportView
from afterparty.wire.views import Id

SCANNED = 5_000
"""Events of a log that are looked through for one answer: most of a long evening's are captions."""

PAGE = 1_000
"""Of these, how many at a time."""

After = Annotated[int, Query(ge=0, le=NUMBER_LIMIT)]

router = APIRouter()


@router.get("/rooms/{room}/audit")
async def audit_list(
    room: Id,
    node: NodeOf,
    who: Who,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> AuditList:
    """What was done in a room to keep order; for its host, its co-hosts, and admins."""
    found = node.rooms.room(room)
    who.within(found.show, room)
    role = found.role_of(who.person.member)
    if role in (Role.HOST, Role.COHOST):
        who.may_be(role)
    else:
        who.need("admin")
    entries: list[AuditEntry] = []
    seen, last = after, False
    while len(entries) < limit and seen - after < SCANNED and not last:
        page = await node.rooms.events(room, seen, PAGE)
        entries += audit(page)
        seen, last = page[-1][0] if page else seen, len(page) < PAGE
    if len(entries) > limit:
        entries, last = entries[:limit], False
        seen = entries[-1].number
    return AuditList(room=room, entries=entries, next=None if last else seen)


@router.post("/rooms/{room}/reports", status_code=201)
async def create_report(
    room: Id, body: CreateReport, node: NodeOf, who: Who, request: Request
) -> ReportMade:
    """Report a member of a room, or the room; for whoever is in it or was. Only admins read it."""
    found, by = node.rooms.room(room), who.person.member
    who.within(found.show, room)
    node.rooms.permit(room, c.Report(who.person, body.member, body.reason))
    node.limits.report(host_of(request), by)
    about = [] if body.member is None else [body.member]
    been = await node.store.presence.been(found.show, room, [by, *about]) | found.seats.keys()
    if by not in been:
        raise Refused("not_in_room", "Only whoever is in the room, or was, can report it.")
    if not been.issuperset(about):
        raise Refused("bad_report", "Nobody of that name has been in the room.")
    report = Report(
        at=time.time(),
        show=found.show,
        room=room,
        by=by,
        member=body.member,
        reason=body.reason.strip(),
    )
    kept = report.model_dump_json().encode()
    number = await node.store.reports.add(by, room, body.member, kept)
    if number is None:
        raise Refused("too_many_reports", "You have reported that already; it will be looked at.")
    return ReportMade(report=number, room=room, member=body.member, at=report.at)


@router.get("/reports")
async def reports(
    node: NodeOf,
    who: Who,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ReportList:
    """What was reported and is not dealt with; with a token for one show, of that show."""
    _may(who)
    page = await node.store.reports.read(after, limit)
    found = [
        ReportView(report=number, **Report.model_validate_json(kept).model_dump())
        for number, kept in page
    ]
    return ReportList(
        reports=[one for one in found if who.show in (None, one.show)],
        next=page[-1][0] if len(page) == limit else None,
    )


@router.delete("/reports/{report}", status_code=204)
async def drop_report(
    report: Annotated[int, Path(ge=1, le=NUMBER_LIMIT)], node: NodeOf, who: Who
) -> None:
    """A report is dealt with."""
    _may(who)
    page = await node.store.reports.read(report - 1, 1)
    if not page or page[0][0] != report:
        raise Refused("not_found", "There is no such report.")
    who.within(Report.model_validate_json(page[0][1]).show)
    await node.store.reports.drop(report)


def _may(who: Bearer) -> None:
    who.need("admin")
    who.within(who.show or "")
