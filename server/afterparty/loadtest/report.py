"""A load test told to people and to machines: ``report.html``, which stands alone, ``report.json``.

What the columns mean is in docs/loadtest.md. The token of a plan is never written.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from afterparty import __version__
from afterparty.loadtest import summary
from afterparty.loadtest.course import Bins, Course, Sample
from afterparty.loadtest.machine import describe
from afterparty.loadtest.plan import LoadPlan
from afterparty.loadtest.ruling import Result
from afterparty.pages import charts
from afterparty.pages.page import Picture, both, template

SCHEMA = 1
"""Of report.json: raised when a column changes its meaning or goes away."""

FIRST_SOUND_BIN = 0.05
"""Seconds."""


def write(folder: Path, plan: LoadPlan, course: Course, found: Result) -> None:
    """Write both files into ``folder``, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    body = report(plan, course, found)
    text = json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "report.json").write_text(text + "\n", "utf-8")
    (folder / "report.html").write_text(page(plan, course, found, body), "utf-8")


def report(plan: LoadPlan, course: Course, found: Result) -> dict[str, Any]:
    """All that report.json says."""
    options = asdict(plan)
    del options["token"], options["owned"]
    options |= {"report": str(plan.report), "workers": plan.processes, "tones": list(plan.tones)}
    first = summary.spread(course.first_sounds)
    return {
        "schema": SCHEMA,
        "simulated": True,
        "ruling": found.verdict.ruling.value,
        "says": found.says,
        "exit_code": found.code,
        "clauses": [asdict(clause) for clause in found.verdict.clauses],
        "held_listeners": found.good.wanted if found.good else None,
        "broke_at_listeners": found.bad.wanted if found.bad else None,
        "afterparty": __version__,
        "target": course.target,
        "server": course.server,
        "room": course.room,
        "speaker": course.speaker,
        "started_at": course.started_at,
        "seconds": round(course.ended, 3),
        "interrupted": course.interrupted,
        "trouble": course.trouble,
        "recorded": course.recorded,
        "machine": describe(),
        "usage": _usage(course),
        "options": options,
        "steps": [asdict(step) for step in course.steps],
        "sound": asdict(course.sound) if course.sound else None,
        "joins": {
            "many": len(course.first_sounds),
            "first_sound": dict(zip(("median", "p99", "worst"), first, strict=True))
            if first
            else None,
            "bins": asdict(summary.bins(course.first_sounds, FIRST_SOUND_BIN)),
            "reasons": dict(course.reasons),
        },
        "samples": [_rounded(asdict(sample)) for sample in course.samples],
        "counts": [_rounded(asdict(poll)) for poll in course.counts],
    }


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}


def _usage(course: Course) -> dict[str, float | int | None]:
    """CPU and memory over the whole run, and over the last measuring window."""
    samples = course.samples
    step = course.steps[-1] if course.steps else None
    inside = [s for s in samples if step is not None and step.since <= s.t <= step.until]
    seconds = inside[-1].t - inside[0].t if len(inside) > 1 else 0.0
    packets = inside[-1].packets - inside[0].packets if inside else 0
    server = _used(inside, lambda sample: sample.server_cpu)
    swarm = _used(inside, lambda sample: sample.swarm_cpu)
    memory = [s.server_memory for s in samples if s.server_memory is not None]
    return {
        "swarm_cpu_seconds": _used(samples, lambda sample: sample.swarm_cpu),
        "server_cpu_seconds": _used(samples, lambda sample: sample.server_cpu),
        "server_memory_most": max(memory, default=None),
        "window_seconds": round(seconds, 3),
        "window_packets_per_second": _per(packets, seconds),
        "window_swarm_cores": _per(swarm, seconds),
        "window_server_cores": _per(server, seconds),
        "window_server_cpu_us_per_packet": _per(None if server is None else 1e6 * server, packets),
    }


def _used(samples: Sequence[Sample], value: Callable[[Sample], float | None]) -> float | None:
    """By how much a figure rose from the first sample to the last."""
    first, last = (value(samples[0]), value(samples[-1])) if samples else (None, None)
    return None if first is None or last is None else round(last - first, 3)


