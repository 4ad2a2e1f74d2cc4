"""A room in little, as ``plot`` foresees it: seats, microphones, requests, and what changes them.

Each change answers why it cannot be, or nothing; what it was to lead to happens all the same where
that is plain, so that a slip is told once and not again for all that goes by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from afterparty.replay.words.beats import Offer
from afterparty.replay.words.forms import write_clock


@dataclass(slots=True)
class LittleSeat:
    """A place on the stage."""

    role: str
    muted: bool = True


@dataclass(slots=True)
class LittleRoom:
    """What a server would keep of a room."""

    seats: dict[str, LittleSeat]
    kind: str = "space"
    rules: str = "2021h1"
    speak: str = "invited"
    state: str = "scheduled"
    requests: set[str] = field(default_factory=set)
    invitations: set[str] = field(default_factory=set)
    hands: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    """Who has a question open."""
    picked: str = ""
    """Whose question is being answered."""
    stayed: set[str] = field(default_factory=set)
    locked: bool = False
    blocked: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    """Whoever has been here: a lock lets them in again."""
    dropped: dict[str, float] = field(default_factory=dict)
    """Whose connection is gone without a word, and until when their place waits for them."""
    host_away: bool = False
    offer: Offer | None = None
    closing_until: float = 0.0

    @property
    def host(self) -> str:
        """Who hosts it now."""
        return next(who for who, seat in self.seats.items() if seat.role == "host")

    def forget(self, who: str) -> None:
        """Give up whatever a member holds here; a host keeps the seat."""
        if who in self.seats and self.seats[who].role != "host":
            del self.seats[who]
        for places in (self.requests, self.invitations, self.hands):
            places.discard(who)

    def pass_on(self, heir: str) -> None:
        """Let a co-host be the host."""
        self.seats[self.host].role = "cohost"
        self.seats[heir].role = "host"
        self.host_away = False


def _seat(room: LittleRoom, who: str, role: str) -> str:
    room.seats[who] = LittleSeat(role)
    room.requests.discard(who)
    room.invitations.discard(who)
    return ""


def _open(room: LittleRoom, who: str) -> str:
    room.state = "live"
    return ""


def _request(room: LittleRoom, who: str) -> str:
    if room.speak == "everyone":
        return _seat(room, who, "speaker")
    room.requests.add(who)
    return ""


def _answer(room: LittleRoom, member: str) -> str:
    if member not in room.requests:
        return f"'{member}' does not ask to speak then"
    room.requests.discard(member)
    return ""


def _accept(room: LittleRoom, member: str) -> str:
    why = _answer(room, member)
    return _seat(room, member, "speaker") or why


def _invite(room: LittleRoom, member: str) -> str:
    if member in room.seats:
        return f"'{member}' has a seat already"
    if member in room.blocked:
        return f"'{member}' is blocked then"
    room.invitations.add(member)
    return ""


def _drop_invitation(room: LittleRoom, who: str) -> str:
    if who not in room.invitations:
        return f"'{who}' has no open invitation then"
    room.invitations.discard(who)
    return ""


def _take_invitation(room: LittleRoom, who: str) -> str:
    why = _drop_invitation(room, who)
    return _seat(room, who, "speaker") or why


def _demote(room: LittleRoom, member: str) -> str:
    if member not in room.seats or room.seats[member].role == "host":
        return f"'{member}' has no seat to lose then"
    del room.seats[member]
    room.hands.discard(member)
    return ""


def _microphone(muted: bool) -> Callable[[LittleRoom, str], str]:
    def turn(room: LittleRoom, who: str) -> str:
        if who not in room.seats:
            return f"'{who}' has no seat then"
        room.seats[who].muted = muted
        return ""

    return turn


def _mute_all(room: LittleRoom, who: str) -> str:
    reach = ("cohost", "speaker") if room.seats[who].role == "host" else ("speaker",)
    for seat in room.seats.values():
        seat.muted = seat.muted or seat.role in reach
    return ""


def _lock(locked: bool) -> Callable[[LittleRoom, str], str]:
    def turn(room: LittleRoom, who: str) -> str:
        room.locked = locked
        return ""

    return turn


def _raise(room: LittleRoom, who: str) -> str:
    room.hands.add(who)
    return "the rules 2021h1 have no raised hand" if room.rules == "2021h1" else ""


def _lower(room: LittleRoom, member: str) -> str:
    if member not in room.hands:
        return f"'{member}' has no hand raised then"
    room.hands.discard(member)
    return ""


def _ask(room: LittleRoom, who: str) -> str:
    room.asked.add(who)
    return "" if room.kind == "blueroom" else "questions are asked in a blueroom"


def _pick(room: LittleRoom, member: str) -> str:
    room.picked = member
    if member not in room.asked:
        return f"'{member}' has no question open then"
    room.asked.discard(member)
    return ""


def _answered(room: LittleRoom, who: str) -> str:
    if not room.picked:
        return "no question is being answered then"
    room.picked = ""
    return ""


def _take_over(room: LittleRoom, who: str) -> str:
    why, host = "", room.host
    if host in room.dropped:
        until = write_clock(room.dropped[host] + 0.999)
        why = f"the place of '{host}' is kept until {until}; take over after that"
    elif not room.host_away:
        why = f"'{host}' hosts the room and is not away then"
    room.pass_on(who)
    return why


def _send_out(room: LittleRoom, member: str) -> str:
    if member == room.host:
        return f"'{member}' hosts the room"
    room.forget(member)
    return ""


def _block(room: LittleRoom, member: str) -> str:
    if why := _send_out(room, member):
        return why
    room.blocked.add(member)
    return ""


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
        "mute_all": _mute_all,
        "lock": _lock(True),
        "unlock": _lock(False),
        "raise_hand": _raise,
        "take_over": _take_over,
        "ask": _ask,
        "answered": _answered,
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
        "lower_hand": _lower,
        "remove": _send_out,
        "block": _block,
        "pick": _pick,
    }
)
"""What is done to a member; each answers why it cannot be, or nothing."""
