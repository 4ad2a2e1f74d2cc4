"""A handoff's ledger: per member one outcome, and the rules by which it changes.

**At every moment: offered ever = still offered + moved + declined + lost; when closed, nobody is
still offered.** The store keeps the same ledger in Redis by the same rules, beside presence, so
that an outcome and the move it tells of are one step; the tests hold the two against each other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from afterparty.core.model import Tally


class Outcome(StrEnum):
    """What became of one member's offer."""

    OFFERED = "offered"
    MOVED = "moved"
    DECLINED = "declined"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Ledger:
    """Outcomes by member. The functions below answer a new one, or the same."""

    outcomes: Mapping[str, Outcome] = field(default_factory=lambda: MappingProxyType({}))
    closed: bool = False

    @property
    def tally(self) -> Tally:
        """The figures. Balanced once the ledger is closed."""
        found = list(self.outcomes.values())
        return Tally(
            offered=len(found),
            moved=found.count(Outcome.MOVED),
            declined=found.count(Outcome.DECLINED),
            lost=found.count(Outcome.LOST),
        )

    def _set(self, members: Iterable[str], outcome: Outcome) -> "Ledger":
        changed = {**self.outcomes, **dict.fromkeys(members, outcome)}
        return replace(self, outcomes=MappingProxyType(changed))


def offer(ledger: Ledger, members: Iterable[str]) -> Ledger:
    """These are in the room while the offer stands. Who is new, or was lost, is offered anew."""
    if ledger.closed:
        return ledger
    fresh = [m for m in members if ledger.outcomes.get(m, Outcome.LOST) is Outcome.LOST]
    return ledger._set(fresh, Outcome.OFFERED) if fresh else ledger


def move(ledger: Ledger, member: str) -> Ledger:
    """The member is in the other room now, whatever they had said before."""
    return _settle(ledger, member, set(Outcome) - {Outcome.MOVED}, Outcome.MOVED)


def decline(ledger: Ledger, member: str) -> Ledger:
    """The member stays."""
    return _settle(ledger, member, {Outcome.OFFERED}, Outcome.DECLINED)


def reconsider(ledger: Ledger, member: str) -> Ledger:
    """The member had declined, and will come after all."""
    return _settle(ledger, member, {Outcome.DECLINED}, Outcome.OFFERED)


def lose(ledger: Ledger, member: str) -> Ledger:
    """The member's last connection is gone. Who had declined or moved is not lost by going."""
    return _settle(ledger, member, {Outcome.OFFERED}, Outcome.LOST)


def close(ledger: Ledger, leftover: Literal[Outcome.LOST, Outcome.DECLINED]) -> Ledger:
    """Whoever is still offered becomes ``leftover``: lost, or declined if it was called off."""
    if ledger.closed:
        return ledger
    waiting = [m for m, outcome in ledger.outcomes.items() if outcome is Outcome.OFFERED]
    return replace(ledger._set(waiting, leftover), closed=True)


def _settle(ledger: Ledger, member: str, before: set[Outcome], after: Outcome) -> Ledger:
    if ledger.closed or ledger.outcomes.get(member) not in before:
        return ledger
    return ledger._set((member,), after)
