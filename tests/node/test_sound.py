"""How busy the sound of a node is, as whoever lets people in must know it."""

from dataclasses import replace

import pytest
from tests.node.conftest import House

from afterparty.media.clock import TICK_SECONDS
from afterparty.node.sound import DEPARTING


@pytest.mark.parametrize(
    ("changed", "busy"),
    [
        ({}, 0.25),
        ({"late_ticks": 5}, 0.5),
        ({"late_departures": 2}, 0.25),
        ({"late_departures": 10}, DEPARTING),
        ({"skipped_departures": 1}, 1.0),
    ],
)
async def test_a_node_is_as_busy_as_its_listeners_feel(
    house: House, monkeypatch: pytest.MonkeyPatch, changed: dict[str, int], busy: float
) -> None:
    sound = house.node.sound
    before = replace(sound.stats(), tick_seconds=TICK_SECONDS / 4)
    monkeypatch.setattr(sound.plane, "stats", lambda: before)
    sound.busy()
    counts = {name: getattr(before, name) + more for name, more in changed.items()}
    now = replace(before, ticks=before.ticks + 10, **counts)
    monkeypatch.setattr(sound.plane, "stats", lambda: now)
    assert sound.busy() == pytest.approx(busy)
    assert sound.busy() == pytest.approx(0.25), "since the last call"
