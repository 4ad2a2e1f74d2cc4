"""Order in the room: who may speak, who may come in, who has to go, and what is reported."""

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.deciders.decided import ANONYMOUS, Decider, Decision, given_up
from afterparty.core.model import Room
from afterparty.core.permissions import Refusal
from afterparty.core.rules import BLOCKED_LIMIT, REPORT_LIMIT


def _change_speak(room: Room, command: c.ChangeSpeak, now: float) -> Decision:
    if room.speak is command.speak:
        return ()
    return (e.SpeakChanged(now, command.actor.member, command.speak),)


def _set_lock(room: Room, command: c.SetLock, now: float) -> Decision:
    if room.locked is command.locked:
        return ()
    return (e.LockChanged(now, command.actor.member, command.locked),)


def _remove(room: Room, command: c.Remove, now: float) -> Decision:
    by, member = command.actor.member, command.member
    return (*given_up(room, member, by, now), e.MemberRemoved(now, by, member))


def _block(room: Room, command: c.Block, now: float) -> Decision:
    by, member = command.actor.member, command.member
    if member in room.blocked:
        return ()
    if len(room.blocked) >= BLOCKED_LIMIT:
        return Refusal("too_many_blocked", f"{BLOCKED_LIMIT} are blocked from this room already.")
    return (*given_up(room, member, by, now), e.MemberBlocked(now, by, member))


def _unblock(room: Room, command: c.Unblock, now: float) -> Decision:
    if command.member not in room.blocked:
        return ()
    return (e.MemberUnblocked(now, command.actor.member, command.member),)


def _report(room: Room, command: c.Report, now: float) -> Decision:
    if command.actor.anonymous:
        return ANONYMOUS
    if command.member == command.actor.member:
        return Refusal("bad_report", "Nobody reports themselves.")
    if not 1 <= len(command.reason.strip()) <= REPORT_LIMIT:
        return Refusal("bad_report", f"A reason has 1 to {REPORT_LIMIT} characters.")
    return ()


DECIDERS: tuple[tuple[type, Decider], ...] = (
    (c.ChangeSpeak, _change_speak),
    (c.SetLock, _set_lock),
    (c.Remove, _remove),
    (c.Block, _block),
    (c.Unblock, _unblock),
    (c.Report, _report),
)
