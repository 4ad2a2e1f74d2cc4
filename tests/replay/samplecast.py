"""What a sample evening's cast does to its rooms: who is where, on which stage, and in which log.

Made from the beats alone, as if each happened at its time and nothing was refused that is not
meant to be.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from afterparty.replay.verdict.record import Logged, MemberRecord, Stay
from afterparty.replay.words import expectation as x
from afterparty.replay.words.beats import Aimed, Beat, Leave, Offer, PinPost, Say, WhoMaySpeak
from afterparty.replay.words.plot import FROM_AFAR
from afterparty.replay.words.scenario import Scenario

BRIEF = 0.02


@dataclass
class _Stay:
    came: float
    rooms: list[tuple[float, str]]
    gone: float | None = None


@dataclass
class SampleCast:
    """The cast's evening at the scenario's demo speed, wall seconds."""

    scenario: Scenario
    events: list[Logged] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    """The beat of each refusal, and its code."""
    seated: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)
    """When each member had a seat, by room and member."""
    ends: dict[str, float] = field(default_factory=dict)
    _roles: dict[str, dict[str, str]] = field(default_factory=dict)
    _speak: dict[str, str] = field(default_factory=dict)
    _stays: dict[str, list[_Stay]] = field(default_factory=dict)
    _stayed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for form in self.scenario.rooms:
            self._roles[form.id], self._speak[form.id] = {}, form.speak
            seats = {form.host: "host"} | {seat.who: seat.role for seat in form.stage}
            told = [{"person": {"member": who}, "role": role} for who, role in seats.items()]
            series = f"{form.series.id}-abc" if form.series else None
            self._log(0.0, form.id, "room_created", seats=told, series=series)
            for who, role in seats.items():
                self._sit(0.0, form.id, who, role)
        moves = iter(self._moves())
        move = next(moves, None)
        for index, beat in enumerate(self.scenario.beats):
            while move is not None and move[0] <= beat.at / self.scenario.demo_speed:
                self._move(*move)
                move = next(moves, None)
            self._take(index, beat, beat.at / self.scenario.demo_speed)
        for form in self.scenario.rooms:
            for who in list(self._roles[form.id]):
                self._rise(self.ends.get(form.id, self.end), form.id, who)

    @property
    def end(self) -> float:
        """When the script is over."""
        return self.scenario.ends_at / self.scenario.demo_speed

    def members(self) -> Iterator[MemberRecord]:
        """The cast's records."""
        for who, stays in self._stays.items():
            yield MemberRecord(
                member=who,
                part="",
                stays=tuple(
                    Stay(one.came - BRIEF, one.came, one.gone, one.gone, tuple(one.rooms))
                    for one in stays
                ),
                first_sound_at=stays[0].came + 0.1,
                peer_connections=len(stays),
                missed_ticks_at_handoff=0,
                outcome="room_over",
            )

    def _moves(self) -> list[tuple[float, str, str]]:
        speed = self.scenario.demo_speed
        offers = [beat for beat in self.scenario.beats if isinstance(beat, Offer)]
        return sorted(((one.at + one.seconds) / speed, one.room, one.to) for one in offers)

    def _here(self, who: str) -> _Stay | None:
        stays = self._stays.get(who, [])
        return stays[-1] if stays and stays[-1].gone is None else None

    def _move(self, at: float, room: str, to: str) -> None:
        for who in self._stays:
            here = self._here(who)
            if here is not None and here.rooms[-1][1] == room and who not in self._stayed:
                self._go_over(at, who, here, to)

    def _go_over(self, at: float, who: str, here: _Stay, to: str) -> None:
        room = here.rooms[-1][1]
        if self._roles[room].get(who, "host") != "host":
            self._rise(at, room, who)
        here.rooms.append((at, to))

    def _take(self, index: int, beat: Beat, at: float) -> None:
        here = self._here(beat.who)
        if beat.do not in FROM_AFAR and (here is None or here.rooms[-1][1] != beat.room):
            if here is not None:
                here.gone = at - 2 * BRIEF
            self._stays.setdefault(beat.who, []).append(_Stay(at, [(at, beat.room)]))
            here = self._here(beat.who)
        if isinstance(beat, Aimed):
            self._aimed(beat, at)
        elif isinstance(beat, Say):
            self._say(index, beat, at)
        elif isinstance(beat, PinPost):
            self._log(at, beat.room, "post_pinned", by=beat.who, text=beat.text)
        elif beat.do == "open":
            self._log(at, beat.room, "room_opened", by=beat.who)
            self._honour(at, beat.room)
        elif beat.do == "end":
            self._log(at, beat.room, "room_ended", by=beat.who)
            self.ends[beat.room] = at
            for who in self._stays:
                other = self._here(who)
                if other is not None and other.rooms[-1][1] == beat.room:
                    other.gone = at
        elif beat.do == "answered":
            self._log(at, beat.room, "question_answered", by=beat.who)
        elif isinstance(beat, WhoMaySpeak):
            self._speak[beat.room] = beat.speak
        elif beat.do == "accept_invitation" or (
            beat.do == "request" and self._speak[beat.room] == "everyone"
        ):
            self._sit(at, beat.room, beat.who, "speaker")
        elif beat.do == "take_over":
            self._host(at, beat.room, beat.who)
        elif beat.do == "stay":
            self._stayed.add(beat.who)
        elif here is not None:
            self._go(beat, at, here)

    def _go(self, beat: Beat, at: float, here: _Stay) -> None:
        if beat.do == "follow":
            offer = next(
                one
                for one in reversed(self.scenario.beats)
                if isinstance(one, Offer) and one.room == beat.room and one.at <= beat.at
            )
            self._go_over(at, beat.who, here, offer.to)
        elif beat.do == "drop":
            here.gone = at
        elif isinstance(beat, Leave):
            here.gone = at
            if beat.to:
                self._host(at, beat.room, beat.to)
            self._rise(at, beat.room, beat.who)

    def _aimed(self, beat: Aimed, at: float) -> None:
        if beat.do == "accept":
            self._sit(at, beat.room, beat.member, "speaker")
        elif beat.do in ("demote", "remove", "block"):
            self._rise(at, beat.room, beat.member)
            there = self._here(beat.member)
            if beat.do != "demote" and there is not None:
                there.gone = at

    def _say(self, index: int, beat: Say, at: float) -> None:
        if not beat.unheard:
            language = beat.language or self.scenario.member(beat.who).voice.language
            told = {"member": beat.who, "text": beat.text, "language": language}
            self._log(at, beat.room, "line_said", **told)
        else:
            has_seat = beat.who in self._roles[beat.room]
            self.refused.append((index, "muted" if has_seat else "not_permitted"))

    def _sit(self, at: float, room: str, who: str, role: str) -> None:
        if at > 0:
            seat = {"person": {"member": who}, "role": role}
            self._log(at, room, "seat_taken", by=who, seat=seat)
        self._roles[room][who] = role
        self.seated.setdefault((room, who), []).append((at, float("inf")))

    def _rise(self, at: float, room: str, who: str) -> None:
        if self._roles[room].pop(who, None) is not None:
            self._log(at, room, "seat_left", by=who, member=who)
            since, _ = self.seated[room, who].pop()
            self.seated[room, who].append((since, at))

    def _host(self, at: float, room: str, who: str) -> None:
        self._log(at, room, "host_changed", by=who, member=who)
        roles = self._roles[room]
        self._roles[room] = {
            other: "cohost" if role == "host" else role for other, role in roles.items()
        } | {who: "host"}

    def _honour(self, at: float, room: str) -> None:
        """All the records and firsts that are expected of the room."""
        for expected in self.scenario.expect:
            if isinstance(expected, x.RecordBroken) and expected.room == room:
                before = {"title": expected.beaten or "Another", "listeners": 9, "at": 0.0}
                told = {"record": expected.record, "title": "A record", "listeners": 10}
                self._log(at + 1, room, "record_broken", **told, before=before)
            elif isinstance(expected, x.FirstMade) and expected.room == room:
                name = self.scenario.member(expected.who).name
                told = {"first": expected.first, "title": "A first", "name": name}
                self._log(at + 1, room, "first_made", **told, member=expected.who)

    def _log(self, at: float, room: str, kind: str, **told: Any) -> None:
        number = 1 + sum(one.room == room for one in self.events)
        self.events.append(Logged(at, room, number, {"type": kind, **told}))
