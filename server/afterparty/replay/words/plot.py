"""Whether a scenario's beats can happen as they are written: who is where, as what, with which mic.

A walk through the evening that keeps what a server would keep, in little, so that a slip in a
file is told with its line before anybody joins. The server still decides; this only foresees.
"""

import copy
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from afterparty.replay.words.beats import (
    Aimed,
    Beat,
    Leave,
    Offer,
    React,
    Say,
    SelfAimed,
    WhoMaySpeak,
)
from afterparty.replay.words.forms import closest, did_you_mean, write_clock
from afterparty.replay.words.littleroom import AIMED, STEPS, LittleRoom, LittleSeat
from afterparty.replay.words.marks import Path
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.standings import AS_MEANT, PERMITTED
from afterparty.wire.views import REACTIONS

CLOSING_SECONDS = 10.0
"""Wall seconds after which a handoff's ledger is closed at the latest (docs/protocol.md)."""

HELD_SECONDS = 6.0
"""Wall seconds for which a dropped connection keeps its member's place (likewise)."""

WHOLE = sys.maxsize
"""As many beats as there are."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that cannot be: where (a path of keys and indices), and what was expected."""

    path: Path
    says: str


def spoken_seconds(text: str) -> float:
    """About how long a line takes to speak, seconds; the voice decides in the end."""
    hangul = sum("가" <= letter <= "힣" for letter in text)
    return 0.4 + hangul / 4.7 + (len(text) - 1.4 * hangul) / 17


FROM_AFAR = frozenset({"open", "end", "cancel_handoff"})
"""What a host may do in a room while in another; ``open`` brings in a host who is in none."""


