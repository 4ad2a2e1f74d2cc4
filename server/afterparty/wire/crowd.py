"""REST bodies about simulated members: counted like any other, without token, socket and sound.

Whoever replays a show enters them by thousands; the server puts ``sim-`` before each name, so no
account can be one, and every count says how many they are.
"""

from itertools import chain
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from afterparty.wire.views import CountsView, Id, View

STEP_LIMIT = 2_000
"""Simulated members that one step names at most."""

SIMULATED = "sim-"
"""How their identities begin, as members; in a step they are named without."""

SIMULATED_PATTERN = r"^[a-z0-9-]{1,60}$"

SimulatedId = Annotated[str, StringConstraints(pattern=SIMULATED_PATTERN)]
_Ids = Annotated[list[SimulatedId], Field(max_length=STEP_LIMIT)]


class CrowdStep(View):
    """What simulated members of a show do in one moment; each is named once at most."""

    enter: Annotated[dict[Id, _Ids], Field(max_length=100)] = Field(default={})
    """Who is in which room from now on; whoever was in another room of the show goes over."""
    leave: _Ids = Field(default=[])
    """Who goes."""
    follow: _Ids = Field(default=[])
    """Who takes the handoff that is offered to the room they are in, at once."""
    stay: _Ids = Field(default=[])
    """Who declines it."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = list(chain(*self.enter.values(), self.leave, self.follow, self.stay))
        if len(named) > STEP_LIMIT:
            raise ValueError(f"a step is of at most {STEP_LIMIT} members")
        if len(set(named)) < len(named):
            raise ValueError("a step names each member once")
        return self


class CrowdReply(View):
    """What came of a step."""

    at: float
    """When it was done, seconds since the Unix epoch."""
    changed: int
    """Members for whom it changed anything."""
    node: str
    """What the node is called that did it, and that holds now whom it entered; a node that is
    started again is called otherwise."""
    rooms: dict[str, CountsView]
    """Counts of each room that it named or touched, at that instant."""
