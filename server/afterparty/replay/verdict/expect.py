"""Whether a run held what its scenario expects: pure, one judge a kind, nothing held by absence.

What was not measured is not held, and the verdict says so. In a run without voices sound is not
asked after at all, which is neither.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from afterparty.replay.verdict.busy import busy
from afterparty.replay.verdict.crowdcheck import CLOCK_SECONDS, counted
from afterparty.replay.verdict.logjudges import LOG_JUDGES, Finding, times
from afterparty.replay.verdict.record import HandoffRecord, MemberRecord, Poll, Record
from afterparty.replay.words import expectation as x
from afterparty.replay.words.beats import Say
from afterparty.replay.words.forms import write_clock
from afterparty.replay.words.scenario import Scenario

BRIEF_SECONDS = 5.0
"""Whoever was there for less is not asked whether there was sound."""

AROUND_SECONDS = 2.0
"""How long before the offer and after the close counts are looked at as well."""


OF_SOUND = (x.Heard, x.NotHeard, x.Sounded, x.HandedOver)
"""What expects sound; of a handoff the ledger is asked all the same."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expectation, judged."""

    expectation: x.Expectation
    held: bool
    says: str
    """What was expected, a sentence."""
    measured: str
    """What was found, in words and figures."""
    asked: bool = True
    """``False``: it expects sound of a run without voices; then it has neither held nor failed."""

    @property
    def failed(self) -> bool:
        """Whether it was asked, and did not hold."""
        return self.asked and not self.held


def summed(verdicts: Iterable[Verdict]) -> str:
    """How many held, and how many were not asked, in words."""
    found = list(verdicts)
    unasked = sum(not verdict.asked for verdict in found)
    told = f"{sum(verdict.held for verdict in found)} of {len(found)} expectations held"
    return f"{told}, {unasked} not asked (no voices)" if unasked else told


def judge(scenario: Scenario, record: Record) -> list[Verdict]:
    """A verdict on each expectation, in the scenario's order."""
    verdicts = []
    for expected in scenario.expect:
        held, says, measured = _JUDGES[type(expected)](scenario, record, expected)
        asked = record.voiced or not isinstance(expected, OF_SOUND)
        if isinstance(expected, x.HandedOver):
            asked = asked or not held  # by its ledger
        if not asked:
            held, measured = False, _unasked(expected, measured)
        verdicts.append(Verdict(expected, held, expected.says or says, measured, asked))
    return verdicts


def _unasked(expected: x.Expectation, measured: str) -> str:
    if isinstance(expected, x.HandedOver):
        return f"without voices only the ledger was asked, which held: {measured}"
    return "without voices there is nothing to hear"


def wall_at(scenario: Scenario, record: Record, evening: float) -> float:
    """Wall time of an evening time: between beats as they really began, else by the speed."""
    anchors = [(0.0, 0.0)]
    for done in record.beats:
        at = scenario.beats[done.index].at
        if at > anchors[-1][0]:
            anchors.append((at, done.t))
    place = bisect_right([at for at, _ in anchors], evening)
    at, t = anchors[place - 1]
    if place == len(anchors):
        return t + (evening - at) / record.speed
    next_at, next_t = anchors[place]
    return t + (next_t - t) * (evening - at) / (next_at - at)


