"""What a load test is to do: the options of the command, checked before anything is started.

Opens no connection; looks names up, to see that a server is the tester's own.
"""

import math
import os
import random
import socket
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from afterparty.loadtest.level import ServiceLevel

MOST_WORKERS = 16
"""Each has a block of loopback addresses of its own."""

MOST_LISTENERS = 1_000_000

JOIN_SECONDS = 60.0
"""When a join is given up, waiting at a server's door included."""

TONES = (440.0, 560.0, 700.0, 880.0, 1100.0, 1400.0, 1750.0, 2200.0)
"""Hz that a speaker's programme is chosen from: none is a harmonic of another nearby."""


class PlanError(ValueError):
    """A load test that cannot be, or must not; the message is a sentence for whoever asked."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """One load test. Times in seconds."""

    url: str | None = None
    """The server's base URL, with ``whep`` an endpoint; ``None``: a server of our own."""
    whep: bool = False
    """``url`` is a WHEP endpoint of any server."""
    token: str | None = field(default=None, repr=False)
    room: str | None = None
    """A room that is there already; ``None``: one is made, and somebody speaks in it."""
    listeners: int = 1000
    rate: float = 100.0
    """Joins a second."""
    hold: float = 30.0
    """Length of a measuring window."""
    via: Literal["whep", "ws"] = "whep"
    churn: float = 0.0
    """Listeners a second who leave and are replaced while it is measured."""
    find_limit: bool = False
    """Climb to ``listeners`` in steps, as far as the service level holds."""
    step: int | None = None
    """Listeners a step; ``None``: a tenth of ``listeners``."""
    workers: int = 0
    """Processes; 0: as many as there are cores."""
    decrypt: float = 0.01
    """Share of listeners who decrypt all they get."""
    decode: int = 4
    """Listeners who decode it, too."""
    seed: int = 0
    """Chooses the tones that are spoken."""
    level: ServiceLevel = field(default_factory=ServiceLevel)
    lane: str = "auto"
    """Milliseconds of sound in a packet of our own server, or ``auto``."""
    count: bool = True
    """Compare the server's count with the swarm's (an Afterparty server only)."""
    record: bool = False
    """Enter the result in the server's record book."""
    report: Path = Path("reports/loadtest")
    owned: bool = False
    """Whoever runs it says that the server is theirs."""

    @property
    def processes(self) -> int:
        """Worker processes to start."""
        return min(self.workers or os.cpu_count() or 1, MOST_WORKERS, self.listeners)

    @property
    def steps(self) -> tuple[int, ...]:
        """How many listeners there are to be, one measuring window after the other."""
        if not self.find_limit:
            return (self.listeners,)
        step = self.step or max(1, math.ceil(self.listeners / 10))
        return (*range(step, self.listeners, step), self.listeners)

    @property
    def tones(self) -> tuple[float, ...]:
        """Hz of the chord that the speaker keeps up."""
        return tuple(sorted(random.Random(self.seed).sample(TONES, 3)))  # noqa: S311 - no secret


def check(plan: LoadPlan) -> None:
    """See that the plan makes sense, and that it is aimed at a server of the tester's own.

    Raises:
        PlanError: it does not; nothing was sent to the server.
    """
    for true, says in (
        (1 <= plan.listeners <= MOST_LISTENERS, f"--listeners is from 1 to {MOST_LISTENERS:,}"),
        (0 < plan.rate <= 10_000, "--rate is above 0 and at most 10000 joins a second"),
        (1 <= plan.hold <= 86_400, "--hold is from 1 to 86400 seconds"),
        (0 <= plan.churn <= plan.rate, "--churn is from 0 to --rate"),
        (0 <= plan.workers <= MOST_WORKERS, f"--workers is at most {MOST_WORKERS}"),
        (0 <= plan.decrypt <= 1, "--decrypt is a share, from 0 to 1"),
        (0 <= plan.decode <= 100, "--decode is from 0 to 100"),
        (plan.step is None or plan.step >= 1, "--step is at least 1"),
        (plan.step is None or plan.find_limit, "--step needs --find-limit"),
        (0 < plan.level.min_received <= 100, "--min-received is above 0 and at most 100 per cent"),
        (plan.level.max_silence > 0, "--max-silence is above 0 milliseconds"),
        (plan.level.max_first_sound > 0, "--max-first-sound is above 0 seconds"),
        (0 <= plan.level.max_wrong_sound <= 100, "--max-wrong-sound is from 0 to 100 per cent"),
        (not plan.whep or plan.url, "--whep needs --url, the endpoint"),
        (not (plan.whep and plan.room), "--whep goes without --room: the endpoint names it"),
        (not (plan.whep and plan.via == "ws"), "--whep goes without --via ws"),
        (not (plan.whep and plan.record), "--record is for an Afterparty server"),
        (plan.url or not plan.room, "--room needs --url"),
        (plan.lane == "auto" or not plan.url, "--lane is for the command's own server only"),
    ):
        if not true:
            raise PlanError(f"{says}.")
    if plan.url is not None:
        _own(plan.url, plan.owned)


def is_loopback(url: str) -> bool:
    """Whether every address that the URL's host has is a loopback one.

    Raises:
        PlanError: no http(s) URL, or its host has no address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise PlanError(f"{url} is no URL.") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        raise PlanError(f"{url} is no http:// or https:// URL of a server.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PlanError(f"{host} has no address: {error}.") from None
    return all(ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)


def _own(url: str, owned: bool) -> None:
    if not is_loopback(url) and not owned:
        raise PlanError(
            f"{url} is not this machine. A load test of somebody else's server is an attack on it:"
            " if the server is yours, say so with --i-own-this-server."
        )
