"""What a scenario expects of its run: one form per kind, told apart by ``kind``.

The words only; ``afterparty.replay.verdict.expect`` judges a run by them.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from afterparty.replay.words.forms import Clock, Form, Sentence, Share, read_day
from afterparty.wire.views import Id

Count = Annotated[int, Field(ge=0, le=10_000_000)]


class _Expected(Form):
    says: Sentence = ""
    """The expectation in words, for the report; a plain sentence is made where it is left out."""


class Counted(_Expected):
    """A room's count, exact, at its highest or at a time."""

    kind: Literal["participants", "listeners", "tuned_in"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    at_least: Count | None = None
    """So many or more."""
    at_most: Count | None = None
    """So many or fewer."""
    exactly: Count | None = None
    """So many."""
    at: Clock | None = None
    """Evening time; left out: at its highest."""

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if (self.at_least, self.at_most, self.exactly) == (None, None, None):
            raise ValueError("say one of at_least, at_most, exactly")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least} is more than at_most {self.at_most}")
        return self


class HandedOver(_Expected):
    """A handoff out of ``room``: who moved, and what it did to their sound."""

    kind: Literal["handoff"]
    """What is expected."""
    room: Id
    """The room whose audience is handed over."""
    moved_share: Share = 0.0
    """At least so many of those offered moved."""
    balanced: bool = True
    """The ledger balances: offered = moved + declined + lost."""
    missed_ticks: Annotated[int, Field(ge=0, le=50)] = 2
    """At most so many 20 ms ticks of sound missing for anyone who moved."""
    sequence_gaps: Count = 0
    """At most so many gaps in the RTP sequence of anyone who moved."""
    peer_connections: Annotated[int, Field(ge=1, le=9)] = 1
    """At most so many peer connections a stay for anyone who moved."""


class CountedOnce(_Expected):
    """While the handoff out of ``room`` went, no poll counted a member twice or not at all."""

    kind: Literal["counted_once"]
    """What is expected."""
    room: Id
    """The room whose audience is handed over."""


class Heard(_Expected):
    """Each of ``who`` was heard in ``room`` when they spoke, by the spectrum at an ear."""

    kind: Literal["heard"]
    """What is expected."""
    who: Annotated[tuple[Id, ...], Field(min_length=1, max_length=50)]
    """Who must have been heard."""
    room: Id
    """The room that is meant."""
    share: Share = 1.0
    """Of their lines, at least so many were heard."""


class NotHeard(_Expected):
    """Each of ``who`` tried to speak though they might not (``unheard``), and nobody heard it."""

    kind: Literal["not_heard"]
    """What is expected."""
    who: Annotated[tuple[Id, ...], Field(min_length=1, max_length=50)]
    """Who must not have been heard."""
    room: Id
    """The room that is meant."""


class InState(_Expected):
    """The state that a room was left in."""

    kind: Literal["state"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    state: Annotated[
        Literal["scheduled", "live", "ended", "canceled", "timed_out"], Field(alias="is")
    ]
    """The state it was left in."""


class Captioned(_Expected):
    """Lines of captions in a room."""

    kind: Literal["captions"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    at_least: Annotated[int, Field(ge=1, le=10_000)]
    """So many lines or more."""


class Sounded(_Expected):
    """The sound of those who listened."""

    kind: Literal["sound"]
    """What is expected."""
    share: Share = 0.99
    """Of all who came for sound, at least so many had it."""
    longest_silence: Annotated[float, Field(gt=0, le=3600)] | None = None
    """Nobody went without a packet for longer, seconds of wall time; a silent room sends 2.5/s."""


class Refused(_Expected):
    """A refusal of that code came, so many times."""

    kind: Literal["refused"]
    """What is expected."""
    code: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    """The refusal's code, as ``muted``."""
    times: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Exactly so many times."""


class NoRefusals(_Expected):
    """Nothing was refused, but for what other expectations ask for by ``refused``."""

    kind: Literal["no_refusals"]
    """What is expected."""


class RecordBroken(_Expected):
    """A record fell in the room, in the moment that its count passed the one before."""

    kind: Literal["record"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    record: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    """``overall``, or an era of the season."""
    beaten: Annotated[str, Field(max_length=70)] = ""
    """Part of the title that held it before."""


class FirstMade(_Expected):
    """Somebody was the first of the season to do it, in that room."""

    kind: Literal["first"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    first: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    """A rule of the season's firsts."""
    who: Id
    """Who was the first: one of the cast."""


class CrowdCounted(_Expected):
    """At every poll those without a connection were counted as planned."""

    kind: Literal["crowd"]
    """What is expected."""


class InRole(_Expected):
    """Whether somebody ever had a role on a live room's stage."""

    kind: Literal["role", "never_role"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    who: Id
    """One of the cast."""
    role: Literal["host", "cohost", "speaker"]
    """The role on the stage."""


class CameBack(_Expected):
    """Somebody was gone from a room and came back, so many times at least."""

    kind: Literal["came_back"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    who: Id
    """One of the cast."""
    times: Annotated[int, Field(ge=1, le=100)] = 1
    """So many times or more."""


class Kept(_Expected):
    """So many posts were pinned in a room, or picked questions answered."""

    kind: Literal["pinned", "answered"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    at_least: Annotated[int, Field(ge=1, le=1000)]
    """So many or more."""


class InSeries(_Expected):
    """The room was an episode of the series."""

    kind: Literal["series"]
    """What is expected."""
    room: Id
    """The room that is meant."""
    series: Annotated[Id, Field(alias="is")]
    """The series' identity."""


class HeldBefore(_Expected):
    """The evening stands for a time before that day."""

    kind: Literal["before"]
    """What is expected."""
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(read_day)]
    """The day before which it took place, as ``2021-06-30``."""


Expectation = Annotated[
    Counted
    | HandedOver
    | CountedOnce
    | Heard
    | NotHeard
    | InState
    | Captioned
    | Sounded
    | Refused
    | NoRefusals
    | RecordBroken
    | FirstMade
    | CrowdCounted
    | InRole
    | CameBack
    | Kept
    | InSeries
    | HeldBefore,
    Field(discriminator="kind"),
]
