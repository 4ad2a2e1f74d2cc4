"""A replayed evening's recordings, held by spectrum against who spoke when.

Each of the cast has a pitch of their own, so a recording tells whom it has without being told.
"""

import asyncio
import io
from dataclasses import dataclass

import av
import numpy as np
import pytest
from tests.e2e.conftest import Server

from afterparty.client.api import Api
from afterparty.replay.evening.progress import Silent
from afterparty.replay.evening.runner import run
from afterparty.replay.verdict.record import Record
from afterparty.replay.voice.pitch import RATE, Pcm, pitch_of, who_is_heard
from afterparty.replay.words.beats import Say
from afterparty.replay.words.loading import parse
from afterparty.replay.words.scenario import Scenario
from afterparty.wire.recordings import RecordingView

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

TAPED = """
scenario: taped
title: A recorded evening
source: Nobody said so.
date: "2026"
facts:
  - {says: All of it is invented., basis: synthetic}
demo_speed: 6
show: {title: A recorded evening (simulation)}
cast:
  - {id: anna, name: Anna, voice: {language: en}}
  - {id: ben, name: Ben, voice: {language: en}}
  - {id: cleo, name: Cleo, voice: {language: en}}
  - {id: fan, name: A fan, voice: {language: en}}
rooms:
  - {id: before, kind: blueroom, title: Before, rules: current, host: anna, recording: true,
     stage: [{who: ben, role: cohost}, {who: cleo}]}
  - {id: after, kind: space, title: After, rules: current, host: ben, recording: true}
  - {id: off, kind: space, title: Off the record, host: cleo}
audience:
  - {name: few, size: 3, room: before, arrive: {from: "0:00", over: "0:01"}}
beats:
  - {at: "0:00", who: anna, do: open, room: before}
  - {at: "0:01", who: anna, do: unmute}
  - {at: "0:02", who: anna, do: say, text: "Good evening, everybody"}
  - {at: "0:20", who: ben, do: say, room: before, unheard: true, text: "Am I on by now?"}
  - {at: "0:36", who: ben, do: unmute}
  - {at: "0:37", who: ben, do: say, text: "Now you can hear me"}
  - {at: "0:54", who: cleo, do: unmute, room: before}
  - {at: "0:55", who: cleo, do: consent, captions: false}
  - {at: "0:56", who: cleo, do: say, text: "And me, but you cannot read it"}
  - {at: "1:14", who: anna, do: say, text: "So we are all here"}
  - {at: "1:30", who: fan, do: join, room: before}
  - {at: "1:31", who: fan, do: say, unheard: true, text: "May I say something?"}
  - {at: "1:48", who: cleo, do: mute}
  - {at: "1:49", who: ben, do: open, room: after}
  - {at: "1:50", who: anna, do: offer_handoff, to: after, seconds: 24}
  - {at: "2:26", who: ben, do: unmute, room: after}
  - {at: "2:27", who: ben, do: say, text: "Welcome to the other room"}
  - {at: "2:45", who: ben, do: end}
  - {at: "3:20", who: anna, do: end, room: before}
expect:
  - {kind: heard, room: before, who: [anna, ben, cleo]}
"""

LATE = 0.5
"""Seconds between a client's sending something and its being mixed, at most."""

HELD = 0.5
"""Seconds for which a voice counts as speaking after it was last loud."""

BREATH = 1.6
"""Seconds around a move in which open microphones send noise, so that a gap would be heard."""


@dataclass(frozen=True)
class Line:
    """One line of the evening, in seconds of its room's recording."""

    who: str
    text: str
    heard: bool
    since: float
    until: float


def lines(scenario: Scenario, record: Record, room: str, started_at: float) -> list[Line]:
    """What was spoken in a room, and from when to when, by the run's own record."""
    done = {beat.index: beat for beat in record.beats}
    away = record.started_at - started_at
    return [
        Line(beat.who, beat.text, not beat.unheard, done[n].t + away, done[n].done + away)
        for n, beat in enumerate(scenario.beats)
        if isinstance(beat, Say) and beat.room == room
    ]