class Walk:
    """The evening so far; ``take`` goes on by a beat."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.cast = {member.id for member in scenario.cast}
        self.rooms = {
            form.id: LittleRoom(
                {seat.who: LittleSeat(seat.role) for seat in form.stage}
                | {form.host: LittleSeat("host")},
                form.kind,
                form.rules,
                form.speak,
            )
            for form in scenario.rooms
        }
        self.where: dict[str, str] = {}
        self.lost: set[str] = set()
        """Of whom it was told that they cannot be there, so that what follows of it is not."""
        self.faults: list[Fault] = []

    def fork(self) -> "Walk":
        """The same evening, to be tried on."""
        other = copy.copy(self)
        other.rooms, other.where = copy.deepcopy(self.rooms), dict(self.where)
        other.lost, other.faults = set(self.lost), list(self.faults)
        return other

    def fault(self, index: int, key: str, says: str) -> None:
        """Tell of something that cannot be, at a key of a beat."""
        self.faults.append(Fault(("beats", index, key) if key else ("beats", index), says))

    def move_due(self, now: float) -> None:
        """Let happen what falls due until then: moves, and places kept for the lost."""
        for name, room in self.rooms.items():
            if room.offer and room.offer.at + room.offer.seconds <= now:
                moved = room.offer.at + room.offer.seconds
                for member in [m for m, r in self.where.items() if r == name]:
                    if member not in room.stayed:
                        self.move(member, name, room.offer.to)
                room.closing_until = moved + CLOSING_SECONDS * self.scenario.demo_speed
                room.offer = None
            for member in [m for m, until in room.dropped.items() if until <= now]:
                del room.dropped[member]
                room.forget(member)
                # In another room of the show a host is not away.
                room.host_away |= member == room.host and member not in self.where

    def move(self, member: str, from_room: str, to_room: str) -> None:
        """Somebody is moved by a handoff."""
        self.rooms[from_room].forget(member)
        self.come(member, to_room)

    def come(self, member: str, name: str) -> None:
        """Somebody is in a room."""
        room = self.rooms[name]
        self.where[member] = name
        self.lost.discard(member)
        room.known.add(member)
        room.dropped.pop(member, None)
        room.host_away = room.host_away and member != room.host

    def take(self, index: int, beat: Beat) -> Beat:
        """One beat; answers it with its room filled in."""
        self.move_due(beat.at)
        if not self.is_known(index, beat):
            return beat
        name = beat.room or self.whereabouts(index, beat)
        if name is None:
            return beat
        if self.is_there(index, beat, name) and self.is_permitted(index, beat, name):
            self.happen(index, beat, name)
        return beat.model_copy(update={"room": name})

    def is_known(self, index: int, beat: Beat) -> bool:
        """Whether there is such a member, and such a room."""
        if beat.who not in self.cast:
            self.fault(
                index, "who", f"nobody '{beat.who}' in cast{did_you_mean(beat.who, self.cast)}"
            )
            self.lost.add(closest(beat.who, self.cast))
            return False
        if beat.room and beat.room not in self.rooms:
            self.fault(index, "room", f"no room '{beat.room}'{did_you_mean(beat.room, self.rooms)}")
            self.lost.add(beat.who)
            return False
        return True

    def whereabouts(self, index: int, beat: Beat) -> str | None:
        """The room that a beat means which does not say it."""
        if beat.who in self.where:
            return self.where[beat.who]
        seated = [name for name, room in self.rooms.items() if beat.who in room.seats]
        if len(seated) == 1:
            return seated[0]
        if beat.who not in self.lost:
            now = write_clock(beat.at)
            self.fault(
                index,
                "",
                f"say which room: '{beat.who}' is in none at {now}; "
                + ("add 'room:'" if seated else "add a beat with 'do: join' before"),
            )
            self.lost.add(beat.who)
        return None

    def is_there(self, index: int, beat: Beat, name: str) -> bool:
        """Whether who does it is in the room, or may do it from afar."""
        here = self.where.get(beat.who)
        if beat.do == "join" and here is not None:
            self.fault(index, "do", f"'{beat.who}' is in '{here}' already")
            return False
        if here is None and beat.do == "open":
            self.come(beat.who, name)
        if here == name or beat.do == "join" or beat.do in FROM_AFAR:
            return True
        if here is not None:
            away = "drop" if self.rooms[here].host == beat.who else "leave"
            self.fault(
                index,
                "room",
                f"'{beat.who}' is in '{here}' at {write_clock(beat.at)}, not here; "
                f"add a beat with 'do: {away}' before",
            )
            del self.where[beat.who]
            self.lost.add(beat.who)  # which of the two rooms was meant is not known
            return False
        if beat.who in self.rooms[name].seats:
            self.come(beat.who, name)
            return True
        if beat.who not in self.lost:
            told = f"'{beat.who}' is not in '{name}' yet; add a beat with 'do: join' before"
            self.fault(index, "who", told)
        self.come(beat.who, name)  # as was meant
        return False

    def is_permitted(self, index: int, beat: Beat, name: str) -> bool:
        """Whether the room's state and their role allow it."""
        room = self.rooms[name]
        states, standings = PERMITTED[beat.do]
        seat = room.seats.get(beat.who)
        role = seat.role if seat else "listener"
        if room.state not in states.split():
            told = f"'{name}' is {room.state} at {write_clock(beat.at)}"
            if room.state == "scheduled":
                told += f"; add a beat with 'do: open' of '{room.host}' before"
                room.state = "live"  # as was meant
            self.fault(index, "do", told)
        elif role[0] not in standings:
            self.fault(index, "do", f"a {role} of '{name}' may not {beat.do}")
            return beat.do in AS_MEANT
        elif isinstance(beat, (Aimed, SelfAimed)) and beat.member not in {*self.cast, ""}:
            self.fault(
                index,
                "member",
                f"nobody '{beat.member}' in cast{did_you_mean(beat.member, self.cast)}",
            )
        else:
            return True
        return False

    def happen(self, index: int, beat: Beat, name: str) -> None:
        """Change the room, or tell why that cannot be."""
        room = self.rooms[name]
        if isinstance(beat, (Aimed, SelfAimed)):
            why = AIMED[beat.do](room, beat.member or beat.who)
            if why and beat.member not in self.lost:
                self.fault(index, "member", why)
        elif beat.do in STEPS and (why := STEPS[beat.do](room, beat.who)):
            self.fault(index, "do", why)
        if beat.do in _HAPPENS:
            _HAPPENS[beat.do](self, index, beat, name)

    def join(self, index: int, beat: Beat, name: str) -> None:
        """Somebody comes in."""
        room = self.rooms[name]
        if beat.who in room.blocked:
            self.fault(index, "who", f"'{beat.who}' is blocked from '{name}'")
        elif room.locked and beat.who not in {*room.seats, *room.invitations, *room.known}:
            self.fault(index, "do", f"'{name}' is locked, and '{beat.who}' was never in it")
        else:
            self.come(beat.who, name)

    def leave(self, index: int, beat: Leave, name: str) -> None:
        """Somebody leaves; a host's room goes to the heir, or ends."""
        room = self.rooms[name]
        heir = room.seats.get(beat.to)
        if beat.to and (beat.who != room.host or room.state != "live"):
            self.fault(index, "to", "only the host of a live room leaves it to somebody")
        elif beat.to and (heir is None or heir.role != "cohost"):
            self.fault(index, "to", f"'{beat.to}' is no co-host of '{name}' then")
        elif beat.to:
            room.pass_on(beat.to)
        elif beat.who == room.host and room.state == "live":
            self.end(index, beat, name)
        room.forget(beat.who)
        self.where.pop(beat.who, None)

    def drop(self, index: int, beat: Beat, name: str) -> None:
        """Somebody is gone without a word."""
        until = beat.at + HELD_SECONDS * self.scenario.demo_speed
        self.rooms[name].dropped[beat.who] = until
        del self.where[beat.who]

    def sent_out(self, index: int, beat: Aimed, name: str) -> None:
        """Somebody was sent out."""
        if self.where.get(beat.member) == name and beat.member != self.rooms[name].host:
            del self.where[beat.member]

    def who_may_speak(self, index: int, beat: WhoMaySpeak, name: str) -> None:
        """The stage opens or closes."""
        self.rooms[name].speak = beat.speak

    def react(self, index: int, beat: React, name: str) -> None:
        """A reaction, of those the room has."""
        known = REACTIONS[self.rooms[name].rules]
        if beat.reaction not in known:
            told = f"'{name}' has {' '.join(known)} by its rules, not {beat.reaction}"
            self.fault(index, "reaction", told)

    def say(self, index: int, beat: Say, name: str) -> None:
        """A line, with a microphone or tried without."""
        room = self.rooms[name]
        seat = room.seats.get(beat.who)
        silent = seat is None or seat.muted
        if silent and not beat.unheard:
            self.fault(
                index,
                "do",
                f"'{beat.who}' has {'no seat' if seat is None else 'a closed microphone'} at "
                f"{write_clock(beat.at)}; add a beat before, or 'unheard: true' if that is meant",
            )
        if beat.unheard and not silent:
            self.fault(index, "unheard", f"'{beat.who}' has an open microphone and is heard")
        self.speak(index, beat)

    def speak(self, index: int, beat: Say) -> None:
        """The time that a line takes."""
        beats = self.scenario.beats
        if index + 1 < len(beats):
            needs = spoken_seconds(beat.text)
            has = (beats[index + 1].at - beat.at) / self.scenario.demo_speed
            if needs > has + 0.05:
                self.fault(
                    index,
                    "text",
                    f"takes about {needs:.1f} s to speak, but the next beat is {has:.1f} s later "
                    f"at demo speed; leave {needs * self.scenario.demo_speed:.0f} s of evening",
                )

    def offer(self, index: int, beat: Offer, name: str) -> None:
        """A handoff begins."""
        room, to = self.rooms[name], self.rooms.get(beat.to)
        if to is None:
            self.fault(index, "to", f"no room '{beat.to}'{did_you_mean(beat.to, self.rooms)}")
        elif to is room:
            self.fault(index, "to", "a room's audience is handed to another room")
        elif to.state != "live":
            self.fault(index, "to", f"'{beat.to}' is {to.state}; it must be live before the offer")
            to.state = "live" if to.state == "scheduled" else to.state  # as was meant
        elif room.offer or beat.at < room.closing_until:
            self.fault(index, "do", f"a handoff of '{name}' is under way already")
        else:
            room.offer = beat

    def end(self, index: int, beat: Beat, name: str) -> None:
        """A room is over."""
        room = self.rooms[name]
        if beat.at < room.closing_until:
            self.fault(
                index,
                "at",
                "the handoff's ledger may be open until "
                f"{write_clock(room.closing_until + 0.999)} at demo speed; end the room after that",
            )
        room.state = "over"
        self.where = {member: place for member, place in self.where.items() if place != name}

    def follow(self, index: int, beat: Beat, name: str) -> None:
        """Somebody goes along at once."""
        room = self.rooms[name]
        if room.offer is None:
            self.fault(index, "do", f"no handoff of '{name}' runs at {write_clock(beat.at)}")
        else:
            self.move(beat.who, name, room.offer.to)


