"""The stage: who asks for a place, is invited to one, takes it, is silenced, gives it up."""

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.deciders.decided import (
    ANONYMOUS,
    Decider,
    Decision,
    has_hand_up,
    has_requested,
    is_free,
    seat,
)
from afterparty.core.model import SYSTEM, Role, Room, Speak
from afterparty.core.permissions import MAY_ACT_ON, MAY_INVITE_AS, Refusal, standing
from afterparty.core.rules import INVITATION_SECONDS, INVITATIONS_LIMIT, REQUESTS_LIMIT


def _request(room: Room, command: c.RequestToSpeak, now: float) -> Decision:
    if command.actor.anonymous:
        return ANONYMOUS
    free = {Speak.EVERYONE: True, Speak.FOLLOWED: command.followed, Speak.INVITED: False}
    if free[room.speak] and is_free(room, Role.SPEAKER):
        return seat(room, command.actor, Role.SPEAKER, command.actor.member, now)
    if has_requested(room, command.actor.member):
        return ()
    if len(room.requests) >= REQUESTS_LIMIT:
        return Refusal("too_many_requests", "Too many wait already. Try again in a while.")
    return (e.SpeakRequested(now, command.actor),)


def _withdraw(room: Room, command: c.WithdrawRequest, now: float) -> Decision:
    member = command.actor.member
    return (e.RequestDropped(now, member, member),) if has_requested(room, member) else ()


def _accept(room: Room, command: c.AcceptRequest, now: float) -> Decision:
    person = next((p for p in room.requests if p.member == command.member), None)
    if person is None:
        return Refusal("not_requested", "That member does not ask to speak.")
    return seat(room, person, Role.SPEAKER, command.actor.member, now)


def _decline(room: Room, command: c.DeclineRequest, now: float) -> Decision:
    if not has_requested(room, command.member):
        return Refusal("not_requested", "That member does not ask to speak.")
    return (e.RequestDropped(now, command.actor.member, command.member),)


def _invite(room: Room, command: c.Invite, now: float) -> Decision:
    may_offer = MAY_INVITE_AS[standing(room, command.actor)]
    if command.role not in may_offer:
        return Refusal("not_permitted", f"You may not invite a {command.role}.")
    if command.role is Role.COHOST and not room.limits.cohosts:
        return Refusal("not_in_these_rules", "Rooms of these rules have no co-hosts.")
    if command.member in room.blocked:
        return Refusal("blocked", "That member is blocked from this room; unblock them first.")
    if command.member in room.seats:
        return Refusal("already_on_stage", "That member is on stage already.")
    open_one = room.invitations.get(command.member)
    if open_one and open_one.expires_at > now:
        # To another role it is made anew, but a co-host does not undo what only the host may offer.
        if open_one.role is command.role or open_one.role not in may_offer:
            return ()
    elif open_one is None and len(room.invitations) >= INVITATIONS_LIMIT:
        return Refusal("too_many_invitations", "Too many invitations are open already.")
    invited = e.MemberInvited(
        now, command.actor.member, command.member, command.role, now + INVITATION_SECONDS
    )
    return (invited,)


def _take_invitation(room: Room, command: c.AcceptInvitation, now: float) -> Decision:
    invitation = room.invitations.get(command.actor.member)
    if invitation is None or invitation.expires_at <= now:
        return Refusal("not_invited", "There is no open invitation for you.")
    if command.actor.anonymous:
        return ANONYMOUS
    return seat(room, command.actor, invitation.role, command.actor.member, now)


def _drop_invitation(room: Room, command: c.DeclineInvitation, now: float) -> Decision:
    member = command.actor.member
    if member not in room.invitations:
        return Refusal("not_invited", "There is no open invitation for you.")
    return (e.InvitationDropped(now, member, member),)


def _mute(room: Room, command: c.Mute, now: float) -> Decision:
    held = room.seats.get(command.member)
    if held is None:
        return Refusal("not_on_stage", "That member is not on stage.")
    return () if held.muted else (e.MuteChanged(now, command.actor.member, command.member, True),)


def _unmute(room: Room, command: c.Unmute, now: float) -> Decision:
    member = command.actor.member
    return (e.MuteChanged(now, member, member, False),) if room.seats[member].muted else ()


def _expire(room: Room, command: c.ExpireInvitation, now: float) -> Decision:
    invitation = room.invitations.get(command.member)
    if invitation is None or invitation.expires_at > now:
        return ()
    return (e.InvitationDropped(now, SYSTEM.member, command.member),)


def _demote(room: Room, command: c.Demote, now: float) -> Decision:
    by, member = command.actor.member, command.member
    if member not in room.seats:
        return Refusal("not_on_stage", "That member is not on stage.")
    lowered = (e.HandLowered(now, by, member),) if has_hand_up(room, member) else ()
    return (e.SeatLeft(now, by, member), *lowered)


def _mute_all(room: Room, command: c.MuteAll, now: float) -> Decision:
    reach = MAY_ACT_ON[standing(room, command.actor)]
    return tuple(
        e.MuteChanged(now, command.actor.member, member, True)
        for member, held in room.seats.items()
        if held.role in reach and not held.muted
    )


DECIDERS: tuple[tuple[type, Decider], ...] = (
    (c.RequestToSpeak, _request),
    (c.WithdrawRequest, _withdraw),
    (c.AcceptRequest, _accept),
    (c.DeclineRequest, _decline),
    (c.Invite, _invite),
    (c.AcceptInvitation, _take_invitation),
    (c.DeclineInvitation, _drop_invitation),
    (c.ExpireInvitation, _expire),
    (c.Demote, _demote),
    (c.Mute, _mute),
    (c.MuteAll, _mute_all),
    (c.Unmute, _unmute),
)
