"""``decide``: what a command leads to in a room, as events or as a refusal.

**A room is the fold of its events**: deciding changes nothing, and what was decided happens by
``evolve`` alone. Presence, sockets and sound are none of its business.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.model import (
    CAPTION_LIMIT,
    HANDOFF_COUNTDOWN_LIMIT,
    INVITATION_SECONDS,
    INVITATIONS_LIMIT,
    REQUESTS_LIMIT,
    RULES,
    SYSTEM,
    TITLE_LIMIT,
    HandoffPhase,
    Person,
    Role,
    Room,
    Seat,
)
from afterparty.core.permissions import (
    MAY_INVITE_AS,
    Aimed,
    Refusal,
    check,
    check_target,
    standing,
)

Decision = tuple[e.Event, ...] | Refusal


def decide(room: Room | None, command: c.Command, now: float) -> Decision:
    """What a command leads to: the events to append (none, if all is so already), or a refusal.

    ``room`` is ``None`` before it exists; ``now`` is seconds since the Unix epoch. The refusals'
    codes are listed in docs/protocol.md.
    """
    if isinstance(command, c.CreateRoom):
        if room is not None:
            return Refusal("room_exists", "A room of that name exists already.")
        return _create(command, now)
    if room is None:
        return Refusal("no_such_room", "There is no such room.")
    refusal = check(room, command)
    if refusal is None and isinstance(command, Aimed):
        refusal = check_target(room, command)
    return refusal or _DECIDERS[type(command)](room, command, now)


def _create(command: c.CreateRoom, now: float) -> Decision:
    title = command.title.strip()
    if not 1 <= len(title) <= TITLE_LIMIT:
        return Refusal("bad_title", f"A title has 1 to {TITLE_LIMIT} characters.")
    if command.rules not in RULES:
        return Refusal("bad_rules", f"Rules are one of: {', '.join(RULES)}.")
    if command.actor.anonymous:
        return Refusal("not_permitted", "Somebody anonymous may only listen.")
    seats: dict[str, Seat] = {}
    for person, role in ((command.actor, Role.HOST), *command.stage):
        if person.member in seats:
            return Refusal("already_on_stage", f"{person.member} is named on stage twice.")
        if person.anonymous:
            return Refusal("anonymous_listens", "Somebody anonymous has no place on the stage.")
        if role is Role.LISTENER or (role is Role.HOST and seats):
            return Refusal("bad_role", "The stage is for one host, co-hosts and speakers.")
        seats[person.member] = Seat(person, role, _csrc(person.member, seats.values()))
    places = RULES[command.rules]
    for role, most in ((Role.COHOST, places.cohosts), (Role.SPEAKER, places.speakers)):
        if sum(seat.role is role for seat in seats.values()) > most:
            return Refusal("stage_full", f"The rules {command.rules} have {most} {role} places.")
    return (
        e.RoomCreated(
            at=now,
            by=command.actor.member,
            room=command.room,
            show=command.show,
            kind=command.kind,
            title=title,
            rules=command.rules,
            language=command.language,
            scheduled_for=command.scheduled_for,
            seats=tuple(seats.values()),
        ),
    )


def _csrc(member: str, taken: Iterable[Seat]) -> int:
    used = {seat.csrc for seat in taken}
    csrc = zlib.crc32(member.encode()) or 1
    while csrc in used:
        csrc = csrc % 0xFFFFFFFF + 1
    return csrc


def _open(room: Room, command: c.OpenRoom, now: float) -> Decision:
    return (e.RoomOpened(now, command.actor.member),)


def _cancel(room: Room, command: c.CancelRoom, now: float) -> Decision:
    return (e.RoomCanceled(now, command.actor.member),)


def _end(room: Room, command: c.EndRoom, now: float) -> Decision:
    if room.handoff and room.handoff.phase is HandoffPhase.MOVING:
        return Refusal("handoff_running", "The audience is on the move; end the room after that.")
    ended = e.RoomEnded(now, command.actor.member)
    if room.handoff and room.handoff.phase is HandoffPhase.OFFERED:
        return (e.HandoffCanceled(now, command.actor.member, room.handoff.handoff), ended)
    return (ended,)


def _join(room: Room, command: c.Join, now: float) -> Decision:
    return ()


def _leave(room: Room, command: c.Leave, now: float) -> Decision:
    member = command.actor.member
    if room.role_of(member) in (Role.COHOST, Role.SPEAKER):
        return (e.SeatLeft(now, member, member),)
    happened: list[e.Event] = []
    if _has_requested(room, member):
        happened.append(e.RequestDropped(now, member, member))
    if member in room.invitations:
        happened.append(e.InvitationDropped(now, member, member))
    return tuple(happened)


def _has_requested(room: Room, member: str) -> bool:
    return any(person.member == member for person in room.requests)


def _request(room: Room, command: c.RequestToSpeak, now: float) -> Decision:
    if command.actor.anonymous:
        return Refusal("anonymous_listens", "Somebody anonymous may only listen. Sign in to speak.")
    if _has_requested(room, command.actor.member):
        return ()
    if len(room.requests) >= REQUESTS_LIMIT:
        return Refusal("too_many_requests", "Too many wait already. Try again in a while.")
    return (e.SpeakRequested(now, command.actor),)


def _withdraw(room: Room, command: c.WithdrawRequest, now: float) -> Decision:
    member = command.actor.member
    return (e.RequestDropped(now, member, member),) if _has_requested(room, member) else ()


def _accept(room: Room, command: c.AcceptRequest, now: float) -> Decision:
    person = next((p for p in room.requests if p.member == command.member), None)
    if person is None:
        return Refusal("not_requested", "That member does not ask to speak.")
    return _seat(room, person, Role.SPEAKER, command.actor.member, now)


def _seat(room: Room, person: Person, role: Role, by: str, now: float) -> Decision:
    places = room.places
    most = places.cohosts if role is Role.COHOST else places.speakers
    if sum(seat.role is role for seat in room.seats.values()) >= most:
        return Refusal("stage_full", f"All {most} {role} places are taken.")
    seat = Seat(person, role, _csrc(person.member, room.seats.values()))
    return (e.SeatTaken(now, by, seat),)


def _decline(room: Room, command: c.DeclineRequest, now: float) -> Decision:
    if not _has_requested(room, command.member):
        return Refusal("not_requested", "That member does not ask to speak.")
    return (e.RequestDropped(now, command.actor.member, command.member),)


def _invite(room: Room, command: c.Invite, now: float) -> Decision:
    may_offer = MAY_INVITE_AS[standing(room, command.actor)]
    if command.role not in may_offer:
        return Refusal("not_permitted", f"You may not invite a {command.role}.")
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
        return Refusal("anonymous_listens", "Somebody anonymous may only listen. Sign in to speak.")
    return _seat(room, command.actor, invitation.role, command.actor.member, now)


def _drop_invitation(room: Room, command: c.DeclineInvitation, now: float) -> Decision:
    member = command.actor.member
    if member not in room.invitations:
        return Refusal("not_invited", "There is no open invitation for you.")
    return (e.InvitationDropped(now, member, member),)


def _demote(room: Room, command: c.Demote, now: float) -> Decision:
    if command.member not in room.seats:
        return Refusal("not_on_stage", "That member is not on stage.")
    return (e.SeatLeft(now, command.actor.member, command.member),)


def _mute(room: Room, command: c.Mute, now: float) -> Decision:
    seat = room.seats.get(command.member)
    if seat is None:
        return Refusal("not_on_stage", "That member is not on stage.")
    return () if seat.muted else (e.MuteChanged(now, command.actor.member, command.member, True),)


def _unmute(room: Room, command: c.Unmute, now: float) -> Decision:
    member = command.actor.member
    return (e.MuteChanged(now, member, member, False),) if room.seats[member].muted else ()


def _say(room: Room, command: c.SayLine, now: float) -> Decision:
    text = " ".join(command.text.split())
    if not 1 <= len(text) <= CAPTION_LIMIT:
        return Refusal("bad_caption", f"A line has 1 to {CAPTION_LIMIT} characters.")
    if room.seats[command.actor.member].muted:
        return Refusal("muted", "Your microphone is closed; open it before you speak.")
    return (e.LineSaid(now, command.actor.member, text, command.language),)


def _offer(room: Room, command: c.OfferHandoff, now: float) -> Decision:
    if room.handoff and room.handoff.phase in (HandoffPhase.OFFERED, HandoffPhase.MOVING):
        return Refusal("handoff_running", "A handoff of this room is under way already.")
    if command.to_room == room.room:
        return Refusal("handoff_to_itself", "A room's audience is handed to another room.")
    if command.to_show != room.show:
        return Refusal("handoff_other_show", "The other room belongs to another show.")
    if not command.to_live:
        return Refusal("handoff_target_not_live", "Open the other room first.")
    if not 0 <= command.seconds <= HANDOFF_COUNTDOWN_LIMIT:
        return Refusal("bad_countdown", f"0 to {HANDOFF_COUNTDOWN_LIMIT:.0f} seconds, please.")
    offered = e.HandoffOffered(
        now, command.actor.member, command.handoff, command.to_room, now + command.seconds
    )
    return (offered,)


def _phase_refusal(room: Room, handoff: str, phase: HandoffPhase) -> Refusal | None:
    if room.handoff is None or room.handoff.handoff != handoff or room.handoff.phase is not phase:
        return Refusal("no_such_handoff", f"No such handoff is {phase} in this room.")
    return None


def _begin(room: Room, command: c.BeginHandoff, now: float) -> Decision:
    refusal = _phase_refusal(room, command.handoff, HandoffPhase.OFFERED)
    if refusal:
        return refusal
    if not command.to_live:
        return (e.HandoffCanceled(now, SYSTEM.member, command.handoff),)
    return (e.HandoffBegun(now, command.handoff),)


def _cancel_handoff(room: Room, command: c.CancelHandoff, now: float) -> Decision:
    return _phase_refusal(room, command.handoff, HandoffPhase.OFFERED) or (
        e.HandoffCanceled(now, command.actor.member, command.handoff),
    )


def _close(room: Room, command: c.CloseHandoff, now: float) -> Decision:
    refusal = _phase_refusal(room, command.handoff, HandoffPhase.MOVING)
    if refusal:
        return refusal
    if not command.tally.balanced:
        return Refusal("ledger_unbalanced", "offered = moved + declined + lost does not hold.")
    return (e.HandoffClosed(now, command.handoff, command.tally),)


def _expire(room: Room, command: c.ExpireInvitation, now: float) -> Decision:
    invitation = room.invitations.get(command.member)
    if invitation is None or invitation.expires_at > now:
        return ()
    return (e.InvitationDropped(now, SYSTEM.member, command.member),)


_DECIDERS: Mapping[type, Callable[[Room, Any, float], Decision]] = MappingProxyType(
    {
        c.OpenRoom: _open,
        c.CancelRoom: _cancel,
        c.EndRoom: _end,
        c.Join: _join,
        c.Leave: _leave,
        c.RequestToSpeak: _request,
        c.WithdrawRequest: _withdraw,
        c.AcceptRequest: _accept,
        c.DeclineRequest: _decline,
        c.Invite: _invite,
        c.AcceptInvitation: _take_invitation,
        c.DeclineInvitation: _drop_invitation,
        c.Demote: _demote,
        c.Mute: _mute,
        c.Unmute: _unmute,
        c.SayLine: _say,
        c.OfferHandoff: _offer,
        c.BeginHandoff: _begin,
        c.CancelHandoff: _cancel_handoff,
        c.CloseHandoff: _close,
        c.ExpireInvitation: _expire,
    }
)