def opened(data: bytes) -> tuple[Pcm, list[tuple[float, str]]]:
    """The sound of an Ogg file, by FFmpeg, and its chapters."""
    with av.open(io.BytesIO(data)) as file:
        chapters = [(float(c["start"] * c["time_base"]), c["metadata"]["title"])
                    for c in file.chapters()]  # fmt: skip
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        frames = [part.to_ndarray()[0] for frame in file.decode(audio=0)
                  for part in resampler.resample(frame)]  # fmt: skip
    return np.concatenate(frames), chapters


def part(sound: Pcm, since: float, until: float) -> Pcm:
    """A stretch of a recording."""
    return sound[max(0, int(since * RATE)) : max(0, int(until * RATE))]


async def ready(api: Api, room: str) -> RecordingView:
    """The recording, once it is written."""
    async with asyncio.timeout(30):
        while (found := await api.recording(room)).state != "ready":  # noqa: ASYNC110 - asked of the server
            await asyncio.sleep(0.1)
    return found


async def test_a_recording_has_who_spoke_when_they_did_and_nobody_else(server: Server) -> None:
    scenario = parse(TAPED)
    record = await run(
        scenario, server.url, speed=6, real=None, seed=1, progress=Silent(), voices="tone"
    )
    refused = {(refusal.member, refusal.code) for refusal in record.refusals}
    assert refused == {("ben", "muted"), ("cleo", "no_consent"), ("fan", "not_permitted")}
    pitches = {one.id: float(pitch_of(index)) for index, one in enumerate(scenario.cast)}
    [handoff] = record.handoffs
    assert handoff.begun_at is not None
    async with Api(server.url) as api:
        show = next(s for s in await api.shows() if s.show.startswith("taped-"))
        rooms = {room.rsplit("-", 1)[0]: room for room in show.rooms}
        spoke = {}
        for name in ("before", "after"):
            found = await ready(api, rooms[name])
            sound, chapters = opened(await api.recording_ogg(rooms[name]))
            assert len(sound) / RATE == pytest.approx(found.seconds, abs=0.05)
            said = lines(scenario, record, name, found.started_at)
            is_in_it(sound, said, pitches)
            move = handoff.begun_at + record.started_at - found.started_at
            is_marked(found, said, move)
            names = {one.name: one.id for one in scenario.cast}
            begins = [(at, names[title]) for at, title in chapters if abs(at - move) > BREATH]
            heard = [line for line in said if line.heard]
            assert [who for _, who in begins] == [line.who for line in heard]
            for (at, _), line in zip(begins, heard, strict=True):
                assert at == pytest.approx(line.since, abs=LATE)
            captions = [(line.member, line.text) for line in found.captions]
            read = [line for line in heard if line.who != "cleo"]
            assert captions == [(line.who, line.text) for line in read]
            for line, caption in zip(read, found.captions, strict=True):
                assert caption.at == pytest.approx(line.since, abs=LATE)
            spoke[name] = [line.who for line in heard]
        assert spoke == {"before": ["anna", "ben", "cleo", "anna"], "after": ["ben"]}
        off = await api.room(rooms["off"])
        assert not off.room.recording


def is_in_it(sound: Pcm, said: list[Line], pitches: dict[str, float]) -> None:
    """By its pitch each voice is where its line was spoken; outside of lines there is none."""
    rest = sound.copy()
    for line in said:
        found = who_is_heard(part(sound, line.since, line.until + LATE), pitches)
        assert found == ({line.who} if line.heard else set()), line
        part(rest, line.since, line.until + LATE)[:] = 0
    assert who_is_heard(rest, pitches) == set()


def is_marked(found: RecordingView, said: list[Line], move: float) -> None:
    """Each mark is of a line, and each line that was heard has its mark.

    Around the move open microphones were heard as well, without words.
    """
    marks = [mark for mark in found.marks if abs(mark.from_ - move) > BREATH]
    heard = [line for line in said if line.heard]
    assert [mark.member for mark in marks] == [line.who for line in heard]
    for mark, line in zip(marks, heard, strict=True):
        assert line.since <= mark.from_ + 0.05
        assert mark.from_ < line.since + LATE
        assert mark.to < line.until + LATE + HELD
