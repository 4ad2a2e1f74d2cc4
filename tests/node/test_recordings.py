"""Recordings at one node and at two, written by a recorder that is given its ticks by hand."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.media.test_chunk import said
from tests.node.conftest import HOST, House, open_house
from tests.node.test_news import second

from afterparty.core import commands as c
from afterparty.core.model import RoomKind
from afterparty.node import recordings as module
from afterparty.node.news import RecordingDeleted
from afterparty.node.node import Node
from afterparty.node.recordings import MOMENT_SECONDS, STREAMS_MOST
from afterparty.node.refused import Refused
from afterparty.store.errors import StoreUnavailable

ROOM = "taped"


async def open_room(node: Node, room: str = ROOM) -> None:
    create = c.CreateRoom(HOST, room, "show", RoomKind.SPACE, "On tape", recording=True)
    await node.rooms.create_room(create)
    await node.rooms.execute(room, c.OpenRoom(HOST))


async def record(node: Node, ticks: int = 200, room: str = ROOM, epoch: int = 1) -> int:
    """Have so many ticks written, from now on; the first of them."""
    csrc = node.rooms.room(room).seats["host"].csrc
    first = int(time.time() * 50)
    for tick in range(first, first + ticks):
        node.recordings.recorder.take(room, epoch, tick, said(tick, (csrc, 20)))
    await node.recordings.recorder.flush()
    return first


async def end(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the room, and take its recording for written."""
    await node.rooms.execute(ROOM, c.EndRoom(HOST))
    monkeypatch.setattr(module, "SETTLE_SECONDS", -1.0)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "data") as found:
        await open_room(found.node)
        yield found


async def refusal(node: Node, room: str = ROOM) -> str:
    with pytest.raises(Refused) as refused:
        await node.recordings.find(room)
    return refused.value.code


async def test_only_what_the_host_has_chosen_is_recorded(house: House) -> None:
    node = house.node
    assert len(node.recordings.recorder) == 1
    assert await refusal(node, "pre") == "no_recording"
    assert await refusal(node, "nowhere") == "no_such_room"
    assert await refusal(node) == "no_recording", "not a tick is there yet"
    first = await record(node)
    found = await node.recordings.find(ROOM)
    assert (found.first, found.end, found.ready) == (first, first + 200, False)
    assert [mark.member for mark in (await found.sight()).marks] == ["host"]
    await node.rooms.execute(ROOM, c.EndRoom(HOST))
    assert len(node.recordings.recorder) == 0


async def test_it_is_ready_when_every_node_has_written(house: House) -> None:
    node = house.node
    await record(node)
    await node.rooms.execute(ROOM, c.EndRoom(HOST))
    assert not (await node.recordings.find(ROOM)).ready
    over_at = node.rooms.room(ROOM).over_at
    assert over_at is not None
    await asyncio.sleep(over_at + module.SETTLE_SECONDS + 0.1 - time.time())
    assert (await node.recordings.find(ROOM)).ready


async def test_while_it_runs_it_is_neither_cut_nor_deleted(house: House) -> None:
    node = house.node
    await record(node)
    found = await node.recordings.find(ROOM)
    for asked in (node.recordings.cut(found, 1.0), node.recordings.delete(found)):
        with pytest.raises(Refused) as refused:
            await asked
        assert refused.value.code == "recording_running"


