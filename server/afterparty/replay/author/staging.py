"""What was done in the rooms of a show, put on as beats: each in its time, in order, and possible.

Pure. Acts come in the scenario's words and time. A log does not say who merely came, went over or
was elsewhere; the beats that a scenario needs for that are put in between, as ``plot`` foresees
them. What cannot happen is left out, and counted.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from afterparty.replay.author.transcript import Act
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

EAR_SECONDS = 3.0
"""Wall seconds after which whoever came has sound."""

CLEAR_SECONDS = 1.0
"""As long as a line takes, wall seconds, by which a voice is known."""

_BEAT: TypeAdapter[Beat] = TypeAdapter(Beat)
_ALONE = 10**9
"""The place of a beat after which none comes, so that only its own time counts."""


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
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By room and speaker, lines that an ear of the cast is sure to be there for."""
    times: list[tuple[float, float]] = field(default_factory=list)
    """Evening times of the recording, and those that they have become."""


def thinned(acts: Sequence[Act], seconds: float) -> list[Act]:
    """The acts with no more to say than takes so long, seconds; of more, lines evenly spread."""
    total = sum(spoken_seconds(act.fields["text"]) for act in acts if act.do == "say")
    if total <= seconds:
        return list(acts)
    kept: list[Act] = []
    due = said = 0.0
    for act in acts:
        if act.do == "say":
            takes = spoken_seconds(act.fields["text"])
            due += takes * seconds / total
            if said + takes > due:
                continue
            said += takes
        kept.append(act)
    return kept


def with_decisions(acts: Sequence[Act]) -> list[Act]:
    """The acts, and a ``stay`` of whoever goes on in a room after its audience was moved."""
    found = list(acts)
    for begun in (act for act in acts if act.do == "begun"):
        offers = [
            act.at
            for act in acts
            if (act.do, act.room) == ("offer_handoff", begun.room) and act.at <= begun.at
        ]
        if not offers:
            continue
        staying = {
            act.who: None
            for act in acts
            if act.room == begun.room and act.at > begun.at and not act.going
            if act.who and act.do not in (*FROM_AFAR, "join", "request")
        }
        found += [Act(offers[-1], begun.room, who, "stay", going=True) for who in staying]
    return sorted(found, key=lambda act: act.at)


def timed(acts: Sequence[Act], speed: float) -> list[Act]:
    """The acts at whole seconds, each line with the time it takes at ``speed``.

    A room ends, or is handed over again, after the ledger of its handoff is closed; a host is
    taken over from after their place was kept for them.
    """
    placed: list[Act] = []
    offers: dict[str, int] = {}
    closed: dict[str, float] = {}
    given_up: dict[str, float] = {}
    now = 0.0
    for act in acts:
        at = max(now, math.floor(act.at))
        if act.do in ("end", "offer_handoff"):
            at = max(at, math.ceil(closed.get(act.room, 0.0)))
        if act.do == "take_over":
            at = max(at, math.ceil(given_up.get(act.room, 0.0)))
        if act.do == "drop":
            given_up[act.room] = at + HELD_SECONDS * speed
        if act.do in ("begun", "cancel_handoff") and act.room in offers:
            place = offers.pop(act.room)
            offer = placed[place]
            least = at + 1 - offer.at if act.do == "cancel_handoff" else at - offer.at
            seconds = min(COUNTDOWN_LIMIT, max(math.ceil(LEAST_COUNTDOWN * speed), least))
            placed[place] = replace(offer, fields={**offer.fields, "seconds": seconds})
            if act.do == "begun":
                at = max(at, math.ceil(offer.at + seconds))
                closed[act.room] = offer.at + seconds + CLOSING_SECONDS * speed
        if act.do == "offer_handoff":
            offers[act.room] = len(placed)
        placed.append(replace(act, at=float(at)))
        now = at
        if act.do == "say":
            now += math.ceil(spoken_seconds(act.fields["text"]) * speed)
    return placed


def rehearsed(draft: Scenario, acts: Sequence[Act], spoken: Sequence[Act]) -> Staged:
    """The acts of a ``timed`` evening as beats that can happen.

    ``draft`` has the cast, the rooms and the speed. ``spoken``: the same acts at the times at which
    they were recorded.
    """
    stage = _Stage(draft)
    for act, before in zip(acts, spoken, strict=True):
        stage.take(act)
        stage.staged.times.append((before.at, act.at))
    stage.finish()
    return stage.staged


