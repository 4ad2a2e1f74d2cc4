"""What was done in the rooms of a show, put on as beats: each in its time, in order, and possible.

Pure. A log does not say who merely came, went over or was elsewhere; the beats that a scenario
needs for that are put in between, as ``plot`` foresees them. What cannot happen is left out, and
counted.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from afterparty.replay.words.beats import Beat
from afterparty.replay.words.forms import write_clock
from afterparty.replay.words.plot import (
    CLOSING_SECONDS,
    FROM_AFAR,
    HELD_SECONDS,
    Walk,
    spoken_seconds,
)
from afterparty.replay.words.scenario import Scenario

LEAST_COUNTDOWN = 2.0
"""Wall seconds that a handoff is offered for at least."""

COUNTDOWN_LIMIT = 600.0
"""Evening seconds that a handoff is offered for at most."""

_BEAT: TypeAdapter[Beat] = TypeAdapter(Beat)
_ALONE = 10**9
"""The place of a beat after which none comes, so that only its own time counts."""


@dataclass(frozen=True, slots=True)
class Cue:
    """An act in the words of the scenario; ``at`` is evening time, seconds."""

    at: float
    room: str
    who: str
    """Empty: whoever hosts the room then."""
    do: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    going: bool = False


@dataclass(slots=True)
class Staged:
    """Beats as a file has them, and what the audience is reckoned from."""

    beats: list[dict[str, Any]] = field(default_factory=list)
    ends: float = 0.0
    """Evening time of the last beat."""
    left_out: Counter[str] = field(default_factory=Counter)
    came: dict[str, set[str]] = field(default_factory=dict)
    """Of the cast, who came into each room of their own accord."""
    sounding: set[str] = field(default_factory=set)
    """Rooms with a handoff during which a microphone was open there and where it led."""
    times: list[tuple[float, float]] = field(default_factory=list)
    """Evening times of the recording, and those that they have become."""


def thinned(cues: Sequence[Cue], seconds: float) -> list[Cue]:
    """The cues with no more to say than takes so long, seconds; of more, lines evenly spread."""
    total = sum(spoken_seconds(cue.fields["text"]) for cue in cues if cue.do == "say")
    if total <= seconds:
        return list(cues)
    kept: list[Cue] = []
    due = said = 0.0
    for cue in cues:
        if cue.do == "say":
            takes = spoken_seconds(cue.fields["text"])
            due += takes * seconds / total
            if said + takes > due:
                continue
            said += takes
        kept.append(cue)
    return kept


def with_decisions(cues: Sequence[Cue]) -> list[Cue]:
    """The cues, and a ``stay`` of whoever acts on in a room after its audience was moved."""
    found = list(cues)
    for begun in (cue for cue in cues if cue.do == "begun"):
        offers = (c for c in cues if (c.do, c.room) == ("offer_handoff", begun.room))
        offer = next((c for c in offers if c.at <= begun.at), None)
        if offer is None:
            continue
        staying = {
            cue.who: None
            for cue in cues
            if cue.room == begun.room and cue.at > begun.at and not cue.going
            if cue.who and cue.do not in (*FROM_AFAR, "join", "request")
        }
        found += [Cue(offer.at, begun.room, who, "stay", going=True) for who in staying]
    return sorted(found, key=lambda cue: cue.at)


def timed(cues: Sequence[Cue], speed: float) -> list[Cue]:
    """The cues at whole seconds, each line with the time it takes at ``speed``.

    A room ends, or is handed over again, after the ledger of its handoff is closed; a host is
    taken over from after their place was kept for them.
    """
    placed: list[Cue] = []
    offers: dict[str, int] = {}
    closed: dict[str, float] = {}
    given_up: dict[str, float] = {}
    now = 0.0
    for cue in cues:
        at = max(now, math.floor(cue.at))
        if cue.do in ("end", "offer_handoff"):
            at = max(at, math.ceil(closed.get(cue.room, 0.0)))
        if cue.do == "take_over":
            at = max(at, math.ceil(given_up.get(cue.room, 0.0)))
        if cue.do == "drop":
            given_up[cue.room] = at + HELD_SECONDS * speed
        if cue.do in ("begun", "cancel_handoff") and cue.room in offers:
            place = offers.pop(cue.room)
            offer = placed[place]
            least = at + 1 - offer.at if cue.do == "cancel_handoff" else at - offer.at
            seconds = min(COUNTDOWN_LIMIT, max(math.ceil(LEAST_COUNTDOWN * speed), least))
            placed[place] = replace(offer, fields={**offer.fields, "seconds": seconds})
            if cue.do == "begun":
                at = max(at, math.ceil(offer.at + seconds))
                closed[cue.room] = offer.at + seconds + CLOSING_SECONDS * speed
        if cue.do == "offer_handoff":
            offers[cue.room] = len(placed)
        placed.append(replace(cue, at=float(at)))
        now = at
        if cue.do == "say":
            now += math.ceil(spoken_seconds(cue.fields["text"]) * speed)
    return placed


def rehearsed(draft: Scenario, cues: Sequence[Cue], spoken: Sequence[Cue]) -> Staged:
    """The cues of a ``timed`` evening as beats that can happen.

    ``draft`` has the cast, the rooms and the speed. ``spoken``: the same cues at the times at which
    they were recorded.
    """
    stage = _Stage(draft)
    for cue, before in zip(cues, spoken, strict=True):
        stage.take(cue)
        stage.staged.times.append((before.at, cue.at))
    stage.finish()
    return stage.staged


class _Stage:
    """The evening as it is put on."""

    def __init__(self, draft: Scenario) -> None:
        self.walk = Walk(draft)
        self.speed = draft.demo_speed
        self.voices = {member.id: member.voice.language for member in draft.cast}
        self.staged = Staged(came={room.id: set() for room in draft.rooms})
        self.asked: dict[str, float] = {}

    def take(self, cue: Cue) -> None:
        """Put one cue on, with what it needs before it; or count it among what is left out."""
        room = self.walk.rooms[cue.room]
        if cue.do == "begun":
            self._note_sound(cue.room)
        self.walk.move_due(cue.at)
        if cue.do == "begun":
            return
        who = cue.who if cue.who and cue.do != "open" else room.host
        if cue.going and not self._is_due(cue, who):
            return
        walk, beats = self.walk, list[dict[str, Any]]()
        for raw in (*self._before(cue, who), self._raw(cue, who)):
            tried = _tried(walk, raw)
            if tried is None:
                if not cue.going:
                    self.staged.left_out[f"'{cue.do}'"] += 1
                return
            written = {key: value for key, value in raw.items() if key != "room"}
            if raw["do"] in ("open", "join") or walk.where.get(raw["who"]) != raw["room"]:
                written = {"at": written.pop("at"), "who": written.pop("who"),
                           "do": written.pop("do"), "room": raw["room"], **written}  # fmt: skip
                if raw["do"] != "follow" and tried.where.get(raw["who"]) == raw["room"]:
                    self.staged.came[raw["room"]].add(raw["who"])
            beats.append(written)
            walk = tried
        self.walk = walk
        self.staged.beats += beats
        self.staged.ends = cue.at

    def finish(self) -> None:
        """End what is still live."""
        for name, room in self.walk.rooms.items():
            if room.state == "live":
                at = max(self.staged.ends + 1, math.ceil(room.closing_until))
                if room.offer:
                    moves = room.offer.at + room.offer.seconds
                    at = max(at, math.ceil(moves + CLOSING_SECONDS * self.speed))
                self.take(Cue(float(at), name, "", "end"))
                self.staged.left_out["rooms that were still live; they are ended here"] += 1

    def _is_due(self, cue: Cue, who: str) -> bool:
        """Whether somebody is where they are said to go from, or away who comes back."""
        here = self.walk.where.get(who)
        return here is None if cue.do == "join" else here == cue.room

    def _note_sound(self, name: str) -> None:
        offer = self.walk.rooms[name].offer
        if offer is not None and all(
            any(
                not seat.muted and self.walk.where.get(who) == room
                for who, seat in self.walk.rooms[room].seats.items()
            )
            for room in (name, offer.to)
        ):
            self.staged.sounding.add(name)

    def _before(self, cue: Cue, who: str) -> Iterator[dict[str, Any]]:
        """What must have happened for somebody to do this here."""
        if cue.do not in (*FROM_AFAR, "join", "drop", "stay"):
            yield from self._comes(cue, who)
        if cue.do == "join":
            yield from self._goes(cue, who)
        member = cue.fields.get("member", "")
        if cue.do in ("invite", "remove", "block", "pick") and member != who:
            yield from self._comes(cue, member)
        if cue.do == "pick":
            yield _beat(cue, member, "ask", text=cue.fields["text"])

    def _comes(self, cue: Cue, who: str) -> Iterator[dict[str, Any]]:
        here = self.walk.where.get(who)
        if here == cue.room:
            return
        offer = self.walk.rooms[here].offer if here else None
        if here and offer and offer.to == cue.room:
            yield _beat(replace(cue, room=here), who, "follow")
            return
        yield from self._goes(cue, who)
        if who not in self.walk.rooms[cue.room].seats:
            yield _beat(cue, who, "join")

    def _goes(self, cue: Cue, who: str) -> Iterator[dict[str, Any]]:
        here = self.walk.where.get(who)
        if here is not None and here != cue.room:
            away = "drop" if self.walk.rooms[here].host == who else "leave"
            yield _beat(replace(cue, room=here), who, away)

    def _raw(self, cue: Cue, who: str) -> dict[str, Any]:
        fields = dict(cue.fields)
        if cue.do == "pick":
            del fields["text"]
        if fields.get("language") in ("", self.voices.get(who)):
            fields.pop("language", None)
        return _beat(cue, who, cue.do, **fields)


def _beat(cue: Cue, who: str, do: str, **fields: object) -> dict[str, Any]:
    return {"at": write_clock(cue.at), "who": who, "do": do, "room": cue.room, **fields}


def _tried(walk: Walk, raw: Mapping[str, Any]) -> Walk | None:
    """The evening after that beat; ``None``: it cannot be."""
    try:
        beat = _BEAT.validate_json(json.dumps(raw))
    except ValidationError:
        return None
    trial = walk.fork()
    trial.take(_ALONE, beat)
    return trial if len(trial.faults) == len(walk.faults) else None
