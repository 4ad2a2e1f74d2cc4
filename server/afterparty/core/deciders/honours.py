"""What a room is honoured for while it is live: each record once, each first once."""

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.deciders.decided import Decider, Decision
from afterparty.core.model import HonourKind, Room
from afterparty.core.permissions import Refusal

_ALREADY = Refusal("already_honoured", "The room has that record, or that first, already.")


def _break_record(room: Room, command: c.BreakRecord, now: float) -> Decision:
    if room.has_honour(HonourKind.RECORD, command.record):
        return _ALREADY
    fell_at = max(command.before.listeners + 1, command.least)
    return (e.RecordBroken(now, command.record, command.title, fell_at, command.before),)


def _make_first(room: Room, command: c.MakeFirst, now: float) -> Decision:
    if room.has_honour(HonourKind.FIRST, command.first):
        return _ALREADY
    return (e.FirstMade(now, command.first, command.title, command.member, command.name),)


DECIDERS: tuple[tuple[type, Decider], ...] = (
    (c.BreakRecord, _break_record),
    (c.MakeFirst, _make_first),
)
