"""``decide``: what a command leads to in a room, as events or as a refusal.

**A room is the fold of its events**: deciding changes nothing, and what was decided happens by
``evolve`` alone. Presence, sockets and sound are none of its business.
"""

from collections.abc import Mapping
from types import MappingProxyType

from afterparty.core import commands as c
from afterparty.core.deciders import about, handing, honours, life, order, stage, talk
from afterparty.core.deciders.decided import Decider, Decision
from afterparty.core.model import Room
from afterparty.core.permissions import Aimed, Refusal, check, check_target


def decide(room: Room | None, command: c.Command, now: float) -> Decision:
    """What a command leads to: the events to append (none, if all is so already), or a refusal.

    ``room`` is ``None`` before it exists; ``now`` is seconds since the Unix epoch. The refusals'
    codes are listed in docs/protocol.md.
    """
    if isinstance(command, c.CreateRoom):
        if room is not None:
            return Refusal("room_exists", "A room of that name exists already.")
        return about.create(command, now)
    if room is None:
        return Refusal("no_such_room", "There is no such room.")
    refusal = check(room, command)
    if refusal is None and isinstance(command, Aimed):
        refusal = check_target(room, command)
    return refusal or _DECIDERS[type(command)](room, command, now)


_DECIDERS: Mapping[type, Decider] = MappingProxyType(
    {
        c.EditRoom: about.edit,
        **dict(life.DECIDERS),
        **dict(stage.DECIDERS),
        **dict(order.DECIDERS),
        **dict(talk.DECIDERS),
        **dict(handing.DECIDERS),
        **dict(honours.DECIDERS),
    }
)
