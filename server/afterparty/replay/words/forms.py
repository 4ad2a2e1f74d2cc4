"""What the models of the scenario format are made of: their base, and their small types."""

import difflib
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

_CLOCK = re.compile(r"(?:(\d{1,2}):(?=\d\d:))?(\d{1,3}):([0-5]\d)")


class Form(BaseModel):
    """Base: unknown keys are an error, nothing is converted in silence, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


def read_clock(text: object) -> float:
    """Evening time as written, ``m:ss`` or ``h:mm:ss``, in seconds.

    Raises:
        ValueError: written otherwise.
    """
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"times are written m:ss or h:mm:ss, as 12:30{_clock_meant(text)}")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(3600 * hours + 60 * minutes + seconds)


def _clock_meant(text: object) -> str:
    """What somebody may have meant who wrote seconds, or one digit where two belong."""
    found = re.fullmatch(r"\D?(?:(\d{1,3})[:.])?(\d{1,4})\s?s?\D?", str(text), re.ASCII)
    if found is None or isinstance(text, bool):
        return ""
    return f'; did you mean "{write_clock(60 * int(found[1] or 0) + int(found[2]))}"?'


def write_clock(seconds: float) -> str:
    """Evening time as a scenario writes it, rounded down to the second."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


Clock = Annotated[
    float,
    BeforeValidator(read_clock),
    PlainSerializer(write_clock, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(\d{1,2}:(?=\d\d:))?\d{1,3}:[0-5]\d$"}),
]
"""Seconds of evening time since the scenario began; written ``m:ss`` or ``h:mm:ss``."""


EVER = (0.0, 4_102_444_800.0)
"""The bounds of all times that a server takes, seconds since the Unix epoch: 1970 to 2099."""


def read_instant(text: object) -> datetime:
    """A date and time with its zone, as ``2021-06-09T22:53:00+09:00`` (ISO 8601), or one read.

    Raises:
        ValueError: written otherwise, without a zone, or of other years than a server takes.
    """
    found = text if isinstance(text, datetime) else None
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else found
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueError("a time is written with its zone, as 2021-06-09T22:53:00+09:00")
    if not EVER[0] <= found.timestamp() <= EVER[1]:
        raise ValueError("a time is of the years 1970 to 2099")
    return found


Instant = Annotated[
    datetime,
    BeforeValidator(read_instant),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)$"}
    ),
]
"""A date and time of the calendar, with its zone."""


def read_day(text: str) -> str:
    """A date as far as it is written, which there is in the calendar.

    Raises:
        ValueError: there is no such day.
    """
    year, month, day = (int(part) for part in (f"{text}-01-01").split("-")[:3])
    try:
        date(year, month, day)
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None
    return text


Basis = Literal["seed", "press", "recorded", "synthetic"]
"""``seed``: the source says so; ``press``: public press does; ``recorded``: the log of a room does;
``synthetic``: invented here."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, 0 to 1."""

Sentence = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
"""Text for people."""


def closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that is close to another, or nothing."""
    return next(iter(difflib.get_close_matches(word[:200], sorted(known), 1, cutoff)), "")


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """``; did you mean 'beats'?`` if a known word is close, else nothing."""
    close = closest(word, known, cutoff)
    return f"; did you mean '{close}'?" if close else ""
