"""Recordings and clips as they travel. Offsets are seconds of the sound as it is served now."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from afterparty.wire.views import View

CLIP_SECONDS = 30.0
"""Longest clip."""


class MarkView(View):
    """A stretch in which somebody spoke."""

    member: str
    name: str
    from_: float = Field(alias="from")
    to: float


class SaidView(View):
    """A line of captions, when it was said."""

    at: float
    member: str
    text: str
    language: str


class PinnedView(View):
    """A post, when it was pinned."""

    at: float
    member: str
    text: str
    url: str


class RecordingView(View):
    """A room's recording, and what can be seen of it."""

    room: str
    state: Literal["recording", "ready"]
    simulated: bool
    """It is of a simulation: to be said wherever it is shown."""
    started_at: float
    """When offset 0 was, seconds since the Unix epoch."""
    seconds: float
    """How long it is."""
    start: float
    """How much of the beginning is left out."""
    plays: int
    """Distinct members who played it."""
    levels: list[tuple[float, int]]
    """Offset, and the loudest from there to the next one in dBov; -127 is silence."""
    marks: list[MarkView]
    """Who spoke when, in order."""
    captions: list[SaidView]
    reactions: list[tuple[float, str, int]]
    """Offset, reaction, and how often it came from there on, for a few seconds."""
    pins: list[PinnedView]


class EditRecording(View):
    """Change where a recording begins."""

    start: float = Field(ge=0, le=1e6, allow_inf_nan=False, strict=True)
    """Seconds of its true beginning that are left out."""


class MakeClip(View):
    """Make a clip of a recording."""

    start: float = Field(ge=0, le=1e6, allow_inf_nan=False, strict=True)
    seconds: float = Field(ge=0, le=1e6, allow_inf_nan=False, strict=True)
    title: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = ""
    """Empty: the room's."""


class ClipView(View):
    """A clip of a recording."""

    clip: str
    room: str
    by: str
    title: str
    simulated: bool
    """It is of a simulation: to be said wherever it is shown."""
    start: float
    """Where in the recording it begins."""
    seconds: float
    url: str
    """Its page, an address of this server."""
    audio: str
    """Its sound, likewise."""


class ClipList(View):
    """The clips of a recording, in its order."""

    room: str
    clips: list[ClipView]
