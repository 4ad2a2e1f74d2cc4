"""replay.verdict.expect: each kind of expectation, held by one record and failed by another."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from tests.replay.sample import sample_record, with_member

from afterparty.replay.verdict.expect import Verdict, judge, summed, wall_at
from afterparty.replay.verdict.headcount import CrowdRecord, StepDone
from afterparty.replay.verdict.record import BeatDone, Logged, MemberRecord, Record, Refusal, Stay
from afterparty.replay.words.expectation import Expectation
from afterparty.replay.words.loading import load

SCENARIO = load(Path(__file__).parent.parent.parent.parent / "scenarios" / "enhypen-preshow.yaml")
RECORD = sample_record(SCENARIO)
SPACE, BLUEROOM = "enhypen-space", "enhypen-blueroom"
EXPECTATION: TypeAdapter[Any] = TypeAdapter(Expectation)
MOVED = next(i for i, m in enumerate(RECORD.members) if m.missed_ticks_at_handoff is not None)


def verdict_on(record: Record, **expected: object) -> Verdict:
    form = EXPECTATION.validate_python(expected, strict=False)
    [verdict] = judge(SCENARIO.model_copy(update={"expect": (form,)}), record)
    return verdict


def counts_at(record: Record, at: float, room: str, *, visitors: int = 0, **changes: int) -> Record:
    """The record with one poll's counts changed; so many of the change are visitors."""
    polls = list(record.polls)
    index = next(i for i, poll in enumerate(polls) if poll.asked >= at)
    found = polls[index].rooms[room]
    changed = found.model_copy(
        update={key: getattr(found, key) + by for key, by in changes.items()}
    )
    ours = polls[index].ours | {
        room: polls[index].ours[room] + changes.get("participants", 0) - visitors
    }
    rooms = polls[index].rooms | {room: changed}
    polls[index] = replace(polls[index], rooms=rooms, ours=ours)
    return replace(record, polls=tuple(polls))


@pytest.mark.parametrize(
    ("expected", "held", "measured"),
    [
        ({"kind": "listeners", "room": SPACE, "exactly": 116}, True, "116"),
        ({"kind": "listeners", "room": SPACE, "at_least": 117}, False, "116"),
        ({"kind": "listeners", "room": SPACE, "at_most": 115}, False, "116"),
        ({"kind": "tuned_in", "room": SPACE, "exactly": 125}, True, "125"),
        ({"kind": "participants", "room": BLUEROOM, "at": "1:00", "exactly": 0}, True, "0"),
        ({"kind": "participants", "room": BLUEROOM, "at": "9:00", "at_most": 50}, False, "110"),
        ({"kind": "participants", "room": BLUEROOM, "at": "59:00", "at_most": 9}, False, "never"),
    ],
)
def test_counts(expected: dict[str, object], held: bool, measured: str) -> None:
    verdict = verdict_on(RECORD, **expected)
    assert verdict.held is held
    assert measured in verdict.measured


def test_the_highest_is_the_server_s_own() -> None:
    spiked = counts_at(RECORD, RECORD.ended - 2, SPACE, peak=30)
    assert verdict_on(spiked, kind="listeners", room=SPACE, at_most=120).measured == "146"


def test_a_count_says_how_many_of_it_were_simulated() -> None:
    last = RECORD.ended - 2
    counted = counts_at(RECORD, last, SPACE, peak=30, peak_simulated=40, simulated=9)
    highest = verdict_on(counted, kind="listeners", room=SPACE, at_most=120)
    assert highest.measured == "146, of which 40 simulated"
    counted = counts_at(RECORD, 0.0, SPACE, participants=200, simulated=150)
    many = verdict_on(counted, kind="participants", room=SPACE, at_least=1)
    assert many.measured.endswith(", of which 150 simulated")


def handed(**changes: object) -> Callable[[Record], Record]:
    return lambda record: replace(record, handoffs=(replace(record.handoffs[0], **changes),))  # type: ignore[arg-type]  # any field


def tally(**changes: int) -> Callable[[Record], Record]:
    return lambda record: handed(tally=(record.handoffs[0].tally or {}) | changes)(record)


