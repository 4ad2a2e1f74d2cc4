"""What the rooms' logs tell is held, and nothing is held by absence."""

from dataclasses import replace
from typing import Any

import pytest
from tests.replay.littleseason import FIRST, SECOND

from afterparty.replay.verdict.expect import judge
from afterparty.replay.verdict.logjudges import roles_held
from afterparty.replay.verdict.record import Logged, MemberRecord, Record, Stay
from afterparty.replay.words.loading import parse
from afterparty.replay.words.scenario import Scenario

ANA = {"person": {"member": "ana"}, "role": "host"}
BOB = {"person": {"member": "bob"}, "role": "speaker"}
BEFORE = {"title": "A rival", "listeners": 2, "at": 0.0, "room": None}


def log(room: str, *events: dict[str, Any]) -> tuple[Logged, ...]:
    """A room's log."""
    return tuple(Logged(float(n), room, n, event) for n, event in enumerate(events, 1))


def stay(came: float, room: str) -> Stay:
    return Stay(came, came, came + 1, came + 1, ((came, room),))


FIRST_LOG = log(
    "first-room",
    {"type": "room_created", "seats": [ANA], "series": None},
    {"type": "room_opened"},
    {"type": "first_made", "first": "band-host", "member": "ana", "name": "Ana", "title": "First"},
    {"type": "post_pinned"},
    {"type": "seat_taken", "seat": BOB},
    {"type": "seat_left", "member": "bob"},
    {"type": "room_ended"},
)
SECOND_LOG = log(
    "second-space",
    {"type": "room_created", "seats": [ANA], "series": "talks-x"},
    {"type": "room_opened"},
    *(
        {"type": "record_broken", "record": record, "title": "", "listeners": 3, "before": BEFORE}
        for record in ("overall", "spring")
    ),
) + log("second-room", {"type": "question_answered"})


def record(scenario: Scenario, events: tuple[Logged, ...], **changes: Any) -> Record:
    """A run with such a log."""
    members = (
        MemberRecord("ana", "", stays=(stay(1, "first-room"),)),
        MemberRecord("bob", "", stays=(stay(1, "first-room"), stay(3, "first-room"))),
    )
    begins = scenario.begins.at.timestamp() if scenario.begins else None
    found = Record(
        scenario.scenario, "", "", 0.0, 1.0, 1, begins=begins, series={"talks": "talks-x"},
        events=events, members=members,
    )  # fmt: skip
    return replace(found, **changes)


def held(scenario: Scenario, found: Record) -> dict[str, bool]:
    """Whether each of the expectations that logs decide held, by kind."""
    kinds = ("record", "first", "role", "never_role", "came_back", "pinned", "answered", "series")
    judged = judge(scenario, found)
    return {
        one.expectation.kind: one.held
        for one in judged
        if one.expectation.kind in (*kinds, "before")
    }


def test_what_the_logs_say_is_held() -> None:
    first, second = parse(FIRST), parse(SECOND)
    assert all(held(first, record(first, FIRST_LOG)).values())
    assert all(held(second, record(second, SECOND_LOG)).values())
    assert len(held(first, record(first, FIRST_LOG))) == 6
    assert len(held(second, record(second, SECOND_LOG))) == 3


def test_without_a_log_nothing_is_held() -> None:
    first, second = parse(FIRST), parse(SECOND)
    assert not any(held(first, record(first, (), members=(), begins=None)).values())
    assert not any(held(second, record(second, (), members=())).values())


def without(*types: str) -> tuple[Logged, ...]:
    return tuple(one for one in (*FIRST_LOG, *SECOND_LOG) if one.event["type"] not in types)


def told(scenario: Scenario, found: Record, kind: str) -> tuple[bool, str]:
    (verdict,) = [one for one in judge(scenario, found) if one.expectation.kind == kind][:1]
    return verdict.held, verdict.measured


@pytest.mark.parametrize(
    ("text", "kind", "events", "says"),
    [
        (FIRST, "first", without("first_made"), "no first was made"),
        (FIRST, "role", without("seat_taken"), "never on the stage"),
        (FIRST, "never_role", without("room_opened"), "the room was never live"),
        (FIRST, "pinned", without("post_pinned"), "0 posts are pinned"),
        (SECOND, "record", without("record_broken"), "no record fell"),
        (SECOND, "answered", without("question_answered"), "0 picked questions"),
        (SECOND, "series", without("room_created"), "of no series"),
    ],
)
def test_what_did_not_happen_is_told(
    text: str, kind: str, events: tuple[Logged, ...], says: str
) -> None:
    scenario = parse(text)
    found, measured = told(scenario, record(scenario, events), kind)
    assert not found
    assert says in measured


def changed(text: str, old: str, new: str) -> Scenario:
    assert old in text
    return parse(text.replace(old, new))


@pytest.mark.parametrize(
    ("scenario", "kind"),
    [
        (changed(FIRST, "band-host, who: ana", "band-host, who: bob"), "first"),
        (changed(FIRST, "who: bob, role: speaker}", "who: bob, role: host}"), "role"),
        (changed(FIRST, "who: bob, role: host}", "who: bob, role: speaker}"), "never_role"),
        (changed(FIRST, '"2021-05-02"}', '"2021-05-01"}'), "before"),
        (changed(SECOND, "record: overall}", "record: overall, beaten: Others}"), "record"),
    ],
)
def test_something_else_that_happened_does_not_hold_it(scenario: Scenario, kind: str) -> None:
    assert not told(scenario, record(scenario, (*FIRST_LOG, *SECOND_LOG)), kind)[0]


def test_who_has_a_seat_and_never_came_was_not_in_the_role() -> None:
    scenario = parse(FIRST)
    found = record(scenario, FIRST_LOG, members=())
    assert told(scenario, found, "role") == (False, "never came")
    bob = MemberRecord("bob", "", stays=(stay(1, "first-room"),))
    once = record(scenario, FIRST_LOG, members=(bob,))
    assert told(scenario, once, "came_back") == (False, "came once")


def test_a_host_who_is_succeeded_was_host_and_cohost() -> None:
    events = log(
        "first-room",
        {"type": "room_created", "seats": [ANA, {**BOB, "role": "cohost"}]},
        {"type": "seat_taken", "seat": {"person": {"member": "early"}, "role": "speaker"}},
        {"type": "seat_left", "member": "early"},
        {"type": "room_opened"},
        {"type": "host_changed", "member": "bob"},
        {"type": "room_ended"},
        {"type": "seat_taken", "seat": {"person": {"member": "late"}, "role": "speaker"}},
    )
    found = roles_held(record(parse(FIRST), events), "first-room")
    assert found == {("ana", "host"), ("bob", "cohost"), ("ana", "cohost"), ("bob", "host")}


def test_the_sentences_fit_the_kinds() -> None:
    first = parse(FIRST)
    says = {one.expectation.kind: one.says for one in judge(first, record(first, FIRST_LOG))}
    assert says["role"] == "On the stage of first-room bob is a speaker."
    assert says["never_role"] == "On the stage of first-room bob is never a host."
    assert says["came_back"] == "To first-room bob comes back once at least."
    assert says["before"] == "The evening begins before 2021-05-02."