class _Stage:
    """The evening as it is put on."""

    def __init__(self, draft: Scenario) -> None:
        self.walk = Walk(draft)
        self.speed = draft.demo_speed
        self.voices = {member.id: member.voice.language for member in draft.cast}
        self.staged = Staged(came={room.id: set() for room in draft.rooms})
        self.since: dict[tuple[str, str], float] = {}
        """Evening time from which somebody is in a room."""

    def take(self, act: Act) -> None:
        """Put one act on, with what it needs before it; or count it among what is left out."""
        room = self.walk.rooms[act.room]
        if act.do == "begun":
            self._note_sound(act.room)
        self.walk.move_due(act.at)
        if act.do == "begun":
            return
        who = act.who if act.who and act.do != "open" else room.host
        if act.going and not self._is_due(act, who):
            return
        walk, beats = self.walk, list[dict[str, Any]]()
        for raw in (*self._before(act, who), self._raw(act, who)):
            tried = _tried(walk, raw)
            if tried is None:
                if not act.going:
                    self.staged.left_out[f"'{act.do}'"] += 1
                return
            written = {key: value for key, value in raw.items() if key != "room"}
            if raw["do"] in ("open", "join") or walk.where.get(raw["who"]) != raw["room"]:
                written = {"at": written.pop("at"), "who": written.pop("who"),
                           "do": written.pop("do"), "room": raw["room"], **written}  # fmt: skip
                if raw["do"] != "follow" and tried.where.get(raw["who"]) == raw["room"]:
                    self.staged.came[raw["room"]].add(raw["who"])
            beats.append(written)
            walk = tried
        if act.do == "say":
            self._note_ears(act, who)
        self.walk = walk
        self.since = {here: self.since.get(here, act.at) for here in walk.where.items()}
        self.staged.beats += beats
        self.staged.ends = act.at

    def finish(self) -> None:
        """End what is still live."""
        for name, room in self.walk.rooms.items():
            if room.state == "live":
                at = max(self.staged.ends + 1, math.ceil(room.closing_until))
                if room.offer:
                    moves = room.offer.at + room.offer.seconds
                    at = max(at, math.ceil(moves + CLOSING_SECONDS * self.speed))
                self.take(Act(float(at), name, "", "end"))
                self.staged.left_out["rooms that were still live; they are ended here"] += 1

    def _is_due(self, act: Act, who: str) -> bool:
        """Whether somebody is where they are said to go from, or away who comes back."""
        here = self.walk.where.get(who)
        return here is None if act.do == "join" else here == act.room

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

    def _note_ears(self, act: Act, who: str) -> None:
        clear = spoken_seconds(act.fields["text"]) >= CLEAR_SECONDS
        since = act.at - EAR_SECONDS * self.speed
        if clear and any(
            room == act.room and other != who and self.since.get((other, room), act.at) <= since
            for other, room in self.walk.where.items()
        ):
            self.staged.heard[act.room, who] += 1

    def _before(self, act: Act, who: str) -> Iterator[dict[str, Any]]:
        """What must have happened for somebody to do this here."""
        if act.do not in (*FROM_AFAR, "join", "drop", "stay"):
            yield from self._comes(act, who)
        if act.do == "join":
            yield from self._goes(act, who)
        member = act.fields.get("member", "")
        if act.do in ("invite", "remove", "block", "pick") and member != who:
            yield from self._comes(act, member)
        if act.do == "pick":
            yield _beat(act, member, "ask", text=act.fields["text"])

    def _comes(self, act: Act, who: str) -> Iterator[dict[str, Any]]:
        here = self.walk.where.get(who)
        if here == act.room:
            return
        offer = self.walk.rooms[here].offer if here else None
        if here and offer and offer.to == act.room:
            yield _beat(replace(act, room=here), who, "follow")
            return
        yield from self._goes(act, who)
        if who not in self.walk.rooms[act.room].seats:
            yield _beat(act, who, "join")

    def _goes(self, act: Act, who: str) -> Iterator[dict[str, Any]]:
        here = self.walk.where.get(who)
        if here is not None and here != act.room:
            away = "drop" if self.walk.rooms[here].host == who else "leave"
            yield _beat(replace(act, room=here), who, away)

    def _raw(self, act: Act, who: str) -> dict[str, Any]:
        fields = dict(act.fields)
        if act.do == "pick":
            del fields["text"]
        if fields.get("language") in ("", self.voices.get(who)):
            fields.pop("language", None)
        return _beat(act, who, act.do, **fields)


def _beat(act: Act, who: str, do: str, **fields: object) -> dict[str, Any]:
    return {"at": write_clock(act.at), "who": who, "do": do, "room": act.room, **fields}


def _tried(walk: Walk, raw: Mapping[str, Any]) -> Walk | None:
    """The evening after that beat; ``None``: it cannot be."""
    try:
        beat = _BEAT.validate_json(json.dumps(raw))
    except ValidationError:
        return None
    trial = walk.fork()
    trial.take(_ALONE, beat)
    return trial if len(trial.faults) == len(walk.faults) else None