def one_member(**changes: object) -> Callable[[Record], Record]:
    return lambda record: with_member(record, MOVED, **changes)


def lose_one(record: Record) -> Record:
    outcomes = dict(record.handoffs[0].outcomes)
    outcomes[next(iter(outcomes))] = "offered"
    return handed(outcomes=outcomes)(record)


def moved_in_silence(record: Record) -> Record:
    members = tuple(replace(member, moved_in_sound=False) for member in record.members)
    return replace(record, members=members)


def test_a_handoff_without_a_fault_holds() -> None:
    verdict = verdict_on(RECORD, kind="handoff", room=SPACE, moved_share=0.85)
    assert verdict.held
    assert "104 of 115 moved (90%), 6 declined, 5 lost; ledger balances" in verdict.measured


@pytest.mark.parametrize(
    ("spoil", "measured"),
    [
        (handed(begun_at=None), "no handoff was carried out"),
        (handed(tally=None), "no handoff was carried out"),
        (tally(lost=4), "does not balance"),
        (tally(moved=105, lost=4), "does not balance"),
        (lose_one, "does not balance"),
        (one_member(missed_ticks_at_handoff=3), "at most 3 ticks missed"),
        (one_member(missed_ticks_at_handoff=None), "not measured for 1"),
        (one_member(sequence_gaps=1), "1 gaps in sequence"),
        (one_member(peer_connections=2), "2 peer connections"),
        (moved_in_silence, "0 of them out of sound into sound"),
        (lambda record: replace(record, members=()), "of 0 with sound"),
        (lambda record: replace(record, handoffs=()), "no handoff was carried out"),
    ],
)
def test_a_handoff_with_one_fault_fails(spoil: Callable[[Record], Record], measured: str) -> None:
    verdict = verdict_on(spoil(RECORD), kind="handoff", room=SPACE, moved_share=0.85)
    assert not verdict.held
    assert measured in verdict.measured


@pytest.mark.parametrize(
    ("held_up", "late", "told"),
    [
        (0.02, 3, "The machine was not too busy to say whether the sound went on: the replay"),
        (0.02, None, "the server did not say how many"),
        (0.8, 3, "The machine was too busy to say whether the sound went on: the replay itself"),
        (0.02, 40, "40 of the server's ticks were late or left out. On a quieter one it may hold"),
    ],
)
def test_why_sound_may_have_failed_is_told_and_it_is_a_failure(
    held_up: float, late: int | None, told: str
) -> None:
    spoiled = one_member(missed_ticks_at_handoff=30)(RECORD)
    record = replace(spoiled, held_up=held_up, late_ticks=late)
    verdict = verdict_on(record, kind="handoff", room=SPACE, moved_share=0.85)
    assert verdict.failed
    assert told in verdict.measured
    unbalanced = tally(lost=4)(record)
    assert "machine" not in verdict_on(unbalanced, kind="handoff", room=SPACE).measured
    held = verdict_on(replace(RECORD, held_up=held_up), kind="handoff", room=SPACE)
    assert held.held, "however busy it was"
    assert "machine" not in held.measured


@pytest.mark.parametrize(
    "expected",
    [
        {"kind": "heard", "room": SPACE, "who": ["ENHYPEN"]},
        {"kind": "not_heard", "room": SPACE, "who": ["ENHYPEN"]},
        {"kind": "sound"},
        {"kind": "handoff", "room": SPACE},
    ],
)
def test_without_voices_sound_is_neither_held_nor_failed(expected: dict[str, object]) -> None:
    silent = replace(RECORD, voiced=False, hearings=(), members=())
    verdict = verdict_on(silent, **expected)
    assert (verdict.asked, verdict.held, verdict.failed) == (False, False, False)
    assert "without voices" in verdict.measured
    assert verdict_on(replace(silent, voiced=True), **expected).failed


def test_without_voices_a_ledger_is_asked_all_the_same() -> None:
    silent = replace(RECORD, voiced=False)
    expected = {"kind": "handoff", "room": SPACE}
    assert "ledger balances" in verdict_on(silent, **expected).measured
    assert verdict_on(tally(lost=4)(silent), **expected).failed
    assert verdict_on(silent, **expected, moved_share=0.95).failed
    assert verdict_on(silent, kind="listeners", room=SPACE, exactly=1).failed


