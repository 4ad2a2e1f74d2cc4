"""The table of permissions, written down a second time and held against what ``decide`` does."""

from dataclasses import replace
from typing import get_args

import pytest
from tests.core.given import (
    ANONYMOUS,
    COHOST,
    COHOST_2,
    HOST,
    LISTENER,
    NOW,
    SPEAKER,
    SPEAKER_2,
    STAGE,
    after,
    in_state,
    person,
    scheduled,
)
from tests.protocol_page import rows

from afterparty.core import commands as c
from afterparty.core.decision import decide
from afterparty.core.model import (
    OVER,
    SYSTEM,
    Away,
    HandoffPhase,
    Holder,
    Invitation,
    Person,
    Pin,
    Question,
    Role,
    Room,
    RoomKind,
    RoomState,
    Speak,
    Tally,
)
from afterparty.core.permissions import (
    MAY_ACT_ON,
    MAY_INVITE_AS,
    TABLE,
    Refusal,
    Standing,
    check,
    standing,
)
from afterparty.core.rules import RULES

ACTORS = (HOST, COHOST, SPEAKER, LISTENER, ANONYMOUS, SYSTEM)
ASKING, FRESH = person("ask"), person("fresh")

# One letter for each of host, cohost, speaker, listener, anonymous, system.
#   + carried out    - not_permitted    x anonymous_listens
#   n room_not_live  a room_already_live  o room_over
MATRIX = """
                    scheduled live   over
EditRoom            +-----    +----- oooooo
OpenRoom            +-----    aaaaaa oooooo
CancelRoom          +-----    aaaaaa oooooo
EndRoom             nnnnnn    +----- oooooo
Join                +++++-    +++++- oooooo
Leave               +++++-    +++++- oooooo
Vanish              +++++-    +++++- oooooo
Return              nnnnnn    +----- oooooo
TakeOver            nnnnnn    -+---- oooooo
TimeOut             nnnnnn    -----+ oooooo
TellSoon            -----+    aaaaaa oooooo
RequestToSpeak      nnnnnn    ---+x- oooooo
WithdrawRequest     nnnnnn    ---++- oooooo
AcceptRequest       nnnnnn    ++---- oooooo
DeclineRequest      nnnnnn    ++---- oooooo
Invite              ++----    ++---- oooooo
AcceptInvitation    ---+x-    ---+x- oooooo
DeclineInvitation   ---++-    ---++- oooooo
Demote              ++----    ++---- oooooo
Mute                +++---    +++--- oooooo
MuteAll             ++----    ++---- oooooo
Unmute              +++---    +++--- oooooo
ChangeSpeak         ++----    ++---- oooooo
SetLock             ++----    ++---- oooooo
Remove              ++----    ++---- oooooo
Block               ++----    ++---- oooooo
Unblock             ++----    ++---- oooooo
Report              ++++x-    ++++x- ++++x-
ConsentToCaptions   +++---    +++--- oooooo
PinPost             +++---    +++--- oooooo
UnpinPost           +++---    +++--- oooooo
React               +++++-    +++++- oooooo
RaiseHand           nnnnnn    ++++x- oooooo
LowerHand           nnnnnn    +++++- oooooo
AskQuestion         ++++x-    ++++x- oooooo
VoteQuestion        ++++x-    ++++x- oooooo
HideQuestion        +++++-    +++++- oooooo
PickQuestion        nnnnnn    +++--- oooooo
AnswerQuestion      nnnnnn    +++--- oooooo
SayLine             nnnnnn    +++--- oooooo
OfferHandoff        nnnnnn    +----- oooooo
CancelHandoff       nnnnnn    +----- oooooo
BeginHandoff        nnnnnn    -----+ oooooo
CloseHandoff        -----+    -----+ -----+
ExpireInvitation    -----+    -----+ oooooo
BreakRecord         nnnnnn    -----+ oooooo
MakeFirst           nnnnnn    -----+ oooooo
"""
CODES = {
    "-": "not_permitted",
    "x": "anonymous_listens",
    "n": "room_not_live",
    "a": "room_already_live",
    "o": "room_over",
}
EXPECTED = {
    name: dict(zip(("scheduled", "live", "over"), cells, strict=True))
    for name, *cells in (line.split() for line in MATRIX.strip().splitlines()[1:])
}
COMMANDS = {command.__name__: command for command in get_args(c.Command)}


