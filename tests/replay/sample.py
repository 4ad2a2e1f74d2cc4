"""A record in which everything went as planned, made from a scenario and its audience's plan.

What a run would measure if nothing ever went wrong: tests spoil one thing in it at a time, and the
report is drawn from it.
"""

from dataclasses import replace

from afterparty.replay.audience import Fan, Inclination, plan
from afterparty.replay.beats import Offer, Say
from afterparty.replay.record import (
    BeatDone,
    Figure,
    HandoffRecord,
    Hearing,
    Logged,
    MemberRecord,
    Poll,
    Record,
    Refusal,
    Stay,
)
from afterparty.replay.scenario import Scenario
from afterparty.wire.views import CountsView

OUTCOME = {
    Inclination.EARLY: "moved",
    Inclination.FOLLOW: "moved",
    Inclination.STAY: "declined",
    Inclination.LEAVE: "lost",
}


def sample_record(scenario: Scenario) -> Record:
    """A run of ``scenario`` at its demo speed that holds all it can."""
    speed = scenario.demo_speed
    end = scenario.ends_at / speed + 1
    offer = next(beat for beat in scenario.beats if isinstance(beat, Offer))
    offered, moves = offer.at / speed, (offer.at + offer.seconds) / speed
    fans = [
        _fan(fan, offer, offered, moves, number) for number, fan in enumerate(plan(scenario, speed))
    ]
    members = tuple(member for member, _ in fans)
    outcomes = {member.member: outcome for member, outcome in fans if outcome}
    tally = {
        "offered": len(outcomes),
        **{kind: list(outcomes.values()).count(kind) for kind in ("moved", "declined", "lost")},
    }
    says = [(i, beat) for i, beat in enumerate(scenario.beats) if isinstance(beat, Say)]
    return Record(
        scenario=scenario.scenario,
        url="http://127.0.0.1:8080",
        server_version="0.1.0",
        started_at=1_800_000_000.0,
        speed=speed,
        seed=scenario.seed,
        ended=end,
        figures=(Figure("Listeners who had a peer connection of their own", "all", real=True),),
        beats=tuple(
            BeatDone(i, beat.at / speed, beat.at / speed + (3.0 if isinstance(beat, Say) else 0.02))
            for i, beat in enumerate(scenario.beats)
        ),
        polls=tuple(_polls(scenario, members, end)),
        events=tuple(
            Logged(
                beat.at / speed,
                beat.room,
                number + 1,
                {"type": "line_said", "member": beat.who, "text": beat.text, "language": "ko"},
            )
            for number, (_, beat) in enumerate(says)
            if not beat.unheard
        ),
        members=members,
        handoffs=(
            HandoffRecord(
                "h-1", offer.room, offer.to, offered, moves, moves + 0.2, outcomes, tally
            ),
        ),
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
            Refusal(says[k][1].at / speed, says[k][1].who, "say", code)
            for k, code in zip(
                [k for k, (_, beat) in enumerate(says) if beat.unheard],
                ("muted", "not_permitted"),
                strict=False,
            )
        ),
        states={room.id: "ended" for room in scenario.rooms},
        late_ticks=3,
        notes=("This record was made for a test.",),
    )


def _fan(
    fan: Fan, offer: Offer, offered: float, moves: float, number: int
) -> tuple[MemberRecord, str]:
    outcome = ""
    stays = []
    for visit in fan.visits:
        gone = visit.departs
        rooms = [(visit.arrives, visit.room)]
        if visit.room == offer.room and visit.arrives < moves and (gone is None or gone > offered):
            outcome = OUTCOME[fan.inclination]
            decides = max(offered, visit.arrives) + fan.decides_after * (moves - offered) * 0.9
            if fan.inclination is Inclination.EARLY:
                rooms.append((decides, offer.to))
            elif fan.inclination is Inclination.FOLLOW:
                rooms.append((moves, offer.to))
            elif fan.inclination is Inclination.LEAVE:
                gone = decides
        left = None if gone is None else gone + 0.01
        stays.append(Stay(visit.arrives, visit.arrives + 0.02, gone, left, tuple(rooms)))
    first = fan.visits[0].arrives
    return (
        MemberRecord(
            member=f"anon-{fan.key}" if fan.anonymous else fan.key,
            part=fan.part,
            anonymous=fan.anonymous,
            stays=tuple(stays),
            first_sound_at=first + 0.12 + 0.01 * (number % 17),
            peer_connections=len(stays),
            packets=1000,
            longest_silence=0.41,
            missed_ticks_at_handoff=number % 2 if outcome == "moved" else None,
            moved_in_sound=outcome == "moved",
            outcome=outcome or "room_over",
        ),
        outcome,
    )


def _polls(scenario: Scenario, members: tuple[MemberRecord, ...], end: float) -> list[Poll]:
    polls: list[Poll] = []
    seen: dict[str, set[str]] = {room.id: set() for room in scenario.rooms}
    peaks = dict.fromkeys(seen, 0)
    for step in range(int(end * 4)):
        t = step / 4
        counts: dict[str, CountsView] = {}
        for room in seen:
            here = {m.member for m in members if any(_is_in(stay, room, t) for stay in m.stays)}
            seen[room] |= here
            peaks[room] = max(peaks[room], len(here))
            counts[room] = CountsView(
                participants=len(here),
                listeners=len(here),
                peak=peaks[room],
                tuned_in=len(seen[room]),
            )
        ours = {room: found.participants for room, found in counts.items()}
        polls.append(Poll(t, t + 0.004, counts, ours))
    return polls


def _is_in(stay: Stay, room: str, t: float) -> bool:
    if stay.asked > t or (stay.gone is not None and stay.gone <= t):
        return False
    return [name for since, name in stay.rooms if since <= t][-1:] == [room]


def with_member(record: Record, index: int, **changes: object) -> Record:
    """The record with one member's measurements changed."""
    members = list(record.members)
    members[index] = replace(members[index], **changes)  # type: ignore[arg-type]  # any field
    return replace(record, members=tuple(members))
