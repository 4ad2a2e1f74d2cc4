"""afterparty.replay.author.staging: what was done, as beats that can happen, each in its time."""

from dataclasses import replace

from tests.replay.texts import SMALL

from afterparty.replay.author.staging import Staged, rehearsed, thinned, timed, with_decisions
from afterparty.replay.author.transcript import Act
from afterparty.replay.words.loading import parse
from afterparty.replay.words.plot import spoken_seconds

DRAFT = parse(SMALL)


def staged(*acts: Act) -> Staged:
    decided = with_decisions(acts)
    return rehearsed(DRAFT, timed(decided, DRAFT.demo_speed), decided)


def told(found: Staged) -> list[str]:
    return [
        " ".join(f"{beat[key]}" for key in ("at", "who", "do", "room") if key in beat)
        for beat in found.beats
    ]


OPEN = Act(0, "first", "host.a", "open")
BOTH = (OPEN, Act(1, "second", "speaker.b", "open"))
OFFER = Act(10, "first", "host.a", "offer_handoff", {"to": "second", "seconds": 30.0})


def test_who_acts_without_a_seat_has_come_before() -> None:
    found = staged(OPEN, Act(5, "first", "fan.c", "request"))
    assert told(found) == [
        "0:00 host.a open first", "0:05 fan.c join first", "0:05 fan.c request",
        "0:06 host.a end",
    ]  # fmt: skip
    assert found.came["first"] == {"host.a", "fan.c"}


def test_who_acts_elsewhere_has_gone_there() -> None:
    found = staged(*BOTH, Act(3, "first", "fan.c", "request"), Act(4, "second", "fan.c", "request"))
    assert told(found)[2:6] == [
        "0:03 fan.c join first", "0:03 fan.c request", "0:04 fan.c leave",
        "0:04 fan.c join second",
    ]  # fmt: skip


def test_whoever_is_there_already_during_a_countdown_has_followed() -> None:
    found = staged(
        *BOTH, Act(3, "first", "fan.c", "request"), OFFER, Act(20, "second", "fan.c", "request"),
        Act(40, "first", "", "begun"),
    )  # fmt: skip
    assert "0:20 fan.c follow" in told(found)


def test_whoever_acts_on_where_they_were_has_stayed() -> None:
    found = staged(
        *BOTH, OFFER, Act(40, "first", "", "begun"), Act(60, "first", "host.a", "unmute")
    )
    assert "0:10 host.a stay" in told(found)
    assert "1:00 host.a unmute" in told(found)


def test_whoever_stayed_has_declined_the_offer_that_was_not_called_off() -> None:
    again = replace(OFFER, at=40)
    found = staged(
        *BOTH, OFFER, Act(20, "first", "", "cancel_handoff"), again,
        Act(70, "first", "", "begun"), Act(90, "first", "host.a", "unmute"),
    )  # fmt: skip
    assert [line for line in told(found) if "stay" in line] == ["0:40 host.a stay"]
    assert "1:30 host.a unmute" in told(found)


def test_a_line_has_its_time_and_a_room_ends_after_its_ledger() -> None:
    line = Act(1, "first", "host.a", "say", {"text": "A line of some length, to be spoken."})
    at = [act.at for act in timed((line, Act(2, "first", "host.a", "mute")), 6)]
    assert at[1] - at[0] >= spoken_seconds(line.fields["text"]) * 6
    ends = timed((OFFER, Act(40, "first", "", "begun"), Act(41, "first", "host.a", "end")), 6)[-1]
    assert ends.at == 40 + 10 * 6


def test_a_line_is_sure_to_be_heard_if_somebody_with_sound_is_there_and_it_is_long_enough() -> None:
    text, sure = "A line of some length.", []
    for at, said in ((1, text), (4, "Oh"), (30, text)):
        line = Act(at, "first", "host.a", "say", {"text": said})
        there = Act(2, "first", "fan.c", "request")
        found = staged(OPEN, Act(1, "first", "host.a", "unmute"), *sorted((there, line), key=when))
        sure.append(found.heard["first", "host.a"])
    assert sure == [0, 0, 1]


def when(act: Act) -> float:
    return act.at


def test_what_cannot_happen_is_left_out_and_counted() -> None:
    found = staged(OPEN, Act(5, "first", "host.a", "accept", {"member": "fan.c"}))
    assert told(found) == ["0:00 host.a open first", "0:01 host.a end"]
    assert found.left_out["'accept'"] == 1


def test_of_too_many_lines_some_are_left_all_along() -> None:
    lines = [Act(n, "first", "host.a", "say", {"text": f"Line number {n}."}) for n in range(100)]
    kept = thinned([OPEN, *lines], 20.0)
    seconds = sum(spoken_seconds(act.fields["text"]) for act in kept if act.do == "say")
    assert kept[0] == OPEN
    assert 15 < seconds <= 20
    assert kept[-1].at > 80
    assert thinned(lines, 1000.0) == lines