def aim(name: str, actor: Person) -> c.Command:
    """A command that would be carried out, did only the actor and the room's state permit it."""
    more: dict[str, object] = {
        "AcceptRequest": {"member": ASKING.member},
        "DeclineRequest": {"member": ASKING.member},
        "Invite": {"member": FRESH.member},
        "Demote": {"member": SPEAKER_2.member},
        "Mute": {"member": actor.member},
        "SayLine": {"text": "Hello."},
        "OfferHandoff": {"handoff": "h2", "to_room": "next", "to_show": "show", "to_live": True},
        "BeginHandoff": {"handoff": "h1", "to_live": True},
        "CancelHandoff": {"handoff": "h1"},
        "CloseHandoff": {"handoff": "h1", "tally": Tally(0, 0, 0, 0)},
        "ExpireInvitation": {"member": LISTENER.member},
        "EditRoom": {"title": "Another title"},
        "ChangeSpeak": {"speak": Speak.EVERYONE},
        "SetLock": {"locked": True},
        "Remove": {"member": SPEAKER_2.member},
        "Block": {"member": SPEAKER_2.member},
        "Unblock": {"member": FRESH.member},
        "Report": {"member": FRESH.member, "reason": "Shouting."},
        "ConsentToCaptions": {"captions": name == "ConsentToCaptions"},
        "PinPost": {"pin": "p2", "text": "Read this."},
        "UnpinPost": {"pin": "p1"},
        "React": {"reaction": "💯"},
        "LowerHand": {"member": actor.member},
        "AskQuestion": {"text": "When is the next one?"},
        "HideQuestion": {"asker": actor.member},
        "PickQuestion": {"question": "q2", "person": FRESH, "text": "Why?", "votes": 3},
        "AnswerQuestion": {"question": "q1"},
        "BreakRecord": {"record": "overall", "title": "Most", "before": Holder("Old", 9, NOW)},
        "MakeFirst": {"first": "host", "title": "First", "member": "hana", "name": "Hana"},
    }.get(name, {})
    return COMMANDS[name](actor=actor, **more)


QUESTIONS = {"AskQuestion", "VoteQuestion", "HideQuestion", "PickQuestion", "AnswerQuestion"}
AWAY = {"Return", "TakeOver", "TimeOut"}
PEOPLE = (HOST, COHOST, SPEAKER, LISTENER, ANONYMOUS)


def ready(name: str, state: RoomState, rules: str = "current") -> Room:
    """A room where nothing but the table is in the way of the command."""
    kind = RoomKind.BLUEROOM if name in QUESTIONS else RoomKind.SPACE
    stage = STAGE if RULES[rules].cohosts else STAGE[2:]
    room = scheduled(stage, kind=kind, rules=rules)
    consent = name != "ConsentToCaptions"
    room = replace(
        room,
        seats={
            m: replace(seat, muted=name == "Unmute", captions=consent)
            for m, seat in room.seats.items()
        },
        scheduled_for=NOW + 60,
        blocked=frozenset({FRESH.member}) if name == "Unblock" else frozenset(),
        pins=(Pin("p1", SPEAKER.member, "Mine.", "", NOW),),
        picked=Question("q1", FRESH, "How?", 2, NOW),
        requests=(ASKING,),
        invitations={
            p.member: Invitation(p.member, Role.SPEAKER, NOW + 60) for p in (LISTENER, ANONYMOUS)
        },
    )
    waiting = room.requests, room.invitations
    room = in_state(room, RoomState.LIVE)
    if name in ("CancelHandoff", "BeginHandoff", "CloseHandoff"):
        room = after(room, c.OfferHandoff(HOST, "h1", "next", "show", True))
    if name == "CloseHandoff":
        room = after(room, c.BeginHandoff(SYSTEM, "h1", True))
    return replace(
        room,
        state=state,
        requests=waiting[0],
        invitations=waiting[1],
        hands=PEOPLE if name == "LowerHand" else (),
        away=Away(NOW - 300, NOW) if name in AWAY else None,
    )


