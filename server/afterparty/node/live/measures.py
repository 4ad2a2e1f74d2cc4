"""What the parts of a node count and time while they work, for `metrics` to tell.

Only what no part knows of itself in the end: how long things took, and how often what came about.
Each figure's meaning is in docs/operations.md.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Histogram

from afterparty.node.live.connection import Via
from afterparty.store.errors import StoreError

Step = Literal["commit", "presence", "sweep", "votes"]

_MILLISECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)


class Measures:
    """One node's counters and histograms."""

    def __init__(self) -> None:
        self._store = Histogram(
            "afterparty_store_seconds",
            "How long a step of the store took, by step",
            ["step"],
            buckets=_MILLISECONDS,
            registry=None,
        )
        self._store_errors = Counter(
            "afterparty_store_errors",
            "Steps of the store that were not carried out, by step",
            ["step"],
            registry=None,
        )
        self._joins = Counter(
            "afterparty_joins",
            "Who came to a door and how that ended: welcomed, resumed, or the refusal's code",
            ["via", "outcome"],
            registry=None,
        )
        self.handoff_seconds = Histogram(
            "afterparty_handoff_seconds",
            "From the moment an audience was to move until its ledger was closed by this node",
            buckets=_SECONDS,
            registry=None,
        )
        self.loop_lag_seconds = Histogram(
            "afterparty_loop_lag_seconds",
            "By how much the event loop woke late, measured ten times a second",
            buckets=_MILLISECONDS,
            registry=None,
        )
        self.messages_in = Counter(
            "afterparty_messages_in", "WebSocket messages received", registry=None
        )
        self.messages_out = Counter(
            "afterparty_messages_out", "WebSocket messages sent", registry=None
        )
        self._dropped = Counter(
            "afterparty_messages_dropped",
            "Messages that never reached a client, by reason",
            ["reason"],
            registry=None,
        )
        self.webhook_deliveries = Counter(
            "afterparty_webhook_deliveries",
            "Attempts to tell a webhook an event, by how they ended",
            ["outcome"],
            registry=None,
        )
        self.slow_clients = Counter(
            "afterparty_slow_clients",
            "Sockets dropped because they took their messages too slowly",
            registry=None,
        )

    @contextmanager
    def step(self, step: Step) -> Iterator[None]:
        """Time a step of the store."""
        began = time.perf_counter()
        try:
            yield
        except StoreError:
            self._store_errors.labels(step).inc()
            raise
        finally:
            self._store.labels(step).observe(time.perf_counter() - began)

    def join(self, via: Via, outcome: str) -> None:
        """Somebody came to a door: ``welcomed``, ``resumed``, or refused with a code."""
        self._joins.labels(via, outcome).inc()

    def dropped(self, reason: Literal["slow_client"], many: int = 1) -> None:
        """Messages are thrown away."""
        self._dropped.labels(reason).inc(many)

    def register(self, registry: CollectorRegistry) -> None:
        """Have a registry tell all of it."""
        for metric in vars(self).values():
            registry.register(metric)
