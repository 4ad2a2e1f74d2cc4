"""afterparty.replay.evening.figures: what only the runner knows, each said to be real or not."""

from types import SimpleNamespace
from typing import Any

from tests.replay.texts import SMALL

from afterparty.replay.evening.figures import figures
from afterparty.replay.verdict.headcount import CrowdRecord
from afterparty.replay.verdict.record import Poll
from afterparty.replay.words.loading import parse
from afterparty.wire.views import CountsView


def attendee(zone: str, broken: int = 0) -> Any:
    sound = SimpleNamespace(moved_in_sound=True)
    return SimpleNamespace(
        attendance=SimpleNamespace(sound=sound, broken=broken), fan=SimpleNamespace(zone=zone)
    )


def evening(crowd: int) -> Any:
    zones = ["seoul"] * crowd
    return SimpleNamespace(
        scenario=parse(SMALL),
        attendees=[attendee("lima", broken=2), attendee("seoul")],
        book=SimpleNamespace(held_up=0.1),
        crowd=SimpleNamespace(record=lambda: CrowdRecord(members=crowd), zones=lambda: zones),
    )


def counts(peak: int, simulated: int) -> CountsView:
    return CountsView(
        participants=7, listeners=7, peak=peak, tuned_in=0, simulated=7, peak_simulated=simulated
    )


POLLS = [
    Poll(1.0, 1.1, {"first": counts(10, 8), "second": counts(0, 0)}, {}),
    Poll(2.0, 2.1, {"first": counts(1002, 1000), "second": counts(0, 0)}, {}),
    Poll(3.0, 3.1, {"first": counts(1002, 1000), "second": counts(0, 0)}, {}),
]


def test_at_the_peak_it_is_said_who_was_connected_and_who_simulated() -> None:
    told = {figure.says: (figure.value, figure.real) for figure in figures(evening(1000), POLLS)}
    assert told["listeners with a connection when most were counted in First"] == ("2", True)
    assert told["simulated listeners at that moment in First"] == ("1,000", False)
    assert not any("in Second" in says for says in told), "nobody ever was there"
    assert ("1,000", False) in [told[says] for says in told if "had no connection" in says]
    assert ("2", True) in [told[says] for says in told if "that broke" in says]
    assert told["of the audience live in seoul, by who is awake there"] == ("1,001", False)


def test_where_everybody_is_connected_nothing_is_simulated() -> None:
    polls = [Poll(1.0, 1.1, {"first": counts(10, 0)}, {})]
    says = [figure.says for figure in figures(evening(0), polls)]
    assert not any("simulated" in one or "no connection" in one for one in says)
