"""A room as the core has it, folded from its log: what it would decide, the server must do."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from typing import Any

from tests.core.test_permissions import MESSAGES
from tests.e2e.cast import Cast

from afterparty.core import commands as c
from afterparty.core.decision import decide
from afterparty.core.events import Event, RecordBroken
from afterparty.core.evolution import evolve
from afterparty.core.model import Person, Role, Room, Speak
from afterparty.core.permissions import Refusal
from afterparty.wire.events import decode_event, event_body

Send = Callable[[str, dict[str, Any]], Awaitable[str]]
"""Sends a message of a type with fields; the code it is refused with, or nothing."""

OF_THE_SERVER = frozenset({"at", "moves_at", "expires_at", "until", "handoff", "pin", "person"})
"""Keys of events whose values the server finds: times by its clock, names by lot."""

ASKED = "What comes next?"
"""What a question is that stands open."""

ASKED_ELSEWHERE: dict[type, dict[str, Any]] = {
    c.OfferHandoff: {"handoff": "h", "to_live": True},
    c.PinPost: {"pin": "p", "text": ""},
    c.PickQuestion: {"person": Person("somebody"), "text": ASKED, "votes": 0},
}
"""What commands have beside their message's fields."""

KINDS: dict[str, Callable[[Any], Any]] = {"speak": Speak, "role": Role, "topics": tuple}
"""What some fields are to the core."""


def person(cast: Cast, who: str) -> Person:
    """Somebody of the cast, as the core knows them."""
    member = cast.members[who]
    if who == "anonymous":
        return Person(member, anonymous=True)
    return Person(member, handle=member)


def command_of(cast: Cast, who: str, kind: str, given: dict[str, Any]) -> c.Command:
    """The core's command for a message of the wire: its own fields, by their names."""
    command, actor = MESSAGES[kind], person(cast, who)
    more = {"actor": actor, **ASKED_ELSEWHERE.get(command, {})}
    if command in (c.Mute, c.LowerHand):
        more["member"] = actor.member
    if command is c.OfferHandoff:
        more["to_show"] = cast.show
    known = {field.name for field in fields(command)}
    taken = {key: KINDS.get(key, lambda v: v)(value) for key, value in given.items()}
    assert set(taken) <= known, kind
    return command(**more | taken)  # type: ignore[no-any-return]  # a table of types


@dataclass
class Mirror:
    """A room that is asked for something, and its own copy of it."""

    cast: Cast
    name: str
    room: Room | None = None
    question: str = "q-none"
    """What is asked of its stage."""

    async def catch_up(self) -> list[Event]:
        """Fold what the log has more than the copy."""
        after = self.room.version if self.room else 0
        path = f"/v1/rooms/{self.name}/events?limit=1000&after={after}"
        happened = []
        for body in (await self.cast.done("none", "GET", path))["events"]:
            assert body.pop("number") == after + len(happened) + 1
            happened.append(decode_event(json.dumps(body)))
            self.room = evolve(self.room, happened[-1])
        return happened

    def decides(self, who: str, kind: str, given: dict[str, Any]) -> tuple[Event, ...] | Refusal:
        """What the core makes of a message now."""
        return decide(self.room, command_of(self.cast, who, kind, given), time.time())

    async def hold(self, who: str, kind: str, given: dict[str, Any], send: Send) -> str:
        """Send a message, and hold what comes of it against what the core decides; the code."""
        decision = self.decides(who, kind, given)
        code = await send(kind, given)
        told = (self.name, who, kind, given)
        if isinstance(decision, Refusal):
            assert code == decision.code, told
        else:
            assert code == "", (told, code)
            # Records fall in a moment of their own, when the server has looked at the counts.
            happened = [
                event for event in await self.catch_up() if not isinstance(event, RecordBroken)
            ]
            assert list(map(_said, happened)) == list(map(_said, decision)), told
        return code


def _said(event: Event) -> dict[str, Any]:
    return {key: value for key, value in event_body(event).items() if key not in OF_THE_SERVER}
