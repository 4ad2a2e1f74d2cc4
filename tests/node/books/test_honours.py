"""Records that fall and firsts that are made, in the moment, in live rooms of a real store."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.node.conftest import HOST, House, bearer, open_house
from tests.store.servers import Server, free_ports

from afterparty.core import commands as c
from afterparty.core.events import Event, FirstMade, RecordBroken
from afterparty.core.model import HonourKind, Person, Role, Room, RoomKind, Show
from afterparty.core.records import Entry, RecordKind
from afterparty.core.season import Era, FirstRule, Season
from afterparty.node.ground.settings import Settings
from afterparty.node.node import Node
from afterparty.node.opening import open_node
from afterparty.store.embedded import EmbeddedStore
from afterparty.wire.seasons import TellRecord
from afterparty.wire.views import NOBODY

LAUNCH = 1_620_000_000.0
SEASON = Season(
    "of-2021",
    "The season of 2021",
    LAUNCH - 1e7,
    LAUNCH + 1e7,
    (Era("before", "Before the launch", None, LAUNCH), Era("since", "Since the launch", LAUNCH)),
    (
        FirstRule("artist-host", "First artist to host", ("artist",), Role.HOST, RoomKind.SPACE),
        FirstRule("artist-speaker", "To speak", ("artist",), Role.SPEAKER, RoomKind.SPACE),
        FirstRule("series", "First series", (), Role.HOST, RoomKind.SPACE, series=True),
    ),
    by="host",
    created_at=1.0,
)
NONE = Entry("", RecordKind.ROOM, "", 0, 0.0, True, "")
TAGS = {"host": ("artist", "group"), "idol": ("artist",)}


async def evening(node: Node, show: str, stands_for: float, *, series: str | None = None) -> str:
    """A live room of a show of the season; the room is called like the show."""
    await node.create_show(
        Show(
            show,
            show,
            simulated=True,
            created_at=time.time(),
            created_by="host",
            season="of-2021",
            stands_for=stands_for,
            speed=60.0,
            tags=TAGS,
        )
    )
    await live(node, show, series=series)
    return show


async def live(node: Node, show: str, *, series: str | None = None) -> None:
    """The live room of a show."""
    made = c.CreateRoom(HOST, show, show, RoomKind.SPACE, f"Room {show}", series=series)
    await node.rooms.create_room(made)
    await node.rooms.execute(show, c.OpenRoom(HOST))


async def fill(node: Node, room: str, upto: int) -> None:
    """Have so many listeners there."""
    for n in range(upto):
        await node.members.join(bearer(f"{room}-fan{n}"), room)


def honours(node: Node, room: str) -> list[tuple[HonourKind, str]]:
    """What a room is honoured for."""
    return [(one.kind, one.key) for one in node.rooms.room(room).honours]


async def until(node: Node, true: Callable[[], bool]) -> None:
    """Wait for something to be so after an event of any room."""
    await House(node).until(true)


async def in_book(node: Node, true: Callable[[dict[str, Entry]], bool]) -> dict[str, Entry]:
    """The season's entries by title, as soon as they are so."""
    async with asyncio.timeout(20):
        while True:
            book = await node.seasons.book(SEASON).read()
            found = {entry.title: entry for entry in book.entries}
            if true(found):
                return found


async def told(node: Node, title: str, listeners: int, at: float) -> None:
    """Have the season's book told of another count."""
    await node.seasons.tell(SEASON, TellRecord(title=title, listeners=listeners, at=at), "host")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """A node with a season."""
    async with open_node(Settings(data=tmp_path / "data", dev=True)) as found:
        await found.seasons.make(SEASON)
        yield found


