"""What the node tells Prometheus, read from its parts at the moment of asking."""

import asyncio
from collections.abc import Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from afterparty import __version__
from afterparty.core.model import RoomState
from afterparty.node.node import Node


class _NodeCollector(Collector):
    def __init__(self, node: Node) -> None:
        self._node = node

    def collect(self) -> Iterable[Metric]:
        """Answer every figure of the node as it stands."""
        node = self._node
        media = node.sound.stats()
        yield InfoMetricFamily(
            "afterparty_node",
            "Which node this is",
            value={"node": node.name, "version": __version__},
        )
        yield _gauge(
            "connections",
            "WebSocket connections held, those that dropped included",
            len(node.hub.sockets()),
        )
        yield _gauge(
            "http_sessions",
            "WHIP and WHEP sessions held",
            len(node.hub) - len(node.hub.sockets()),
        )
        yield _gauge("simulated_members", "Simulated members held", len(node.crowd))
        yield _gauge("handshakes", "Media handshakes under way", len(node.admission))
        yield _gauge("handshake_pace", "Media handshakes a second let begin", node.admission.pace)
        yield _gauge("load", "0 at rest; 1: no time is left", node.admission.load)
        yield _counter(
            "handshakes_refused", "Media handshakes refused as busy", node.admission.refusals
        )
        rooms = GaugeMetricFamily("afterparty_rooms", "Rooms known, by state", labels=["state"])
        for state in RoomState:
            rooms.add_metric([state], sum(room.state is state for room in node.rooms.all()))
        yield rooms
        yield _gauge("rooms_mixed", "Rooms whose sound this node mixes", node.mixing.mixed_here())
        live = [room.room for room in node.rooms.all() if room.state is RoomState.LIVE]
        counts = [node.audience.counts(room) for room in live]
        yield _gauge(
            "listeners",
            "Distinct listeners now, over all live rooms of this store",
            sum(found.listeners for found in counts),
        )
        yield _gauge(
            "listeners_simulated", "Of these, the simulated", sum(one.simulated for one in counts)
        )
        yield _gauge("media_sessions", "Media sessions, connected or connecting", media.sessions)
        yield _gauge("media_sessions_connected", "Media sessions with keys agreed", media.connected)
        yield _gauge("media_tick_seconds", "Work of the last tick of 20 ms", media.tick_seconds)
        yield _counter("media_ticks", "Ticks of the media clock done", media.ticks)
        yield _counter("media_ticks_late", "Ticks begun late", media.late_ticks)
        yield _counter(
            "media_ticks_skipped", "Ticks left out because the node was behind", media.skipped_ticks
        )
        yield _counter(
            "media_departures_late",
            "Ticks that waited for the one before to be sent",
            media.late_departures,
        )
        yield _counter(
            "media_departures_skipped",
            "Ticks that never departed, summed over listeners",
            media.skipped_departures,
        )
        spread = GaugeMetricFamily(
            "afterparty_media_lane_listeners", "Listeners by ticks a packet", labels=["ticks"]
        )
        for span, heard in media.lanes.items():
            spread.add_metric([str(span)], heard)
        yield spread
        yield _counter("media_packets_out", "RTP packets sent", media.packets_out)
        yield _counter("media_packets_in", "Authentic RTP and RTCP packets read", media.packets_in)
        yield _counter(
            "media_send_drops", "Datagrams that the kernel did not take", media.send_drops
        )
        yield _counter("media_encodes", "Opus packets encoded", media.encodes)
        yield _gauge("webhooks_held", "Webhooks that this node tells", node.webhooks.held())
        yield _gauge(
            "webhook_oldest_seconds",
            "Age of the oldest event that a webhook of this node is not told yet",
            node.webhooks.oldest(),
        )
        yield _gauge("tasks", "Tasks that run or wait", len(asyncio.all_tasks()))
        yield _counter("task_faults", "Tasks that failed unexpectedly", node.tasks.faults)
        yield _counter("media_faults", "Ticks or handshakes that failed unexpectedly", media.faults)
        recorder = node.recordings.recorder
        yield _gauge("recordings", "Live rooms that are to be recorded", len(recorder))
        yield _counter("recording_ticks", "Ticks written down by this node", recorder.stats.ticks)
        yield _counter("recording_bytes", "Bytes written of recordings", recorder.stats.bytes)
        yield _counter(
            "recording_ticks_lost",
            "Ticks not written: the disk is full, broken, or too slow",
            recorder.stats.lost,
        )
        refused = CounterMetricFamily(
            "afterparty_rate_limited",
            "What was refused as too much at once, and whether of an address or a member",
            labels=["what", "whose"],
        )
        for (what, whose), times in node.limits.refusals.items():
            refused.add_metric([what, whose], times)
        yield refused
        yield _labelled("media_datagrams", "Datagrams received", "kind", media.received)
        yield _labelled("media_dropped", "Datagrams dropped unread", "reason", media.dropped)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"afterparty_{name}", meaning, value=value)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(f"afterparty_{name}", meaning, value=value)


def _labelled(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"afterparty_{name}", meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def registry(node: Node) -> CollectorRegistry:
    """A registry of its own for one node."""
    # Or there is a second series for each, which says when it was made.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    found = CollectorRegistry()
    found.register(_NodeCollector(node))
    node.measures.register(found)
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=found)
    return found
