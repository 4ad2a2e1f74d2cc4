"""The events of a room's log that are somebody's doing, told as rows: who did what to whom, when.

One table from the type of an event to its row, or to none: what members do of themselves (ask to
speak, mute themselves, say something) is no act of order.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from afterparty.core import events as e
from afterparty.core.model import SYSTEM
from afterparty.wire.views import View

DETAIL_LIMIT = 280
"""Characters of what is told of a post, a question or a title."""


class AuditEntry(View):
    """One act."""

    number: int
    """Of the event in the room's log."""
    at: float
    by: str
    """``:system`` for what fell due."""
    what: str
    """In words, for people."""
    member: str | None
    """To whom it was done, if to anybody."""
    detail: str


class AuditList(View):
    """A stretch of a room's audit list, the oldest first."""

    room: str
    entries: list[AuditEntry]
    next: int | None
    """To be asked for as ``after``; null at the end of the log."""


class _Act(NamedTuple):
    by: str
    what: str
    member: str | None = None
    detail: str = ""


def _by(what: str) -> Callable[[Any], _Act]:
    return lambda event: _Act(event.by, what)


def _to(what: str) -> Callable[[Any], _Act]:
    return lambda event: _Act(event.by, what, event.member)


def _to_another(what: str) -> Callable[[Any], _Act | None]:
    """What somebody did to somebody else; done to oneself, or fallen due, it is no act."""

    def row(event: Any) -> _Act | None:
        if event.by in (event.member, SYSTEM.member):
            return None
        return _Act(event.by, what, event.member)

    return row


def _muted(event: e.MuteChanged) -> _Act | None:
    return _to_another("muted")(event) if event.muted else None


def _seated(event: e.SeatTaken) -> _Act | None:
    member = event.seat.person.member
    if event.by == member:
        return None
    return _Act(event.by, "brought onto the stage", member, event.seat.role)


def _handed_on(event: e.HostChanged) -> _Act:
    if event.by == event.member:
        return _Act(event.by, "took the room over")
    return _Act(event.by, "gave the room to", event.member)


_ROWS: Mapping[type, Callable[[Any], _Act | None]] = MappingProxyType(
    {
        e.RoomCreated: lambda event: _Act(event.by, "made the room", None, event.title),
        e.RoomEdited: lambda event: _Act(
            event.by, "changed what is said of the room", None, event.title
        ),
        e.RoomOpened: _by("opened the room"),
        e.RoomCanceled: _by("called the room off"),
        e.RoomEnded: _by("ended the room"),
        e.RoomTimedOut: lambda event: _Act(
            SYSTEM.member, "ended the room", None, "the host did not come back"
        ),
        e.HostAway: lambda event: _Act(SYSTEM.member, "waits for the host"),
        e.HostBack: _by("came back as host"),
        e.HostChanged: _handed_on,
        e.SpeakChanged: lambda event: _Act(
            event.by, "changed who may speak", None, str(event.speak)
        ),
        e.LockChanged: lambda event: _Act(
            event.by, "locked the room" if event.locked else "unlocked the room"
        ),
        e.MemberRemoved: _to("removed"),
        e.MemberBlocked: _to("blocked"),
        e.MemberUnblocked: _to("unblocked"),
        e.RequestDropped: _to_another("declined the request of"),
        e.MemberInvited: lambda event: _Act(event.by, "invited", event.member, event.role),
        e.InvitationDropped: _to_another("took back the invitation of"),
        e.SeatTaken: _seated,
        e.SeatLeft: _to_another("took off the stage"),
        e.MuteChanged: _muted,
        e.HandLowered: _to_another("lowered the hand of"),
        e.PostPinned: lambda event: _Act(event.by, "pinned", None, event.text or event.url),
        e.PostUnpinned: lambda event: _Act(event.by, "took a post down", None, event.pin),
        e.QuestionPicked: lambda event: _Act(
            event.by, "picked the question of", event.person.member, event.text
        ),
        e.HandoffOffered: lambda event: _Act(event.by, "offered another room", None, event.to_room),
        e.HandoffCanceled: lambda event: _Act(
            event.by, "called the handoff off", None, event.handoff
        ),
    }
)

NO_ACTS = frozenset(
    {
        e.StartsSoon,
        e.SpeakRequested,
        e.CaptionsConsent,
        e.HandRaised,
        e.QuestionAnswered,
        e.LineSaid,
        e.HandoffBegun,
        e.HandoffClosed,
        e.RecordBroken,
        e.FirstMade,
    }
)
"""Events that are never an act of order."""


def audit(numbered: Iterable[tuple[int, e.Event]]) -> list[AuditEntry]:
    """The acts among events of a room's log, each with its number."""
    found = []
    for number, event in numbered:
        row = _ROWS.get(type(event))
        act = row(event) if row is not None else None
        if act is not None:
            by, what, member, detail = act
            entry = AuditEntry(
                number=number,
                at=event.at,
                by=by,
                what=what,
                member=member,
                detail=detail[:DETAIL_LIMIT],
            )
            found.append(entry)
    return found