_HAPPENS: Mapping[str, Callable[[Walk, int, Any, str], None]] = MappingProxyType(
    {
        "join": Walk.join,
        "leave": Walk.leave,
        "drop": Walk.drop,
        "end": Walk.end,
        "remove": Walk.sent_out,
        "block": Walk.sent_out,
        "who_may_speak": Walk.who_may_speak,
        "say": Walk.say,
        "react": Walk.react,
        "offer_handoff": Walk.offer,
        "follow": Walk.follow,
    }
)
"""What a beat leads to beyond one room's seats, or with fields of its own."""


def walk(scenario: Scenario, sure: int = WHOLE) -> tuple[list[Fault], tuple[Beat, ...]]:
    """What cannot happen as written, and the beats with their rooms filled in.

    Only of the first ``sure`` beats it is known what they lead to; of the others, whether there is
    what they name.
    """
    evening = Walk(scenario)
    beats: list[Beat] = []
    before = 0.0
    for index, beat in enumerate(scenario.beats):
        if beat.at < before:
            evening.fault(
                index, "at", f"is before the beat above ({write_clock(before)}); keep their order"
            )
        before = beat.at
        if index < sure:
            beats.append(evening.take(index, beat))
        else:
            evening.is_known(index, beat)
    return evening.faults, tuple(beats)
