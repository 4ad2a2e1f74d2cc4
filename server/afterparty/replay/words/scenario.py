"""What a scenario says: one evening as strict, frozen values. docs/scenarios.md explains each word.

The words only, with those of ``beats`` and ``expectation``. ``loading`` reads a file and says where
it is wrong; ``plot`` knows whether the beats can happen.

*Evening time* is what the file says; *wall time* is evening time divided by the run's speed. All
that a scenario times goes by it, countdowns too; only a spoken line takes as long as it takes.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from afterparty.replay.words.beats import Beat, Speak
from afterparty.replay.words.expectation import Expectation
from afterparty.replay.words.forms import Basis, Clock, Form, Instant, Sentence, Share, read_day
from afterparty.wire.views import Id, Language, on_one_line
from afterparty.wire.views import Title as LongTitle

LISTENERS_LIMIT = 200_000
"""Listeners in all the parts of an audience."""

PART_LIMIT = 100_000
"""Listeners in one part."""

CAST_LIMIT = 24
"""As many as have a pitch of their own, by which an ear tells them apart."""

Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=70, strip_whitespace=True),
    AfterValidator(on_one_line),
]
Topic = Annotated[str, StringConstraints(min_length=1, max_length=30, strip_whitespace=True)]


class Fact(Form):
    """One thing that the scenario shows, and how far it is known."""

    says: Sentence
    """The thing, in a sentence."""
    basis: Basis
    """How far it is known."""


class Begins(Form):
    """What evening time 0:00 stands for."""

    at: Instant
    """Date, time and zone, as ``2021-06-09T22:53:00+09:00``."""
    basis: Basis
    """How far it is known."""


class Rival(Form):
    """A count that stands in the record book before the evening, if it is replayed by itself."""

    title: Title
    """What the record book calls it."""
    listeners: Annotated[int, Field(ge=1, le=10_000_000)]
    """How many listened at its highest."""
    at: Instant
    """When that was, with its zone."""
    basis: Basis
    """How far it is known."""


class ShowForm(Form):
    """The show that the rooms belong to."""

    title: LongTitle
    """What people see it called; ``(simulation)`` belongs into it."""


class Voice(Form):
    """How a member of the cast sounds; the place in the cast gives each a pitch of their own."""

    language: Language
    """Language tag of what they speak, as ``en`` or ``ko``."""


class CastMember(Form):
    """Somebody with a part to play. ``id`` is their handle and member identity."""

    id: Id
    """Handle and member identity: letters, digits, ``_``, ``.`` and ``-``."""
    name: Annotated[str, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
    """The name that people see; invented members have ``(synthetic)`` in it."""
    tags: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")], ...] = ()
    """``artist``, ``group``, ``fan``, ``synthetic``…: for the report and the leaderboard."""
    voice: Voice
    """How they sound."""


class StageSeat(Form):
    """A seat on a room's stage from the beginning."""

    who: Id
    """One of the cast."""
    role: Literal["cohost", "speaker"] = "speaker"
    """``cohost`` only by the rules ``current``."""


class SeriesForm(Form):
    """The series of which a room is an episode; evenings of one season share it by its ``id``."""

    id: Id
    """The series' identity."""
    title: LongTitle
    """What people see it called."""


class RoomForm(Form):
    """A room of the show."""

    id: Id
    """The room's identity."""
    kind: Literal["space", "blueroom"]
    """A Space, or a Blueroom with questions."""
    title: Title
    """What people see it called."""
    rules: Literal["2021h1", "current"] = "2021h1"
    """What a room could do in the first half of 2021, or can today."""
    language: Language = "en"
    """Language tag of most that is said."""
    host: Id
    """One of the cast."""
    stage: Annotated[tuple[StageSeat, ...], Field(max_length=13)] = ()
    """Who has a seat from the beginning."""
    description: Annotated[str, StringConstraints(max_length=280, strip_whitespace=True)] = ""
    """What it is about."""
    topics: Annotated[tuple[Topic, ...], Field(max_length=3)] = ()
    """Three at most."""
    hashtag: Annotated[str, StringConstraints(pattern=r"^#[^\s#]{1,49}$")] = ""
    """Such as ``#Ask_NAME``, in quotes."""
    speak: Speak = "invited"
    """Who comes onto the stage without being let."""
    recording: bool = False
    """Whether the stage is recorded."""
    series: SeriesForm | None = None
    """The series of which it is an episode."""


class Arrival(Form):
    """When a part of the audience comes in."""

    start: Annotated[Clock, Field(alias="from")]
    """When the first of them come."""
    over: Clock
    """How long it takes until all of them are in."""
    curve: Literal["steady", "burst", "surge", "fandom"] = "steady"
    """``burst``: most at the beginning; ``surge``: most towards the end; ``fandom``: after an
    announcement at ``from`` few at once, then very many as word spreads, then a long tail."""


class Leak(Arrival):
    """When a part of the audience goes over to another room by itself, without a handoff."""

    to: Id
    """The room they go over to."""


