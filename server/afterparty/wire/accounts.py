"""What an account lists, and the notices it is given. Notices lie in the store as they travel."""

from enum import StrEnum

from pydantic import Field

from afterparty.wire.views import View


class MeView(View):
    """Whom the bearer's account follows and blocks, and what it is to hear of."""

    member: str
    follows: list[str]
    blocks: list[str]
    reminders: list[str]
    """Rooms that have not begun."""
    series: list[str]


class NoticeKind(StrEnum):
    """What a notice tells of a room: that it begins soon, has begun, or will not take place."""

    SOON = "soon"
    STARTED = "started"
    CANCELED = "canceled"


class NoticeView(View):
    """One notice of a room. Times in seconds since the Unix epoch."""

    notice: str
    """``room:kind``; of each an account has one."""
    kind: NoticeKind
    room: str
    title: str
    host: str
    """The host's member identity."""
    host_name: str
    at: float
    """When that happened which it tells of."""
    scheduled_for: float | None
    simulated: bool
    """Whether the room belongs to a simulation; to be said wherever it is shown."""


class NoticeList(View):
    """Notices in the order in which they came."""

    notices: list[NoticeView] = Field(default=[])


def encode_notice(notice: NoticeView) -> bytes:
    """A notice as the store keeps it."""
    return notice.model_dump_json().encode()


def decode_notice(body: bytes) -> NoticeView:
    """A notice from the store; what a later version added to it is passed over."""
    return NoticeView.model_validate_json(body, extra="ignore")