def test_how_many_held_and_how_many_were_not_asked() -> None:
    verdicts = judge(SCENARIO, replace(RECORD, voiced=False))
    of_sound = sum(not verdict.asked for verdict in verdicts)
    assert of_sound >= 3
    assert not any(verdict.failed for verdict in verdicts)
    left = len(verdicts) - of_sound
    told = f"{left} of {len(verdicts)} expectations held"
    assert summed(verdicts) == f"{told}, {of_sound} not asked (no voices)"
    assert "not asked" not in summed(judge(SCENARIO, RECORD))


def test_too_few_moved() -> None:
    assert not verdict_on(RECORD, kind="handoff", room=SPACE, moved_share=0.95).held


def test_everybody_counts_once() -> None:
    verdict = verdict_on(RECORD, kind="counted_once", room=SPACE)
    assert verdict.held
    assert "right in all" in verdict.measured


@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("room", [SPACE, BLUEROOM])
def test_one_member_counted_twice_or_not_at_all_at_one_poll_is_seen(room: str, by: int) -> None:
    begun = RECORD.handoffs[0].begun_at or 0
    spoiled = counts_at(RECORD, begun, room, participants=by)
    verdict = verdict_on(spoiled, kind="counted_once", room=SPACE)
    assert not verdict.held
    assert "1 of " in verdict.measured


def test_whoever_only_visits_is_no_mistake() -> None:
    begun = RECORD.handoffs[0].begun_at or 0
    visited = counts_at(RECORD, begun, SPACE, participants=2, visitors=2)
    assert verdict_on(visited, kind="counted_once", room=SPACE).held


def test_one_twice_is_seen_though_another_is_missing() -> None:
    begun = RECORD.handoffs[0].begun_at or 0
    polls = tuple(
        replace(poll, twice=("seoul-1",)) if poll.asked <= begun < poll.asked + 0.25 else poll
        for poll in RECORD.polls
    )
    verdict = verdict_on(replace(RECORD, polls=polls), kind="counted_once", room=SPACE)
    assert not verdict.held
    assert "seoul-1 in two rooms" in verdict.measured


def test_counts_nobody_asked_for_prove_nothing() -> None:
    early = tuple(poll for poll in RECORD.polls if poll.answered < 60)
    assert not verdict_on(replace(RECORD, polls=early), kind="counted_once", room=SPACE).held
    assert not verdict_on(replace(RECORD, handoffs=()), kind="counted_once", room=SPACE).held


def test_counts_are_asked_for_while_the_audience_moves() -> None:
    begun = RECORD.handoffs[0].begun_at or 0
    apart = tuple(poll for poll in RECORD.polls if abs(poll.asked - begun) > 0.5)
    verdict = verdict_on(replace(RECORD, polls=apart), kind="counted_once", room=SPACE)
    assert (verdict.held, verdict.measured) == (False, "no poll while the audience moved")


def test_counts_are_asked_for_while_both_rooms_have_somebody() -> None:
    handoff = RECORD.handoffs[0]
    alone = MemberRecord("fan", "world", stays=(Stay(1.0, 2.0, rooms=((2.0, SPACE),)),))
    polls = tuple(
        replace(poll, ours={SPACE: 1, BLUEROOM: 0}) for poll in RECORD.polls if poll.asked > 2
    )
    record = replace(RECORD, members=(alone,), polls=polls, handoffs=(handoff,))
    verdict = verdict_on(record, kind="counted_once", room=SPACE)
    assert not verdict.held
    assert verdict.measured == "no poll while there was somebody in both rooms"


def test_counts_that_name_nobody_prove_nothing_of_who_is_where() -> None:
    polls = tuple(replace(poll, ours={}) for poll in RECORD.polls)
    verdict = verdict_on(replace(RECORD, polls=polls), kind="counted_once", room=SPACE)
    assert not verdict.held
    begun = RECORD.handoffs[0].begun_at or 0
    some = tuple(replace(p, ours={}) if p.asked < begun - 5 else p for p in RECORD.polls)
    assert verdict_on(replace(RECORD, polls=some), kind="counted_once", room=SPACE).held


