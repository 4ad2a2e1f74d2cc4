"""Evenings in little: every kind of thing that a runner has to do, in some ten seconds each."""

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
  - {at: "0:27", who: fan, do: react, reaction: "👋"}
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

CROWDED = (
    LITTLE.replace("scenario: little", "scenario: crowded")
    .replace("size: 6", "size: 300\n    retry: {share: 0.3, wait: 0.1}")
    .replace("early: 0.2, follow: 0.4", "early: 0.1, follow: 0.5")
    .replace("requests: 0.4", "requests: 0.02")
    .replace("exactly: 9}", "exactly: 303}")
    .replace("expect:\n", "expect:\n  - {kind: crowd}\n")
)
"""The same with an audience of which most are to have no connection."""

TODAY = """
scenario: today
title: A little evening by the rules of today
source: Nobody said so.
date: "2026"
facts:
  - {says: All of it is invented., basis: synthetic}
demo_speed: 6
show: {title: A little evening of today (simulation)}
cast:
  - {id: anna, name: Anna, voice: {language: en}}
  - {id: ben, name: Ben, voice: {language: en}}
  - {id: cleo, name: Cleo, voice: {language: en}}
  - {id: fan, name: A fan, voice: {language: en}}
rooms:
  - id: talk
    kind: space
    title: Talk
    rules: current
    host: anna
    stage: [{who: ben, role: cohost}, {who: cleo}]
    description: Of this and that.
    topics: [This, That]
    hashtag: "#Ask_Anna"
    recording: true
  - {id: side, kind: blueroom, title: Beside, rules: current, host: anna}
audience:
  - {name: few, size: 3, room: talk, arrive: {from: "0:00", over: "0:01"}, reactions: 10}
beats:
  - {at: "0:00", who: anna, do: open, room: talk}
  - {at: "0:01", who: ben, do: unmute, room: talk}
  - {at: "0:02", who: cleo, do: unmute, room: talk}
  - {at: "0:03", who: cleo, do: consent, captions: false}
  - {at: "0:04", who: ben, do: say, text: "Hello"}
  - {at: "0:14", who: cleo, do: say, text: "Unseen"}
  - {at: "0:24", who: fan, do: join, room: talk}
  - {at: "0:24", who: fan, do: raise_hand}
  - {at: "0:25", who: anna, do: lower_hand, member: fan, room: talk}
  - {at: "0:25", who: anna, do: who_may_speak, speak: everyone}
  - {at: "0:26", who: fan, do: request}
  - {at: "0:26", who: fan, do: unmute}
  - {at: "0:27", who: ben, do: mute_all}
  - {at: "0:28", who: fan, do: say, unheard: true, text: "Silenced"}
  - {at: "0:38", who: fan, do: react, reaction: "😂"}
  - {at: "0:39", who: cleo, do: pin, text: "A post", url: "https://example.com/post"}
  - {at: "0:39", who: ben, do: lock}
  - {at: "0:40", who: ben, do: remove, member: fan}
  - {at: "0:42", who: fan, do: join, room: talk}
  - {at: "0:43", who: ben, do: block, member: fan}
  - {at: "0:43", who: ben, do: unlock}
  - {at: "0:44", who: anna, do: open, room: side}
  - {at: "0:44", who: anna, do: drop, room: talk}
  - {at: "0:45", who: anna, do: unmute, room: side}
  - {at: "0:45", who: fan, do: join, room: side}
  - {at: "0:46", who: fan, do: ask, text: "What comes next?"}
  - {at: "0:46", who: anna, do: pick, member: fan}
  - {at: "0:46", who: anna, do: answered}
  - {at: "0:46", who: anna, do: end}
  - {at: "0:47", who: anna, do: unmute, room: talk}
  - {at: "0:48", who: anna, do: leave, to: ben}
  - {at: "0:50", who: ben, do: end}
expect:
  - {kind: heard, room: talk, who: [ben, cleo]}
  - {kind: not_heard, room: talk, who: [fan]}
  - {kind: captions, room: talk, at_least: 1}
  - {kind: state, room: talk, is: ended}
  - {kind: state, room: side, is: ended}
  - {kind: refused, code: muted}
  - {kind: refused, code: no_consent}
  - {kind: no_refusals}
"""
