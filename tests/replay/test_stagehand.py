"""Names of a run: fresh each time, and never too long."""

import pytest
from tests.replay.little import LITTLE

from afterparty.replay.loading import parse
from afterparty.replay.stagehand import names


def test_no_two_runs_have_the_same_names() -> None:
    scenario = parse(LITTLE)
    first, second = names(scenario), names(scenario)
    assert first.show != second.show
    assert set(first.rooms) == {"before", "after"}
    assert not set(first.rooms.values()) & set(second.rooms.values())


@pytest.mark.parametrize("length", [1, 57, 64])
def test_names_fit(length: int) -> None:
    long = "x" * length
    scenario = parse(LITTLE).model_copy(update={"scenario": long})
    assert len(names(scenario).show) <= 64
    assert names(scenario).show.startswith(long[:50])
