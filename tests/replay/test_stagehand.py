"""Names of a run, fresh each time and never too long; and what the server says of its own haste."""

import httpx
import pytest
from tests.replay.little import LITTLE

from afterparty.client.api import Api
from afterparty.replay.loading import parse
from afterparty.replay.stagehand import LATE, late_ticks, names


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