def _counted(scenario: Scenario, record: Record, expected: x.Counted) -> Finding:
    bounds = [
        f"{word} {bound}"
        for word, bound in (
            ("at least", expected.at_least),
            ("at most", expected.at_most),
            ("exactly", expected.exactly),
        )
        if bound is not None
    ]
    when = "at its highest" if expected.at is None else f"at {write_clock(expected.at)}"
    what = {"tuned_in": "Members who ever came to"}.get(
        expected.kind, f"{expected.kind.capitalize()} of"
    )
    says = f"{what} {expected.room} {when}: {', '.join(bounds)}."
    polls = [poll for poll in record.polls if expected.room in poll.rooms]
    if expected.at is not None:
        since = wall_at(scenario, record, expected.at)
        polls = [poll for poll in polls if poll.asked >= since][:1]
    if not polls:
        return False, says, "never counted"
    # The server keeps the peak of listeners itself; a poll could miss it.
    key = "peak" if expected.kind == "listeners" and expected.at is None else expected.kind
    most = max((poll.rooms[expected.room] for poll in polls), key=attrgetter(key))
    found = int(getattr(most, key))
    simulated = {"peak": most.peak_simulated, "tuned_in": 0}.get(key, most.simulated)
    held = (
        (expected.at_least is None or found >= expected.at_least)
        and (expected.at_most is None or found <= expected.at_most)
        and (expected.exactly is None or found == expected.exactly)
    )
    return held, says, f"{found}, of which {simulated} simulated" if simulated else str(found)


def _handoff_of(record: Record, room: str) -> HandoffRecord | None:
    begun = [h for h in record.handoffs if h.room == room and h.begun_at is not None]
    return begun[0] if begun else None


def _handed_over(scenario: Scenario, record: Record, expected: x.HandedOver) -> Finding:
    says = f"The handoff out of {expected.room} moves the audience without a break in sound."
    handoff = _handoff_of(record, expected.room)
    if handoff is None or handoff.tally is None:
        return False, says, "no handoff was carried out"
    tally = handoff.tally
    by_member = {member.member: member for member in record.members}
    moved = [
        by_member[member]
        for member, outcome in handoff.outcomes.items()
        if outcome == "moved" and member in by_member and by_member[member].wanted_sound
    ]
    balanced = _balanced(handoff, tally)
    share = tally["moved"] / tally["offered"] if tally["offered"] else 0.0
    ledger_held = share >= expected.moved_share and (balanced or not expected.balanced)
    measured = (
        f"{tally['moved']} of {tally['offered']} moved ({share:.0%}), {tally['declined']} declined,"
        f" {tally['lost']} lost; ledger {'balances' if balanced else 'does not balance'}"
    )
    if not record.voiced:
        return ledger_held, says, measured
    unmeasured = sum(member.missed_ticks_at_handoff is None for member in moved)
    ticks = max((member.missed_ticks_at_handoff or 0 for member in moved), default=0)
    in_sound = sum(member.moved_in_sound for member in moved)
    gaps = max((member.sequence_gaps for member in moved), default=0)
    # Whoever goes and returns needs a second one for the second stay.
    connections = max(
        (member.peer_connections - len(member.stays) + 1 for member in moved), default=0
    )
    held = (
        ledger_held
        and bool(in_sound)
        and not unmeasured
        and ticks <= expected.missed_ticks
        and gaps <= expected.sequence_gaps
        and connections <= expected.peer_connections
    )
    measured += (
        f"; of {len(moved)} with sound, {in_sound} of them out of sound into sound, at most "
        f"{ticks} ticks missed, {gaps} gaps in sequence, "
        f"{connections} peer connections a stay"
    )
    if unmeasured:
        measured += f"; not measured for {unmeasured}"
    if ledger_held and not held:
        measured += busy(record, "whether the sound went on")
    return held, says, measured


def _balanced(handoff: HandoffRecord, tally: dict[str, int]) -> bool:
    """The figures add up, and the outcomes of the ledger are the same figures."""
    by_outcome = Counter(handoff.outcomes.values())
    return tally["offered"] == tally["moved"] + tally["declined"] + tally["lost"] == len(
        handoff.outcomes
    ) and all(by_outcome[kind] == tally[kind] for kind in ("moved", "declined", "lost"))


