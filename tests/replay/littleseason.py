"""A season in little: two short evenings of one folder, with an era, a first and claims."""

import itertools
from pathlib import Path

_numbers = itertools.count(1)

SEASON = """
season: small
title: A small season (simulation)
since: "2021-01-01T00:00:00+00:00"
until: "2021-07-01T00:00:00+00:00"
facts: [{says: All of it is invented., basis: synthetic}]
eras:
  - {era: spring, title: Spring, since: "2021-03-01T00:00:00+00:00", basis: synthetic}
firsts:
  - {first: band-host, title: First band to host, tags: [band], role: host}
  - {first: talk-series, title: First series, tags: [band], role: host, series: true}
claims:
  - kind: holder
    record: spring
    at: "2021-05-03T00:00:00+00:00"
    scenario: second
    says: The second evening is the highest.
    quote: It was the highest of the spring.
  - kind: first
    first: band-host
    who: ana
    scenario: first
    says: Ana's band was the first.
    quote: Ana came first.
  - kind: top
    at: "2021-05-03T00:00:00+00:00"
    most: 2
    tags: [band]
    count: 1
    says: One of two is a band's.
    quote: One of two was a band's.
  - kind: rank
    at: "2021-05-03T00:00:00+00:00"
    place: 2
    scenario: first
    room: first-room
    says: The first is the second.
    quote: The first is the second.
  - kind: evenings
    scenarios: [first, second]
    says: Both go well.
    quote: Both went well.
"""

FIRST = """
scenario: first
title: The first evening
source: Ana came first.
date: "2021-05-01"
begins: {at: "2021-05-01T20:00:00+09:00", basis: synthetic}
facts: [{says: All of it is invented., basis: synthetic}]
demo_speed: 20
show: {title: The first evening (simulation)}
cast:
  - {id: ana, name: Ana, tags: [band, synthetic], voice: {language: en}}
  - {id: bob, name: Bob, tags: [fan, synthetic], voice: {language: en}}
rooms: [{id: first-room, kind: space, title: The first room, host: ana}]
audience: [{name: few, size: 3, room: first-room, arrive: {from: "0:05", over: "0:10"}}]
beats:
  - {at: "0:00", who: ana, do: open}
  - {at: "0:10", who: ana, do: pin, text: Welcome}
  - {at: "0:20", who: bob, do: join, room: first-room}
  - {at: "0:30", who: bob, do: request}
  - {at: "0:40", who: ana, do: accept, member: bob}
  - {at: "0:50", who: bob, do: drop}
  - {at: "1:10", who: bob, do: unmute, room: first-room}
  - {at: "1:40", who: ana, do: end}
expect:
  - {kind: listeners, room: first-room, at_least: 3}
  - {kind: first, room: first-room, first: band-host, who: ana}
  - {kind: role, room: first-room, who: bob, role: speaker}
  - {kind: never_role, room: first-room, who: bob, role: host}
  - {kind: came_back, room: first-room, who: bob}
  - {kind: pinned, room: first-room, at_least: 1}
  - {kind: before, date: "2021-05-02"}
  - {kind: no_refusals}
"""

SECOND = """
scenario: second
title: The second evening
source: It was the highest of the spring.
date: "2021-05-02"
begins: {at: "2021-05-02T20:00:00+09:00", basis: synthetic}
rivals:
  - title: A rival
    listeners: 2
    at: "2021-04-30T20:00:00+09:00"
    basis: synthetic
facts: [{says: All of it is invented., basis: synthetic}]
demo_speed: 20
show: {title: The second evening (simulation)}
cast:
  - {id: cem, name: Cem, tags: [synthetic], voice: {language: en}}
  - {id: dora, name: Dora, tags: [fan, synthetic], voice: {language: en}}
rooms:
  - id: second-room
    kind: blueroom
    title: Questions
    host: cem
  - id: second-space
    kind: space
    title: The second room
    host: cem
    series: {id: talks, title: Talks (simulation)}
audience: [{name: many, size: 8, room: second-space, arrive: {from: "0:05", over: "0:30"}}]
beats:
  - {at: "0:00", who: cem, do: open, room: second-room}
  - {at: "0:05", who: dora, do: join, room: second-room}
  - {at: "0:10", who: dora, do: ask, text: "What comes next?"}
  - {at: "0:20", who: cem, do: pick, member: dora}
  - {at: "0:30", who: cem, do: answered}
  - {at: "0:40", who: cem, do: open, room: second-space}
  - {at: "1:30", who: cem, do: end, room: second-space}
  - {at: "1:40", who: cem, do: end, room: second-room}
expect:
  - {kind: record, room: second-space, record: overall}
  - {kind: record, room: second-space, record: spring}
  - {kind: answered, room: second-room, at_least: 1}
  - {kind: series, room: second-space, is: talks}
  - {kind: no_refusals}
"""


def write_season(
    folder: Path, season: str = SEASON, first: str = FIRST, second: str = SECOND
) -> Path:
    """The season's files in a folder that is made for them; the folder.

    Who asks a question is somebody else each time: nobody asks twice within seconds.
    """
    folder.mkdir()
    second = second.replace("dora", f"dora{next(_numbers)}")
    for name, text in (("season", season), ("first", first), ("second", second)):
        (folder / f"{name}.yaml").write_text(text)
    return folder
