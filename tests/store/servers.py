"""Real Redis servers on free ports of loopback: alone, replicated under Sentinels, a cluster."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError

from afterparty.store import lifeline
from afterparty.store.binary import find_server

PATIENCE_S = 30.0
_SYNC_NOW = ("--repl-diskless-sync-delay", "0")


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses, below those that the kernel gives away by itself."""
    found: list[int] = []
    # Whoever looks at the same time, in a process begun just before, looks elsewhere.
    at = 12_000 + os.getpid() * 97 % 18_000
    while len(found) < count:
        at = at + 1 if at < 30_000 else 12_000
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", at))
            except OSError:
                continue
            found.append(at)
    return found


def until(true: Callable[[], object], what: str) -> None:
    """Ask again until it is so; what another process does cannot be awaited."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            if true():
                return
        except RedisError:
            pass
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


class Server:
    """One server process with an append-only file; may be paused, killed and started again."""

    def __init__(self, folder: Path, port: int, *settings: str, sentinel: bool = False) -> None:
        self.folder, self.port = folder, port
        folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None
        # Debian's redis-server is the one that knows TLS and is a Sentinel too.
        binary = shutil.which("redis-server") or str(find_server())
        keeps = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", *_SYNC_NOW]
        # Should the tests be killed, the servers end with them.
        self._command = [sys.executable, "-I", "-S", lifeline.__file__, str(os.getpid())]
        self._command += [binary, *settings, "--bind", "127.0.0.1", "--dir", str(folder)]
        if "--port" not in settings:
            self._command += ["--port", str(port)]
        if not sentinel:
            self._command += keeps

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def ask(self, *words: str | int) -> Any:
        """One command, on a connection of its own."""
        with Redis(port=self.port, socket_timeout=PATIENCE_S, decode_responses=True) as redis:
            return redis.execute_command(*words)

    def start(self) -> Self:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        return self

    def ready(self) -> Self:
        """Wait until it answers."""
        until(lambda: self.ask("PING"), f"{self.folder / 'server.log'}")
        return self

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def __enter__(self) -> Self:
        return self.start().ready()

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


class Cluster:
    """Three masters that share all slots."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(6)
        self.masters = [
            Server(
                folder / str(port),
                port,
                *("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"),
                *("--cluster-port", str(bus), "--cluster-require-full-coverage", "no"),
            )
            for port, bus in zip(ports[:3], ports[3:], strict=True)
        ]
        self._buses = ports[3:]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{master.port}" for master in self.masters)
        return f"redis+cluster://{hosts}"

    def __enter__(self) -> Self:
        first, *others = self.masters
        bounds = [0, 5461, 10923, 16384]
        for master in self.masters:
            master.start()
        for n, master in enumerate(self.masters):
            master.ready()
            master.ask("CLUSTER", "ADDSLOTSRANGE", bounds[n], bounds[n + 1] - 1)
            master.ask("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
        for master, bus in zip(others, self._buses[1:], strict=True):
            first.ask("CLUSTER", "MEET", "127.0.0.1", master.port, bus)
        for master in self.masters:
            until(lambda one=master: self.whole(one), "the cluster")  # type: ignore[misc]
        return self

    def whole(self, master: Server) -> bool:
        """Whether a master takes requests, knows of all slots, and of nobody who is away."""
        nodes = str(master.ask("CLUSTER", "NODES"))
        found = str(master.ask("CLUSTER", "INFO"))
        is_up = "cluster_state:ok" in found and "cluster_slots_ok:16384" in found
        return is_up and nodes.count(" connected") == 3

    def __exit__(self, *_: object) -> None:
        for master in self.masters:
            master.__exit__()