def column(state: RoomState) -> str:
    return "over" if state in OVER else state.value


def test_every_command_has_its_row_in_all_three_tables() -> None:
    decided_by_a_row = set(COMMANDS) - {"CreateRoom"}
    assert {command.__name__ for command in TABLE} == decided_by_a_row
    assert set(EXPECTED) == decided_by_a_row


@pytest.mark.parametrize("state", RoomState)
@pytest.mark.parametrize("name", EXPECTED)
def test_decide_refuses_exactly_where_the_matrix_says(name: str, state: RoomState) -> None:
    room = ready(name, state)
    before = repr(room)
    for actor, mark in zip(ACTORS, EXPECTED[name][column(state)], strict=True):
        decision = decide(room, aim(name, actor), NOW)
        if mark == "+":
            assert isinstance(decision, tuple), (actor.member, decision)
        else:
            assert isinstance(decision, Refusal), (actor.member, decision)
            assert decision.code == CODES[mark], actor.member
    assert repr(room) == before


@pytest.mark.parametrize("state", RoomState)
@pytest.mark.parametrize("name", EXPECTED)
def test_by_the_rules_of_2021_the_matrix_is_the_same_without_its_cohosts(
    name: str, state: RoomState
) -> None:
    room = ready(name, state, "2021h1")
    marks = dict(zip(ACTORS, EXPECTED[name][column(state)], strict=True))
    marks[COHOST] = marks[LISTENER]  # holds no seat here
    for actor, mark in marks.items():
        decision = decide(room, aim(name, actor), NOW)
        if mark == "+" and name == "RaiseHand":
            assert isinstance(decision, Refusal)
            assert decision.code == "not_in_these_rules"
        elif mark == "+" and (name, actor) not in {
            ("AcceptInvitation", COHOST),
            ("DeclineInvitation", COHOST),
        }:
            assert isinstance(decision, tuple), (actor.member, decision)
        elif mark == "+":
            assert isinstance(decision, Refusal)
            assert decision.code == "not_invited"
        else:
            assert isinstance(decision, Refusal), (actor.member, decision)
            assert decision.code == CODES[mark], actor.member


@pytest.mark.parametrize("name", EXPECTED)
def test_what_the_matrix_permits_has_an_effect(name: str) -> None:
    # Some are decided and leave no event; a row of plus signs elsewhere would lie.
    silent = ("Join", "React", "Report", "AskQuestion", "VoteQuestion", "HideQuestion")
    idle = {(name, p.member) for name in silent for p in ACTORS}
    idle |= {("WithdrawRequest", p.member) for p in ACTORS}  # these two have not asked
    for state in (RoomState.SCHEDULED, RoomState.LIVE):
        room = ready(name, state)
        if name == "ExpireInvitation":
            room = replace(room, invitations={"lee": Invitation("lee", Role.SPEAKER, NOW)})
        for actor, mark in zip(ACTORS, EXPECTED[name][column(state)], strict=True):
            waits = state is RoomState.SCHEDULED and actor == HOST and name in ("Leave", "Vanish")
            if mark == "+" and not waits and (name, actor.member) not in idle:
                assert decide(room, aim(name, actor), NOW) != (), actor.member


