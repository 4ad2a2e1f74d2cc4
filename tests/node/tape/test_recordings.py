"""Recordings at one node and at two, written by a recorder that is given its ticks by hand."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.media.tape.test_chunk import said
from tests.node.abroad.test_news import second
from tests.node.conftest import HOST, House, open_house

from afterparty.core import commands as c
from afterparty.core.model import Room, RoomKind
from afterparty.media.tape.reel import Reel
from afterparty.node.abroad.news import CHANNEL, BlocksChanged, RecordingDeleted
from afterparty.node.doors.routes import recordings as routes
from afterparty.node.ground import reckoned
from afterparty.node.ground.refused import Refused
from afterparty.node.node import Node
from afterparty.node.tape import recordings as module
from afterparty.node.tape import shelf
from afterparty.node.tape.recording import Recording
from afterparty.node.tape.recordings import MOMENT_SECONDS, STREAMS_MOST, STREAMS_OF_AN_ADDRESS
from afterparty.node.tape.served import GoneError
from afterparty.store.errors import StoreUnavailable
from afterparty.wire.recordings import RecordingView

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
    assert b"".join([data async for data in node.recordings.stream(found)]).startswith(b"OggS")
    with ExitStack() as all_others:
        for number in range(STREAMS_MOST - STREAMS_OF_AN_ADDRESS):
            all_others.enter_context(node.recordings.place(f"192.0.2.{number}"))
        with ExitStack() as own:
            for number in range(STREAMS_OF_AN_ADDRESS - 1):
                own.enter_context(node.recordings.place(f"2001:db8::{number}"))
            with node.recordings.place("2001:db8::ffff"), pytest.raises(Refused, match="busy"):
                own.enter_context(node.recordings.place("2001:db8::1"))
            with node.recordings.place("2001:db8::1"), pytest.raises(Refused, match="busy"):
                own.enter_context(node.recordings.place("198.51.100.1"))
        with node.recordings.place("198.51.100.1"):
            pass
    assert not node.recordings._streams


async def test_one_address_does_not_keep_all_others_from_it(house: House) -> None:
    with ExitStack() as own:
        for _ in range(STREAMS_OF_AN_ADDRESS):
            own.enter_context(house.node.recordings.place("192.0.2.1"))
        with pytest.raises(Refused, match="busy"):
            own.enter_context(house.node.recordings.place("192.0.2.1"))
        with house.node.recordings.place("192.0.2.2"):
            pass


@pytest.mark.parametrize("what", ["deleted", "cut off", "not known"])
async def test_what_is_no_more_to_be_heard_is_not_sent_on(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Its files may be open, and stay readable."""
    node, store = house.node, house.node.store.recordings
    monkeypatch.setattr(module, "PAGES", 1)
    await record(node)
    sent = node.recordings.stream(await node.recordings.find(ROOM))
    assert (await anext(sent)).startswith(b"OggS")
    assert await store.cut("show", ROOM, 0)
    await anext(sent)
    if what == "deleted":
        await store.delete("show", ROOM)
    elif what == "cut off":
        assert await store.cut("show", ROOM, 1)
    else:

        async def away(*_: object) -> None:
            raise StoreUnavailable("away")

        monkeypatch.setattr(store, "about", away)
    with pytest.raises(GoneError):
        await anext(sent)


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


