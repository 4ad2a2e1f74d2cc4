"""Everything and everybody of one run, brought together before it begins: cast and audience."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from afterparty.client.api import Api
from afterparty.client.doors import Doors
from afterparty.client.session import Session
from afterparty.replay.evening import stagehand
from afterparty.replay.evening.attendance import Attendance
from afterparty.replay.evening.crowd import Crowd
from afterparty.replay.evening.ears import Ears, Listening, OpenEar
from afterparty.replay.evening.fan import Attendee
from afterparty.replay.evening.notebook import Notebook
from afterparty.replay.evening.performer import Performer
from afterparty.replay.evening.stagehand import Mint, Names
from afterparty.replay.plan.audience import Fan, Inclination, plan
from afterparty.replay.voice.pitch import PITCHES, Pcm
from afterparty.replay.voice.voices import Voice, VoiceKind
from afterparty.replay.words.beats import Say
from afterparty.replay.words.scenario import Scenario
from afterparty.replay.words.seasonform import SeasonWords


@dataclass(frozen=True)
class Place:
    """Where a run stands: what it is called on the server, and in which season."""

    names: Names
    shared: bool = False
    """The season is there already, made for several evenings; rivals are not told into it."""
    words: SeasonWords | None = None
    """What a season of the run's own says; ``None``: no eras and no firsts."""


FAN_EARS = 2
"""Of the audience, so many have ears; the cast have them all."""


@dataclass(frozen=True)
class Evening:
    """Everything and everybody of one run."""

    scenario: Scenario
    speed: float
    names: Names
    book: Notebook
    hosts: dict[str, Api]
    performers: dict[str, Performer]
    attendees: list[Attendee]
    """Those of the audience who have a connection."""
    crowd: Crowd
    """Those who have none."""


async def assemble(
    scenario: Scenario,
    url: str,
    stack: AsyncExitStack,
    mint: Mint,
    speed: float,
    real: int | None,
    voices: VoiceKind,
    place: Place,
) -> Evening:
    """Tokens, season, show and rooms, and whoever will come. Nobody is in a room yet.

    ``real`` of the audience have a connection (``None``: all). ``stack`` closes what was opened.
    Raises `ApiError`.
    """
    named = place.names
    book = Notebook({there: here for here, there in named.rooms.items()})
    indices = {member.id: index % len(PITCHES) for index, member in enumerate(scenario.cast)}
    if len(scenario.cast) > len(PITCHES):
        book.notes.append("The cast has more members than there are pitches to tell them by.")
    ears = Ears(book, {who: float(PITCHES[index]) for who, index in indices.items()})
    speech = await asyncio.to_thread(
        _speech, scenario, {who: Voice(index, voices) for who, index in indices.items()}
    )
    doors = Doors(url)
    apis: dict[str, Api] = {}
    performers: dict[str, Performer] = {}
    for member in scenario.cast:
        token, identity = await mint(member.id, member.name, ("host", "simulate"))
        apis[member.id] = await stack.enter_async_context(Api(url, token, doors))
        attendance = Attendance(url, token, identity, book, ear=OpenEar(), doors=doors)
        performers[member.id] = Performer(attendance, apis[member.id], ears, speech, speed)
    if named.season and not place.shared:
        first = apis[scenario.rooms[0].host]
        await stagehand.make_season(
            first, named.season, stagehand.title_alone(scenario), place.words, [scenario]
        )
        await stagehand.tell_rivals(first, named.season, scenario)
    await stagehand.build(scenario, named, apis, speed)
    fans = await asyncio.to_thread(plan, scenario, speed, real)
    attendees = []
    connected = [fan for fan in fans if not fan.simulated]
    hearing = _with_ears(connected)
    for fan in connected:
        token, identity = await mint(None if fan.anonymous else fan.key, fan.name, ())
        ear = OpenEar() if fan.key in hearing else None
        attendance = Attendance(url, token, identity, book, ear=ear, doors=doors)
        attendees.append(Attendee(fan, attendance, named.rooms))
    everybody = [one.attendance for one in attendees]
    everybody += [one.attendance for one in performers.values()]
    for one in everybody:
        if one.ear is not None:
            ears.listening.append(Listening(one.member, one.ear, _session_of(one)))
    simulated = [fan for fan in fans if fan.simulated]
    crowd = Crowd(apis[scenario.rooms[0].host], named.show, named.rooms, simulated, book)
    return Evening(scenario, speed, named, book, apis, performers, attendees, crowd)


def _session_of(attendance: Attendance) -> Callable[[], Session | None]:
    return lambda: attendance.session


def _speech(scenario: Scenario, voices: dict[str, Voice]) -> dict[int, Pcm]:
    return {
        index: voices[beat.who].speech(
            beat.text, beat.language or scenario.member(beat.who).voice.language
        )
        for index, beat in enumerate(scenario.beats)
        if isinstance(beat, Say)
    }


def _with_ears(fans: list[Fan]) -> set[str]:
    """The first to come who stay all evening and go along with every handoff."""
    faithful = [
        fan.key
        for fan in fans
        if fan.inclination is Inclination.FOLLOW
        and len(fan.visits) == 1
        and fan.visits[0].departs is None
    ]
    return set(faithful[:FAN_EARS])