@pytest.mark.parametrize("name", EXPECTED)
def test_the_table_says_the_same_as_the_matrix(name: str) -> None:
    row = TABLE[COMMANDS[name]]
    for state in RoomState:
        marks = EXPECTED[name][column(state)]
        assert (state in row.states) is not any(mark in "nao" for mark in marks)
    standings = (Standing.HOST, Standing.COHOST, Standing.SPEAKER, Standing.LISTENER)
    some = next(m for m in EXPECTED[name].values() if not set(m) & set("nao"))
    permitted = {s for s, mark in zip(standings, some, strict=False) if mark == "+"}
    assert row.standings == permitted | ({Standing.SYSTEM} if some[5] == "+" else set())


# Targets: host, another cohost, another speaker, a listener who asked to speak.
#   + carried out   - not_permitted   r not_requested   s already_on_stage   n not_on_stage
TARGETS = """
                host cohost speaker listener
AcceptRequest   -rr+ --r+   ----    ----
DeclineRequest  -rr+ --r+   ----    ----
Invite          -ss+ --s+   ----    ----
Demote          -++n --+n   ----    ----
Mute            +++n --+n   ----    ----
Remove          -+++ --++   ----    ----
Block           -+++ --++   ----    ----
Unblock         -+++ --++   ----    ----
LowerHand       ++++ --++   ----    ----
"""
TARGETED = frozenset(p.member for p in (COHOST_2, SPEAKER_2, ASKING))
TARGET_CODES = {
    "-": "not_permitted",
    "r": "not_requested",
    "s": "already_on_stage",
    "n": "not_on_stage",
}


@pytest.mark.parametrize("line", TARGETS.strip().splitlines()[1:])
def test_decide_reaches_only_whom_the_actor_may_touch(line: str) -> None:
    name, *cells = line.split()
    room = after(in_state(scheduled(), RoomState.LIVE), c.RequestToSpeak(ASKING))
    room = replace(
        room,
        seats={m: replace(s, muted=False) for m, s in room.seats.items()},
        hands=(HOST, COHOST_2, SPEAKER_2, ASKING),
        blocked=TARGETED if name == "Unblock" else frozenset(),
    )
    for actor, marks in zip((HOST, COHOST, SPEAKER, LISTENER), cells, strict=True):
        for target, mark in zip((HOST, COHOST_2, SPEAKER_2, ASKING), marks, strict=True):
            decision = decide(room, COMMANDS[name](actor=actor, member=target.member), NOW)
            told = (actor.member, target.member, decision)
            if mark == "+":
                assert isinstance(decision, tuple), told
                assert decision, told
            else:
                assert isinstance(decision, Refusal), told
                assert decision.code == TARGET_CODES[mark], told


def test_aimed_commands_are_all_in_the_targets_matrix() -> None:
    aimed = {n for n, command in COMMANDS.items() if "member" in command.__dataclass_fields__}
    assert aimed - {"ExpireInvitation", "MakeFirst", "Report"} == {
        line.split()[0] for line in TARGETS.split("\n")[2:-1]
    }


def test_only_a_host_makes_cohosts() -> None:
    assert set(MAY_INVITE_AS) == {Standing.HOST, Standing.COHOST}
    assert MAY_INVITE_AS[Standing.HOST] == {Role.COHOST, Role.SPEAKER}
    assert MAY_INVITE_AS[Standing.COHOST] == {Role.SPEAKER}
    room = in_state(scheduled(), RoomState.LIVE)
    for role in Role:
        for actor in (HOST, COHOST):
            decision = decide(room, c.Invite(actor, FRESH.member, role), NOW)
            may = role in MAY_INVITE_AS[standing(room, actor)]
            assert isinstance(decision, tuple) is may, (actor, role, decision)


def test_reach_is_written_down_for_every_standing() -> None:
    assert set(MAY_ACT_ON) == set(Standing)
    assert Role.HOST not in MAY_ACT_ON[Standing.HOST] | MAY_ACT_ON[Standing.COHOST]
    assert Role.COHOST not in MAY_ACT_ON[Standing.COHOST]


