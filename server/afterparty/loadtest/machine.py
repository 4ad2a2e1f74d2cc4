"""The machine that a load test ran on, and what a process of it uses: read from /proc where it is.

Where there is none (macOS), what is not known is ``None``.
"""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process and its children have used."""

    cpu: float
    """Seconds, user and system, so far."""
    memory: int
    """Resident bytes."""


def usage(pid: int) -> Usage | None:
    """What a process and all its descendants have used; ``None`` if that cannot be known."""
    second, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    cpu, pages = 0, 0
    waiting, known = [pid], False
    while waiting:
        one = PROC / str(waiting.pop())
        try:
            # The name may hold anything, brackets too; what follows it is numbers.
            fields = (one / "stat").read_text().rpartition(")")[2].split()
            pages += int((one / "statm").read_text().split()[1])
            for thread in (one / "task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        except (OSError, IndexError):
            continue  # it ended meanwhile, or there is no /proc
        cpu += int(fields[11]) + int(fields[12])
        known = True
    return Usage(cpu / second, pages * page) if known else None


def describe() -> dict[str, object]:
    """The machine that the figures hold for."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def _processor() -> str:
    try:
        lines = (PROC / "cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
