"""What several nodes on one machine are told, and that each is kept up."""

import asyncio
import errno
import sys
from pathlib import Path
from typing import Any

import pytest

from afterparty import nodes
from afterparty.node.ground.settings import Settings, SettingsError, from_environment
from afterparty.nodes import _Node, _Nodes, environments

STORE = "redis://localhost:6379/0"


def test_each_node_has_ports_and_an_address_of_its_own() -> None:
    settings = Settings(port=8080, media_port=40000, data=Path("here"), dev=True)
    each = [from_environment(told) for told in environments(settings, 3, STORE)]
    assert [node.port for node in each] == [8080, 8081, 8082]
    assert [node.media_port for node in each] == [40000, 40001, 40002]
    assert [node.url for node in each] == [f"http://localhost:{8080 + n}" for n in range(3)]
    assert {(node.redis_url, node.dev, node.relay) for node in each} == {(STORE, True, "127.0.0.1")}
    assert {node.data for node in each} == {Path("here").absolute()}, "and so one key"


def test_free_ports_differ() -> None:
    each = environments(Settings(port=0, media_port=0), 5, STORE)
    for name in ("AFTERPARTY_PORT", "AFTERPARTY_MEDIA_PORT"):
        assert len({told[name] for told in each}) == 5
        assert all(int(told[name]) for told in each)


@pytest.mark.parametrize(
    ("settings", "url", "relay"),
    [
        (Settings(host="0.0.0.0", media_host="0.0.0.0"), "http://localhost:8080", "127.0.0.1"),
        (
            Settings(host="0.0.0.0", media_host="0.0.0.0", announce=("192.0.2.7", "127.0.0.1")),
            "http://192.0.2.7:8080",
            "127.0.0.1",
        ),
        (
            Settings(host="192.0.2.7", media_host="192.0.2.7", relay="192.0.2.8"),
            "http://192.0.2.7:8080",
            "192.0.2.8",
        ),
    ],
)
def test_where_they_are_reached(settings: Settings, url: str, relay: str) -> None:
    (told,) = environments(Settings(**{**vars(settings), "media_port": 40000}), 1, STORE)
    assert (told["AFTERPARTY_URL"], told["AFTERPARTY_RELAY"]) == (url, relay)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(url="https://one.example.org"),
        Settings(relay="192.0.2.7:40000"),
        Settings(port=65535),
        Settings(media_port=65535),
    ],
)
def test_what_cannot_be_for_several_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingsError):
        environments(settings, 2, STORE)


async def test_a_node_is_started_though_the_machine_could_not_at_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nodes, "BACKOFF", (0.01, 0.01))
    keeper, node, refused = _Nodes(Settings(), 1), _Node(1, {}), []
    spawn = asyncio.create_subprocess_exec

    async def scarce(*_: str, **how: Any) -> asyncio.subprocess.Process:
        if len(refused) < 2:
            refused.append(OSError(errno.EAGAIN, "no process left"))
            raise refused[-1]
        serving = "print('Afterparty is at here', flush=True); input()"
        return await spawn(
            sys.executable, "-c", serving, **how | {"stdin": asyncio.subprocess.PIPE}
        )

    node.process = died = await spawn(sys.executable, "-c", "")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", scarce)
    keeping = asyncio.create_task(keeper._keep(node))
    try:
        async with asyncio.timeout(30):
            await node.ready.wait()
        assert len(refused) == 2
        assert node.process is not died
        assert not keeping.done()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await keeper._end(node)
