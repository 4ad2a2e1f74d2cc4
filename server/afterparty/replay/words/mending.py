"""A scenario that is wrongly written, read on as it was most likely meant.

So that what makes no sense in the rest of it is told beside what is wrongly written. What an author
is told was meant is taken for it; of what nothing else goes by, a stand-in does. Where a beat
cannot be guessed at all, nobody knows who is where from there on; where names, rooms or times that
all goes by are missing, nothing more is told.
"""

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from afterparty.replay.words.forms import read_clock
from afterparty.replay.words.meaning import Raw, meant_by
from afterparty.replay.words.places import Spot
from afterparty.replay.words.plot import WHOLE
from afterparty.replay.words.scenario import Scenario

ROUNDS = 4
"""Times that a file is mended: behind a word that is wrong there may be another one."""

Placed = tuple[Spot, type[BaseModel] | None, Raw]
"""Where in a text a fault is, the form that its key is in, and what Pydantic says of it."""

_BEAT = {"do": "mute", "who": "nobody"}

STAND_INS: Mapping[Spot, object] = MappingProxyType(
    {
        ("scenario",): "stand-in",
        ("title",): "A stand-in",
        ("source",): "A stand-in",
        ("date",): "2021",
        ("begins",): {"at": "2021-01-01T00:00:00Z", "basis": "synthetic"},
        ("rivals",): [],
        ("facts",): [{"says": "A stand-in.", "basis": "synthetic"}],
        ("facts", "*"): {"says": "A stand-in.", "basis": "synthetic"},
        ("seed",): 1,
        ("show",): {"title": "A stand-in"},
        ("cast", "*", "name"): "A stand-in",
        ("cast", "*", "tags"): [],
        ("cast", "*", "voice"): {"language": "en"},
        ("rooms", "*", "title"): "A stand-in",
        ("rooms", "*", "language"): "en",
        ("rooms", "*", "description"): "",
        ("rooms", "*", "topics"): [],
        ("rooms", "*", "hashtag"): "",
        ("rooms", "*", "recording"): False,
        ("audience",): [],
        ("audience", "*"): {"size": 1, "room": "none", "arrive": {"from": "0:00", "over": "0:00"}},
        ("beats", "*", "text"): "…",
        ("beats", "*", "url"): "",
        ("beats", "*", "language"): "",
        ("beats", "*", "reaction"): "💯",
        ("beats", "*", "captions"): True,
        ("expect",): [{"kind": "no_refusals"}],
        ("expect", "*"): {"kind": "no_refusals"},
    }
)
"""What stands in for parts that nothing else goes by."""

_TIMED = ("drop", "offer_handoff")
"""Beats from whose time on something else falls due."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A scenario read as it was meant."""

    scenario: Scenario
    wrong: frozenset[Spot]
    """What was mended, and has been told."""
    sure: int
    """Of so many beats it is known what they lead to."""

    def is_told(self, path: Spot) -> bool:
        """Whether something stands within what was mended."""
        return any(path[:step] in self.wrong for step in range(1, len(path) + 1))


class _UnclearError(Exception):
    """Something that all goes by cannot be guessed."""


def mended(data: Any, faults: Iterable[Placed], again: Any) -> Mended | None:
    """The scenario that was meant by plain data with those faults; ``None``: nobody can say.

    ``again`` tells of Pydantic's error where in the text its faults are.
    """
    mending = _Mending(copy.deepcopy(data))
    for _ in range(ROUNDS):
        try:
            mending.mend(list(faults))
            scenario = Scenario.model_validate_json(json.dumps(mending.data))
        except ValidationError as error:
            faults = again(error)
        except _UnclearError:
            return None
        else:
            return Mended(scenario, frozenset(mending.wrong), mending.sure)
    return None


class _Mending:
    """Plain data as it is mended."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.wrong: set[Spot] = set()
        self.sure = WHOLE
        self.replaced: set[Spot] = set()

    def mend(self, faults: list[Placed]) -> None:
        """Mend all of them: first what stands where it should not, as it may be what is missing."""
        self.replaced.clear()
        faults.sort(key=lambda fault: fault[2]["type"] != "extra_forbidden")
        missing = {path for path, _, raw in faults if raw["type"] == "missing"}
        for path, form, raw in faults:
            if not any(path[:step] in self.replaced for step in range(len(path) + 1)):
                beside = {str(one[-1]) for one in missing if one[:-1] == path[:-1]}
                self.one(path, form, raw, frozenset(beside))

    def one(
        self, path: Spot, form: type[BaseModel] | None, raw: Raw, missing: frozenset[str]
    ) -> None:
        """Mend one fault."""
        if not path:
            raise _UnclearError
        self.wrong.add(path[:2] if path[0] == "beats" else path)
        if raw["type"] == "value_error" and path[0] == "beats" and len(path) == 2:
            path = (*path, "text")  # of a post that has nothing
        if self.stood_in(path):
            return
        if raw["type"] == "union_tag_invalid":
            path = (*path, "do")
        meant = meant_by(raw, form, missing)
        holder = self.at(path[:-1])
        if raw["type"] == "extra_forbidden":
            value = holder.pop(path[-1])
            if meant and meant not in holder:
                holder[meant] = value
        elif raw["type"] == "missing" and path[-1] in holder:
            return  # it stood there under another name
        elif meant is not None:
            holder[path[-1]] = meant
        elif path[0] == "beats" and len(path) > 1:
            self.unclear(int(path[1]), path[-1])
        elif path == ("demo_speed",):
            self.data["demo_speed"], self.sure = 1, 0
        else:
            raise _UnclearError

    def stood_in(self, path: Spot) -> bool:
        """Put a stand-in for what a path leads to or through, if there is one."""
        for step in range(len(path), 0, -1):
            pattern = tuple("*" if isinstance(one, int) else one for one in path[:step])
            if pattern in STAND_INS:
                found = copy.deepcopy(STAND_INS[pattern])
                if pattern == ("audience", "*") and isinstance(found, dict):
                    found["name"] = f"stand-in-{path[1]}"
                self.at(path[: step - 1])[path[step - 1]] = found
                self.wrong.add(path[:step])
                self.replaced.add(path[:step])
                return True
        return False

    def at(self, path: Spot) -> Any:
        """What stands there."""
        found = self.data
        for step in path:
            found = found[step]
        return found

    def unclear(self, index: int, key: str | int) -> None:
        """A beat that cannot be guessed: its time matters little, what it does to all after it."""
        beats = self.data["beats"]
        when = self.next_clock(index)
        if key == "at" and beats[index].get("do") not in _TIMED:
            beats[index]["at"] = when
            return
        beats[index] = {"at": when, **_BEAT}
        self.sure = min(self.sure, index)
        self.replaced.add(("beats", index))

    def next_clock(self, index: int) -> str:
        """The time of the next beat that has one."""
        for beat in self.data["beats"][index + 1 :]:
            try:
                at = beat["at"]
                read_clock(at)
            except (ValueError, KeyError, TypeError):
                continue
            return str(at)
        raise _UnclearError  # when the evening ends is not known
