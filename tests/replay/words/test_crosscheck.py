"""afterparty.replay.words.crosscheck: names, rooms, audience and expectations that must agree."""

import pytest
from tests.replay.texts import spoiled

from afterparty.replay.words.loading import ScenarioError, parse

EXPECT = "  - {kind: state, room: first, is: ended}\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: fan.c, name", "id: host.a, name", "cast[2].id: 'host.a' is here twice"),
        ("id: second, kind", "id: first, kind", "rooms[1].id: 'first' is here twice"),
        ("Second, host: speaker.b", "Second, host: speaker", "no 'speaker' in cast; did you mean"),
        ("{who: speaker.b}", "{who: nobody}", "rooms[0].stage[0].who: no 'nobody' in cast"),
        ("{who: speaker.b}", "{who: host.a}", "'host.a' has a seat in this room already"),
        ("{who: speaker.b}", "{who: speaker.b, role: cohost}", "2021h1 have no co-hosts"),
        ("    room: first\n", "    room: frist\n", "audience[0].room: no 'frist' in rooms; did"),
        ('over: "2:00"', 'over: "5:00"', "all are in only after the last beat (4:00)"),
        ("demo_speed: 6", "demo_speed: 1", "demo_speed: the evening takes 240 s at this speed"),
        (EXPECT, "  - {kind: state, room: fist, is: ended}\n", "did you mean 'first'?"),
        (EXPECT, "  - {kind: handoff, room: second}\n", "no beat offers a handoff out of 'second'"),
        (EXPECT, "  - {kind: counted_once, room: second}\n", "no beat offers a handoff"),
        (EXPECT, "  - {kind: heard, room: first, who: [fan.c]}\n", "no beat has a line of 'fan.c'"),
        (
            EXPECT,
            "  - {kind: not_heard, room: first, who: [host.a]}\n",
            "no beat has 'unheard: true' of 'host.a' in 'first'",
        ),
        (
            EXPECT,
            "  - {kind: refused, code: mutd}\n",
            "no 'mutd' in refusals; did you mean 'muted'?",
        ),
        (
            EXPECT,
            "  - {kind: role, room: first, who: host, role: host}\n",
            "expect[0].who: no 'host' in cast; did you mean 'host.a'?",
        ),
        (
            EXPECT,
            "  - {kind: came_back, room: first, who: fan.c}\n",
            "'fan.c' goes from 'first' 0 times by 'drop' or 'leave'",
        ),
        (
            EXPECT,
            "  - {kind: pinned, room: first, at_least: 1}\n",
            "'first' has 0 beats 'do: pin'",
        ),
        (
            EXPECT,
            "  - {kind: answered, room: second, at_least: 2}\n",
            "'second' has 0 beats 'do: answered'",
        ),
        (
            EXPECT,
            "  - {kind: series, room: first, is: talks}\n",
            "the room 'first' has another series, or none",
        ),
        (
            EXPECT,
            "  - {kind: record, room: first, record: overall}\n",
            "the evening stands for no time: 'begins' is missing",
        ),
        (EXPECT, '  - {kind: before, date: "2021-06-30"}\n', "'begins' is missing"),
        (EXPECT, "  - {kind: listeners, room: first}\n", "say one of at_least, at_most, exactly"),
    ],
)
def test_what_does_not_agree_is_told(old: str, new: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(spoiled(old, new))
    assert says in str(caught.value)


def test_an_audience_has_its_limit() -> None:
    part = '    size: 20\n    room: first\n    arrive: {from: "0:00", over: "2:00"}\n'
    two = "  - name: more\n".join([part.replace("20", "70000")] * 3)
    with pytest.raises(ScenarioError, match="200000 listeners at most"):
        parse(spoiled(part, two))
