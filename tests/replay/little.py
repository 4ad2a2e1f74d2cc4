"""An evening in little: every kind of thing that a runner has to do, in some ten seconds."""

LITTLE = """
scenario: little
title: A little evening
source: Nobody said so.
date: "2026"
facts:
  - {says: All of it is invented., basis: synthetic}
demo_speed: 6
show: {title: A little evening (simulation)}
cast:
  - {id: anna, name: Anna, voice: {language: en}}
  - {id: ben, name: Ben, voice: {language: en}}
  - {id: fan, name: A fan, voice: {language: en}}
  - {id: cleo, name: Cleo, voice: {language: en}}
rooms:
  - {id: before, kind: space, title: Before, host: anna, stage: [{who: ben}]}
  - {id: after, kind: blueroom, title: After, host: ben, stage: [{who: cleo}]}
audience:
  - name: early
    size: 6
    room: before
    arrive: {from: "0:00", over: "0:06"}
    anonymous: 0.5
    handoff: {early: 0.2, follow: 0.4, stay: 0.2, leave: 0.2}
    reactions: 5
    requests: 0.4
beats:
  - {at: "0:00", who: anna, do: open, room: before}
  - {at: "0:01", who: anna, do: unmute}
  - {at: "0:01", who: ben, do: join, room: before}
  - {at: "0:06", who: anna, do: say, text: "Hello"}
  - {at: "0:16", who: ben, do: say, unheard: true, text: "Am I on?"}
  - {at: "0:26", who: fan, do: join, room: before}
  - {at: "0:26", who: fan, do: request}
  - {at: "0:26", who: anna, do: accept, member: fan}
  - {at: "0:27", who: fan, do: react, reaction: "👏"}
  - {at: "0:27", who: ben, do: open, room: after}
  - {at: "0:27", who: cleo, do: unmute, room: after}
  - {at: "0:28", who: anna, do: offer_handoff, to: after, seconds: 12}
  - {at: "0:48", who: ben, do: unmute, room: after}
  - {at: "0:49", who: ben, do: say, text: "Hi all"}
  - {at: "1:00", who: ben, do: end}
  - {at: "1:50", who: anna, do: end, room: before}
expect:
  - {kind: tuned_in, room: before, exactly: 9}
  - {kind: handoff, room: before, moved_share: 0.5}
  - {kind: counted_once, room: before}
  - {kind: heard, room: before, who: [anna]}
  - {kind: not_heard, room: before, who: [ben]}
  - {kind: heard, room: after, who: [ben]}
  - {kind: captions, room: before, at_least: 1}
  - {kind: state, room: before, is: ended}
  - {kind: state, room: after, is: ended}
  - {kind: sound, longest_silence: 5}
  - {kind: refused, code: muted}
  - {kind: no_refusals}
"""
