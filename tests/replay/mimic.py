"""A server's presence in little: what a crowd's steps and a handoff do to it.

Tests of the crowd ask it instead of a server, at answers as late as they like.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from afterparty.wire.crowd import CrowdStep


@dataclass
class Mimic:
    """Who is in which room; one handoff, out of ``room`` to ``to_room``."""

    room: str = "first"
    to_room: str = "second"
    phase: str = ""
    where: dict[str, str] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)

    def step(self, step: CrowdStep) -> int:
        """Carry a step out; for how many it changed anything."""
        before = dict(self.where)
        for room, members in step.enter.items():
            self.where.update(dict.fromkeys(members, room))
        for who in step.leave:
            self.where.pop(who, None)
        decided = 0
        if self.phase == "offered":
            here = {who for who, room in self.where.items() if room == self.room}
            for who in here.intersection(step.follow):
                self.where[who] = self.to_room
            stay = here.intersection(step.stay) - self.declined
            self.declined |= stay
            decided = len(stay)
        members = {*before, *self.where}
        return decided + sum(before.get(who) != self.where.get(who) for who in members)

    def sweep(self, members: Iterable[str]) -> None:
        """Move those of ``members`` who are in the room and have not declined."""
        for who in members:
            if self.where.get(who) == self.room and who not in self.declined:
                self.where[who] = self.to_room

    def counts(self) -> Counter[str]:
        """How many are in each room."""
        return Counter(self.where.values())