def _per(value: float | None, each: float) -> float | None:
    return None if value is None or not each else round(value / each, 3)


def page(plan: LoadPlan, course: Course, found: Result, body: dict[str, Any]) -> str:
    """The page; ``body`` is what `report` made."""
    return template("afterparty.loadtest", "report.html").render(
        plan=plan,
        course=course,
        found=found,
        report=body,
        started=datetime.fromtimestamp(course.started_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        peak=max((sample.hearing for sample in course.samples), default=0),
        packets=course.samples[-1].packets if course.samples else 0,
        pictures=_pictures(course),
        first_sounds=_bars("Time to first sound", _bins(body["joins"]["bins"]), 1000, "ms"),
        silences=[
            (step, _bars("Longest silence", step.silences, 1000, "ms")) for step in course.steps
        ],
    )


def _bins(told: dict[str, Any]) -> Bins:
    return Bins(told["width"], tuple(told["many"]))


def _bars(title: str, found: Bins, scale: float, unit: str) -> Picture | None:
    if not found.many:
        return None
    return both(
        lambda width: charts.bars(title, found.many, found.width * scale, unit, min(width, 440))
    )


def _pictures(course: Course) -> list[tuple[str, str, list[str], Picture]]:
    """Title, remark, names of the lines, and the picture of each."""
    samples = course.samples
    if len(samples) < 2:
        return []
    counts = course.counts
    drawn = [
        (
            "Listeners over time",
            "Wanted, connected, and hearing. Shaded: measured.",
            {
                "wanted": [(s.t, float(s.wanted)) for s in samples],
                "connected": [(s.t, float(s.connected)) for s in samples],
                "hearing": [(s.t, float(s.hearing)) for s in samples],
            },
        ),
        (
            "Joins a second",
            "Joins begun, failed, and those that waited at the server's door at that moment.",
            {
                "begun": _rate(samples, lambda s: s.asked),
                "failed": _rate(samples, lambda s: s.failed),
                "waiting": [(s.t, float(s.waiting)) for s in samples],
            },
        ),
        ("Packets a second", "Received by all listeners together.",
         {"received": _rate(samples, lambda s: s.packets)}),
        (
            "Packets lost",
            "Missing in the window so far; and, if any, dropped on the load test's own sockets.",
            {
                "missing": [(s.t, float(s.missing)) for s in samples],
                "dropped here": [(s.t, float(s.dropped)) for s in samples],
            },
        ),
    ]  # fmt: skip
    if counts:
        drawn.append(
            (
                "The server's count, and the truth",
                "What the server counted, and how many listeners the swarm had connected.",
                {
                    "connected": [(poll.t, float(poll.swarm)) for poll in counts],
                    "counted": [(poll.t, float(poll.server)) for poll in counts],
                },
            )
        )
    if samples[-1].server_cpu is not None:
        drawn.append(
            (
                "Cores in use",
                "By the server with its store, and by the swarm. 1 is one core, fully busy.",
                {
                    "server": _rate(samples, lambda s: s.server_cpu or 0.0),
                    "swarm": _rate(samples, lambda s: s.swarm_cpu),
                },
            )
        )
    windows = [charts.Band(step.since, step.until, step.name) for step in course.steps]
    return [
        (title, remark, list(series), _lines(title, series, windows, samples[-1].t))
        for title, remark, series in drawn
    ]


def _lines(
    title: str, series: dict[str, list[tuple[float, float]]], windows: list[charts.Band], end: float
) -> Picture:
    # A dozen names side by side would lie on each other.
    bands = windows if len(windows) < 3 else [charts.Band(b.since, b.until, "") for b in windows]
    return both(lambda width: charts.lines(title, series, bands, [], end, width))


def _rate(samples: Sequence[Sample], value: Callable[[Sample], float]) -> list[tuple[float, float]]:
    """Differences a second, over two samples: a worker tells twice a second, not to the instant."""
    return [
        (after.t, max(0.0, (value(after) - value(before)) / max(after.t - before.t, 1e-3)))
        for before, after in zip(samples, samples[2:], strict=False)
    ]