async def test_a_record_falls_in_the_moment_and_its_entry_grows(node: Node) -> None:
    await told(node, "Held before", 2, LAUNCH - 5000.0)
    room = await evening(node, "night", LAUNCH + 600.0)
    await fill(node, room, 2)
    await until(node, lambda: (HonourKind.FIRST, "artist-host") in honours(node, room))
    assert (HonourKind.RECORD, "overall") not in honours(node, room), "as many is no record"
    await node.members.join(bearer("one-more"), room)
    await until(node, lambda: (HonourKind.RECORD, "overall") in honours(node, room))
    (broken,) = [one for one in node.rooms.room(room).honours if one.kind is HonourKind.RECORD]
    assert broken.before is not None
    assert (broken.listeners, broken.before.title, broken.before.listeners) == (3, "Held before", 2)
    assert broken.before.at == LAUNCH - 5000.0
    shown = node.view(node.rooms.room(room)).honours[-1]
    assert (shown.key, shown.before_title, shown.before_listeners) == ("overall", "Held before", 2)
    await fill(node, room, 5)
    found = await in_book(node, lambda book: book.get("Room night", NONE).listeners == 6)
    entry = found["Room night"]
    assert entry.live, "it is told that the room goes on"
    assert entry.at >= LAUNCH + 600.0
    assert (entry.simulated, entry.host, entry.room_kind) == (True, "Host", RoomKind.SPACE)
    await node.rooms.execute(room, c.EndRoom(HOST))
    own = await in_own_book(node, "Room night")
    assert (own.listeners, own.season) == (6, "of-2021")
    assert own.stage == (), "who was on stage is for the season's book"


async def in_own_book(node: Node, title: str) -> Entry:
    """The entry of that title in the server's own book, as soon as its room is over there."""
    async with asyncio.timeout(20):
        while True:
            for entry in (await node.records.book()).entries:
                if entry.title == title and not entry.live:
                    return entry


async def test_an_era_has_a_record_of_its_own(node: Node) -> None:
    await told(node, "Early and high", 9, LAUNCH - 5000.0)
    await told(node, "Since, and low", 1, LAUNCH + 10.0)
    room = await evening(node, "night", LAUNCH + 600.0)
    await fill(node, room, 2)
    await until(node, lambda: (HonourKind.RECORD, "since") in honours(node, room))
    assert (HonourKind.RECORD, "overall") not in honours(node, room)
    assert (HonourKind.RECORD, "before") not in honours(node, room)


async def test_what_stands_for_later_is_not_to_be_beaten_yet(node: Node) -> None:
    await told(node, "Earlier", 1, LAUNCH - 9000.0)
    await told(node, "Later", 50, LAUNCH + 90_000.0)
    late = await evening(node, "late", LAUNCH + 600.0)
    await fill(node, late, 2)
    await until(node, lambda: (HonourKind.RECORD, "overall") in honours(node, late))
    broken = node.rooms.room(late).honours[-1].before
    assert broken is not None
    assert broken.title == "Earlier"


async def test_who_comes_onto_the_stage_is_the_first_and_a_series_takes_two(node: Node) -> None:
    one = await evening(node, "one", LAUNCH - 800.0, series="talks")
    idol = Person("idol", "idol", "Idol")
    await node.members.join(bearer("idol"), one)
    await node.rooms.execute(one, c.Invite(HOST, "idol", Role.SPEAKER))
    await node.rooms.execute(one, c.AcceptInvitation(idol))
    await until(node, lambda: len(honours(node, one)) == 2)
    made = {honour.key: honour.member for honour in node.rooms.room(one).honours}
    assert made == {"artist-host": "host", "artist-speaker": "idol"}
    two = await evening(node, "two", LAUNCH + 800.0, series="talks")
    await until(node, lambda: bool(honours(node, two)))
    assert honours(node, two) == [(HonourKind.FIRST, "series")]


@pytest.mark.parametrize("dates", [(-800.0, 800.0), (800.0, -800.0)])
async def test_of_two_episodes_that_are_live_at_once_the_later_makes_the_series(
    tmp_path: Path, dates: tuple[float, float]
) -> None:
    """Whichever of them is enacted first, and though neither is due anything else."""
    async with open_node(Settings(data=tmp_path / "data", dev=True)) as node:
        await node.seasons.make(replace(SEASON, firsts=SEASON.firsts[2:]))
        for name, at in zip("ab", dates, strict=True):
            await evening(node, name, LAUNCH + at, series="talks")
            if name == "a":  # looked at, and for now due nothing
                await in_book(node, lambda book: "Room a" in book)
        later, earlier = ("b", "a") if dates[1] > 0 else ("a", "b")
        await until(node, lambda: bool(honours(node, later)))
        assert honours(node, later) == [(HonourKind.FIRST, "series")]
        assert honours(node, earlier) == []


async def test_an_evening_of_an_earlier_date_is_the_first_however_late_it_is_enacted(
    node: Node,
) -> None:
    later = await evening(node, "later", LAUNCH + 800.0)
    await until(node, lambda: bool(honours(node, later)))
    earlier = await evening(node, "earlier", LAUNCH - 800.0)
    await until(node, lambda: bool(honours(node, earlier)))
    assert honours(node, earlier) == honours(node, later) == [(HonourKind.FIRST, "artist-host")]


