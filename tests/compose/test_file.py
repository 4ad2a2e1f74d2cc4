"""docker-compose.yml as it is written: what can be told of it without an engine."""

from typing import Any

import pytest
import yaml
from tests.compose.stack import NODES, ROOT

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
    "services"
]
OWN = "afterparty"
DRAIN_SECONDS = 20
"""How long a node may take to go down."""


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_is_locked_down(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["image"] == OWN or "user" in service, "the own image is not root by itself"
    assert {"privileged", "cap_add", "network_mode", "pid"}.isdisjoint(service)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_image_of_others_has_a_tag(name: str) -> None:
    image = SERVICES[name]["image"]
    assert image == OWN or image.partition(":")[2] not in ("", "latest")


def test_every_port_is_this_machine_s_own() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports)) == 6
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", NODES)
def test_a_node_is_announced_where_it_is_reached(name: str) -> None:
    environment = SERVICES[name]["environment"]
    port = environment["AFTERPARTY_MEDIA_PORT"]
    assert SERVICES[name]["ports"] == [f"127.0.0.1:{port}:{port}/udp"]
    assert environment["AFTERPARTY_ANNOUNCE"] == f"{name},127.0.0.1"
    assert environment["AFTERPARTY_RELAY"] == f"{name}:{port}"
    assert f"server {name} {name}:8080" in (ROOT / "deploy" / "haproxy.cfg").read_text()


def test_nodes_differ_in_nothing_but_their_sound() -> None:
    one, other = (dict(SERVICES[name]) for name in NODES)
    assert one.pop("build") == "."
    for node in (one, other):
        node.pop("ports")
        environment = dict(node.pop("environment"))
        for own in ("MEDIA_PORT", "ANNOUNCE", "RELAY"):
            environment.pop(f"AFTERPARTY_{own}")
        node["environment"] = environment
    assert one == other
    assert int(one["stop_grace_period"].removesuffix("s")) > DRAIN_SECONDS


def test_a_replay_sees_the_evenings_as_they_lie_here() -> None:
    (bound,) = [one for one in SERVICES["replay"]["volumes"] if isinstance(one, dict)]
    assert (ROOT / bound["source"] / "season.yaml").is_file()
    assert bound["target"] == "/scenarios", "where a scenario's name is looked for first"
    assert bound["read_only"] is True
    assert SERVICES["replay"]["working_dir"] == "/"


def test_redis_writes_down_what_it_acknowledges() -> None:
    words = SERVICES["redis"]["command"].split()
    for option, value in (
        ("--appendonly", "yes"),
        ("--appendfsync", "always"),
        ("--maxmemory-policy", "noeviction"),
    ):
        assert words[words.index(option) + 1] == value
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]
