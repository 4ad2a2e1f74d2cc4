"""What each container may do, and what of it can be reached from outside."""

import pytest
from tests.compose.stack import NODES, Stack, say

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

SERVICES = {"redis", "front-door", *NODES}
SIZE_LIMIT = 310_000_000
"""Bytes that the server's image adds to that of Python."""


def test_only_three_ports_are_open_and_only_to_this_machine(stack: Stack) -> None:
    containers = stack.containers()
    assert set(containers) == SERVICES
    opened = {
        (service, inside, binding["HostIp"], binding["HostPort"])
        for service, told in containers.items()
        for inside, bindings in told["NetworkSettings"]["Ports"].items()
        for binding in bindings or ()
    }
    assert opened == {
        ("front-door", "8080/tcp", "127.0.0.1", "8080"),
        ("node-a", "40000/udp", "127.0.0.1", "40000"),
        ("node-b", "40001/udp", "127.0.0.1", "40001"),
    }


def test_every_container_is_healthy_and_locked_down(stack: Stack) -> None:
    for service, told in stack.containers().items():
        host = told["HostConfig"]
        assert told["State"]["Health"]["Status"] == "healthy", service
        assert host["RestartPolicy"]["Name"] == "unless-stopped", service
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert not host["CapAdd"], service
        assert not host["Privileged"], service
        assert "no-new-privileges:true" in host["SecurityOpt"], service


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_nobody_is_root_or_writes_where_nothing_is_kept(stack: Stack, service: str) -> None:
    assert stack.inside(service, "id", "-u") != "0"
    status = stack.inside(service, "grep", "-E", "^Cap(Prm|Eff|Bnd)", "/proc/1/status")
    assert {line.split()[1] for line in status.splitlines()} == {"0" * 16}
    told = stack.inside(service, "sh", "-c", "echo 1 > /etc/x 2>/dev/null && echo written || true")
    assert told == ""


def test_the_image_is_small_and_has_nothing_to_build_with(stack: Stack) -> None:
    size = int(stack.inside("node-a", "sh", "-c", "du -sbx /app | cut -f1"))
    say(f"The server's image has {size / 1e6:.0f} MB beside Python's.")
    assert size < SIZE_LIMIT
    assert stack.inside("node-a", "sh", "-c", "command -v gcc make git || true") == ""
    assert stack.inside("node-a", "sh", "-c", "ls /app/bin | grep pip || true") == ""
