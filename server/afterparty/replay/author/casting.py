"""Who and where: what the members and rooms of a show that was watched are called in a scenario.

Pure. Nobody anonymous has a part, and of very many only those who did most.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from afterparty.replay.author.transcript import Transcript
from afterparty.replay.author.watching import Watched
from afterparty.replay.author.writing import as_title
from afterparty.replay.words.scenario import CAST_LIMIT
from afterparty.wire.views import ID_PATTERN

NAMELESS = ("anon-", "sim-")
"""How the identities of members begin who have no account."""

_SUFFIX = re.compile(r"-[0-9a-f]{6}$")
"""What a replay puts behind the names of its show and rooms."""

_DEFAULTS: Mapping[str, Any] = {
    "rules": "2021h1", "language": "en", "stage": [], "description": "", "topics": [],
    "hashtag": "", "speak": "invited", "recording": False,
}  # fmt: skip


class Names:
    """What rooms and members are called in the file, by what the server calls them."""

    def __init__(self, seen: Watched, opened: Sequence[str], told: Transcript) -> None:
        ends = {_SUFFIX.search(name) for name in (seen.show.show, *opened)}
        marked = None not in ends and len({found[0] for found in ends if found}) == 1
        self.marked = marked
        """Whether a replay has made the rooms, and marked their names as its own."""
        self.rooms = {room: self.plain(room) for room in opened}
        stages = [seen.logs[room][0]["seats"] for room in opened]
        seats = [*(stage[0] for stage in stages), *(seat for stage in stages for seat in stage)]
        seated = [seat["person"]["member"] for seat in seats]
        acts = Counter(act.who for act in told.acts if act.room in self.rooms)
        members = [
            member
            for member in dict.fromkeys([*seated, *(who for who, _ in acts.most_common())])
            if member in told.people and not member.startswith(NAMELESS)
        ]
        taken: set[str] = set()
        self.people: dict[str, tuple[str, str]] = {}
        """Their identity in the file, and their name."""
        for member in members[:CAST_LIMIT]:
            self.people[member] = (_unique(member, taken), told.people[member].strip()[:50])

    def plain(self, name: str) -> str:
        """A name as the scenario had it of which a replay has made it."""
        return _SUFFIX.sub("", name) if self.marked else name

    def who(self, member: str) -> str | None:
        """A member's identity in the file; empty for whoever hosts, ``None`` for nobody known."""
        return "" if not member else self.people.get(member, (None, ""))[0]


def _unique(member: str, taken: set[str]) -> str:
    plain = member if re.fullmatch(ID_PATTERN, member) else re.sub(r"[^A-Za-z0-9_-]", "_", member)
    plain, number = plain[:60] or "somebody", 1
    found = plain
    while found in taken:
        number += 1
        found = f"{plain}.{number}"
    taken.add(found)
    return found


def cast_of(names: Names, seen: Watched) -> list[dict[str, Any]]:
    """The cast as a file has it, each with the language that they spoke most."""
    said: dict[str, Counter[str]] = {}
    for log in seen.logs.values():
        for event in log:
            if event["type"] == "line_said" and event["language"]:
                said.setdefault(event["member"], Counter())[event["language"]] += 1
    usual = seen.rooms[seen.asked].room.language
    cast = []
    for member, (who, name) in names.people.items():
        spoken = said.get(member, Counter({usual: 1})).most_common(1)[0][0]
        tags = {"tags": ["synthetic"]} if "(synthetic)" in name else {}
        cast.append({"id": who, "name": name or who, **tags, "voice": {"language": spoken}})
    return cast


def room_of(seen: Watched, names: Names, room: str) -> dict[str, Any]:
    """A room as a file has it: its stage as it was made, what it says of itself as it was left."""
    view, first = seen.rooms[room].room, seen.logs[room][0]
    host, *stage = first["seats"]
    seats = [
        {"who": names.people[seat["person"]["member"]][0]}
        | ({"role": "cohost"} if seat["role"] == "cohost" else {})
        for seat in stage
        if seat["person"]["member"] in names.people
    ]
    told = {
        "id": names.rooms[room],
        "kind": view.kind.value,
        "title": as_title(view.title)[:70],
        "rules": view.rules,
        "language": view.language,
        "host": names.people[host["person"]["member"]][0],
        "stage": seats,
        "description": view.description,
        "topics": view.topics,
        "hashtag": view.hashtag,
        "speak": first["speak"],
        "recording": view.recording,
    }
    if view.series in seen.series:
        title = as_title(seen.series[view.series])
        told["series"] = {"id": names.plain(view.series), "title": title}
    return {key: value for key, value in told.items() if value != _DEFAULTS.get(key, ...)}