async def test_what_is_told_is_made_beside_the_clock(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long evening's is a great deal, and whoever asks needs no token."""
    node, made = house.node, []

    def view(*args: Any) -> RecordingView:
        made.append(threading.current_thread())
        return make_view(*args)

    make_view = routes._view
    monkeypatch.setattr(routes, "_view", view)
    monkeypatch.setattr(reckoned, "FRESH_SECONDS", 3600.0)
    await record(node)
    for plays in (0, 1):
        answer = await routes.recording(ROOM, node)
        found = RecordingView.model_validate_json(bytes(answer.body))
        assert (found.room, found.state, found.plays) == (ROOM, "recording", plays)
        await node.store.recordings.play("show", ROOM, "fan")
    assert len(made) == 1
    assert made[0] is not threading.main_thread()
    await end(node, monkeypatch)
    answer = await routes.recording(ROOM, node)
    assert RecordingView.model_validate_json(bytes(answer.body)).state == "ready"


async def test_reactions_of_a_long_evening_are_told_in_longer_moments(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record(house.node)
    taken = await house.node.recordings.find(ROOM)
    first, hours = taken.first // 50, 3
    found = replace(taken, end=taken.first + hours * 3600 * 50)
    reacted = {
        (first + at, what): at + len(what)
        for at in range(-5, hours * 3600 + 5, MOMENT_SECONDS)
        for what in ("💯", "👏🏽", "🎉")
    }
    asked = []

    def offset(self: Recording, at: float) -> float:
        asked.append(at)
        return reckon(self, at)

    reckon = Recording.offset
    monkeypatch.setattr(Recording, "offset", offset)
    told = routes._moments(found, reacted)
    assert len(asked) == len({at for at, _ in reacted}), "each moment is looked at once"
    monkeypatch.undo()
    assert 0 < len(told) <= routes.MOMENTS_MOST
    steps = sorted({at for at, _, _ in told})
    step = steps[1] - steps[0]
    assert step in (10, 20, 40)
    expected: Counter[tuple[float, str]] = Counter()
    for (at, what), times in reacted.items():
        if -MOMENT_SECONDS < found.offset(at) <= found.seconds:
            expected[max(0.0, found.offset(at) // step * step), what] += times
    assert {(at, what): times for at, what, times in told} == expected


async def test_what_took_long_to_read_is_not_read_again_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may ask, and again and again; but what is ready is all there is."""
    node, read = house.node, []
    go_on = Reel.read

    def slow(self: Reel) -> None:
        read.append(self)
        go_on(self)

    monkeypatch.setattr(Reel, "read", slow)
    monkeypatch.setattr(reckoned, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(reckoned, "KEPT_TIMES", 10**9)
    await record(node)
    first = await node.recordings.find(ROOM)
    await record(node, 400)  # the same tick may be now
    assert (await node.recordings.find(ROOM)).end == first.end
    assert len(read) == 1
    await end(node, monkeypatch)
    assert (await node.recordings.find(ROOM)).end > first.end
    await node.recordings.find(ROOM)
    assert len(read) == 2


async def test_what_is_kept_at_hand_is_bounded_by_what_there_is_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, kept = house.node, house.node.recordings.shelf._kept
    await open_room(node, "other")
    for room in (ROOM, "other"):
        await record(node, room=room)
        await node.recordings.find(room)
    assert list(kept) == [ROOM, "other"]
    monkeypatch.setattr(shelf, "ENTRIES_MOST", 7)
    monkeypatch.setattr(reckoned, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(reckoned, "KEPT_TIMES", 0)
    kept[ROOM].good_until = 0.0
    assert (await node.recordings.find(ROOM)).reel.entries == 4
    assert list(kept) == [ROOM], "the one that nobody asked for lately goes first"


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


async def test_one_folder_that_cannot_be_removed_keeps_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, folder_of = house.node, house.node.recordings.shelf.folder_of
    await open_room(node, "other")
    erase, rooms = node.recordings.shelf.erase, (ROOM, "other")
    for room in rooms:
        await record(node, room=room)
        await node.rooms.execute(room, c.EndRoom(HOST))
        await node.store.recordings.delete("show", room)
    await node.recordings.recorder.flush()

    async def stuck(room: Room) -> None:
        if room.room == ROOM:
            raise OSError("busy")
        await erase(room)

    monkeypatch.setattr(node.recordings.shelf, "erase", stuck)
    await node.recordings.recover()
    assert [folder_of(node.rooms.room(room)).exists() for room in rooms] == [True, False]
    monkeypatch.setattr(node.recordings.shelf, "erase", erase)
    node.store.bus.resync(CHANNEL)
    await gone(folder_of(node.rooms.room(ROOM)))


async def gone(folder: Path) -> None:
    """Wait until a folder is removed."""
    async with asyncio.timeout(20):
        while folder.exists():  # noqa: ASYNC110 - what a task does
            await asyncio.sleep(0.05)


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
        await gone(folders[1])
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


async def test_other_news_does_not_wait_for_the_disk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, erasing = house.node, asyncio.Event()
    await record(node)
    await end(node, monkeypatch)
    await node.store.recordings.delete("show", ROOM)

    async def slow(room: object) -> None:
        erasing.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(node.recordings.shelf, "erase", slow)
    heard, changed = asyncio.Event(), node.blocklists.changed
    monkeypatch.setattr(node.blocklists, "changed", lambda who: (changed(who), heard.set()))
    await node.news.tell(RecordingDeleted(ROOM))
    await node.news.tell(BlocksChanged("host"))
    async with asyncio.timeout(20):
        await erasing.wait()
        await heard.wait()


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
