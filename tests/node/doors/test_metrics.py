"""Every figure has a meaning in docs/operations.md; the dashboard draws what is told, all of it."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from tests.node.conftest import House

from afterparty.node.access.limits import OF_A_MEMBER
from afterparty.node.doors.metrics import registry
from afterparty.node.ground.refused import Refused
from afterparty.node.live.connection import Via
from afterparty.store.errors import StoreError

ROOT = Path(__file__).parent.parent.parent.parent
OBSERVE = ROOT / "observe"
DASHBOARD = json.loads((OBSERVE / "grafana" / "dashboards" / "afterparty.json").read_text())
NO_METRICS = {"le", "sum", "by", "rate", "max", "histogram_quantile"}


@pytest.fixture
async def told(house: House) -> CollectorRegistry:
    """A node's registry, after a bit of everything that has labels."""
    measures = house.node.measures
    with pytest.raises(StoreError), measures.step("commit"):
        raise StoreError("store_unavailable", "away")
    measures.join(Via.WHEP, "busy")
    measures.dropped("slow_client")
    measures.webhook_deliveries.labels("delivered").inc()
    house.node.limits.refusals["joins", "address"] += 1
    house.node.sound.plane._port.received["stun"] += 1
    house.node.sound.plane._dropped["stun_malformed"] += 1
    return registry(house.node)


def documented() -> dict[str, set[str]]:
    """Each metric of the table in docs/operations.md, and its labels."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for line in page.splitlines():
        first, _, rest = line.strip("| ").partition(" | ")
        named = re.findall(r"`((?:afterparty|process|python)_\w+)(?:\{([\w, ]+)\})?`", first)
        if line.startswith("| `") and named and named[0][0].islower():
            assert len(rest) > 10, f"{line}: what does it mean?"
            found |= {name: set(labels.split(", ")) - {""} for name, labels in named}
    return found


def _exposed(collected: CollectorRegistry) -> dict[str, set[str]]:
    endings = {"counter": "_total", "info": "_info"}
    return {
        family.name + endings.get(family.type, ""): {
            label for sample in family.samples for label in sample.labels if label != "le"
        }
        for family in collected.collect()
    }


async def test_every_metric_has_a_meaning_and_the_reverse(told: CollectorRegistry) -> None:
    assert documented() == _exposed(told)


async def test_what_is_told_is_prometheus_text(told: CollectorRegistry) -> None:
    text = generate_latest(told).decode()
    assert "_created" not in text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert all(family.documentation for family in families.values())
    assert families["afterparty_joins"].samples[0].labels == {"via": "whep", "outcome": "busy"}


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


async def test_the_dashboard_draws_only_what_is_told(told: CollectorRegistry) -> None:
    samples = {
        name + ending for name in documented() for ending in ("", "_bucket", "_sum", "_count")
    } & {sample.name for family in told.collect() for sample in family.samples}
    asked = set()
    for panel in _panels():
        for target in panel["targets"]:
            bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|by \([^)]*\)", "", target["expr"])
            names = set(re.findall(r"[a-z_]{2,}", bare)) - NO_METRICS
            assert names, panel["title"]
            asked |= names
    assert asked - {"up"} <= samples
    ours = {name for name in documented() if name.startswith("afterparty_")}
    drawn = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert ours - drawn == {"afterparty_node_info"}, "that one lists the nodes to choose from"
    [node] = DASHBOARD["templating"]["list"]
    assert "afterparty_node_info" in node["query"]["query"]


def test_the_dashboard_can_be_imported() -> None:
    assert DASHBOARD["uid"] == "afterparty"
    assert DASHBOARD["schemaVersion"] >= 36
    assert DASHBOARD["title"]
    idents = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(idents)) == len(idents)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["w"] > 0
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, f"{panel['title']} lies on another"
        taken |= cells
    for panel in _panels():
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs)
        assert panel["description"]


def test_what_is_provisioned_fits_together() -> None:
    provisioning = OBSERVE / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())
    [source] = sources["datasources"]
    named = {panel["datasource"]["uid"] for panel in _panels()}
    assert named == {source["uid"]}
    dashboards = yaml.safe_load((provisioning / "dashboards" / "afterparty.yml").read_text())
    assert dashboards["providers"][0]["options"]["path"] == "/var/lib/grafana/dashboards"
    scraped = yaml.safe_load((OBSERVE / "prometheus.yml").read_text())["scrape_configs"]
    assert scraped[0]["static_configs"] == [{"targets": ["node-a:8080", "node-b:8080"]}]
    assert scraped[0]["metrics_path"] == "/metrics"
    asked = [t["expr"] for panel in _panels() for t in panel["targets"] if "up{" in t["expr"]]
    assert all(f'job="{scraped[0]["job_name"]}"' in expression for expression in asked)


async def test_what_happens_is_measured(house: House) -> None:
    def figure(name: str, **labels: str) -> float:
        return registry(house.node).get_sample_value(name, labels) or 0.0

    commits = figure("afterparty_store_seconds_count", step="commit")
    assert commits >= 4, "two rooms were made and opened"
    await house.join("fan")
    assert figure("afterparty_store_seconds_count", step="presence") >= 1
    await house.offer("h", seconds=0.0)
    async with asyncio.timeout(20):
        while not figure("afterparty_handoff_seconds_count"):  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.01)
    assert figure("afterparty_store_seconds_count", step="sweep") >= 1
    assert figure("afterparty_store_seconds_count", step="commit") >= commits + 3
    async with asyncio.timeout(20):
        while not figure("afterparty_loop_lag_seconds_count"):  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.01)
    for _ in range(int(OF_A_MEMBER["reactions"][1])):
        house.node.limits.reaction("fan")
    with pytest.raises(Refused):
        house.node.limits.reaction("fan")
    assert figure("afterparty_rate_limited_total", what="reactions", whose="member") == 1
