"""What deciders answer with, and what several of them share."""

import zlib
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from afterparty.core import events as e
from afterparty.core.model import Person, Role, Room, Seat
from afterparty.core.permissions import Refusal

Decision: TypeAlias = tuple[e.Event, ...] | Refusal
Decider: TypeAlias = Callable[[Room, Any, float], Decision]

ANONYMOUS = Refusal("anonymous_listens", "Somebody anonymous may only listen. Sign in for more.")


def csrc_for(member: str, taken: Iterable[Seat]) -> int:
    """A number for a member's voice (RFC 3550 section 5.1) that no seat has."""
    used = {seat.csrc for seat in taken}
    csrc = zlib.crc32(member.encode()) or 1
    while csrc in used:
        csrc = csrc % 0xFFFFFFFF + 1
    return csrc


def has_requested(room: Room, member: str) -> bool:
    """Whether a member waits for a place on the stage."""
    return any(person.member == member for person in room.requests)


def has_hand_up(room: Room, member: str) -> bool:
    """Whether a member's hand is raised."""
    return any(person.member == member for person in room.hands)


def is_free(room: Room, role: Role) -> bool:
    """Whether the stage has a place for one more of that role."""
    most = room.limits.cohosts if role is Role.COHOST else room.limits.speakers
    return sum(seat.role is role for seat in room.seats.values()) < most


def seat(room: Room, person: Person, role: Role, by: str, now: float) -> Decision:
    """Somebody comes onto the stage, muted; refused if no place is free."""
    if not is_free(room, role):
        most = room.limits.cohosts if role is Role.COHOST else room.limits.speakers
        return Refusal("stage_full", f"All {most} {role} places are taken.")
    taken = Seat(person, role, csrc_for(person.member, room.seats.values()))
    return (e.SeatTaken(now, by, taken),)


def given_up(room: Room, member: str, by: str, now: float) -> tuple[e.Event, ...]:
    """Whatever a member holds in the room is gone: seat, request, invitation, raised hand."""
    happened: list[e.Event] = []
    if member in room.seats:
        happened.append(e.SeatLeft(now, by, member))
    if has_requested(room, member):
        happened.append(e.RequestDropped(now, by, member))
    if member in room.invitations:
        happened.append(e.InvitationDropped(now, by, member))
    if has_hand_up(room, member):
        happened.append(e.HandLowered(now, by, member))
    return tuple(happened)
