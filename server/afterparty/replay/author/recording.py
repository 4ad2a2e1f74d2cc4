"""A show that was watched, written down as a scenario that can be replayed.

Pure: from logs and counts to the text of a file. Its beats are those of the logs, its audience is
interpolated from the counts, and it says so. What the format cannot say is listed at its head.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from afterparty.replay.author.casting import Names, cast_of, room_of
from afterparty.replay.author.gathering import audience_of, leanings
from afterparty.replay.author.skeleton import NAME_LIMIT
from afterparty.replay.author.staging import Staged, rehearsed, thinned, timed, with_decisions
from afterparty.replay.author.transcript import Act, Transcript, transcript
from afterparty.replay.author.watching import Watched
from afterparty.replay.author.writing import as_title, written
from afterparty.replay.plan.foresight import foreseen
from afterparty.replay.words.crosscheck import SHOWING_SECONDS
from afterparty.replay.words.forms import read_day
from afterparty.replay.words.loading import parse
from afterparty.replay.words.plot import HELD_SECONDS
from afterparty.replay.words.scenario import Scenario
from afterparty.wire.views import ID_PATTERN

SCHEMA = "yaml-language-server: $schema=scenario.schema.json"
ROOMS_LIMIT = 8
ACTS_LIMIT = 1200
"""Acts that are told; of more, the first."""

SPEECH_SECONDS = (110.0, 60.0, 30.0, 10.0, 0.0)
"""Wall seconds of speech that are tried, until the evening fits into a showing."""

AT_LEAST = 0.9
"""Of the counts that were seen, and of lines that are sure to be heard, so much is expected."""

SPEED_LIMIT = 600.0


class RecordingError(ValueError):
    """Nothing was seen that could be replayed."""


def recording(seen: Watched, name: str) -> str:
    """The file of the evening that was watched, called ``name``.

    Raises:
        RecordingError: no room of the show has been live, or nothing of it can be told.
    """
    told = transcript(seen.logs)
    opened = _opened(seen)
    left_out = Counter(told.untold)
    if len(seen.rooms) > len(opened):
        left_out["rooms that were never live, or more than eight"] += len(seen.rooms) - len(opened)
    if any(seen.rooms[room].room.waiting.value != "silence" for room in opened):
        left_out["tunes for those who wait"] += 1
    names = Names(seen, opened, told)
    speed = max(1.0, seen.show.speed)
    start = min(act.at for act in told.acts if act.do == "open" and act.room in names.rooms)
    acts = _acts(told, names, start, speed, left_out)
    head: dict[str, Any] = {
        "scenario": name,
        "title": seen.show.title[:1000] or name,
        "source": seen.show.source or f"Recorded from the live room {seen.asked} of a server.",
        "date": _date(seen.show.date) or _day(start),
        "begins": {"at": _moment(seen, start), "basis": _basis(seen)},
    }
    body: dict[str, Any] = {
        "show": {"title": _show_title(seen.show.title)},
        "cast": cast_of(names, seen),
        "rooms": [room_of(seen, names, room) for room in opened],
    }
    draft, staged = _staged(head, body, acts, speed)
    left_out.update(staged.left_out)
    audience, guessed = audience_of(seen, names, staged, start, speed, opened)
    data = {
        **head,
        "facts": _facts(seen, start, guessed),
        "seed": 1,
        "demo_speed": draft.demo_speed,
        **body,
        "audience": audience,
        "beats": staged.beats,
    }
    data["expect"] = [
        {"kind": "state", "room": names.rooms[room], "is": "ended"} for room in opened
    ]
    data["expect"] += _expected(parse(written(data)), seen, names, staged, opened)
    text = written(data, _head(seen, start, left_out))
    parse(text)
    return text


def name_of(stem: str, seen: Watched) -> str:
    """What the evening is called: like its file, or where no scenario may be, like its show."""
    fits = len(stem) <= NAME_LIMIT and re.fullmatch(ID_PATTERN, stem)
    return stem if fits else seen.show.show


def _opened(seen: Watched) -> list[str]:
    """The rooms that were live, in the order in which they opened, as many as a scenario has."""
    when = {
        room: next((e["at"] for e in log if e["type"] == "room_opened"), None)
        for room, log in seen.logs.items()
    }
    opened = sorted((at, room) for room, at in when.items() if at is not None)
    if not opened:
        raise RecordingError(f"{seen.asked} was not live, and no other room of its show was")
    return [room for _, room in opened[:ROOMS_LIMIT]]


def _acts(
    told: Transcript, names: Names, start: float, speed: float, left_out: Counter[str]
) -> list[Act]:
    acts = []
    for act in told.acts:
        room, who = names.rooms.get(act.room), names.who(act.who)
        fields = dict(act.fields)
        known = room is not None and who is not None
        if "member" in fields:
            fields["member"] = names.who(fields["member"])
            known = known and fields["member"] is not None
        if act.do == "leave" and "to" in fields:
            fields["to"] = names.who(fields["to"])
            known = known and fields["to"] is not None
        if act.do == "offer_handoff":
            fields["to"] = names.rooms.get(fields["to"])
            fields["seconds"] = round(max(1.0, min(600.0, fields["seconds"] * speed)), 1)
            known = known and fields["to"] is not None
        if not known:
            left_out["acts of or towards somebody without a part, or in a room left out"] += 1
        else:
            # A host is said to be away once their place was kept for them.
            done = act.at - HELD_SECONDS if act.do == "drop" else act.at
            at = max(0.0, (done - start) * speed)
            acts.append(replace(act, at=at, room=str(room), who=str(who), fields=fields))
    if len(acts) > ACTS_LIMIT:
        left_out["acts, the last of very many"] += len(acts) - ACTS_LIMIT
    return with_decisions(acts[:ACTS_LIMIT])


def _staged(
    head: Mapping[str, Any], body: Mapping[str, Any], acts: Sequence[Act], recorded: float
) -> tuple[Scenario, Staged]:
    """The evening at the lowest speed at which it fits into a showing, with what it can say."""
    lines = sum(act.do == "say" for act in acts)
    for seconds in SPEECH_SECONDS:
        spoken = thinned(acts, seconds)
        speed = max(recorded, spoken[-1].at / (SHOWING_SECONDS - 15))
        while speed <= SPEED_LIMIT:
            speed = math.ceil(speed * 10) / 10
            placed = timed(spoken, speed)
            if placed[-1].at / speed <= SHOWING_SECONDS:
                draft = _draft(head, body, speed)
                staged = rehearsed(draft, placed, spoken)
                if staged.beats and staged.ends / speed <= SHOWING_SECONDS:
                    if dropped := lines - sum(act.do == "say" for act in spoken):
                        staged.left_out["lines, for which a showing has no time"] += dropped
                    return draft, staged
            speed *= 1.1
    raise RecordingError("nothing that was seen can be told as beats")


def _draft(head: Mapping[str, Any], body: Mapping[str, Any], speed: float) -> Scenario:
    first = body["rooms"][0]
    return Scenario.model_validate_json(
        json.dumps(
            {
                **head,
                **body,
                "facts": [{"says": "A draft.", "basis": "synthetic"}],
                "demo_speed": speed,
                "beats": [{"at": "0:00", "who": first["host"], "do": "open", "room": first["id"]}],
                "expect": [{"kind": "state", "room": first["id"], "is": "ended"}],
            }
        )
    )


def _expected(
    scenario: Scenario,
    seen: Watched,
    names: Names,
    staged: Staged,
    opened: Sequence[str],
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    plan = foreseen(scenario)
    for room in opened:
        here, counts = names.rooms[room], seen.rooms[room].counts
        lines = sum(beat.do == "say" and beat.room == here for beat in scenario.beats)
        if lines:
            found.append({"kind": "captions", "room": here, "at_least": lines})
        found += _heard(scenario, here, staged)
        for kind, do in (("pinned", "pin"), ("answered", "answered")):
            times = sum(beat.do == do and beat.room == here for beat in scenario.beats)
            if times:
                found.append({"kind": kind, "room": here, "at_least": times})
        for kind, seen_then, planned in (
            ("listeners", counts.peak, plan[here].peak),
            ("tuned_in", counts.tuned_in, plan[here].tuned_in),
        ):
            least = min(math.floor(seen_then * AT_LEAST), math.floor(planned * AT_LEAST))
            if least > 0:
                found.append({"kind": kind, "room": here, "at_least": least})
        leaning = leanings(seen.logs[room])
        if here in staged.sounding and leaning:
            share = math.floor(leaning["follow"] * AT_LEAST * 100) / 100
            found.append({"kind": "handoff", "room": here, "moved_share": share})
    return found


def _heard(scenario: Scenario, room: str, staged: Staged) -> Iterator[dict[str, Any]]:
    """Whose line is in a log had an open microphone: it is heard again if an ear is there."""
    said = Counter(b.who for b in scenario.beats if b.do == "say" and b.room == room)
    for who, lines in said.items():
        share = math.floor(staged.heard[room, who] / lines * AT_LEAST * 100) / 100
        if share:
            yield {"kind": "heard", "room": room, "who": [who], "share": share}


def _facts(seen: Watched, start: float, guessed: bool) -> list[dict[str, str]]:
    when = _day(start)
    what = "a simulated evening" if seen.show.simulated else "a live room"
    how = "guessed from totals" if guessed else "interpolated from counts looked at now and then"
    facts = [
        (f"It was recorded from {what} on {when}; what happens is what the logs say.", "recorded"),
        (f"Who came and went when is {how}. They are simulated people.", "synthetic"),
        ("Voices are made for the replay. Nobody is heard but in what the captions say.",
         "synthetic"),
        ("Times are moved where a line needs longer, or a handoff must be over first.",
         "synthetic"),
    ]  # fmt: skip
    return [{"says": says, "basis": basis} for says, basis in facts]


def _head(seen: Watched, start: float, left_out: Counter[str]) -> list[str]:
    often = "once" if len(seen.samples) == 1 else f"{len(seen.samples)} times"
    lines = [
        SCHEMA,
        f"Recorded from the room {seen.asked} on {_day(start)}, by: afterparty scenario record",
        f"{seen.events} events were read, and counts looked at {often}.",
        "Reactions, and who listened, are in no log: the audience is made to be as large.",
    ]
    if left_out:
        lines += ["", "Left out, as a scenario cannot say it or it cannot happen in a replay:"]
        lines += [f"- {number} x {what}" for what, number in sorted(left_out.items())]
    return lines


def _show_title(title: str) -> str:
    mark, title = " (simulation)", as_title(title)
    return title[:120] if "simulation" in title else title[: 120 - len(mark)].rstrip() + mark


def _basis(seen: Watched) -> str:
    return "synthetic" if seen.show.simulated else "recorded"


def _moment(seen: Watched, start: float) -> str:
    at = start if seen.show.stands_for is None else seen.show.stands_for
    return datetime.fromtimestamp(math.floor(at), UTC).isoformat()


def _date(said: str) -> str:
    """What a show says of its date, if there is such a day."""
    try:
        return read_day(said) if said else ""
    except ValueError:
        return ""


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