async def test_a_recording_has_only_so_many_hours(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data", recording_hours=1) as house:
        await open_room(house.node)
        recorded = house.node.recordings.recorder._rooms[ROOM]
        assert recorded.until == pytest.approx(time.time() + 3600, abs=60)


async def test_only_so_many_are_sent_while_they_are_written(house: House) -> None:
    node = house.node
    await record(node)
    found = await node.recordings.find(ROOM)
    streams = [node.recordings.stream(found) for _ in range(STREAMS_MOST)]
    for stream in streams:
        assert (await anext(stream)).startswith(b"OggS")
    with pytest.raises(Refused, match="busy"):
        node.recordings.stream(found)
    await streams[0].aclose()
    assert b"".join([data async for data in node.recordings.stream(found)]).startswith(b"OggS")


async def test_what_is_made_of_it_is_made_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = house.node
    await record(node)
    await end(node, monkeypatch)
    found = await node.recordings.find(ROOM)
    path, *others = await asyncio.gather(*(node.recordings.file(found) for _ in range(5)))
    assert set(others) == {path}
    made = path.stat()
    assert (await node.recordings.file(await node.recordings.find(ROOM))).stat() == made
    await node.recordings.cut(found, 1.0)
    assert not path.exists(), "it has what is not to be heard"
    assert await node.recordings.file(await node.recordings.find(ROOM)) != path


async def test_reactions_are_kept_of_what_is_recorded(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = house.node
    monkeypatch.setattr(module, "GATHER_SECONDS", 0.01)
    before = int(time.time()) // MOMENT_SECONDS * MOMENT_SECONDS
    for _ in range(2):
        node.recordings.reacted("show", ROOM, {"💯": 3, "👏": 1})
    node.recordings.reacted("show", "pre", {"💯": 5})
    async with asyncio.timeout(20):
        while not (found := await node.store.recordings.reactions("show", ROOM)):  # noqa: ASYNC110 - asked of the store
            await asyncio.sleep(0.05)
    assert sum(times for (_, what), times in found.items() if what == "💯") == 6
    assert all(at in (before, before + MOMENT_SECONDS) for at, _ in found)
    assert await node.store.recordings.reactions("show", "pre") == {}
    await node.rooms.execute(ROOM, c.EndRoom(HOST))
    node.recordings.reacted("show", ROOM, {"💯": 3})
    assert not node.recordings._reacted


async def test_a_deletion_that_was_begun_is_finished_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path / "data") as house:
        await open_room(house.node)
        await record(house.node)
        await end(house.node, monkeypatch)
        await house.node.store.recordings.delete("show", ROOM)  # and then the power went
        folder = house.node.recordings.shelf.folder_of(house.node.rooms.room(ROOM))
        assert await refusal(house.node) == "no_recording"
        assert folder.exists()
        await house.node.recordings.recover()
        assert not folder.exists()


@asynccontextmanager
async def two(house: House) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes whose folders are their own, though they ought to share one."""
    async with second(house) as other:
        yield house.node, other


async def test_a_deletion_is_heard_of_at_every_node(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two(house) as (one, other):
        for epoch, node in enumerate((one, other), 1):
            await record(node, epoch=epoch)
        await end(one, monkeypatch)
        await other.rooms.catch_up("show", ROOM)
        folders = [node.recordings.shelf.folder_of(node.rooms.room(ROOM)) for node in (one, other)]
        assert all(list(folder.iterdir()) for folder in folders)
        assert (await other.recordings.find(ROOM)).ready
        await other.news.tell(RecordingDeleted(ROOM))  # somebody says so who is wrong
        await one.recordings.delete(await one.recordings.find(ROOM))
        assert not folders[0].exists()
        await one.news.tell(RecordingDeleted(ROOM))
        async with asyncio.timeout(20):
            while folders[1].exists():  # noqa: ASYNC110 - what another node does
                await asyncio.sleep(0.05)
        assert await refusal(other) == "no_recording"


async def test_while_the_store_is_away_nothing_is_played(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was deleted is not known then."""
    await record(house.node)

    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(house.node.store.recordings._link, "on_show", away)
    with pytest.raises(StoreUnavailable):
        await house.node.recordings.find(ROOM)


async def test_what_cannot_be_removed_now_holds_up_no_news(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = house.node
    await record(node)
    await end(node, monkeypatch)
    await node.store.recordings.delete("show", ROOM)

    async def stuck(room: object) -> None:
        raise OSError("busy")

    monkeypatch.setattr(node.recordings.shelf, "erase", stuck)
    await node.recordings.erase(ROOM)
    await node.recordings.erase("nowhere")