def _counted_once(scenario: Scenario, record: Record, expected: x.CountedOnce) -> Finding:
    says = f"While the handoff out of {expected.room} goes, everybody counts in exactly one room."
    handoff = _handoff_of(record, expected.room)
    if handoff is None or handoff.begun_at is None:
        return False, says, "no handoff was carried out"
    closed = handoff.closed_at if handoff.closed_at is not None else handoff.begun_at + 10
    rooms = {handoff.room, handoff.to_room}
    wrong: list[str] = []
    polls = [
        poll
        for poll in record.polls
        if handoff.offered_at - AROUND_SECONDS <= poll.asked
        and poll.answered <= closed + AROUND_SECONDS
        and rooms <= poll.ours.keys()
    ]
    exact = during = divided = 0
    for poll in polls:
        total = sum(poll.ours[room] for room in rooms)
        least, most = _population(record.members, rooms, poll)
        exact += least == most
        during += (
            poll.answered >= handoff.begun_at - CLOCK_SECONDS
            and poll.asked <= closed + CLOCK_SECONDS
        )
        divided += all(poll.ours[room] for room in rooms)
        if not least <= total <= most:
            wrong.append(f"{total} counted at {poll.asked:.1f} s, {least} to {most} were there")
        twice = set(poll.twice) - _in_two_places(record.members, poll)
        if twice:
            wrong.append(f"{', '.join(sorted(twice))} in two rooms at {poll.asked:.1f} s")
    if wrong:
        return False, says, f"{len(wrong)} of {len(polls)} polls wrong: {wrong[0]}"
    if not exact:
        return False, says, "no poll at a moment when nobody came or went"
    if not during:
        return False, says, "no poll while the audience moved"
    if not divided:
        return False, says, "no poll while there was somebody in both rooms"
    measured = f"right in all {len(polls)} polls; in {exact} of them nobody came or went, "
    return True, says, f"{measured}{during} while the audience moved"


def _in_two_places(members: tuple[MemberRecord, ...], poll: Poll) -> set[str]:
    """Those who held more than one connection while the poll was taken, as some hosts do."""
    return {
        member.member
        for member in members
        if sum(
            stay.asked <= poll.answered and (stay.gone is None or stay.gone >= poll.asked)
            for stay in member.stays
        )
        > 1
    }


def _population(members: tuple[MemberRecord, ...], rooms: set[str], poll: Poll) -> tuple[int, int]:
    """How many (member, room) pairs there were at least and at most while the poll was taken.

    Whoever holds two connections at a time may be in two rooms, and then counts in each.
    """
    least = most = 0
    for member in members:
        surely = possibly = 0
        for stay in member.stays:
            if stay.rooms and not any(room in rooms for _, room in stay.rooms):
                continue
            possibly += stay.asked <= poll.answered and (
                stay.gone is None or stay.gone >= poll.asked
            )
            surely += (
                stay.came is not None
                and stay.came <= poll.asked
                and (stay.leaving is None or stay.leaving >= poll.answered)
            )
        least += min(surely, 1)
        most += possibly
    return least, most


def _crowd_counted(scenario: Scenario, record: Record, expected: x.CrowdCounted) -> Finding:
    says = "Those without a connection are counted as they come and go, at every count."
    held, measured = counted(record)
    return held, says, measured


def _lines(scenario: Scenario, room: str, who: str, *, unheard: bool) -> list[int]:
    return [
        index
        for index, beat in enumerate(scenario.beats)
        if isinstance(beat, Say) and (beat.who, beat.room, beat.unheard) == (who, room, unheard)
    ]


def _heard(scenario: Scenario, record: Record, expected: x.Heard) -> Finding:
    says = f"Heard in {expected.room} when they spoke: {', '.join(expected.who)}."
    found: list[str] = []
    held = True
    for who in expected.who:
        lines = _lines(scenario, expected.room, who, unheard=False)
        heard = {h.beat for h in record.hearings if h.room == expected.room and who in h.heard}
        caught = len(heard.intersection(lines))
        found.append(f"{who} {caught} of {len(lines)}")
        held = held and bool(lines) and caught >= expected.share * len(lines)
    told = "" if held else busy(record, "who is heard")
    return held, says, f"lines heard: {', '.join(found)}{told}"


