"""A record in which everything went as planned, made from a scenario and its audience's plan.

What a run would measure if nothing ever went wrong: tests spoil one thing in it at a time, and the
report is drawn from it.
"""

from collections import Counter
from dataclasses import replace

from tests.replay.samplecast import SampleCast
from tests.replay.samplepolls import SamplePolls

from afterparty.replay.plan.audience import Fan, Inclination, plan
from afterparty.replay.verdict.record import (
    BeatDone,
    Figure,
    HandoffRecord,
    Hearing,
    MemberRecord,
    Record,
    Refusal,
    Stay,
)
from afterparty.replay.words.beats import Offer, Say
from afterparty.replay.words.scenario import Scenario

REAL = 200
"""Listeners with a connection; the others are simulated."""

OUTCOME = {
    Inclination.EARLY: "moved",
    Inclination.FOLLOW: "moved",
    Inclination.STAY: "declined",
    Inclination.LEAVE: "lost",
}


def sample_record(scenario: Scenario) -> Record:
    """A run of ``scenario`` at its demo speed that holds all it can."""
    speed = scenario.demo_speed
    cast = SampleCast(scenario)
    end = cast.end + 1
    # Parts of one evening are handed over out of one room at most.
    offer = next((beat for beat in scenario.beats if isinstance(beat, Offer)), None)
    fans = plan(scenario, speed, REAL)
    outcomes: dict[str, str] = {}
    everybody = [_fan(fan, offer, speed, outcomes) for fan in fans]
    members = (
        *(member for fan, member in zip(fans, everybody, strict=True) if not fan.simulated),
        *cast.members(),
    )
    simulated = [member for fan, member in zip(fans, everybody, strict=True) if fan.simulated]
    polls = SamplePolls(scenario, end, cast.seated)
    polls.take(members)
    crowd = polls.take_simulated(simulated)
    says = [(i, beat) for i, beat in enumerate(scenario.beats) if isinstance(beat, Say)]
    return Record(
        scenario=scenario.scenario,
        url="http://127.0.0.1:8080",
        server_version="0.1.0",
        started_at=1_800_000_000.0,
        speed=speed,
        seed=scenario.seed,
        begins=scenario.begins.at.timestamp() if scenario.begins else None,
        season="season-abc" if scenario.begins else "",
        series={form.series.id: f"{form.series.id}-abc" for form in scenario.rooms if form.series},
        ended=end,
        figures=(Figure("Listeners who had a peer connection of their own", "all", real=True),),
        beats=tuple(
            BeatDone(i, beat.at / speed, beat.at / speed + (3.0 if isinstance(beat, Say) else 0.02))
            for i, beat in enumerate(scenario.beats)
        ),
        polls=tuple(polls.made()),
        events=tuple(sorted(cast.events, key=lambda logged: logged.t)),
        members=members,
        crowd=crowd,
        handoffs=() if offer is None else (_handoff(offer, speed, outcomes),),
        hearings=tuple(
            Hearing(
                i,
                beat.room,
                "ear",
                beat.at / speed,
                beat.at / speed + 3,
                (beat.who,),
                () if beat.unheard else (beat.who,),
            )
            for i, beat in says
        ),
        refusals=tuple(
            Refusal(scenario.beats[i].at / speed, scenario.beats[i].who, "say", code)
            for i, code in cast.refused
        ),
        states={room.id: "ended" for room in scenario.rooms},
        late_ticks=3,
        notes=("This record was made for a test.",),
    )


def _handoff(offer: Offer, speed: float, outcomes: dict[str, str]) -> HandoffRecord:
    counted = Counter(outcomes.values())
    tally = {kind: counted[kind] for kind in ("moved", "declined", "lost")}
    offered, moves = _when(offer, speed)
    return HandoffRecord(
        "h-1",
        offer.room,
        offer.to,
        offered,
        moves,
        moves + 0.2,
        outcomes,
        {"offered": len(outcomes), **tally},
    )


def _when(offer: Offer, speed: float) -> tuple[float, float]:
    return offer.at / speed, (offer.at + offer.seconds) / speed


def _fan(fan: Fan, offer: Offer | None, speed: float, outcomes: dict[str, str]) -> MemberRecord:
    """What was measured of a listener; what the handoff's ledger has of them is added to it."""
    member = f"sim-{fan.key}" if fan.simulated else f"anon-{fan.key}" if fan.anonymous else fan.key
    stays = []
    for visit in fan.visits:
        gone = visit.departs
        rooms = [(visit.arrives, visit.room)]
        if offer is not None and visit.room == offer.room:
            offered, moves = _when(offer, speed)
            if visit.arrives < moves and (gone is None or gone > offered):
                outcomes[member] = OUTCOME[fan.inclination]
                decides = max(offered, visit.arrives) + fan.decides_after * (moves - offered) * 0.9
                if fan.inclination is Inclination.EARLY:
                    rooms.append((decides, offer.to))
                elif fan.inclination is Inclination.FOLLOW:
                    rooms.append((moves, offer.to))
                elif fan.inclination is Inclination.LEAVE:
                    gone = decides
        left = None if gone is None else gone + 0.01
        stays.append(Stay(visit.arrives, visit.arrives + 0.02, gone, left, tuple(rooms)))
    outcome = outcomes.get(member, "")
    chance = len(member) + len(outcomes)
    return MemberRecord(
        member=member,
        part=fan.part,
        anonymous=fan.anonymous,
        stays=tuple(stays),
        first_sound_at=fan.visits[0].arrives + 0.12 + 0.01 * (chance % 17),
        peer_connections=len(stays),
        packets=1000,
        longest_silence=0.41,
        missed_ticks_at_handoff=chance % 2 if outcome == "moved" else None,
        moved_in_sound=outcome == "moved",
        outcome=outcome or "room_over",
    )


def with_member(record: Record, index: int, **changes: object) -> Record:
    """The record with one member's measurements changed."""
    members = list(record.members)
    members[index] = replace(members[index], **changes)  # type: ignore[arg-type]  # any field
    return replace(record, members=tuple(members))
