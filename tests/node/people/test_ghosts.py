"""Members whose node died: their places go, unless they come back in time. On a real store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.node.conftest import HOST, House, open_house

from afterparty.core import commands as c
from afterparty.core.model import Person, Role, RoomKind
from afterparty.node.people.ghosts import Ghosts
from afterparty.store.errors import StoreUnavailable
from afterparty.store.ops import Enter

PATIENCE = 10.0


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A node that does not look for ghosts by itself while the test lasts."""
    async with open_house(tmp_path / "data", resume_seconds=600) as found:
        yield found


@pytest.fixture
def ghosts(house: House) -> Ghosts:
    node = house.node
    return Ghosts(node.rooms, node.store.presence, node.hub, node.whereabouts, PATIENCE)


async def come_elsewhere(house: House, member: str, conn: str = "") -> None:
    """A connection at a node of which this one knows by the store alone."""
    enter = Enter(conn or f"c-{member}", "elsewhere", member, "pre")
    await house.node.store.presence.apply("show", [enter])


async def die_elsewhere(house: House) -> None:
    """That node is killed, and what it held is evicted."""
    assert await house.node.store.presence.evict_dead("show") == ["elsewhere"]


async def seat(house: House, member: str) -> None:
    person, execute = Person(member, member, member), house.node.rooms.execute
    await execute("pre", c.RequestToSpeak(person))
    await execute("pre", c.AcceptRequest(HOST, member))


async def test_a_seat_and_a_request_go_with_their_node(house: House, ghosts: Ghosts) -> None:
    room = house.node.rooms.room
    for member in ("speaker", "asking", "host"):
        await come_elsewhere(house, member)
    await seat(house, "speaker")
    await house.node.rooms.execute("pre", c.RequestToSpeak(Person("asking", "asking", "asking")))
    await ghosts.look(0.0)
    await ghosts.look(100.0)
    assert "speaker" in room("pre").seats, "who is there may stay for ever"

    await die_elsewhere(house)
    await ghosts.look(200.0)
    await ghosts.look(209.9)
    assert set(room("pre").seats) == {"host", "speaker"}
    before = room("pre").version
    await ghosts.look(210.0)
    await ghosts.look(220.0)
    assert (set(room("pre").seats), room("pre").requests) == ({"host"}, ())
    assert room("pre").version == before + 3, "each goes once, and the host is waited for"
    assert room("pre").away is not None


async def test_who_comes_back_by_another_node_keeps_their_seat(
    house: House, ghosts: Ghosts
) -> None:
    await come_elsewhere(house, "speaker")
    await seat(house, "speaker")
    await die_elsewhere(house)
    await ghosts.look(0.0)
    await come_elsewhere(house, "speaker", "another")
    await ghosts.look(9.0)
    await die_elsewhere(house)
    await ghosts.look(12.0)
    await ghosts.look(21.0)
    assert "speaker" in house.node.rooms.room("pre").seats, "missed anew since 12, not since 0"
    here = await house.join("speaker")
    await ghosts.look(40.0)
    await ghosts.look(60.0)
    assert "speaker" in house.node.rooms.room("pre").seats
    await house.node.members.leave(here)
    assert "speaker" not in house.node.rooms.room("pre").seats


async def test_who_has_not_come_yet_is_no_ghost(house: House, ghosts: Ghosts) -> None:
    guest = Person("guest", "guest", "Guest")
    stage = ((guest, Role.SPEAKER),)
    rooms = house.node.rooms
    create = c.CreateRoom(HOST, "with-guest", "show", RoomKind.SPACE, "T", stage=stage)
    await rooms.create_room(create)
    await rooms.execute("with-guest", c.OpenRoom(HOST))
    await ghosts.look(0.0)
    await ghosts.look(100.0)
    assert "guest" in rooms.room("with-guest").seats


async def test_a_seat_is_kept_by_a_connection_of_another_node(house: House) -> None:
    """Of two browsers on two nodes one is closed; this node sees only that one."""
    await come_elsewhere(house, "speaker")
    here = await house.join("speaker")
    await seat(house, "speaker")
    await house.node.members.leave(here)
    assert "speaker" in house.node.rooms.room("pre").seats
    assert await house.participants() == {"pre": 1, "post": 0}


async def test_of_two_nodes_that_look_one_is_enough(house: House, ghosts: Ghosts) -> None:
    node = house.node
    other = Ghosts(node.rooms, node.store.presence, node.hub, node.whereabouts, PATIENCE)
    await come_elsewhere(house, "speaker")
    await seat(house, "speaker")
    await die_elsewhere(house)
    for now in (0.0, 5.0, 10.0):
        await ghosts.look(now)
        await other.look(now)
    events = await node.store.log.read("show", "pre")
    assert sum(b"seat_left" in event for _, event in events) == 1


async def test_while_the_store_is_away_nobody_is_missed(
    house: House, ghosts: Ghosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor for as long as the nodes have not told all that they hold."""
    await come_elsewhere(house, "speaker")
    await seat(house, "speaker")
    await die_elsewhere(house)
    await ghosts.look(0.0)

    async def away(*_: object) -> set[str]:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(house.node.store.presence, "gone", away)
        with pytest.raises(StoreUnavailable):
            await ghosts.look(20.0)
    await ghosts.look(21.0)
    await ghosts.look(30.9)
    assert "speaker" in house.node.rooms.room("pre").seats
    await ghosts.look(31.0)
    assert "speaker" not in house.node.rooms.room("pre").seats


async def test_a_node_looks_by_itself(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data", resume_seconds=0.2) as house:
        await come_elsewhere(house, "speaker")
        await seat(house, "speaker")
        await die_elsewhere(house)
        await house.until(lambda: "speaker" not in house.node.rooms.room("pre").seats)
