"""An entry of the record book as it travels, and as the store keeps it."""

from pydantic import Field

from afterparty.core.model import Role, RoomKind
from afterparty.core.records import Appearance, Entry, RecordKind
from afterparty.wire.views import View


class AppearanceView(View):
    """Somebody on the stage of a room, in that role since ``at``."""

    member: str
    name: str
    role: Role
    tags: list[str]
    at: float


class RecordView(View):
    """An entry of the record book; ``at`` in seconds since the Unix epoch."""

    entry: str
    kind: RecordKind
    title: str
    listeners: int
    """Distinct listeners at the same time, at the peak."""
    at: float
    simulated: bool
    by: str
    room: str | None = None
    show: str | None = None
    machine: str = ""
    detail: dict[str, str] = Field(default={})
    season: str = ""
    room_kind: RoomKind | None = None
    series: str | None = None
    host: str = ""
    """The host's name."""
    simulated_listeners: int = 0
    """How many of ``listeners`` were members of the server's own making."""
    live: bool = False
    """Whether the room is live still: this is its peak so far."""
    stage: list[AppearanceView] = Field(default=[])
    """Who appeared on the stage; only of a season's book."""


def record_view(entry: Entry) -> RecordView:
    """An entry as JSON shows it."""
    return RecordView(
        entry=entry.entry,
        kind=entry.kind,
        title=entry.title,
        listeners=entry.listeners,
        at=entry.at,
        simulated=entry.simulated,
        by=entry.by,
        room=entry.room,
        show=entry.show,
        machine=entry.machine,
        detail=dict(entry.detail),
        season=entry.season,
        room_kind=entry.room_kind,
        series=entry.series,
        host=entry.host,
        simulated_listeners=entry.simulated_listeners,
        live=entry.live,
        stage=[
            AppearanceView(
                member=one.member, name=one.name, role=one.role, tags=list(one.tags), at=one.at
            )
            for one in entry.stage
        ],
    )


def encode_record(entry: Entry) -> bytes:
    """An entry as the store keeps it."""
    return record_view(entry).model_dump_json().encode()


def decode_record(body: bytes) -> Entry:
    """An entry from the store; what a later version added to it is passed over."""
    view = RecordView.model_validate_json(body, extra="ignore")
    return Entry(
        entry=view.entry,
        kind=view.kind,
        title=view.title,
        listeners=view.listeners,
        at=view.at,
        simulated=view.simulated,
        by=view.by,
        room=view.room,
        show=view.show,
        machine=view.machine,
        detail=tuple(sorted(view.detail.items())),
        season=view.season,
        room_kind=view.room_kind,
        series=view.series,
        host=view.host,
        simulated_listeners=view.simulated_listeners,
        live=view.live,
        stage=tuple(
            Appearance(one.member, one.name, one.role, tuple(one.tags), one.at)
            for one in view.stage
        ),
    )
