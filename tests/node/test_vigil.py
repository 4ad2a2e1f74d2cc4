"""Dead nodes are evicted, but not by one that has just come back itself; doubts are looked into."""

import pytest
from tests.node.conftest import House

from afterparty.node import vigil as module
from afterparty.node.vigil import Vigil
from afterparty.store.errors import StoreUnavailable
from afterparty.store.ops import Enter, Lease


@pytest.fixture
def vigil(house: House) -> Vigil:
    """One more than the node's own, that has kept a lease for this moment."""
    node = house.node
    return Vigil(node.store.presence, node.audience, node.store.bus, lambda: ["show"])


@pytest.fixture(autouse=True)
def own_vigil_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    async def rest(self: Vigil) -> None:
        pass

    monkeypatch.setattr(Vigil, "run", rest)
    monkeypatch.setattr("afterparty.node.tasks.AGAIN_SECONDS", 600.0)


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
    assert told == ["show"]
    vigil.renewed(Lease.KEPT)
    await vigil.look()
    assert told == ["show"]
