"""The list of questions reaches whoever is in a Blueroom, seldom and only when it has changed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.node.conftest import HOST, House, open_house
from tests.node.talk.test_questions import FAN, SOL, pick
from tests.store.servers import Server, free_ports

from afterparty.core import commands as c
from afterparty.core.model import Person, RoomKind
from afterparty.node.ground.settings import Settings
from afterparty.node.live.connection import Connection
from afterparty.node.opening import open_node
from afterparty.node.talk import favourites as module
from afterparty.wire.messages import Moved, Questions, to_client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "redis", free_ports(1)[0]) as found:
        yield found


@pytest.fixture
async def house(server: Server, tmp_path: Path) -> AsyncIterator[House]:
    """One node, where ``blue`` is a live Blueroom, and ``pre`` a Space before it."""
    async with open_house(tmp_path / "data", redis_url=server.url) as found:
        rooms = found.node.rooms
        await rooms.create_room(c.CreateRoom(HOST, "blue", "show", RoomKind.BLUEROOM, "Blue"))
        await rooms.execute("blue", c.OpenRoom(HOST))
        yield found


async def told(connection: Connection) -> Questions:
    """The next list that a connection is told."""
    async with asyncio.timeout(10):
        while True:
            for text in await connection.outbox.next() or ():
                message = to_client.validate_json(text)
                if isinstance(message, Questions):
                    return message


async def come(house: House, member: str, room: str = "blue") -> Connection:
    """Come in, as the socket does it."""
    connection = await house.join(member, room)
    house.node.favourites.greet(connection)
    return connection


def texts(message: Questions) -> list[tuple[str, int]]:
    """What is asked, and the votes for it."""
    return [(one.text, one.votes) for one in message.questions]


async def test_who_comes_in_is_told_and_so_are_changes(house: House) -> None:
    questions = house.node.questions
    first = await come(house, "first")
    assert await told(first) == Questions(room="blue", total=0, questions=[])
    asked = await questions.ask("blue", FAN, "What next?")
    assert texts(await told(first)) == [("What next?", 0)]
    second = await come(house, "second")
    assert texts(await told(second)) == [("What next?", 0)], "at once, from what is known"
    await questions.vote("blue", SOL, asked.question, given=True)
    assert texts(await told(first)) == texts(await told(second)) == [("What next?", 1)]
    await pick(house, asked.question)
    assert (await told(first)).total == 0


async def test_a_storm_of_votes_is_one_list_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TELL_SECONDS", 0.05)
    node = house.node
    asked = await node.questions.ask("blue", HOST, "Who is here?")
    watcher, lists, reads = await come(house, "watcher"), 0, 0
    read = node.store.questions.listed

    async def counted(*words: object) -> object:
        nonlocal reads
        reads += 1
        return await read(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(type(node.store.questions), "listed", lambda _, *words: counted(*words))
    crowd = [Person(f"m{n}", f"m{n}") for n in range(400)]

    async def storm() -> None:
        for first in range(0, 400, 100):
            some = crowd[first : first + 100]
            await asyncio.gather(
                *(node.questions.vote("blue", one, asked.question, given=True) for one in some)
            )

    raging = asyncio.create_task(storm())
    while texts(await told(watcher)) != [("Who is here?", 400)]:
        lists += 1
    await raging
    assert lists <= reads <= 10, "four steps of the store, and one look after each"


def test_very_many_are_told_less_often() -> None:
    assert [module.pause(sent) for sent in (0, 1, 5_000, 50_000)] == [1.0, 1.0, 1.0, 10.0]


async def test_what_has_not_changed_is_not_told_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TELL_SECONDS", 0.01)
    watcher = await come(house, "watcher")
    await told(watcher)
    favourites = house.node.favourites
    looked, listed = asyncio.Event(), house.node.questions.listed

    async def seen(*words: object) -> object:
        looked.set()
        return await listed(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(type(house.node.questions), "listed", lambda _, *words: seen(*words))
    favourites.heard("blue")
    await looked.wait()
    await house.node.questions.ask("blue", FAN, "New?")
    assert texts(await told(watcher)) == [("New?", 0)], "the next is the first that differs"


async def test_a_space_has_no_list(house: House) -> None:
    listener = await come(house, "listener", "pre")
    watcher = await come(house, "watcher")
    await told(watcher)
    house.node.favourites.heard("pre")
    await house.node.questions.ask("blue", FAN, "What next?")
    await told(watcher)
    waiting = [to_client.validate_json(text) for text in await listener.outbox.next() or ()]
    assert not any(isinstance(message, Questions) and message.total for message in waiting)


async def test_who_is_moved_into_a_blueroom_is_told_there(house: House) -> None:
    await house.node.questions.ask("blue", FAN, "What next?")
    listener = await house.join("listener")
    await house.offer("h", seconds=0.1, to="blue")
    async with asyncio.timeout(10):
        found: list[object] = []
        while not any(isinstance(message, Questions) for message in found):
            found += map(to_client.validate_json, await listener.outbox.next() or ())
    kinds = [type(message) for message in found if isinstance(message, Moved | Questions)]
    assert kinds == [Moved, Questions]


async def test_other_nodes_tell_theirs(house: House, server: Server, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "other", dev=True, redis_url=server.url)
    async with open_node(settings) as node:
        watcher = await come(House(node), "watcher")
        await told(watcher)
        asked = await house.node.questions.ask("blue", FAN, "Anybody there?")
        assert texts(await told(watcher)) == [("Anybody there?", 0)]
        await node.questions.vote("blue", SOL, asked.question, given=True)
        await house.node.questions.vote("blue", HOST, asked.question, given=True)
        while texts(await told(watcher)) != [("Anybody there?", 2)]:
            pass


async def test_what_was_missed_is_read_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher, lost = await come(house, "watcher"), asyncio.Event()
    await told(watcher)
    with monkeypatch.context() as patched:
        patched.setattr(house.node.favourites, "heard", lambda room: lost.set())
        await house.node.questions.ask("blue", FAN, "What next?")
        await lost.wait()
    house.node.favourites.missed("show")
    assert texts(await told(watcher)) == [("What next?", 0)]


async def test_nothing_is_kept_of_a_room_that_is_over(house: House) -> None:
    await told(await come(house, "watcher"))
    assert set(house.node.favourites._told) == {"blue"}
    await house.node.rooms.execute("blue", c.EndRoom(HOST))
    assert not house.node.favourites._told
