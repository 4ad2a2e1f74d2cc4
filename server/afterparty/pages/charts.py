"""Small pictures as SVG text: lines over time, a flow, a histogram. They know nothing of a run.

Colours and fonts are classes that the page styles (``c0``, ``c1``… for series), so that one
picture serves light and dark. Every label is escaped; every picture has a title for who cannot
see it.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

Points = Sequence[tuple[float, float]]
"""``(t, value)``, in order of ``t``."""

Scale = Callable[[float], float]
"""From a value to a coordinate."""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of time to be shaded."""

    since: float
    until: float
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment to be marked below the lines; ``label`` is told when pointed at."""

    t: float
    label: str
    strong: bool = False


def nice_steps(highest: float, most: int = 5) -> list[float]:
    """Round numbers from 0 to at least ``highest``, ``most`` steps at most."""
    if highest < 1e-9:  # nothing, or so near it that no steps can be told apart
        return [0.0, 1.0]
    raw = highest / most
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 5, 10) if m * unit >= raw * (1 - 1e-9))
    return [step * i for i in range(math.ceil(highest / step - 1e-9) + 1)]


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _margin(levels: Sequence[float]) -> int:
    """Room for the numbers beside the lines."""
    return max(40, 12 + 7 * max(len(_number(level)) for level in levels))


def _svg(width: int, height: int, title: str, parts: Iterable[Markup], kind: str) -> Markup:
    inside = Markup("").join(parts)
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>'
    ).format(kind, width, height, title, title, inside)


def lines(
    title: str,
    series: Mapping[str, Points],
    bands: Sequence[Band],
    ticks: Sequence[Tick],
    until: float,
    width: int,
) -> Markup:
    """Values over time, as steps; ``until`` is the end of the time axis in seconds."""
    height, right, top, bottom = 300, 10, 26, 46
    highest = max((value for points in series.values() for _, value in points), default=0.0)
    levels = nice_steps(highest)
    left = _margin(levels)
    until = max(until, 1e-9)

    def x(t: float) -> float:
        return left + (width - left - right) * min(max(t / until, 0.0), 1.0)

    def y(value: float) -> float:
        return height - bottom - (height - top - bottom) * value / levels[-1]

    floor = y(0)
    parts: list[Markup] = []
    for band in bands:
        parts.append(
            Markup('<rect class="band" x="{:.1f}" y="{}" width="{:.1f}" height="{:.1f}"/>').format(
                x(band.since), top, max(x(band.until) - x(band.since), 2.0), floor - top
            )
        )
        middle = (x(band.since) + x(band.until)) / 2
        parts.append(
            Markup('<text class="note" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                min(max(middle, left + 60), width - right - 60), top - 9, band.label
            )
        )
    parts += [
        Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text class="axis" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        ).format(left, width - right, y(level), y(level), left - 7, y(level) + 4, _number(level))
        for level in levels
    ]
    parts += [
        Markup('<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{} s</text>').format(
            x(t), height - 8, _number(t)
        )
        for t in nice_steps(until, max(3, width // 90))
        if t <= until
    ]
    parts += [
        Markup(
            '<line class="tick{}" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}">'
            "<title>{}</title></line>"
        ).format(
            " strong" if tick.strong else "",
            x(tick.t), x(tick.t), floor + 4, floor + (18 if tick.strong else 12),
            tick.label,
        )
        for tick in ticks
    ]  # fmt: skip
    parts += [
        Markup('<path class="line c{}" d="{}"><title>{}</title></path>').format(
            number, _steps(points, x, y), name
        )
        for number, (name, points) in enumerate(series.items())
    ]
    return _svg(width, height, title, parts, "chart")


def _steps(points: Points, x: Scale, y: Scale) -> str:
    """A path that holds each value until the next; points that change nothing are left out."""
    path: list[str] = []
    before: float | None = None
    for index, (t, value) in enumerate(points):
        if before is None:
            path.append(f"M{x(t):.1f} {y(value):.1f}")
        elif value != before or index == len(points) - 1:
            path.append(f"H{x(t):.1f}V{y(value):.1f}")
        before = value
    return "".join(path)


def flow(title: str, source: str, ways: Mapping[str, int], width: int) -> Markup:
    """How many went which way out of one source: ribbons as thick as they are many."""
    total = sum(ways.values())
    height, bar, top = 210, 12, 12
    room = height - 2 * top
    gap = 22 if len(ways) > 1 else 0
    scale = (room - gap * (len(ways) - 1)) / total if total else 0.0
    left, right = 96, width - 150
    middle = (left + bar + right) / 2
    start = top + (room - total * scale) / 2
    parts = [
        Markup(
            '<rect class="bar" x="{}" y="{:.1f}" width="{}" height="{:.1f}" rx="2"/>'
            '<text class="label" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
            '<text class="figure" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        ).format(
            left, start, bar, total * scale,
            left - 8, height / 2 - 4, source, left - 8, height / 2 + 18, _number(total),
        )
    ]  # fmt: skip
    end = float(top)
    for name, many in ways.items():
        thick = many * scale
        parts.append(
            Markup(
                '<path class="ribbon w-{}" d="M{} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {} {:.1f}'
                'V{:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {} {:.1f}Z"><title>{}: {}</title></path>'
                '<rect class="end w-{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}" rx="2"/>'
                '<text class="label" x="{}" y="{:.1f}"><tspan class="figure">{}</tspan> {}</text>'
            ).format(
                name, left + bar, start, middle, start, middle, end, right, end,
                end + thick, middle, end + thick, middle, start + thick, left + bar, start + thick,
                name, _number(many),
                name, right, end, bar, max(thick, 1.5),
                right + bar + 8, end + thick / 2 + 6, _number(many), name,
            )
        )  # fmt: skip
        start += thick
        end += thick + gap
    return _svg(width, height, title, parts, "flow")


def histogram(title: str, values: Sequence[float], unit: str, width: int) -> Markup:
    """How many values lie in each of up to a dozen equal steps; whole numbers get one each."""
    whole = all(float(value).is_integer() for value in values)
    highest = max(values, default=0.0)
    step = max(1.0, math.ceil((highest + 1) / 12)) if whole else nice_steps(highest, 12)[1]
    bins = [0] * (int(highest / step + 1e-9) + 1)
    for value in values:
        bins[int(value / step + 1e-9)] += 1
    return bars(title, bins, step, unit, width, whole=whole and step == 1)


def bars(
    title: str, bins: Sequence[int], step: float, unit: str, width: int, *, whole: bool = False
) -> Markup:
    """How many lie in each step from 0 on; ``whole``: a step is a number, not a stretch."""
    height, right, top, bottom = 170, 12, 20, 34
    levels = nice_steps(float(max(bins)), 3)
    left = _margin(levels)
    each = (width - left - right) / len(bins)

    def y(value: float) -> float:
        return height - bottom - (height - top - bottom) * value / levels[-1]

    parts = [
        Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text class="axis" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        ).format(left, width - right, y(level), y(level), left - 6, y(level) + 4, _number(level))
        for level in levels
        if level == int(level)
    ]
    wide = min(each * 0.8, 56.0)
    for number, many in enumerate(bins):
        since = number * step
        label = _number(since) if whole else f"{_number(since)}–"
        centre = left + each * (number + 0.5)
        parts.append(
            Markup(
                '<rect class="bin" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2">'
                "<title>{} {}: {}</title></rect>"
            ).format(centre - wide / 2, y(many), wide, y(0) - y(many), label, unit, many)
        )
        if number % math.ceil(len(bins) / max(3, width // 60)) == 0:
            parts.append(
                Markup(
                    '<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
                ).format(centre, height - 14, label)
            )
    parts.append(
        Markup('<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>').format(
            width - right, 12, unit
        )
    )
    return _svg(width, height, title, parts, "chart")
