"""The evenings of a season on one time axis, as SVG text: curves, handoffs as flows, records.

Time runs to the right on a desk and downwards on a phone. The axis is broken: between evenings
nothing happens for weeks, so only the evenings are on it, in their order, each as long as it was,
but wide enough for its date.
Counts are drawn by their square root, so that a small evening can be seen beside a record.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from unicodedata import east_asian_width

from markupsafe import Markup

from afterparty.pages.charts import Points, nice_steps

LEAST = 34.0
"""Px of the axis that every evening has, however short, as long as all have so much."""

FINEST = 1.0
"""Points of a curve closer together than this, in px, are one: the highest of them."""

TITLE_SIGNS = 46
"""As many of a title's signs fit above a strip; a wide one, as of Hangul, counts as two."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A handoff as the picture shows it."""

    since: float
    """Offered; in seconds of the evening."""
    until: float
    """Closed."""
    source: float
    """Listeners of the room that was left, before."""
    target: float
    """Listeners of the other room, after."""
    moved: int
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One evening on the axis. Times are seconds of the evening that is enacted, however fast it
    was replayed, from 0 to ``lasts``."""

    label: str
    """Its number and date, short."""
    title: str
    lasts: float
    curves: Mapping[str, Points]
    """Listeners by room."""
    passages: Sequence[Passage] = ()
    held: bool = True


@dataclass(frozen=True, slots=True)
class Fall:
    """A record as it fell: in which strip, when, and the count that stood from then on."""

    strip: int
    t: float
    listeners: float
    label: str


class _Plane:
    """Where times and counts lie; ``down``: time runs downwards."""

    def __init__(self, strips: Sequence[Strip], most: float, width: int, *, down: bool) -> None:
        self.down, self.most = down, math.sqrt(most)
        each = 74 if down else 0
        self.width = width
        self.height = 56 + each * len(strips) if down else 360
        self.near, self.far = (46.0, 8.0) if down else (58.0, 10.0)
        self.floor, self.ceiling = (44.0, 14.0) if down else (52.0, 30.0)
        gap = 22.0 if down else 7.0  # where time runs down, a title stands in it
        along = (self.height if down else width) - self.near - self.far
        self._lasts = [max(strip.lasts, 1e-9) for strip in strips]
        self.sizes = _sizes(self._lasts, along - gap * max(0, len(strips) - 1))
        ends = [*accumulate(size + gap for size in self.sizes)]
        self.starts = [
            self.near + end - gap - size for end, size in zip(ends, self.sizes, strict=True)
        ]

    def along(self, strip: int, t: float) -> float:
        """Px along the axis."""
        part = min(max(t / self._lasts[strip], 0.0), 1.0)
        return self.starts[strip] + self.sizes[strip] * part

    def across(self, listeners: float) -> float:
        """Px of a count, from the floor up, or to the right."""
        part = math.sqrt(max(listeners, 0.0)) / self.most
        if self.down:
            return self.floor + (self.width - self.floor - self.ceiling) * part
        return self.height - self.floor - (self.height - self.floor - self.ceiling) * part

    def point(self, along: float, across: float) -> str:
        """A point of a path."""
        x, y = (across, along) if self.down else (along, across)
        return f"{x:.1f} {y:.1f}"

    def xy(self, along: float, across: float) -> tuple[float, float]:
        """The same, as numbers."""
        return (across, along) if self.down else (along, across)


def _sizes(lasts: Sequence[float], along: float) -> list[float]:
    """Px of each evening: shares of ``along`` by how long they are, none less than `LEAST`."""
    least = min(LEAST, along / max(1, len(lasts)))
    unit, short = along / sum(lasts, 1e-9), 0
    while (found := sum(last * unit < least for last in lasts)) > short:
        short = found
        unit = (along - least * short) / sum((one for one in lasts if one * unit >= least), 1e-9)
    return [max(last * unit, least) for last in lasts]


def evenings(
    title: str, strips: Sequence[Strip], falls: Sequence[Fall], width: int, *, down: bool
) -> Markup:
    """All evenings on one axis. ``falls`` in order of time."""
    highest = max(
        (value for strip in strips for points in strip.curves.values() for _, value in points),
        default=1.0,
    )
    levels = _levels(max(highest, *(fall.listeners for fall in falls), 1.0))
    plane = _Plane(strips, levels[-1], width, down=down)
    parts = [_ground(plane, index, strip) for index, strip in enumerate(strips)]
    parts += [*_grid(plane, levels), *_record(plane, strips, falls)]
    for index, strip in enumerate(strips):
        parts += _strip(plane, index, strip)
    for fall in falls:
        x, y = plane.xy(plane.along(fall.strip, fall.t), plane.across(fall.listeners))
        parts.append(
            Markup('<circle class="fall" cx="{:.1f}" cy="{:.1f}" r="5"><title>{}</title></circle>')
            .format(x, y, fall.label)
        )  # fmt: skip
    inside = Markup("").join(parts)
    return Markup(
        '<svg class="evenings" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>'
        "{}</svg>"
    ).format(width, plane.height, title, title, inside)


def _levels(highest: float) -> list[float]:
    """Counts to draw lines at: round, and further apart the higher they are."""
    top = nice_steps(highest, 4)
    return [0.0, *(level for level in (top[1] / 20, top[1] / 4) if level >= 1), *top[1:]]


def _grid(plane: _Plane, levels: Sequence[float]) -> Iterable[Markup]:
    begin, end = plane.near, plane.starts[-1] + plane.sizes[-1] if plane.starts else plane.near
    every = levels if not plane.down else [levels[0], *levels[2::2]]
    for level in every:
        (x1, y1), (x2, y2) = (plane.xy(at, plane.across(level)) for at in (begin, end))
        x, y, anchor = (x1, 16.0, "middle") if plane.down else (x1 - 7, y1 + 4, "end")
        yield Markup(
            '<line class="grid" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>'
            '<text class="axis" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>'
        ).format(x1, y1, x2, y2, x, y, anchor, f"{level:,.0f}")


def _record(plane: _Plane, strips: Sequence[Strip], falls: Sequence[Fall]) -> Iterable[Markup]:
    """The record that stood at each time, from the first that fell to the end."""
    if not falls:
        return
    ends = [plane.along(fall.strip, fall.t) for fall in falls[1:]]
    ends.append(plane.along(len(strips) - 1, strips[-1].lasts))
    path = ""
    for fall, end in zip(falls, ends, strict=True):
        across = plane.across(fall.listeners)
        begin = plane.point(plane.along(fall.strip, fall.t), across)
        path += f"{'L' if path else 'M'}{begin}L{plane.point(end, across)}"
    yield Markup('<path class="stood" d="{}"><title>The record that stood</title></path>').format(
        path
    )


def _ground(plane: _Plane, index: int, strip: Strip) -> Markup:
    """The piece of the axis that an evening has."""
    (x1, y1), (x2, y2) = (
        plane.xy(plane.along(index, 0), plane.across(0)),
        plane.xy(plane.along(index, strip.lasts), plane.across(plane.most**2)),
    )
    return Markup(
        '<rect class="strip{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}">'
        "<title>{}</title></rect>"
    ).format(
        "" if strip.held else " bad",
        min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1), strip.title,
    )  # fmt: skip


def _strip(plane: _Plane, index: int, strip: Strip) -> Iterable[Markup]:
    begin, end = plane.along(index, 0), plane.along(index, strip.lasts)
    for passage in strip.passages:
        yield _ribbon(plane, index, passage)
    for number, (room, points) in enumerate(strip.curves.items()):
        yield Markup('<path class="line c{}" d="{}"><title>{}</title></path>').format(
            number % 4, _curve(plane, index, points), f"{strip.title}: {room}"
        )
    middle = (begin + end) / 2
    place, _, date = strip.label.partition(" ")
    if plane.down:
        yield Markup(
            '<text class="label" x="36" y="{:.1f}" text-anchor="end">{}</text>'
            '<text class="axis" x="36" y="{:.1f}" text-anchor="end">{}</text>'
            '<text class="note" x="{:.1f}" y="{:.1f}">{}</text>'
        ).format(
            middle - 2, place, middle + 14, date,
            plane.floor, begin - 6, _short(strip.title, TITLE_SIGNS),
        )  # fmt: skip
    else:
        yield Markup(
            '<text class="label" x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
            '<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{}</text>'
        ).format(
            middle, plane.height - 32, place,
            middle, plane.height - 14, date if end - begin >= LEAST else "",
        )  # fmt: skip


def _short(text: str, most: int) -> str:
    """As much of the text as fits, by how wide its signs are."""
    widths = [*accumulate(2 if east_asian_width(sign) in "WF" else 1 for sign in text)]
    if not widths or widths[-1] <= most:
        return text
    return f"{text[: bisect_right(widths, most - 1)].rstrip()}…"


def _curve(plane: _Plane, index: int, points: Points) -> str:
    """A line through the points, the highest of those that fall together."""
    kept: list[tuple[float, float]] = []
    for t, value in points:
        at = plane.along(index, t)
        if kept and at - kept[-1][0] < FINEST and len(kept) > 1:
            kept[-1] = (kept[-1][0], max(kept[-1][1], value))
        else:
            kept.append((at, value))
    return "".join(
        f"{'L' if number else 'M'}{plane.point(at, plane.across(value))}"
        for number, (at, value) in enumerate(kept)
    )


def _ribbon(plane: _Plane, index: int, passage: Passage) -> Markup:
    """What went over, as thick as it is many where it left and where it came to."""
    begin, end = plane.along(index, passage.since), plane.along(index, passage.until)
    end = max(end, begin + 6)
    middle = (begin + end) / 2
    out_high = plane.across(passage.source)
    out_low = plane.across(max(0.0, passage.source - passage.moved))
    in_high = plane.across(passage.target)
    in_low = plane.across(max(0.0, passage.target - passage.moved))
    p = plane.point
    path = (
        f"M{p(begin, out_high)}C{p(middle, out_high)} {p(middle, in_high)} {p(end, in_high)}"
        f"L{p(end, in_low)}C{p(middle, in_low)} {p(middle, out_low)} {p(begin, out_low)}Z"
    )
    return Markup('<path class="passage" d="{}"><title>{}</title></path>').format(
        path, passage.label
    )
