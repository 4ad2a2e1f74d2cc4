"""replay.author.transcript: every type of event is an act, is named, or happens of itself."""

import pytest
from tests.replay.watched import BEGAN, log, person, watched

from afterparty.core import commands as c
from afterparty.core.model import SYSTEM, Role, Speak
from afterparty.replay.author.transcript import TELLERS, UNTOLD_TYPES, transcript
from afterparty.wire.events import EVENT_TYPES

ANNA, BEN, FAN = (person(name) for name in ("anna", "ben", "fan"))


def test_every_type_of_event_is_known() -> None:
    assert set(EVENT_TYPES) == set(TELLERS) | UNTOLD_TYPES


@pytest.mark.parametrize(
    ("before", "commands", "told"),
    [
        ((), (c.Unmute(ANNA), c.Mute(ANNA, "anna")), ["unmute", "mute"]),
        ((c.Unmute(BEN),), (c.Mute(ANNA, "ben"),), ["mute ben"]),
        ((), (c.RequestToSpeak(FAN), c.AcceptRequest(ANNA, "fan")), ["request", "accept fan"]),
        ((), (c.RequestToSpeak(FAN), c.WithdrawRequest(FAN)), ["request", "withdraw"]),
        ((), (c.RequestToSpeak(FAN), c.DeclineRequest(ANNA, "fan")), ["request", "decline fan"]),
        ((), (c.ChangeSpeak(ANNA, Speak.EVERYONE), c.RequestToSpeak(FAN)),
         ["who_may_speak", "request"]),
        ((), (c.Invite(ANNA, "fan"), c.AcceptInvitation(FAN)),
         ["invite fan", "accept_invitation"]),
        ((), (c.Invite(ANNA, "fan"), c.DeclineInvitation(FAN)),
         ["invite fan", "decline_invitation"]),
        ((), (c.Demote(ANNA, "ben"),), ["demote ben"]),
        ((), (c.Remove(ANNA, "ben"),), ["remove ben"]),
        ((), (c.Block(ANNA, "fan"), c.Unblock(ANNA, "fan")), ["block fan"]),
        ((), (c.SetLock(ANNA, True), c.SetLock(ANNA, False)), ["lock", "unlock"]),
        ((), (c.Leave(ANNA, "ben"),), ["leave"]),
        ((), (c.Vanish(ANNA, 300.0), c.TakeOver(BEN)), ["drop", "take_over"]),
        ((), (c.Vanish(ANNA, 300.0), c.Return(ANNA)), ["drop", "join"]),
        ((), (c.ConsentToCaptions(BEN, True), c.ConsentToCaptions(BEN, False),
              c.ConsentToCaptions(BEN, True)), ["consent", "consent"]),
        ((), (c.RaiseHand(FAN), c.LowerHand(ANNA, "fan")), ["raise_hand", "lower_hand fan"]),
        ((), (c.OfferHandoff(ANNA, "h", "next", "show", True), c.CancelHandoff(ANNA, "h")),
         ["offer_handoff", "cancel_handoff"]),
        ((c.OfferHandoff(ANNA, "h", "next", "show", True),), (c.BeginHandoff(SYSTEM, "h", True),),
         ["begun"]),
        ((), (c.EndRoom(ANNA),), ["end"]),
    ],
)  # fmt: skip
def test_what_is_done_is_an_act(
    before: tuple[c.Command, ...], commands: tuple[c.Command, ...], told: list[str]
) -> None:
    room = log(ANNA, "talk", rules="current", stage=((BEN, Role.COHOST),))
    for at, command in enumerate((c.OpenRoom(ANNA), *before, *commands)):
        room.do(command, BEGAN + at)
    acts = transcript(watched([room]).logs).acts[1 + len(before) :]
    assert [f"{act.do} {act.fields.get('member', '')}".strip() for act in acts] == told


def test_what_a_scenario_cannot_say_is_counted() -> None:
    room = log(ANNA, "talk")
    for command in (c.OpenRoom(ANNA), c.Block(ANNA, "fan"), c.Unblock(ANNA, "fan")):
        room.do(command, BEGAN)
    untold = transcript(watched([room]).logs).untold
    assert list(untold) == ["members who were let in again after they had been blocked"]
