"""The browser folds a room as the server does: after every type of event, the same room."""

import json
import subprocess
from pathlib import Path

import playwright

from afterparty.core import events as e
from afterparty.core.evolution import evolve
from afterparty.core.model import (
    Holder,
    Person,
    Role,
    Room,
    RoomKind,
    Seat,
    Speak,
    Tally,
    Waiting,
)
from afterparty.wire.events import EVENT_TYPES, event_body
from afterparty.wire.views import room_view

ROOT = Path(__file__).parent.parent.parent
NODE = Path(playwright.__file__).parent / "driver" / "node"

FOLD = """
import { applyEvent } from '%s/client_demo/js/pure/evolution.js';
let text = '';
for await (const piece of process.stdin) text += piece;
let room = null;
const rooms = JSON.parse(text).map((event) => (room = applyEvent(room, event)));
console.log(JSON.stringify(rooms.map((one) => ({ simulated: false, ...one }))));
"""

ANN, BEA, CAT = Person("ann", "ann", "Ann"), Person("bea", "bea"), Person("cat", "cat", "Cat")
ZOE = Person("anon-zoe", anonymous=True)


def _handed(at: float, handoff: str) -> list[e.Event]:
    return [e.HandoffOffered(at, "bea", handoff, "blue", at + 9, then_end=True)]


EVENING: list[e.Event] = [
    e.RoomCreated(
        at=1.0,
        by="ann",
        room="after",
        show="evening",
        kind=RoomKind.BLUEROOM,
        title="After party",
        rules="current",
        language="ko",
        scheduled_for=900.0,
        seats=(Seat(ANN, Role.HOST, 7), Seat(BEA, Role.COHOST, 8)),
        description="What it is about.",
        topics=("music",),
        speak=Speak.FOLLOWED,
        series="talks",
    ),
    e.RoomEdited(
        at=2.0,
        by="ann",
        title="Later party",
        description="",
        topics=("music", "debut"),
        hashtag="#Ask_ANN",
        language="en",
        scheduled_for=901.0,
        recording=True,
        waiting=Waiting.TUNE,
    ),
    e.StartsSoon(3.0),
    e.RoomOpened(4.0, "ann"),
    e.SpeakChanged(5.0, "ann", Speak.EVERYONE),
    e.LockChanged(6.0, "ann", True),
    e.SpeakRequested(7.0, CAT),
    e.SpeakRequested(8.0, Person("dan")),
    e.RequestDropped(9.0, "ann", "dan"),
    e.MemberInvited(10.0, "ann", "dan", Role.SPEAKER, 130.0),
    e.MemberInvited(11.0, "ann", "eva", Role.COHOST, 131.0),
    e.InvitationDropped(12.0, ":system", "dan"),
    e.SeatTaken(13.0, "ann", Seat(CAT, Role.SPEAKER, 9)),
    e.MuteChanged(14.0, "cat", "cat", False),
    e.CaptionsConsent(15.0, "cat", True),
    e.LineSaid(16.0, "cat", "안녕하세요", "ko"),
    e.PostPinned(17.0, "cat", "p-1", "Hi", "https://example.org/"),
    e.PostPinned(18.0, "ann", "p-2", "Ho", ""),
    e.PostUnpinned(19.0, "ann", "p-1"),
    e.HandRaised(20.0, CAT),
    e.HandRaised(21.0, Person("dan", "dan", "Dan")),
    e.HandLowered(22.0, "ann", "cat"),
    e.QuestionPicked(23.0, "ann", "q-1", Person("dan", "dan", "Dan"), "Why?", 3),
    e.QuestionAnswered(24.0, "ann", "q-1"),
    e.QuestionPicked(25.0, "ann", "q-2", CAT, "When?", 0),
    e.MemberRemoved(26.0, "ann", "dan"),
    e.MemberBlocked(27.0, "ann", "dan"),
    e.MemberUnblocked(28.0, "ann", "dan"),
    e.HostAway(29.0, 329.0),
    e.HostBack(30.0, "ann"),
    e.HostAway(31.0, 331.0),
    e.HostChanged(32.0, "bea", "bea"),
    e.SeatLeft(33.0, "ann", "ann"),
    *_handed(34.0, "h-1"),
    e.HandoffCanceled(35.0, "bea", "h-1"),
    *_handed(36.0, "h-2"),
    e.HandoffBegun(45.0, "h-2"),
    e.HandoffClosed(46.0, "h-2", Tally(3, 1, 1, 1)),
    e.HostAway(47.0, 347.0),
    e.RecordBroken(48.0, "overall", "Most listened-to", 24_001, Holder("Old", 24_000, 3.0, "old")),
    e.FirstMade(49.0, "first-cat", "First cat to speak", "cat", "Cat"),
]

ENDS: list[e.Event] = [e.RoomEnded(50.0, "bea"), e.RoomTimedOut(50.0), e.RoomCanceled(50.0, "bea")]


def _both(log: list[e.Event]) -> tuple[list[object], list[object]]:
    """The rooms after each event: here, and by the browser's code."""
    room: Room | None = None
    ours: list[object] = []
    for event in log:
        room = evolve(room, event)
        ours.append(room_view(room, simulated=False).model_dump(mode="json"))
    told = json.dumps([event_body(event) for event in log])
    command = [str(NODE), "--input-type=module", "-e", FOLD % ROOT.as_uri()]
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ours, json.loads(done.stdout)


def test_every_type_of_event_leaves_the_same_room() -> None:
    types = {event_body(event)["type"] for event in (*EVENING, *ENDS)}
    assert types == set(EVENT_TYPES), "an evening with everything in it"
    for end in ENDS:
        ours, theirs = _both([*EVENING, end])
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True), start=1):
            assert one == other, f"after event {number}"


def test_the_rules_of_early_2021_are_the_same_in_both() -> None:
    seats = (Seat(ANN, Role.HOST, 7), Seat(ZOE, Role.SPEAKER, 8))
    old = e.RoomCreated(
        1.0, "ann", "old", "evening", RoomKind.SPACE, "Old", "2021h1", "ko", None, seats
    )
    ours, theirs = _both([old, e.RoomOpened(2.0, "ann")])
    assert ours == theirs
