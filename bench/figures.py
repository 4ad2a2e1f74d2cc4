"""What a benchmark found: figures, and how they are shown and kept. Measures nothing itself."""

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    unit: str
    note: str = ""


def percentiles(
    name: str, values: Sequence[float], unit: str, marks: Mapping[str, float], note: str = ""
) -> list[Figure]:
    """A figure for each mark (``{"median": 50}``), named after both."""
    at = np.percentile(values, list(marks.values()))
    return [
        Figure(f"{name}, {mark}", float(found), unit, note)
        for mark, found in zip(marks, at, strict=True)
    ]


def machine() -> dict[str, object]:
    """What the figures hold for: the machine, and how busy it was as they were taken."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "memory_gib": round(memory / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def show(console: Console, title: str, figures: Sequence[Figure], seconds: float) -> None:
    """Print a table."""
    table = Table(title=f"{title} ({seconds:.0f} s)", title_justify="left", title_style="bold")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("note", style="dim")
    for figure in figures:
        table.add_row(figure.name, readable(figure.value), figure.unit, figure.note)
    console.print(table)


def readable(value: float) -> str:
    """Three digits that count, and no decimals where there are whole numbers."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - int(np.floor(np.log10(abs(value)))))}f}"


def keep(path: Path, before: dict[str, object], found: Mapping[str, Sequence[Figure]]) -> None:
    """Write the figures as JSON, with the machine before and after."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {name: [asdict(figure) for figure in figures] for name, figures in found.items()}
    told = {"before": before, "after": machine(), "figures": figures}
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
