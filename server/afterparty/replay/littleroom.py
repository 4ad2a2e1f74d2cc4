"""A room in little, as ``plot`` foresees it: seats, microphones, requests, and what changes them.

Each change answers why it cannot be, or nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from afterparty.replay.scenario import Offer


@dataclass(slots=True)
class LittleSeat:
    """A place on the stage."""

    role: str
    muted: bool = True


@dataclass(slots=True)
class LittleRoom:
    """What a server would keep of a room."""

    seats: dict[str, LittleSeat]
    state: str = "scheduled"
    requests: set[str] = field(default_factory=set)
    invitations: set[str] = field(default_factory=set)
    stayed: set[str] = field(default_factory=set)
    offer: Offer | None = None
    closing_until: float = 0.0


def _seat(room: LittleRoom, who: str, role: str) -> str:
    room.seats[who] = LittleSeat(role)
    room.requests.discard(who)
    room.invitations.discard(who)
    return ""


def _open(room: LittleRoom, who: str) -> str:
    room.state = "live"
    return ""


def _request(room: LittleRoom, who: str) -> str:
    room.requests.add(who)
    return ""


def _answer(room: LittleRoom, member: str) -> str:
    if member not in room.requests:
        return f"'{member}' does not ask to speak then"
    room.requests.discard(member)
    return ""


def _accept(room: LittleRoom, member: str) -> str:
    return _answer(room, member) or _seat(room, member, "speaker")


def _invite(room: LittleRoom, member: str) -> str:
    if member in room.seats:
        return f"'{member}' has a seat already"
    room.invitations.add(member)
    return ""


def _drop_invitation(room: LittleRoom, who: str) -> str:
    if who not in room.invitations:
        return f"'{who}' has no open invitation then"
    room.invitations.discard(who)
    return ""


def _take_invitation(room: LittleRoom, who: str) -> str:
    return _drop_invitation(room, who) or _seat(room, who, "speaker")


def _demote(room: LittleRoom, member: str) -> str:
    if member not in room.seats or room.seats[member].role == "host":
        return f"'{member}' has no seat to lose then"
    del room.seats[member]
    return ""


def _microphone(muted: bool) -> Callable[[LittleRoom, str], str]:
    def turn(room: LittleRoom, who: str) -> str:
        if who not in room.seats:
            return f"'{who}' has no seat then"
        room.seats[who].muted = muted
        return ""

    return turn


def _stay(room: LittleRoom, who: str) -> str:
    if room.offer is None:
        return "no handoff of this room runs then"
    room.stayed.add(who)
    return ""


def _cancel(room: LittleRoom, who: str) -> str:
    if room.offer is None:
        return "no handoff of this room runs then"
    room.offer = None
    return ""


def _withdraw(room: LittleRoom, who: str) -> str:
    room.requests.discard(who)
    return ""


STEPS: Mapping[str, Callable[[LittleRoom, str], str]] = MappingProxyType(
    {
        "open": _open,
        "request": _request,
        "withdraw": _withdraw,
        "accept_invitation": _take_invitation,
        "decline_invitation": _drop_invitation,
        "unmute": _microphone(False),
        "stay": _stay,
        "cancel_handoff": _cancel,
    }
)
"""Steps that change one room; each answers why it cannot be, or nothing."""

AIMED: Mapping[str, Callable[[LittleRoom, str], str]] = MappingProxyType(
    {
        "accept": _accept,
        "decline": _answer,
        "invite": _invite,
        "demote": _demote,
        "mute": _microphone(True),
    }
)
"""What is done to a member; each answers why it cannot be, or nothing."""
