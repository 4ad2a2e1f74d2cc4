"""A small scenario as text, and ways to spoil it."""

SMALL = """\
scenario: small
title: A small evening
source: It was a small evening.
date: "2021-06"
facts:
  - {says: It was small., basis: synthetic}
demo_speed: 6
show: {title: Small}
cast:
  - {id: host.a, name: Host A, voice: {language: en}}
  - {id: speaker.b, name: Speaker B, voice: {language: ko}}
  - {id: fan.c, name: Fan C, tags: [fan], voice: {language: en}}
rooms:
  - {id: first, kind: blueroom, title: First, host: host.a, stage: [{who: speaker.b}]}
  - {id: second, kind: space, title: Second, host: speaker.b}
audience:
  - name: fans
    size: 20
    room: first
    arrive: {from: "0:00", over: "2:00"}
beats:
  - {at: "0:00", who: host.a, do: open, room: first}
  - {at: "0:06", who: host.a, do: unmute}
  - {at: "0:12", who: host.a, do: say, text: Hello}
  - {at: "0:30", who: fan.c, do: join, room: first}
  - {at: "0:36", who: fan.c, do: request}
  - {at: "0:42", who: host.a, do: accept, member: fan.c}
  - {at: "0:48", who: fan.c, do: say, text: "May I?", unheard: true}
  - {at: "1:30", who: speaker.b, do: open, room: second}
  - {at: "1:36", who: host.a, do: offer_handoff, to: second, seconds: 60}
  - {at: "2:40", who: fan.c, do: react, reaction: "💯"}
  - {at: "3:40", who: host.a, do: end, room: first}
  - {at: "4:00", who: speaker.b, do: end, room: second}
expect:
  - {kind: state, room: first, is: ended}
"""


def spoiled(old: str, new: str) -> str:
    """The small scenario with one part of it changed; the part must be there exactly once."""
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)
