"""A server process to measure: started on free ports, and its CPU time and memory read.

The node and its embedded store are two processes, and are told apart.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).parent.parent
STOP_SECONDS = 20.0
COMMAND = (sys.executable, "-m", "afterparty", "serve", "--dev", "--port", "0", "--media-port", "0")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds so far (user and system) and resident bytes."""

    node_cpu: float
    node_memory: int
    store_cpu: float
    store_memory: int
    node_kept_waiting: float
    """Seconds that the node's event loop was ready to run and other processes had the cores;
    0 where the system does not tell."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running ``afterparty serve``."""

    url: str
    pid: int

    def usage(self) -> Usage:
        """What the node and its store have used so far."""
        processes = _processes()
        store = [p for p in processes.values() if p.parent == self.pid]
        node = processes[self.pid]
        return Usage(
            node_cpu=node.cpu,
            node_memory=node.memory,
            store_cpu=sum(process.cpu for process in store),
            store_memory=sum(process.memory for process in store),
            node_kept_waiting=_kept_waiting(self.pid),
        )


@contextmanager
def running_server(**settings: str) -> Iterator[Server]:
    """Start a server in an empty folder; stop it in the end. RuntimeError if it does not start.

    ``settings`` are variables of its environment, without their prefix.
    """
    ours = {f"AFTERPARTY_{name}": value for name, value in settings.items()}
    with tempfile.TemporaryDirectory() as folder:
        command = [*COMMAND, "--data", str(Path(folder) / "data")]
        with running(command, r"Afterparty is at (\S+) ", ours) as (found, pid):
            yield Server(found[1], pid)


@contextmanager
def running(
    command: Sequence[str], ready: str, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[tuple[re.Match[str], int]]:
    """Run a process; yields its first line, which has to match, and its id. In the end it stops.

    ``settings`` are added to its environment. RuntimeError if the line is another, or none.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AFTERPARTY_")}
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT / "server"), str(ROOT)))
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**environment, **settings},
        )
        with process:
            try:
                said = re.match(ready, process.stdout.readline()) if process.stdout else None
                if said is None:
                    errors.seek(0)
                    raise RuntimeError(f"{' '.join(command[:3])} did not start: {errors.read()}")
                yield said, process.pid
            finally:
                end(process)


def end(process: "subprocess.Popen[Any]") -> None:
    """Ask a process to end, and make it if it does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


@dataclass(frozen=True, slots=True)
class Family:
    """What a process and all that it has started use."""

    cpu: float
    """Seconds so far, user and system."""
    memory: int
    """Resident bytes."""


def family(pid: int) -> Family:
    """Read it; KeyError if there is no such process."""
    processes = _processes()
    members = [pid]
    for member in members:
        members += [child for child, process in processes.items() if process.parent == member]
    own = [processes[member] for member in members]
    return Family(sum(process.cpu for process in own), sum(process.memory for process in own))


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    cpu: float
    memory: int


def _processes() -> dict[int, _Process]:
    """Every process by its id: from /proc, or by ``ps`` where there is none."""
    if Path("/proc/self/stat").exists():
        return dict(_from_proc())
    return dict(_from_ps())


def _from_proc() -> Iterator[tuple[int, _Process]]:
    second, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name may hold anything, brackets too; what follows it is numbers.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            pages = int((folder / "statm").read_text().split()[1])
        except (OSError, IndexError):
            continue  # it ended meanwhile
        cpu = (int(fields[11]) + int(fields[12])) / second
        yield int(folder.name), _Process(int(fields[1]), cpu, pages * page)


def _kept_waiting(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def _from_ps() -> Iterator[tuple[int, _Process]]:
    command = ["ps", "-A", "-o", "pid=,ppid=,rss=,time="]
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    ):
        if line.strip():
            pid, parent, kib, cpu = line.split()
            yield int(pid), _Process(int(parent), cpu_seconds(cpu), int(kib) * 1024)


def cpu_seconds(text: str) -> float:
    """Seconds in a ``ps`` time: ``[[days-]hours:]minutes:seconds``, perhaps with decimals."""
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds + 86_400 * int(days or 0)
