"""replay.author.watching, with a real server: an evening is played, watched, written down,
checked, and played again as it was written down.
"""

import asyncio
from pathlib import Path

import pytest
from tests.client.devserver import devserver
from tests.replay.little import LITTLE
from tests.replay.watched import log, person, watched

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.replay.author.recording import name_of, recording
from afterparty.replay.author.watching import SAMPLES_LIMIT, Watched, watch
from afterparty.replay.evening.progress import Silent
from afterparty.replay.evening.runner import replay, run
from afterparty.replay.words.loading import load, parse
from afterparty.wire.bodies import CreateRoom, CreateShow
from afterparty.wire.views import NOBODY

ANNA = person("anna")

SPEED = 12
"""Evening seconds a wall second: twice what the evening is made for, as nothing is judged."""


def test_no_more_looks_are_kept_than_a_curve_needs() -> None:
    seen = watched([log(ANNA, "talk")])
    for at in range(3 * SAMPLES_LIMIT):
        seen.keep(float(at), {"talk": NOBODY})
    kept = [sample.at for sample in seen.samples]
    assert len(kept) <= SAMPLES_LIMIT
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (0.0, 3.0 * SAMPLES_LIMIT - 1)


def test_an_evening_is_called_like_its_file_or_like_its_show() -> None:
    seen = watched([log(ANNA, "talk")])
    assert name_of("my-evening", seen) == "my-evening"
    assert name_of("my evening", seen) == "show"


async def followed(url: str, scenario: str) -> Watched:
    """A little evening, watched from its first look to its end."""
    async with Api(url) as api:
        await api.wait_ready()
        found = parse(scenario)
        playing = asyncio.create_task(
            run(found, url, speed=SPEED, real=None, seed=3, progress=Silent(), voices="tone")
        )
        async with asyncio.timeout(20):
            while not (rooms := await api.rooms()):  # noqa: ASYNC110 - asked of the server
                await asyncio.sleep(0.05)
        seen = await watch(api, rooms[0].room.room, asyncio.Event())
        await playing
        return seen


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_an_evening_is_recorded_from_a_server_and_played_again(tmp_path: Path) -> None:
    with devserver(tmp_path / "server") as url:
        seen = await followed(url, LITTLE)
        assert {summary.room.state.value for summary in seen.rooms.values()} == {"ended"}
        file = tmp_path / "again.yaml"
        file.write_text(recording(seen, "again"), "utf-8")
        again = load(file)
        assert [member.id for member in again.cast][:3] == ["anna", "ben", "cleo"]
        assert {"open", "say", "request", "accept", "offer_handoff", "end"} <= {
            beat.do for beat in again.beats
        }
        assert again.listeners >= 3
        found = await replay(file, url, tmp_path / "out", voices="tone")
        assert {v.says: v.measured for v in found.verdicts if not v.held} == {}
        assert found.record.refusals == ()


@pytest.mark.slow
@pytest.mark.timeout(60)
async def test_a_room_that_is_live_is_recorded_until_one_stops(tmp_path: Path) -> None:
    with devserver(tmp_path / "server") as url:
        async with Api(url) as nobody:
            await nobody.wait_ready()
            token = (await nobody.token("anna", "Anna", grants=("host",))).token
            with pytest.raises(ApiError):
                await watch(nobody, "nowhere", asyncio.Event())
        async with Api(url, token) as api:
            await api.create_show(CreateShow(show="talks", title="Talks"))
            room = CreateRoom.model_validate({"room": "talk", "kind": "space", "title": "Talk"})
            await api.create_room("talks", room)
            await api.command("talk", "open")
            stop = asyncio.Event()
            seen = await watch(api, "talk", stop, lambda _: stop.set())
    assert not seen.over
    found = parse(recording(seen, "talks"))
    assert [beat.do for beat in found.beats] == ["open", "end"]
    assert found.show.title == "Talks (simulation)"
