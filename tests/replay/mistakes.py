"""Thirty and more mistakes that authors make, each with all that they are told of it."""

from typing import NamedTuple

from tests.replay.texts import SMALL, spoiled


class Mistake(NamedTuple):
    """A spoiled scenario, and the lines of the answer without the file's name."""

    what: str
    text: str
    told: tuple[str, ...]


def _one(what: str, old: str, new: str, *told: str) -> Mistake:
    return Mistake(what, spoiled(old, new), told)


SIZE = "    size: 20\n"
TITLE = "title: A small evening\n"
LINE = "text: Hello}"
STATE = "kind: state, room: first, is: ended"
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
CLOCK = "times are written m:ss or h:mm:ss, as 12:30, not"

MISTAKES = (
    _one("a tab", SIZE, "\tsize: 20\n",
         "18: a tab stands at the beginning; indent with spaces"),
    _one("a space that is none", SIZE, "\u00a0   size: 20\n",
         "18: a space that is no plain one stands at the beginning; indent with spaces"),
    _one("indented too far", SIZE, "      size: 20\n",
         "18: begins 6 spaces in, the line above 4; keys of one thing begin alike"),
    _one("indented too little", SIZE, "  size: 20\n",
         "18: begins 2 spaces in, the line above 4; keys of one thing begin alike"),
    _one("no dash", "  - {id: fan.c", "    {id: fan.c",
         "12: an entry of a list begins with '- '"),
    _one("a list on its key's line", "cast:\n", "cast: - {id: a}\n",
         "9: a list begins on the line after its key, or is written [a, b]"),
    _one("a key without a colon", TITLE, "title A small evening\n",
         "2: a key is followed by ': ' and its value; a long text is written in quotes"),
    _one("no closing brace", LINE, "text: Hello",
         "24: the '{' here is not closed before line 25: is a '}' or a closing quote missing?"),
    _one("no closing quote", TITLE, 'title: "A small evening\n',
         "2: a text in quotes begins here, and its closing quote is missing"),
    _one("a colon in a text", TITLE, "title: A small evening: the first\n",
         "2: text with ': ' in it is written in quotes"),
    _one("a colon in a line", LINE, "text: Hello: all}",
         "24: text with ': ' in it is written in quotes"),
    _one("a comma in a line", LINE, "text: Hello, all}",
         "24: beats[2].all: there is no such key; text with a comma in it is written in quotes"),
    _one("a quote in a line", LINE, "text: 'I'm here'}",
         "24: expected ',' or '}' in column 49: is a comma or a quote missing?"),
    _one("a question in a line", LINE, "text: Hello?}",
         "24: text with a '?' at its end is written in quotes within braces"),
    _one("a hashtag without quotes", "kind: blueroom", "hashtag: #Ask, kind: blueroom",
         "14: the '{' here is not closed before line 15: a '#' after a space begins a comment, "
         "so write text with it in quotes"),
    _one("a handle without quotes", "source: It was", "source: @host was",
         "3: text that begins with '@' is written in quotes"),
    _one("a backslash", TITLE, 'title: "A \\small evening"\n',
         "2: a '\\' within double quotes is written twice, or the text in single quotes"),
    _one("a title that turns its neighbours", "title: First,", "title: Fir\u202est,",
         "14: rooms[0].title: a title is one line, without what does not show or turns what "
         "follows, not 'Fir\u202est'"),
    _one("a clock in seconds", 'at: "0:12"', "at: 12",
         f'24: beats[2].at: {CLOCK} 12; did you mean "0:12"?'),
    _one("a clock with a unit", 'at: "0:12"', "at: 72s",
         f"24: beats[2].at: {CLOCK} '72s'; did you mean \"1:12\"?"),
    _one("a clock of one digit", 'at: "0:12"', 'at: "0:5"',
         f"24: beats[2].at: {CLOCK} '0:5'; did you mean \"0:05\"?"),
    _one("a clock with a point", 'at: "0:12"', "at: 0.12",
         f'24: beats[2].at: {CLOCK} 0.12; did you mean "0:12"?'),
    _one("a clock in curly quotes", 'at: "0:12"', "at: “0:12”",
         f"24: beats[2].at: {CLOCK} '“0:12”'; did you mean \"0:12\"?"),
    _one("a year as a number", 'date: "2021-06"', "date: 2021",
         '4: date: expected text, not 2021; write it in quotes: "2021"'),
    _one("a date in words", 'date: "2021-06"', "date: 9 June 2021",
         "4: date: expected a date as far as it is known, in quotes: "
         "\"2021-05-06\", \"2021-05\" or \"2021\"; not '9 June 2021'"),
    _one("a time of another century", "facts:",
         'begins: {at: "0021-06-09T22:53:00+09:00", basis: seed}\nfacts:',
         "5: begins.at: a time is of the years 1970 to 2099, not '0021-06-09T22:53:00+09:00'"),
    _one("a time without its zone", "facts:", "begins: {at: 2021-06-09T22:53, basis: seed}\nfacts:",
         "5: begins.at: a time is written with its zone, as 2021-06-09T22:53:00+09:00, "
         "not '2021-06-09T22:53'"),
    _one("a key of another name", "demo_speed: 6", "speed: 6",
         "1: demo_speed: is missing: Evening seconds a wall second, "
         "for a showing of a minute or two",
         "7: speed: there is no such key; did you mean 'demo_speed'?"),
    _one("a key misspelled", SIZE, "    siez: 20\n",
         "17: audience[0].size: is missing: How many listeners",
         "18: audience[0].siez: there is no such key; did you mean 'size'?"),
    _one("a key of nowhere", SIZE, SIZE + "    colour: red\n",
         "19: audience[0].colour: there is no such key here; there are name, size, room, arrive, "
         "anonymous, churn, leak, retry, zones, handoff, reactions, requests"),
    _one("a key called like its form", "is: ended", "state: ended",
         "35: expect[0].is: is missing: The state it was left in",
         "35: expect[0].state: there is no such key here; there are says, kind, room, is"),
    _one("a key twice", SIZE, SIZE + "    size: 30\n",
         "19: the key 'size' is here twice; first on line 18"),
    _one("a synonym", "do: request}", "do: raise}",
         "26: beats[4].do: 'raise' is none of open, join, drop, unmute, mute_all, lock, unlock, "
         "request, withdraw, accept_invitation, decline_invitation, raise_hand, take_over, "
         "answered, cancel_handoff, follow, stay, end, accept, decline, demote, invite, remove, "
         "block, pick, mute, lower_hand, leave, who_may_speak, consent, pin, ask, say, "
         "offer_handoff, react; did you mean 'raise_hand'?"),
    _one("another case", "kind: blueroom", "kind: Blueroom",
         "14: rooms[0].kind: 'Blueroom' is none of space, blueroom; did you mean 'blueroom'?"),
    _one("a guess", "basis: synthetic", "basis: guess",
         "6: facts[0].basis: 'guess' is none of seed, press, recorded, synthetic; "
         "did you mean 'synthetic'?"),
    _one("yes for true", "unheard: true", "unheard: yes",
         "28: beats[6].unheard: expected true or false, not 'yes'"),
    _one("a handle with its sign", "id: fan.c", 'id: "@fan.c"',
         "12: cast[2].id: expected a name of letters, digits, '_', '.' and '-', without spaces or "
         "'@'; not '@fan.c'; did you mean 'fan.c'?"),
    _one("a number in words", "size: 20", "size: twenty",
         "18: audience[0].size: expected a whole number, not 'twenty'"),
    _one("a number with a comma", "size: 20", "size: 20,000",
         "18: audience[0].size: expected a whole number, not '20,000'; "
         "write 20000, without quotes or commas"),
    _one("a share in per cent", SIZE, SIZE + "    anonymous: 50%\n",
         "19: audience[0].anonymous: expected a number, not '50%'; write 0.5"),
    _one("a share above one", SIZE, SIZE + "    anonymous: 50\n",
         "19: audience[0].anonymous: expected at most 1, not 50; a share of 50 % is 0.5"),
    _one("shares that do not make one", SIZE, SIZE + "    handoff: {follow: 0.5}\n",
         "19: audience[0].handoff: early, follow, stay and leave make 1 together, not 0.5"),
    _one("a title too long", "title: First", f"title: {'First ' * 20}",
         "14: rooms[0].title: has 119 characters; 70 at most"),
    _one("one for a list", "tags: [fan]", "tags: fan",
         "12: cast[2].tags: expected a list, not 'fan'; write [fan]"),
    _one("a word for a form", "voice: {language: ko}", "voice: ko",
         "11: cast[1].voice: expected keys and values, as {language: …}, not 'ko'"),
    _one("entries commented out", f"  - {{{STATE}}}\n", "  # none yet\n",
         "34: expect: is empty; a list follows, each entry on a line that begins with '- '"),
    _one("somebody who is nobody", "who: fan.c, do: join", "who: fan.d, do: join",
         "25: beats[3].who: nobody 'fan.d' in cast; did you mean 'fan.c'?"),
    _one("a room that is none", "do: join, room: first", "do: join, room: frist",
         "25: beats[3].room: no room 'frist'; did you mean 'first'?"),
    _one("no join", '  - {at: "0:30", who: fan.c, do: join, room: first}\n', "",
         "25: beats[3]: say which room: 'fan.c' is in none at 0:36; "
         "add a beat with 'do: join' before"),
    _one("out of order", 'at: "0:36"', 'at: "0:20"',
         "26: beats[4].at: is before the beat above (0:30); keep their order"),
    _one("a line too long for its time", LINE, f"text: {'Hello hello hello ' * 10}}}",
         "24: beats[2].text: takes about 10.9 s to speak, but the next beat is 3.0 s later at "
         "demo speed; leave 66 s of evening"),
    _one("a closed microphone", '  - {at: "0:06", who: host.a, do: unmute}\n', "",
         "23: beats[1].do: 'host.a' has a closed microphone at 0:12; "
         "add a beat before, or 'unheard: true' if that is meant"),
    _one("a room not open yet", '  - {at: "1:30", who: speaker.b, do: open, room: second}\n', "",
         "29: beats[7].to: 'second' is scheduled; it must be live before the offer"),
    _one("ended too early", 'at: "3:40"', 'at: "2:50"',
         "32: beats[10].at: the handoff's ledger may be open until 3:36 at demo speed; "
         "end the room after that"),
    _one("the same identity twice", "id: speaker.b", "id: host.a",
         "11: cast[1].id: 'host.a' is here twice",
         "14: rooms[0].stage[0].who: no 'speaker.b' in cast",
         "15: rooms[1].host: no 'speaker.b' in cast"),
    _one("a refusal that is none", STATE, "kind: refused, code: mutd",
         "35: expect[0].code: no 'mutd' in refusals; did you mean 'muted'?"),
    _one("expected of nobody", STATE, "kind: role, room: first, who: fan.d, role: speaker",
         "35: expect[0].who: no 'fan.d' in cast; did you mean 'fan.c'?"),
    _one("never pinned", STATE, "kind: pinned, room: first, at_least: 1",
         "35: expect[0]: 'first' has 0 beats 'do: pin'"),
    _one("before no day", STATE, 'kind: before, date: "2021-06-30"',
         "35: expect[0]: the evening stands for no time: 'begins' is missing"),
    _one("of no series", STATE, "kind: series, room: first, is: talks",
         "35: expect[0].is: the room 'first' has another series, or none"),
    _one("an entry without its dash", f"  - {{{STATE}}}", f"  - {{kind: crowd}}\n  {{{STATE}}}",
         "36: an entry of a list begins with '- '"),
    _one("a list for a kind", "kind: state,", "kind: [state],",
         "35: expect[0].kind: a list is none of participants, listeners, tuned_in, handoff, "
         "counted_once, heard, not_heard, state, captions, sound, refused, no_refusals, record, "
         "first, crowd, role, never_role, came_back, pinned, answered, series, before; "
         "did you mean 'state'?"),
    _one("seconds as a clock", "seconds: 60", 'seconds: "1:00"',
         "30: beats[8].seconds: expected a number, not '1:00'; write 60, for so many seconds"),
    _one("hours without their minutes", SIZE, SIZE + "    zones: [{name: a, utc: 9, share: 1}]\n",
         "19: audience[0].zones[0].utc: expected hours ahead of UTC, in quotes, "
         'as "+09:00"; not 9'),
    _one("a word that means everybody", "title: First", "title: First, speak: all",
         "14: rooms[0].speak: 'all' is none of everyone, followed, invited; "
         "did you mean 'everyone'?"),
    _one("a day that is none", STATE, 'kind: before, date: "2021-06-31"',
         "35: expect[0].date: there is no such day in the calendar, not '2021-06-31'"),
    _one("bounds the wrong way round", STATE,
         "kind: listeners, room: first, at_least: 9, at_most: 3",
         "35: expect[0]: at_least 9 is more than at_most 3"),
    _one("a count when all is over", STATE, 'kind: listeners, room: first, exactly: 0, at: "9:00"',
         "35: expect[0].at: the evening is over at 4:00"),
    _one("more captions than lines", STATE, "kind: captions, room: first, at_least: 2",
         "35: expect[0]: 'first' has 1 lines to speak"),
    _one("a leak to where it comes from", SIZE,
         SIZE + '    leak: {to: first, from: "1:00", over: "1:00"}\n',
         "19: audience[0].leak.to: is the room they come to"),
    Mistake("one of the cast called like a listener", SMALL.replace("fan.c", "fans-001"), (
        "17: audience[0].name: 'fans-001' of the cast is called like one of its listeners",)),
    Mistake("not pinned, asked or away, as others go by", SMALL.replace(
        'who: fan.c, do: request}', 'who: fan.c, do: ask, text: "Why?"}').replace(
        "do: accept, member: fan.c", "do: pick, member: speaker.b").replace(
        'text: "May I?", unheard: true}', 'text: "May I?", unheard: true}\n'
        '  - {at: "1:20", who: host.a, do: answered}'), (
        "27: beats[5].member: 'speaker.b' has no question open then",)),
    Mistake("an anchor", spoiled("size: 20", "size: &n 20"), (
        "18: anchors and aliases ('&', '*') are not read here; write it out, or in quotes",)),
    Mistake("a bomb", BOMB, (
        "1: anchors and aliases ('&', '*') are not read here; write it out, or in quotes",)),
    Mistake("two documents", f"{SMALL}---\n{SMALL}", (
        "36: a file is one document; take '---' away",)),
    Mistake("an empty file", "", ("1: the file is empty",)),
    Mistake("a list", "- a\n", (
        "1: expected keys and values, as 'scenario: small', not a list",)),
    Mistake("no text", SMALL.replace("Small}", "Sm\0all}"), (
        "8: the character U+0000 is no text; take it out",)),
)  # fmt: skip