def _not_heard(scenario: Scenario, record: Record, expected: x.NotHeard) -> Finding:
    says = f"Not heard in {expected.room} though they tried: {', '.join(expected.who)}."
    here = [h for h in record.hearings if h.room == expected.room]
    if not any(h.heard for h in here):
        return False, says, "no ear in the room heard anybody at all"
    found: list[str] = []
    held = True
    for who in expected.who:
        lines = _lines(scenario, expected.room, who, unheard=True)
        listened = [h for h in here if h.beat in lines]
        caught = [h for h in listened if who in h.heard]
        found.append(f"{who} tried {times(len(lines))}, heard {times(len(caught))}")
        covered = bool(lines) and {h.beat for h in listened} == set(lines)
        if not covered:
            found[-1] += " (not every time was listened to)"
        held = held and covered and not caught
    return held, says, "; ".join(found)


def _in_state(scenario: Scenario, record: Record, expected: x.InState) -> Finding:
    found = record.states.get(expected.room, "not known")
    return found == expected.state, f"The room {expected.room} is left {expected.state}.", found


def _captioned(scenario: Scenario, record: Record, expected: x.Captioned) -> Finding:
    found = len(
        {
            logged.number
            for logged in record.events
            if logged.room == expected.room and logged.event.get("type") == "line_said"
        }
    )
    says = f"At least {expected.at_least} lines of captions in {expected.room}."
    return found >= expected.at_least, says, f"{found} lines"


def _sounded(scenario: Scenario, record: Record, expected: x.Sounded) -> Finding:
    says = f"At least {expected.share:.0%} of the listeners had sound"
    if expected.longest_silence is not None:
        says += f", and none went without for more than {expected.longest_silence:g} s"
    says += "."
    asked = [m for m in record.listeners if m.wanted_sound and _seconds(m, record) >= BRIEF_SECONDS]
    if not asked:
        return False, says, "nobody came for sound"
    sounded = [member for member in asked if member.first_sound_at is not None]
    silence = max((member.longest_silence for member in sounded), default=0.0)
    held = len(sounded) >= expected.share * len(asked) and (
        expected.longest_silence is None or silence <= expected.longest_silence
    )
    measured = f"{len(sounded)} of {len(asked)} had sound; longest without {silence:.2f} s"
    if not held:
        measured += busy(record, "whether there is sound")
    return held, says, measured


def _seconds(member: MemberRecord, record: Record) -> float:
    """How long somebody was there in all."""
    return sum(
        (record.ended if stay.gone is None else stay.gone) - stay.came
        for stay in member.stays
        if stay.came is not None
    )


def _refused(scenario: Scenario, record: Record, expected: x.Refused) -> Finding:
    found = sum(refusal.code == expected.code for refusal in record.refusals)
    says = f"Something is refused with the code {expected.code}, {times(expected.times)}."
    return found == expected.times, says, times(found)


def _no_refusals(scenario: Scenario, record: Record, expected: x.NoRefusals) -> Finding:
    asked_for = {other.code for other in scenario.expect if isinstance(other, x.Refused)}
    says = "Nothing" + (" else" if asked_for else "") + " is refused."
    others = [refusal for refusal in record.refusals if refusal.code not in asked_for]
    if not others:
        return True, says, "none"
    first = others[0]
    told = f"{first.doing} of {first.member} at {first.t:.1f} s: {first.code}"
    return False, says, f"{len(others)}; first, {told}"


_JUDGES: Mapping[type, Callable[[Scenario, Record, Any], Finding]] = MappingProxyType(
    {
        x.Counted: _counted,
        x.HandedOver: _handed_over,
        x.CountedOnce: _counted_once,
        x.CrowdCounted: _crowd_counted,
        x.Heard: _heard,
        x.NotHeard: _not_heard,
        x.InState: _in_state,
        x.Captioned: _captioned,
        x.Sounded: _sounded,
        x.Refused: _refused,
        x.NoRefusals: _no_refusals,
        **LOG_JUDGES,
    }
)
