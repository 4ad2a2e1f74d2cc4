import asyncio
from pathlib import Path

import pytest
from tests.node.conftest import open_house

from afterparty.node.abroad.registry import NodeInfo, Registry, relay_of
from afterparty.node.ground.settings import Settings, SettingsError
from afterparty.wire.messages import Nodes, encode

TTL_MS = 60_000


async def test_nodes_find_each_other_and_hear_of_changes(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data", url="http://localhost:1") as house:
        first, nodes = house.node.registry, house.node.store.nodes
        second = Registry(nodes, NodeInfo("z", "http://localhost:2", "127.0.0.1:9"))
        told: list[set[str]] = []
        first.on_change.append(lambda: told.append(set(first.peers())))
        assert first.urls() == ["http://localhost:1"]
        assert first.mine.relay == f"127.0.0.1:{house.node.sound.port}"

        await second.refresh(TTL_MS)
        await first.refresh(TTL_MS)
        await first.refresh(TTL_MS)
        assert first.peers() == {"z": second.mine}
        assert second.peers()[first.mine.name] == first.mine
        assert first.urls() == ["http://localhost:1", "http://localhost:2"]
        assert second.urls() == ["http://localhost:2", "http://localhost:1"]

        await second.drain(TTL_MS)
        await first.refresh(TTL_MS)
        assert first.peers()["z"].draining
        assert first.urls() == second.urls() == ["http://localhost:1"]

        await second.withdraw()
        await second.refresh(TTL_MS)
        await first.refresh(TTL_MS)
        assert first.peers() == {}
        assert told == [{"z"}, {"z"}, set()]


async def test_clients_are_told_which_nodes_there_are(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data", url="http://localhost:1") as house:
        fan = await house.join("fan")
        second = Registry(house.node.store.nodes, NodeInfo("z", "http://localhost:2"))
        await second.refresh(TTL_MS)
        nodes = ["http://localhost:1", "http://localhost:2"]
        told: list[str] = []
        async with asyncio.timeout(20):
            while encode(Nodes(nodes=nodes)) not in told:
                told += await fan.outbox.next() or []


async def test_what_is_no_word_of_a_node_is_left_aside(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        first, nodes = house.node.registry, house.node.store.nodes
        for name, body in (
            ("a", b"\xff"),
            ("b", b'{"name": "another"}'),
            ("c", b'{"name": "c", "url": "javascript:alert(1)"}'),
        ):
            await nodes.publish(name, body, TTL_MS)
        await first.refresh(TTL_MS)
        assert first.peers() == {}


async def test_a_listener_that_fails_is_no_one_else_s_affair(tmp_path: Path) -> None:
    async with open_house(tmp_path / "data") as house:
        first = house.node.registry
        told: list[bool] = []
        first.on_change += [lambda: 1 / 0, lambda: told.append(first.mine.draining)]  # type: ignore[list-item,func-returns-value]
        await first.drain(TTL_MS)
        assert told == [True]


def test_where_other_nodes_reach_the_port() -> None:
    assert relay_of(Settings(), 7) == "127.0.0.1:7"
    assert relay_of(Settings(announce=("192.0.2.1", "192.0.2.2")), 7) == "192.0.2.1:7"
    assert relay_of(Settings(relay="192.0.2.3"), 7) == "192.0.2.3:7"
    assert relay_of(Settings(relay="192.0.2.3:8"), 7) == "192.0.2.3:8"
    for wrong in ("192.0.2.3:eight", "192.0.2.3:0", "no-such-name.invalid"):
        with pytest.raises(SettingsError):
            relay_of(Settings(relay=wrong), 7)
