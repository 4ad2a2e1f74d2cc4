"""Names of a run, fresh each time and never too long; and what the server says of its own haste."""

import httpx
import pytest
from tests.replay.little import LITTLE
from tests.replay.littleseason import FIRST, SECOND

from afterparty.client.api import Api
from afterparty.replay.evening.stagehand import (
    LATE,
    begins,
    late_between,
    late_ticks,
    names,
    stands_for,
)
from afterparty.replay.words.loading import parse


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


def test_evenings_of_a_season_share_a_suffix_and_so_their_series() -> None:
    scenario = parse(SECOND)
    named = names(scenario, "abc", "small-abc")
    assert named.show == "second-abc"
    assert named.series == {"talks": "talks-abc"}
    assert named.season == "small-abc"
    assert names(scenario).season == ""
    assert names(scenario).series != named.series


def test_an_evening_stands_for_the_time_at_which_its_first_room_opens() -> None:
    scenario = parse(FIRST)
    assert scenario.begins is not None
    assert begins(scenario) == scenario.begins.at.timestamp() == stands_for(scenario)
    later = parse(FIRST.replace('{at: "0:00", who: ana', '{at: "0:03", who: ana'))
    assert stands_for(later) == scenario.begins.at.timestamp() + 3
    assert begins(parse(LITTLE)) is None
    assert stands_for(parse(LITTLE)) is None


def test_ticks_of_two_processes_are_not_compared() -> None:
    assert late_between(3, 10) == 7
    assert late_between(10, 3) is None
    assert late_between(None, 3) is late_between(3, None) is None


@pytest.mark.parametrize(
    ("status", "names_told", "found"),
    [(200, LATE, 10), (200, LATE[:3], None), (404, LATE, None), (200, ("{",), None)],
)
async def test_late_ticks_are_told_or_they_are_not(
    status: int, names_told: tuple[str, ...], found: int | None
) -> None:
    text = "".join(f"{name} {n + 1}\n" for n, name in enumerate(names_told))
    async with Api("http://127.0.0.1:9") as api:
        api._http = httpx.AsyncClient(
            base_url="http://127.0.0.1:9",
            transport=httpx.MockTransport(lambda request: httpx.Response(status, text=text)),
        )
        assert await late_ticks(api) == found
