"""Dead nodes are evicted, but not by one that has just come back itself; doubts are looked into."""

import pytest
from tests.node.conftest import HOST, House

from afterparty.core import commands as c
from afterparty.core.model import RoomKind, Show
from afterparty.node.people import vigil as module
from afterparty.node.people.vigil import Vigil
from afterparty.store.errors import StoreUnavailable
from afterparty.store.ops import Enter, Lease


@pytest.fixture
def vigil(house: House) -> Vigil:
    """One more than the node's own, that has kept a lease for this moment."""
    node = house.node
    presence, bus = node.store.presence, node.store.bus
    return Vigil(presence, node.audience, bus, node.rooms, node.hub, lambda: ["over", "show"])


@pytest.fixture(autouse=True)
def own_vigil_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    async def rest(self: Vigil) -> None:
        pass

    monkeypatch.setattr(Vigil, "run", rest)
    monkeypatch.setattr("afterparty.node.ground.tasks.AGAIN_SECONDS", 600.0)


async def _a_dead_node(house: House) -> None:
    await house.node.store.presence.apply("show", [Enter("c", "dead", "m", "pre")])


async def test_who_has_just_come_back_evicts_nobody(
    house: House, vigil: Vigil, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _a_dead_node(house)
    await vigil.look()
    vigil.renewed(Lease.KEPT)
    await vigil.look()
    assert await house.participants() == {"pre": 1, "post": 0}
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    vigil.missed()
    await vigil.look()
    assert await house.participants() == {"pre": 1, "post": 0}
    vigil.renewed(Lease.EVICTING)
    await vigil.look()
    assert await house.participants() == {"pre": 1, "post": 0}
    vigil.renewed(Lease.NEW)
    await vigil.look()
    assert await house.participants() == {"pre": 0, "post": 0}


@pytest.mark.parametrize("doubt", ["new", "missed", "audience", "shard"])
async def test_what_is_in_doubt_is_looked_at_once(
    house: House, vigil: Vigil, doubt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(house.node.store.bus, "resync", told.append)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)

    async def away(show: str) -> list[str]:
        if show != "show":
            return []
        raise StoreUnavailable("This master is away.")

    match doubt:
        case "new":
            vigil.renewed(Lease.NEW)
        case "missed":
            vigil.missed()
            await vigil.look()
            assert not told, "not before the store is back"
            vigil.renewed(Lease.KEPT)
        case "audience":
            house.node.audience.doubted.add("show")
        case "shard":
            with monkeypatch.context() as patched:
                patched.setattr(house.node.store.presence, "evict_dead", away)
                await vigil.look()
    await vigil.look()
    concerned = ["show"] if doubt in ("audience", "shard") else ["over", "show"]
    assert sorted(told) == concerned
    vigil.renewed(Lease.KEPT)
    await vigil.look()
    assert sorted(told) == concerned


async def test_shows_that_are_over_are_looked_at_seldom_and_those_with_members_here_first(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, looked = house.node, list[str]()
    await node.create_show(Show("on", "On", created_at=0.0, created_by="host"))
    await node.rooms.create_room(c.CreateRoom(HOST, "here", "on", RoomKind.SPACE, "T"))
    followed = ["over", "show", "on"]
    presence, bus = node.store.presence, node.store.bus
    vigil = Vigil(presence, node.audience, bus, node.rooms, node.hub, lambda: followed)

    async def evict_dead(show: str) -> list[str]:
        looked.append(show)
        return []

    async def look() -> list[str]:
        looked.clear()
        await vigil.look()
        return looked

    monkeypatch.setattr(presence, "evict_dead", evict_dead)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.0)
    vigil.missed()
    assert await look() == []
    vigil.renewed(Lease.KEPT)
    assert await look() == ["over", "show", "on"], "all of them, as it was cut off before"
    await node.rooms.execute("here", c.OpenRoom(HOST))
    await house.join("fan", "here")
    assert await look() == ["on", "show"]
    for room in ("pre", "post"):
        await node.rooms.execute(room, c.EndRoom(HOST))
    assert await look() == ["on"]
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.0)
    assert await look() == ["on", "over", "show"]