async def test_without_a_season_rooms_of_no_season_are_compared(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data", record_floor=4) as house:
        await fill(house.node, "post", 1)
        await house.node.rooms.execute("post", c.EndRoom(HOST))
        await in_own_book(house.node, "post")
        await evening_of_none(house.node)
        await fill(house.node, "pre", 4)
        await house.until(lambda: bool(honours(house.node, "pre")))
        (only,) = house.node.rooms.room("pre").honours
        assert (only.key, only.listeners) == ("overall", 4), "three, though more, were too few"
        assert only.before is not None
        assert (only.before.title, only.before.listeners) == ("post", 1)
        assert honours(house.node, "played") == [], "what is simulated is not compared with it"


async def evening_of_none(node: Node) -> None:
    """A simulated room of no season, with more listeners than anybody."""
    await node.create_show(Show("played", "Played", simulated=True, created_at=time.time()))
    await live(node, "played")
    await fill(node, "played", 4)


@asynccontextmanager
async def two_nodes(data: Path) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes of one store."""
    store = EmbeddedStore(data / "store")
    url = await store.start()
    try:
        async with (
            open_house(data / "one", redis_url=url) as house,
            open_node(Settings(data=data / "two", dev=True, redis_url=url)) as other,
        ):
            yield house.node, other
    finally:
        await store.stop()


async def test_of_two_nodes_that_notice_it_one_has_it_happen(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (one, other):
        await one.seasons.make(SEASON)
        await told(one, "Held before", 3, LAUNCH - 5000.0)
        heard: list[tuple[str, Event]] = []

        def listen(node: str) -> Callable[[Room, Event], None]:
            return lambda room, event: heard.append((node, event))

        one.rooms.listen(listen("one"))
        other.rooms.listen(listen("other"))
        room = await evening(one, "night", LAUNCH + 600.0)
        await until(other, lambda: other.rooms.version(room) > 1)
        for n in range(6):
            await (one if n % 2 else other).members.join(bearer(f"fan{n}"), room)
        for node in (one, other):
            await until(node, lambda node=node: len(honours(node, room)) == 2)
        await one.rooms.execute(room, c.EndRoom(HOST))
        await until(other, lambda: other.rooms.room(room).over_at is not None)
        for node in ("one", "other"):
            fell = [e for n, e in heard if n == node and isinstance(e, RecordBroken | FirstMade)]
            assert sorted(type(e).__name__ for e in fell) == ["FirstMade", "RecordBroken"]
        found = await in_book(other, lambda book: book.get("Room night", NONE).listeners == 6)
        assert len(found) == 2


async def test_a_node_that_starts_looks_at_what_is_live(tmp_path: Path) -> None:
    async with open_node(Settings(data=tmp_path / "data", dev=True)) as node:
        await node.seasons.make(SEASON)
        room = await evening(node, "night", LAUNCH + 600.0)
        await until(node, lambda: bool(honours(node, room)))
        before = node.rooms.version(room)
    async with open_node(Settings(data=tmp_path / "data", dev=True)) as node:
        await in_book(node, lambda book: "Room night" in book)
        assert node.rooms.version("night") == before, "it was honoured once, and is not again"


async def test_a_store_that_is_away_delays_it_and_no_more(tmp_path: Path) -> None:
    with Server(tmp_path / "redis", free_ports(1)[0]) as server:
        settings = Settings(data=tmp_path / "data", dev=True, redis_url=server.url)
        async with open_node(settings) as node:
            await node.seasons.make(SEASON)
            await told(node, "Held before", 3, LAUNCH - 5000.0)
            room = await evening(node, "night", LAUNCH + 600.0)
            await until(node, lambda: bool(honours(node, room)))
            server.kill()
            with capture_logs() as logs:
                high = NOBODY.model_copy(update={"listeners": 4, "peak": 4})
                node.honours.heard({"unheard-of": high, room: high})
                async with asyncio.timeout(20):
                    while not any("wait for the store" in log["event"] for log in logs):  # noqa: ASYNC110 - a log wakes nobody
                        await asyncio.sleep(0.02)
            server.start()
            await until(node, lambda: (HonourKind.RECORD, "overall") in honours(node, room))
            assert "honours failed" not in {log["event"] for log in logs}
