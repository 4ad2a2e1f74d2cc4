"""The handoff of a room's audience to another room of its show."""

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.deciders.decided import Decider, Decision
from afterparty.core.model import SYSTEM, HandoffPhase, Room, RoomState
from afterparty.core.permissions import Refusal
from afterparty.core.rules import HANDOFF_COUNTDOWN_LIMIT


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
        now,
        command.actor.member,
        command.handoff,
        command.to_room,
        now + command.seconds,
        command.then_end,
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
    closed = e.HandoffClosed(now, command.handoff, command.tally)
    if room.state is RoomState.LIVE and room.handoff and room.handoff.then_end:
        return (closed, e.RoomEnded(now, command.actor.member))
    return (closed,)


DECIDERS: tuple[tuple[type, Decider], ...] = (
    (c.OfferHandoff, _offer),
    (c.BeginHandoff, _begin),
    (c.CancelHandoff, _cancel_handoff),
    (c.CloseHandoff, _close),
)
