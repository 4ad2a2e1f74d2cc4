"""A room's life: opened, ended, left, its host away and back or followed by another."""

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.deciders.decided import Decider, Decision, given_up
from afterparty.core.model import HandoffPhase, Role, Room, RoomState
from afterparty.core.permissions import Refusal


def _open(room: Room, command: c.OpenRoom, now: float) -> Decision:
    return (e.RoomOpened(now, command.actor.member),)


def _cancel(room: Room, command: c.CancelRoom, now: float) -> Decision:
    return (e.RoomCanceled(now, command.actor.member),)


def _end(room: Room, command: c.EndRoom | c.Leave, now: float) -> Decision:
    by = command.actor.member
    return _over(room, by, e.RoomEnded(now, by), now)


def _over(room: Room, by: str, over: e.RoomEnded | e.RoomTimedOut, now: float) -> Decision:
    if room.handoff and room.handoff.phase is HandoffPhase.MOVING:
        return Refusal("handoff_running", "The audience is on the move; end the room after that.")
    if room.handoff and room.handoff.phase is HandoffPhase.OFFERED:
        return (e.HandoffCanceled(now, by, room.handoff.handoff), over)
    return (over,)


def _join(room: Room, command: c.Join, now: float) -> Decision:
    member = command.actor.member
    role = room.role_of(member)
    if role is not Role.HOST and command.blocked:
        return Refusal("blocked", "You are blocked from this room.")
    expected = role is not Role.LISTENER or member in room.invitations or command.known
    if room.locked and not expected:
        return Refusal("room_locked", "This room is locked: nobody new may come in.")
    return ()


def _leave(room: Room, command: c.Leave, now: float) -> Decision:
    member = command.actor.member
    hosts = room.role_of(member) is Role.HOST
    if command.to is not None:
        if not hosts:
            return Refusal("not_permitted", "Only a host leaves the room to somebody.")
        if room.state is not RoomState.LIVE or room.role_of(command.to) is not Role.COHOST:
            return Refusal("bad_heir", "A live room is left to one of its co-hosts.")
        return (e.HostChanged(now, member, command.to), *given_up(room, member, member, now))
    if not hosts:
        return given_up(room, member, member, now)
    return _end(room, command, now) if room.state is RoomState.LIVE else ()


def _vanish(room: Room, command: c.Vanish, now: float) -> Decision:
    member = command.actor.member
    if room.role_of(member) is not Role.HOST:
        return given_up(room, member, member, now)
    if room.state is RoomState.LIVE and room.away is None:
        return (e.HostAway(now, now + command.grace),)
    return ()


def _return(room: Room, command: c.Return, now: float) -> Decision:
    return (e.HostBack(now, command.actor.member),) if room.away else ()


def _take_over(room: Room, command: c.TakeOver, now: float) -> Decision:
    if room.away is None:
        return Refusal("host_not_away", "The host is here; a room is taken over from who is away.")
    member = command.actor.member
    return (e.HostChanged(now, member, member),)


def _time_out(room: Room, command: c.TimeOut, now: float) -> Decision:
    if room.away is None or room.away.until > now:
        return ()
    return _over(room, command.actor.member, e.RoomTimedOut(now), now)


def _tell_soon(room: Room, command: c.TellSoon, now: float) -> Decision:
    return () if room.told_soon or room.scheduled_for is None else (e.StartsSoon(now),)


DECIDERS: tuple[tuple[type, Decider], ...] = (
    (c.OpenRoom, _open),
    (c.CancelRoom, _cancel),
    (c.EndRoom, _end),
    (c.Join, _join),
    (c.Leave, _leave),
    (c.Vanish, _vanish),
    (c.Return, _return),
    (c.TakeOver, _take_over),
    (c.TimeOut, _time_out),
    (c.TellSoon, _tell_soon),
)