def with_crowd(record: Record, many: int, counted: int) -> Record:
    """The record with so many who entered the Space without a connection, and so many counted."""
    step = StepDone(1.0, 1.2, many, came={SPACE: many}, changed=many)
    polls = []
    for poll in record.polls:
        found = poll.rooms[SPACE]
        changed = found.model_copy(update={"simulated": counted if poll.asked > 1.2 else 0})
        polls.append(replace(poll, rooms=poll.rooms | {SPACE: changed}))
    crowd = CrowdRecord(members=many, steps=(step,))
    return replace(record, polls=tuple(polls), crowd=crowd)


def test_a_crowd_is_counted_exactly() -> None:
    verdict = verdict_on(with_crowd(RECORD, 900, 900), kind="crowd")
    assert verdict.held
    assert "up to 900 in one room" in verdict.measured
    for counted in (899, 901):
        verdict = verdict_on(with_crowd(RECORD, 900, counted), kind="crowd")
        assert not verdict.held
        assert f"{counted} in {SPACE} at 1.2 s, 900 were there" in verdict.measured


def test_a_crowd_that_nobody_counted_or_that_was_always_on_its_way_is_not_held() -> None:
    assert verdict_on(RECORD, kind="crowd").held, "nobody was to be simulated, and nobody was"
    assert not verdict_on(with_crowd(RECORD, 0, 1), kind="crowd").held
    assert not verdict_on(replace(RECORD, polls=()), kind="crowd").held
    going = with_crowd(RECORD, 900, 900)
    crowd = replace(going.crowd, steps=(replace(going.crowd.steps[0], answered=None),))
    verdict = verdict_on(replace(going, crowd=crowd), kind="crowd")
    assert verdict.measured == "no count at a moment when nothing was in flight"
    assert not verdict.held


def test_a_room_that_is_over_has_no_crowd() -> None:
    record = with_crowd(RECORD, 900, 900)
    polls = tuple(
        replace(p, rooms=p.rooms | {SPACE: p.rooms[SPACE].model_copy(update={"simulated": 0})})
        if p.asked > 60
        else p
        for p in record.polls
    )
    spoiled = replace(record, polls=polls)
    assert not verdict_on(spoiled, kind="crowd").held
    ended = Logged(60.0, SPACE, 99, {"type": "room_ended"})
    assert verdict_on(replace(spoiled, events=(*record.events, ended)), kind="crowd").held


def test_who_is_coming_in_may_count_or_not() -> None:
    begun = RECORD.handoffs[0].begun_at or 0
    coming = MemberRecord("late", "world", stays=(Stay(begun - 1, begun + 1.1, rooms=()),))
    there = replace(RECORD, members=(*RECORD.members, coming))
    spoiled = there
    for poll in RECORD.polls:
        if poll.asked > begun + 1:
            spoiled = counts_at(spoiled, poll.asked, BLUEROOM, participants=1)
    assert verdict_on(spoiled, kind="counted_once", room=SPACE).held
    assert verdict_on(
        counts_at(spoiled, begun, BLUEROOM, participants=1), kind="counted_once", room=SPACE
    ).held
    assert not verdict_on(
        counts_at(spoiled, begun, BLUEROOM, participants=2), kind="counted_once", room=SPACE
    ).held


def hearings(heard: Callable[[tuple[str, ...], int], tuple[str, ...]]) -> Record:
    return replace(
        RECORD,
        hearings=tuple(replace(h, heard=heard(h.heard, h.beat)) for h in RECORD.hearings),
    )


HEARD = {"kind": "heard", "room": SPACE, "who": ("ENHYPEN", "fan.one")}
NOT_HEARD = {"kind": "not_heard", "room": SPACE, "who": ("enhypen.voice3", "fan.one")}


def test_who_spoke_was_heard() -> None:
    verdict = verdict_on(RECORD, **HEARD)
    assert verdict.held
    assert verdict.measured == "lines heard: ENHYPEN 3 of 3, fan.one 1 of 1"


def test_one_line_not_heard_is_too_few_unless_a_share_is_asked_for() -> None:
    first = min(h.beat for h in RECORD.hearings)
    deaf = hearings(lambda heard, beat: () if beat == first else heard)
    assert not verdict_on(deaf, **HEARD).held
    assert verdict_on(deaf, **HEARD, share=0.6).held
    assert not verdict_on(replace(RECORD, hearings=()), **HEARD).held


