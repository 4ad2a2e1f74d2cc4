"""What Prometheus makes of both nodes' figures, and whether the dashboard can be drawn from it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.compose.stack import NODES, ROOT, Stack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(300)]

PROMETHEUS = "http://127.0.0.1:9090/api/v1"
DASHBOARD = ROOT / "observe" / "grafana" / "dashboards" / "afterparty.json"


@pytest.fixture(scope="module")
def prometheus(stack: Stack) -> Iterator[httpx.Client]:
    """Prometheus beside the stack, once it has asked both nodes."""
    stack.run("--profile", "observe", "up", "--detach", "--wait", "prometheus", seconds=90)
    with httpx.Client() as http:
        until = time.monotonic() + 60
        while len(_ask(http, "afterparty_connections")) < len(NODES):
            assert time.monotonic() < until, http.get(f"{PROMETHEUS}/targets").text
            time.sleep(0.5)
        yield http
    stack.run("--profile", "observe", "rm", "--stop", "--force", "prometheus", seconds=60)


def _ask(http: httpx.Client, query: str) -> list[dict[str, Any]]:
    answer = http.get(f"{PROMETHEUS}/query", params={"query": query}).json()
    assert answer["status"] == "success", (query, answer)
    return answer["data"]["result"]


def test_prometheus_asks_every_node(prometheus: httpx.Client) -> None:
    up = {one["metric"]["instance"]: one["value"][1] for one in _ask(prometheus, "up")}
    assert up == {f"{node}:8080": "1" for node in NODES}


def test_prometheus_understands_every_panel_of_the_dashboard(prometheus: httpx.Client) -> None:
    queries = [
        target["expr"]
        for panel in json.loads(DASHBOARD.read_text())["panels"]
        for target in panel.get("targets", [])
    ]
    assert queries
    for query in queries:
        _ask(prometheus, query.replace("$__rate_interval", "1m").replace("$node", ".*"))


def test_grafana_is_given_the_dashboard_and_its_source() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    volumes = [one for one in services["grafana"]["volumes"] if isinstance(one, dict)]
    mounted = {one["target"]: ROOT / one["source"] for one in volumes}
    provisioned = mounted["/etc/grafana/provisioning"]
    (provider,) = _only(provisioned / "dashboards")["providers"]
    assert mounted[provider["options"]["path"]] == DASHBOARD.parent
    (source,) = _only(provisioned / "datasources")["datasources"]
    assert source["url"] == "http://prometheus:9090"


def _only(folder: Path) -> dict[str, Any]:
    """What the only file in a folder says."""
    (file,) = folder.iterdir()
    return yaml.safe_load(file.read_text())
