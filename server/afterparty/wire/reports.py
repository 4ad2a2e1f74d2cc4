"""Reports: what a member tells whoever runs the server of another, or of the room."""

from typing import Annotated

from pydantic import StringConstraints

from afterparty.wire.views import Id, View


class CreateReport(View):
    """Report a member of a room, or with ``member`` null the room."""

    member: Id | None = None
    reason: Annotated[str, StringConstraints(max_length=2000)]
    """How much of it is taken is the core's to say."""


class ReportMade(View):
    """A report was written down."""

    report: int
    room: str
    member: str | None
    at: float


class Report(View):
    """A report as the store keeps it."""

    at: float
    show: str
    room: str
    by: str
    member: str | None
    reason: str


class ReportView(Report):
    """A report as admins see it."""

    report: int


class ReportList(View):
    """A page of reports, the oldest first."""

    reports: list[ReportView]
    next: int | None
    """To be asked for as ``after``; null at the end."""