def test_who_may_not_speak_was_not_heard() -> None:
    verdict = verdict_on(RECORD, **NOT_HEARD)
    assert verdict.held
    assert "fan.one tried once, heard never" in verdict.measured


def test_a_muted_voice_that_gets_through_is_told() -> None:
    leaky = hearings(lambda heard, beat: heard or ("enhypen.voice3",))
    verdict = verdict_on(leaky, **NOT_HEARD)
    assert not verdict.held
    assert "enhypen.voice3 tried once, heard once" in verdict.measured


def test_not_to_listen_is_not_to_have_heard_nothing() -> None:
    deaf = hearings(lambda heard, beat: ())
    assert "no ear" in verdict_on(deaf, **NOT_HEARD).measured
    away = replace(RECORD, hearings=tuple(h for h in RECORD.hearings if h.heard))
    verdict = verdict_on(away, **NOT_HEARD)
    assert not verdict.held
    assert "not every time was listened to" in verdict.measured


def test_states() -> None:
    assert verdict_on(RECORD, **{"kind": "state", "room": SPACE, "is": "ended"}).held
    assert not verdict_on(RECORD, **{"kind": "state", "room": SPACE, "is": "live"}).held
    unknown = replace(RECORD, states={})
    assert not verdict_on(unknown, **{"kind": "state", "room": SPACE, "is": "ended"}).held


def test_captions() -> None:
    assert verdict_on(RECORD, kind="captions", room=SPACE, at_least=8).held
    assert not verdict_on(RECORD, kind="captions", room=SPACE, at_least=9).held
    twice = replace(RECORD, events=RECORD.events + RECORD.events)
    assert not verdict_on(twice, kind="captions", room=SPACE, at_least=9).held


def test_sound() -> None:
    assert verdict_on(RECORD, kind="sound", share=1.0, longest_silence=0.5).held
    assert not verdict_on(RECORD, kind="sound", longest_silence=0.4).held
    two = with_member(with_member(RECORD, 0, first_sound_at=None), 1, first_sound_at=None)
    assert not verdict_on(two, kind="sound", share=0.99).held
    assert verdict_on(two, kind="sound", share=0.95).held
    without = with_member(two, 0, wanted_sound=False)
    assert "of 118" in verdict_on(without, kind="sound", share=0.95).measured
    assert not verdict_on(replace(RECORD, members=()), kind="sound").held


def test_refusals() -> None:
    assert verdict_on(RECORD, kind="refused", code="muted").held
    assert not verdict_on(RECORD, kind="refused", code="muted", times=2).held
    assert not verdict_on(RECORD, kind="refused", code="room_over").held
    verdict = verdict_on(RECORD, kind="no_refusals")
    assert not verdict.held
    assert "2; first, say of enhypen.voice3 at 16.0 s: muted" in verdict.measured
    assert verdict_on(replace(RECORD, refusals=()), kind="no_refusals").held


def test_no_refusals_but_those_that_are_asked_for() -> None:
    [*_, last] = judge(SCENARIO, RECORD)
    assert (last.expectation.kind, last.held) == ("no_refusals", True)
    more = (*RECORD.refusals, Refusal(9.0, "world-001", "request", "room_not_live"))
    [*_, last] = judge(SCENARIO, replace(RECORD, refusals=more))
    assert not last.held


def test_evening_time_goes_by_beats_as_they_really_began() -> None:
    late = replace(RECORD, beats=(BeatDone(2, 5.0, 9.0), BeatDone(4, 20.0, 20.1)))
    assert SCENARIO.beats[2].at == 12
    assert SCENARIO.beats[4].at == 48
    assert wall_at(SCENARIO, late, 0) == 0
    assert wall_at(SCENARIO, late, 6) == pytest.approx(2.5)
    assert wall_at(SCENARIO, late, 12) == pytest.approx(5)
    assert wall_at(SCENARIO, late, 30) == pytest.approx(12.5)
    assert wall_at(SCENARIO, late, 60) == pytest.approx(22)
