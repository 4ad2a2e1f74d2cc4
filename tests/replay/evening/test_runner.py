"""A whole little evening against a real server: what is measured, and that nothing is left open."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.client.devserver import devserver
from tests.replay.little import CROWDED, LITTLE, TODAY

from afterparty.client.api import Api
from afterparty.client.errors import ApiError
from afterparty.replay.evening.progress import Silent
from afterparty.replay.evening.runner import replay, run
from afterparty.replay.plan.audience import plan
from afterparty.replay.words.beats import Beat
from afterparty.replay.words.loading import parse
from afterparty.replay.words.scenario import Scenario
from afterparty.wire.views import CountsView

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with devserver(tmp_path_factory.mktemp("server")) as url:
        yield url


class Watching(Silent):
    """Keeps what it is told; ``said`` is set when the first line is spoken."""

    def __init__(self) -> None:
        self.beats: list[str] = []
        self.most: dict[str, int] = {}
        self.handoffs: list[tuple[str, str]] = []
        self.said = asyncio.Event()
        self.ended = False
        self.simulated = 0

    def begin(self, scenario: Scenario, speed: float, listeners: int, simulated: int = 0) -> None:
        self.simulated = simulated

    def beat(self, t: float, index: int, beat: Beat) -> None:
        self.beats.append(beat.do)
        if beat.do == "say":
            self.said.set()

    def counts(self, t: float, rooms: Mapping[str, CountsView]) -> None:
        for room, counts in rooms.items():
            self.most[room] = max(self.most.get(room, 0), counts.participants)

    def handoff(self, t: float, room: str, to_room: str, moves_in: float) -> None:
        self.handoffs.append((room, to_room))

    def end(self, t: float) -> None:
        self.ended = True


async def ready(url: str) -> None:
    async with Api(url) as api:
        await api.wait_ready()


async def test_an_evening_is_played_judged_and_told(url: str, tmp_path: Path) -> None:
    """Twelve have a connection, 288 are simulated."""
    await ready(url)
    file = tmp_path / "crowded.yaml"
    file.write_text(CROWDED)
    watching = Watching()
    tasks = asyncio.all_tasks()
    found = await replay(file, url, tmp_path / "out", real=12, voices="tone", progress=watching)
    assert asyncio.all_tasks() - tasks == set()
    failed = {v.says: v.measured for v in found.verdicts if not v.held}
    assert failed == {}
    assert found.ok
    assert found.report_path.is_file()
    assert json.loads((tmp_path / "out" / "report.json").read_text())["held"] is True
    assert watching.beats == [beat.do for beat in parse(CROWDED).beats]
    assert watching.handoffs == [("before", "after")]
    assert watching.most["before"] >= 302
    assert watching.ended
    record = found.record
    assert [(r.member, r.doing, r.code) for r in record.refusals] == [("ben", "say", "muted")]
    (handoff,) = record.handoffs
    assert handoff.to_room == "after"
    connected = [fan for fan in plan(parse(CROWDED), 6, 12) if not fan.simulated]
    assert len(record.listeners) == len(connected) == 12
    assert sum(m.broken for m in record.listeners) == sum(len(fan.broken) for fan in connected) > 0
    assert record.crowd.members == watching.simulated == 288
    assert max(poll.rooms["before"].simulated for poll in record.polls) == 288
    ways = Counter(way for who, way in handoff.outcomes.items() if who.startswith("sim-"))
    assert ways.total() == 288
    assert all(ways[way] for way in ("moved", "declined", "lost"))
    assert any(m.outcome == "stayed" for m in record.listeners)
    moved = [m for m in record.members if handoff.outcomes.get(m.member) == "moved"]
    assert all(m.rooms == ("before", "after") for m in moved)
    assert {m.peer_connections for m in moved} == {1}
    async with Api(url) as api:
        show = next(s for s in await api.shows() if s.show.startswith("crowded-"))
        assert {one.simulated for one in (await api.counts(show.show)).rooms.values()} == {0}
    assert show.simulated


async def test_an_evening_by_the_rules_of_today(url: str, tmp_path: Path) -> None:
    await ready(url)
    file = tmp_path / "today.yaml"
    file.write_text(TODAY)
    found = await replay(file, url, tmp_path / "out", voices="tone")
    assert {v.says: v.measured for v in found.verdicts if not v.held} == {}
    talk = [logged.event for logged in found.record.events if logged.room == "talk"]
    assert [event["type"] for event in talk] == [
        "room_created", "room_opened", "mute_changed", "mute_changed",
        "captions_consent", "line_said",
        "hand_raised", "hand_lowered", "speak_changed", "seat_taken", "mute_changed",
        "mute_changed", "mute_changed", "captions_consent", "post_pinned", "lock_changed",
        "seat_left", "member_removed", "member_blocked", "lock_changed",
        "mute_changed", "host_changed", "seat_left", "room_ended",
    ]  # fmt: skip
    [fan] = [member for member in found.record.members if member.member == "fan"]
    block = next(n for n, beat in enumerate(parse(TODAY).beats) if beat.do == "block")
    gone = fan.stays[1].gone
    assert gone is not None
    assert gone <= found.record.beats[block].done, "they are known to be gone at once"
    side = [logged.event for logged in found.record.events if logged.room == "side"]
    picked = next(event for event in side if event["type"] == "question_picked")
    assert (picked["person"]["member"], picked["text"]) == ("fan", "What comes next?")
    assert "question_answered" in {event["type"] for event in side}
    assert talk[0]["topics"] == ["This", "That"]
    assert [e["by"] for e in talk if e["type"] in ("host_changed", "room_ended")] == ["anna", "ben"]
    assert {e["member"] for e in talk if e["type"] == "captions_consent"} == {"ben", "fan"}


async def test_who_is_simulated_is_sent_home_though_the_room_goes_on(url: str) -> None:
    await ready(url)
    scenario = parse(LITTLE)
    short = scenario.model_copy(update={"beats": scenario.beats[:4], "audience": scenario.audience})
    record = await run(short, url, speed=6, real=2, seed=3, progress=Silent(), voices="tone")
    assert len(record.listeners) == 2
    assert record.crowd.members == 4
    assert max(poll.rooms["before"].simulated for poll in record.polls) > 0
    assert record.states == {"before": "live", "after": "scheduled"}
    async with Api(url) as api:
        shows = [s.show for s in await api.shows() if s.show.startswith("little-")]
        counts = [(await api.counts(show)).rooms["before" + show[6:]] for show in shows]
    assert [one.simulated for one in counts] == [0] * len(shows)
    assert all(member.left_at is not None for member in record.members if member.stays)


async def test_broken_off_everything_is_closed(url: str) -> None:
    await ready(url)
    watching = Watching()
    tasks = asyncio.all_tasks()
    running = asyncio.create_task(
        run(parse(LITTLE), url, speed=6, real=None, seed=1, progress=watching, voices="tone")
    )
    await watching.said.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert asyncio.all_tasks() - tasks == set()
    assert watching.ended


async def test_who_was_blocked_comes_in_again_when_the_evening_is_played_again(url: str) -> None:
    await ready(url)
    beats = """\
  - {at: "0:00", who: anna, do: open, room: before}
  - {at: "0:01", who: fan, do: join, room: before}
  - {at: "0:02", who: anna, do: block, member: fan}
  - {at: "0:03", who: anna, do: end}
expect:
  - {kind: no_refusals}
"""
    scenario = parse(f"{LITTLE.partition('audience:')[0]}beats:\n{beats}")
    for _ in range(2):
        record = await run(scenario, url, speed=6, real=None, seed=1, progress=Silent())
        assert record.refusals == ()
        assert [beat.refused for beat in record.beats] == [""] * 4


async def test_a_token_maker_of_ones_own(url: str) -> None:
    await ready(url)
    asked: list[str | None] = []
    scenario = parse(LITTLE)
    short = scenario.model_copy(update={"beats": scenario.beats[:2], "audience": ()})
    async with Api(url) as api:

        async def mint(handle: str | None, name: str, grants: tuple[str, ...]) -> tuple[str, str]:
            asked.append(handle)
            reply = await api.token(handle, name, grants=grants)
            return reply.token, reply.member

        await run(short, url, speed=60, real=None, seed=1, progress=Silent(), mint=mint)
    assert asked == ["anna", "ben", "fan", "cleo"]


async def test_nobody_there() -> None:
    with pytest.raises(ApiError) as caught:
        await run(
            parse(LITTLE), "http://127.0.0.1:1", speed=6, real=None, seed=1, progress=Silent()
        )
    assert caught.value.code == "unreachable"