def test_nobody_poses_as_the_system() -> None:
    room = in_state(scheduled(), RoomState.LIVE)
    poser = Person(member=SYSTEM.member, handle="poser")
    assert standing(room, SYSTEM) is Standing.SYSTEM
    assert standing(room, poser) is Standing.LISTENER
    assert isinstance(check(room, c.BeginHandoff(poser, "h1", True)), Refusal)


def test_a_handoff_goes_on_only_from_the_phase_it_is_in() -> None:
    room = ready("CloseHandoff", RoomState.LIVE)
    assert room.handoff is not None
    for phase in HandoffPhase:
        tried = replace(room, handoff=replace(room.handoff, phase=phase))
        for name in ("BeginHandoff", "CancelHandoff", "CloseHandoff"):
            actor = HOST if name == "CancelHandoff" else SYSTEM
            decision = decide(tried, aim(name, actor), NOW)
            wanted = HandoffPhase.MOVING if name == "CloseHandoff" else HandoffPhase.OFFERED
            fits = phase is wanted
            assert isinstance(decision, tuple) is fits, (phase, name, decision)


# How docs/protocol.md says who, and the core's command for each message.
WHO = {
    "host": "H",
    "all": "HCPG",
    "listener": "G",
    "listener, not anonymous": "G",
    "host, co-host": "HC",
    "host (anyone on stage), co-host (speakers)": "HC",
    "host (anyone), co-host (speakers), oneself": "HCP",
    "whoever has a seat, for themselves only": "HCP",
    "whoever has a seat and an open microphone, and has agreed to captions": "HCP",
    "whoever has a seat": "HCP",
    "whoever has a seat; a speaker what they pinned": "HCP",
    "host (anyone), co-host (speakers, listeners)": "HC",
    "co-host": "C",
    "all, not anonymous": "HCPG",
    "all; another's: host, co-host": "HCPG",
}
MESSAGES = {
    "open": c.OpenRoom,
    "cancel": c.CancelRoom,
    "end": c.EndRoom,
    "leave": c.Leave,
    "request": c.RequestToSpeak,
    "withdraw": c.WithdrawRequest,
    "accept": c.AcceptRequest,
    "decline": c.DeclineRequest,
    "invite": c.Invite,
    "accept_invitation": c.AcceptInvitation,
    "decline_invitation": c.DeclineInvitation,
    "demote": c.Demote,
    "mute": c.Mute,
    "unmute": c.Unmute,
    "edit": c.EditRoom,
    "who_may_speak": c.ChangeSpeak,
    "lock": c.SetLock,
    "remove": c.Remove,
    "block": c.Block,
    "unblock": c.Unblock,
    "mute_all": c.MuteAll,
    "take_over": c.TakeOver,
    "consent": c.ConsentToCaptions,
    "pin": c.PinPost,
    "unpin": c.UnpinPost,
    "raise_hand": c.RaiseHand,
    "lower_hand": c.LowerHand,
    "say": c.SayLine,
    "pick": c.PickQuestion,
    "answered": c.AnswerQuestion,
    "offer_handoff": c.OfferHandoff,
    "cancel_handoff": c.CancelHandoff,
}
LETTERS = dict(zip("HCPG", Standing, strict=False))


def test_the_protocol_page_says_the_same_as_the_table() -> None:
    seen = set()
    for kind, _fields, who, states in rows("Room commands"):
        command = MESSAGES[kind.strip("`")]
        seen.add(kind.strip("`"))
        assert TABLE[command].standings == {LETTERS[letter] for letter in WHO[who]}, kind
        named = {RoomState(s) for s in states.split(", while")[0].split(", ")}
        assert TABLE[command].states == named, kind
    assert seen == set(MESSAGES)