class Churn(Form):
    """Who goes before the end."""

    share: Share = 0.0
    """Of all of the part."""
    returns: Share = 0.0
    """Of those who go."""
    within: Clock | None = None
    """So long after coming they go, on average; left out: at any time."""


class Retry(Form):
    """Whose first attempts to come in break, and who try again."""

    share: Share
    """Of all of the part."""
    tries: Annotated[int, Field(ge=1, le=5)] = 1
    """Attempts that break."""
    wait: Annotated[float, Field(gt=0, le=30)] = 1.0
    """Wall seconds until the second attempt; each time twice as long."""


class Zone(Form):
    """Where a part of a part lives."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,19}$")]
    """What the zone is called, as ``seoul``."""
    utc: Annotated[str, StringConstraints(pattern=r"^[+-](0\d|1[0-4]):[0-5]\d$")]
    """Ahead of UTC, as ``+09:00``."""
    share: Annotated[float, Field(gt=0, le=1)]
    """Of all who would come if everybody were awake; the shares make 1."""


class Inclinations(Form):
    """What a part of the audience does when it is offered a handoff; the shares make 1."""

    early: Share = 0.0
    """``follow`` while the countdown runs."""
    follow: Share = 1.0
    """Wait, and be moved."""
    stay: Share = 0.0
    """Decline."""
    leave: Share = 0.0
    """Go away while the countdown runs."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.early + self.follow + self.stay + self.leave
        if abs(total - 1) > 1e-6:
            raise ValueError(f"early, follow, stay and leave make 1 together, not {total:g}")
        return self


class Part(Form):
    """A part of the audience: listeners who behave alike."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,19}$")]
    """Its listeners are ``name-001``, ``name-002``, …"""
    size: Annotated[int, Field(ge=1, le=PART_LIMIT)]
    """How many listeners."""
    room: Id
    """The room they come to."""
    arrive: Arrival
    """When they come."""
    anonymous: Share = 0.0
    """Of all of the part: those without an account."""
    churn: Churn = Churn()
    """Who goes before the end."""
    leak: Leak | None = None
    """Who goes over to another room by itself: all of the part who are there then."""
    retry: Retry | None = None
    """Whose first attempts to come in break."""
    zones: Annotated[tuple[Zone, ...], Field(max_length=12)] = ()
    """Where they live, which says who is awake; left out: everybody is."""
    handoff: Inclinations = Inclinations()
    """What they do when they are offered another room."""
    reactions: Annotated[float, Field(ge=0, le=10)] = 0.0
    """Reactions a minute of evening time, of each listener."""
    requests: Share = 0.0
    """Of those with an account, so many ask to speak once."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(zone.share for zone in self.zones)
        if self.zones and abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of the zones make 1 together, not {total:g}")
        return self


class Scenario(Form):
    """One evening."""

    scenario: Id
    """Its name, and the show's identity."""
    title: Sentence
    """One line for people."""
    source: Sentence
    """The sentence of the source that it enacts, word for word."""
    date: Annotated[
        str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$"), AfterValidator(read_day)
    ]
    """As far as it is known: ``2021-05-06``, ``2021-04`` or ``2021``."""
    begins: Begins | None = None
    """Left out: the evening stands for no time but its own, and is in no season."""
    rivals: Annotated[tuple[Rival, ...], Field(max_length=20)] = ()
    """What the record book holds before, if the evening is replayed by itself."""
    facts: Annotated[tuple[Fact, ...], Field(min_length=1, max_length=50)]
    """What the scenario shows, each with how far it is known."""
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    """Of all that is left to chance: the same seed, the same audience."""
    demo_speed: Annotated[float, Field(ge=1, le=600)]
    """Evening seconds a wall second, for a showing of a minute or two."""
    show: ShowForm
    """The show that the rooms belong to."""
    cast: Annotated[tuple[CastMember, ...], Field(min_length=1, max_length=CAST_LIMIT)]
    """Everybody with a part to play."""
    rooms: Annotated[tuple[RoomForm, ...], Field(min_length=1, max_length=8)]
    """The rooms of the show."""
    audience: Annotated[tuple[Part, ...], Field(max_length=20)] = ()
    """Those who come to listen, in parts."""
    beats: Annotated[tuple[Beat, ...], Field(min_length=1, max_length=2000)]
    """What happens, in order."""
    expect: Annotated[tuple[Expectation, ...], Field(min_length=1, max_length=200)]
    """What must have come true in the end."""

    @property
    def listeners(self) -> int:
        """How many listeners the audience has in all."""
        return sum(part.size for part in self.audience)

    @property
    def ends_at(self) -> float:
        """Evening time of the last beat, seconds."""
        return self.beats[-1].at

    def member(self, who: str) -> CastMember:
        """The member of the cast of that id. Raises ``KeyError``."""
        return {member.id: member for member in self.cast}[who]

    def room(self, room: str) -> RoomForm:
        """The room of that id. Raises ``KeyError``."""
        return {form.id: form for form in self.rooms}[room]
