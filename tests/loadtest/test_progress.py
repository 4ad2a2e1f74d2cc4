"""afterparty.loadtest.progress: what a watcher sees, in a terminal and in a log."""

import io
from dataclasses import replace

from rich.console import Console
from tests.loadtest.test_level import GOOD, step

from afterparty.loadtest.course import Sample
from afterparty.loadtest.progress import Bars, Lines, to_terminal

NOW = Sample(
    t=0.0, wanted=1000, asked=900, joining=10, connected=890, hearing=880, left=0, failed=3,
    waiting=7, packets=0, missing=12, silence=0.061, dropped=2, swarm_cpu=0.0, server_cpu=0.0,
    server_memory=300 << 20,
)  # fmt: skip


def test_lines_come_every_few_seconds() -> None:
    out = io.StringIO()
    lines = Lines(out)
    for tick in range(21):
        lines.tell("hold: joining", replace(
            NOW, t=tick / 2, packets=25_000 * tick, swarm_cpu=tick / 4, server_cpu=tick / 2,
        ))  # fmt: skip
    lines.judged(step(GOOD))
    lines.judged(step(replace(GOOD, silences=(0, 0, 1))))
    lines.end()
    told = out.getvalue().splitlines()
    assert len(told) == 5
    for word in ("880 of 1,000", "50,000", "61 ms", "swarm CPU 50 %", "server CPU 100 %",
                 "300 MiB", "waiting at the door 7", "failed 3", "dropped here 2"):  # fmt: skip
        assert word in told[2]
    assert told[3].endswith("1,000 listeners, held")
    assert "silence: 1000 ms at worst" in told[4]


def test_a_terminal_has_bars_and_lines_stay_behind() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    bars = to_terminal(console)
    assert isinstance(bars, Bars)
    bars.tell("hold: measuring", NOW)
    bars.judged(step(GOOD))
    bars.end()
    told = out.getvalue()
    assert "hold: measuring" in told
    assert "880 of 1,000" in told
    assert "1,000 listeners, held" in told
    assert isinstance(to_terminal(Console(file=out)), Lines)
