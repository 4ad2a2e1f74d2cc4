"""Who may do what, when: one table, and the few lines that read it.

A command is permitted if the room is in one of the row's states and the actor stands as one of the
row's standings. Where a command is aimed at a member, ``MAY_ACT_ON`` says whom each role may touch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from afterparty.core import commands as c
from afterparty.core.model import OVER, SYSTEM, Person, Role, Room, RoomState


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command was not carried out: a stable code for programs, a sentence for people."""

    code: str
    message: str


class Standing(StrEnum):
    """A role in the room, or the system acting on what falls due."""

    HOST = "host"
    COHOST = "cohost"
    SPEAKER = "speaker"
    LISTENER = "listener"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Row:
    """Where and for whom a command is permitted."""

    states: frozenset[RoomState]
    standings: frozenset[Standing]


_S, _L = RoomState.SCHEDULED, RoomState.LIVE
_H, _C, _P, _G, _Y = (
    Standing.HOST,
    Standing.COHOST,
    Standing.SPEAKER,
    Standing.LISTENER,
    Standing.SYSTEM,
)


def _row(states: tuple[RoomState, ...], *standings: Standing) -> Row:
    return Row(frozenset(states), frozenset(standings))


# fmt: off
TABLE: Mapping[type, Row] = MappingProxyType({
    #                       states            standings
    c.EditRoom:          _row((_S, _L),       _H),
    c.OpenRoom:          _row((_S,),          _H),
    c.CancelRoom:        _row((_S,),          _H),
    c.EndRoom:           _row((_L,),          _H),
    c.Join:              _row((_S, _L),       _H, _C, _P, _G),
    c.Leave:             _row((_S, _L),       _H, _C, _P, _G),
    c.Vanish:            _row((_S, _L),       _H, _C, _P, _G),
    c.Return:            _row((_L,),          _H),
    c.TakeOver:          _row((_L,),          _C),
    c.TimeOut:           _row((_L,),          _Y),
    c.TellSoon:          _row((_S,),          _Y),
    c.RequestToSpeak:    _row((_L,),          _G),
    c.WithdrawRequest:   _row((_L,),          _G),
    c.AcceptRequest:     _row((_L,),          _H, _C),
    c.DeclineRequest:    _row((_L,),          _H, _C),
    c.Invite:            _row((_S, _L),       _H, _C),
    c.AcceptInvitation:  _row((_S, _L),       _G),
    c.DeclineInvitation: _row((_S, _L),       _G),
    c.ExpireInvitation:  _row((_S, _L),       _Y),
    c.Demote:            _row((_S, _L),       _H, _C),
    c.Mute:              _row((_S, _L),       _H, _C, _P),
    c.MuteAll:           _row((_S, _L),       _H, _C),
    c.Unmute:            _row((_S, _L),       _H, _C, _P),
    c.ChangeSpeak:       _row((_S, _L),       _H, _C),
    c.SetLock:           _row((_S, _L),       _H, _C),
    c.Remove:            _row((_S, _L),       _H, _C),
    c.Block:             _row((_S, _L),       _H, _C),
    c.Unblock:           _row((_S, _L),       _H, _C),
    c.Report:            _row(tuple(RoomState), _H, _C, _P, _G),
    c.SayLine:           _row((_L,),          _H, _C, _P),
    c.ConsentToCaptions: _row((_S, _L),       _H, _C, _P),
    c.PinPost:           _row((_S, _L),       _H, _C, _P),
    c.UnpinPost:         _row((_S, _L),       _H, _C, _P),
    c.React:             _row((_S, _L),       _H, _C, _P, _G),
    c.RaiseHand:         _row((_L,),          _H, _C, _P, _G),
    c.LowerHand:         _row((_L,),          _H, _C, _P, _G),
    c.AskQuestion:       _row((_S, _L),       _H, _C, _P, _G),
    c.VoteQuestion:      _row((_S, _L),       _H, _C, _P, _G),
    c.HideQuestion:      _row((_S, _L),       _H, _C, _P, _G),
    c.PickQuestion:      _row((_L,),          _H, _C, _P),
    c.AnswerQuestion:    _row((_L,),          _H, _C, _P),
    c.OfferHandoff:      _row((_L,),          _H),
    c.CancelHandoff:     _row((_L,),          _H),
    c.BeginHandoff:      _row((_L,),          _Y),
    c.CloseHandoff:      _row(tuple(RoomState), _Y),
    c.BreakRecord:       _row((_L,),          _Y),
    c.MakeFirst:         _row((_L,),          _Y),
})

MAY_ACT_ON: Mapping[Standing, frozenset[Role]] = MappingProxyType({
    _H: frozenset({Role.COHOST, Role.SPEAKER, Role.LISTENER}),
    _C: frozenset({Role.SPEAKER, Role.LISTENER}),
    _P: frozenset(),
    _G: frozenset(),
    _Y: frozenset(Role),
})
# fmt: on

MAY_INVITE_AS: Mapping[Standing, frozenset[Role]] = MappingProxyType(
    {_H: frozenset({Role.COHOST, Role.SPEAKER}), _C: frozenset({Role.SPEAKER})}
)
"""Which roles each standing may offer: only the host makes co-hosts."""


OF_THE_BLOCKED = (c.Leave, c.Vanish, c.Report)
"""What is left to somebody who is blocked: being gone, and telling of it."""


def standing(room: Room, actor: Person) -> Standing:
    """How the actor stands in the room."""
    if actor == SYSTEM:
        return Standing.SYSTEM
    return Standing(room.role_of(actor.member))


def check(room: Room, command: c.Command) -> Refusal | None:
    """Read the table: ``None`` if the command may be tried, else why not.

    Codes: ``room_over``, ``room_not_live``, ``room_already_live``, ``blocked``, ``not_permitted``.
    """
    row = TABLE[type(command)]
    if room.state not in row.states:
        if room.state in OVER:
            return Refusal("room_over", "This room is over.")
        if room.state is RoomState.SCHEDULED:
            return Refusal("room_not_live", "This room is not live yet.")
        return Refusal("room_already_live", "This room is live already.")
    who = standing(room, command.actor)
    blocked = who is not Standing.SYSTEM and command.actor.member in room.blocked
    if blocked and not isinstance(command, OF_THE_BLOCKED):
        return Refusal("blocked", "You are blocked from this room.")
    if who not in row.standings:
        return Refusal("not_permitted", f"A {who} may not do that here.")
    return None


Aimed = (
    c.AcceptRequest
    | c.DeclineRequest
    | c.Invite
    | c.Demote
    | c.Mute
    | c.Remove
    | c.Block
    | c.Unblock
    | c.LowerHand
)
"""Commands aimed at a member."""


def check_target(room: Room, command: Aimed) -> Refusal | None:
    """Whether the actor's standing reaches the member that the command is aimed at.

    Everybody may mute themselves, and lower their own hand. Code: ``not_permitted``.
    """
    oneself = command.member == command.actor.member
    if oneself and isinstance(command, c.Mute | c.LowerHand):
        return None
    role = room.role_of(command.member)
    if oneself or role not in MAY_ACT_ON[standing(room, command.actor)]:
        return Refusal("not_permitted", f"You may not do that to a {role} of this room.")
    return None
