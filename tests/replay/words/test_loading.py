"""afterparty.replay.words.loading: a file read, or told where it is wrong."""

import contextlib
import copy
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.replay.texts import SMALL, spoiled

from afterparty.replay.words import loading
from afterparty.replay.words.loading import (
    FAULTS_KEPT,
    SIZE_LIMIT,
    Located,
    ScenarioError,
    _of_the_rest,
    load,
    parse,
)
from afterparty.replay.words.marks import read


def test_a_scenario_is_read() -> None:
    scenario = parse(SMALL)
    assert scenario.listeners == 20
    assert scenario.ends_at == 240
    assert scenario.beats[2].at == 12
    assert scenario.member("fan.c").tags == ("fan",)
    assert scenario.room("second").kind == "space"
    # Nothing is left to be guessed: each beat knows its room.
    assert [beat.room for beat in scenario.beats[8:]] == ["first", "second", "first", "second"]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "says"),
    [
        ("demo_speed: 6", "demo_sped: 6", 7, "demo_sped", "did you mean 'demo_speed'?"),
        ("show: {title: Small}\n", "", 1, "show", "is missing"),
        ("do: request}", "do: requst}", 26, "beats[4].do", "did you mean 'request'?"),
        ("text: Hello}", "txt: Hello}", 24, "beats[2].text", "is missing"),
        ("text: Hello}", "text: 7}", 24, "beats[2].text", "expected text, not 7"),
        ('at: "0:12"', "at: 12", 24, "beats[2].at", "m:ss or h:mm:ss"),
        ('at: "0:12"', 'at: "0:72"', 24, "beats[2].at", "m:ss or h:mm:ss"),
        ("kind: blueroom", "kind: blue", 14, "rooms[0].kind", "none of space, blueroom"),
        ("kind: state", "kind: stat", 35, "expect[0].kind", "did you mean 'state'?"),
        ("{kind: state, ", "{", 35, "expect[0]", "'kind' is missing"),
        ("id: fan.c", "id: fan c", 12, "cast[2].id", "without spaces"),
        ("size: 20", "size: '20'", 18, "audience[0].size", "a whole number"),
        ("size: 20", "size: 0", 18, "audience[0].size", "at least 1, not 0"),
        ('reaction: "💯"', 'reaction: "🐙"', 31, "beats[9].reaction", "a reaction is one of"),
        (
            "    room: first\n    arrive",
            "    room: first\n    handoff: {follow: 0.5}\n    arrive",
            20,
            "audience[0].handoff",
            "make 1 together, not 0.5",
        ),
    ],
)
def test_a_fault_has_line_field_and_expectation(
    old: str, new: str, line: int, field: str, says: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(spoiled(old, new), "small.yaml")
    fault = next(f for f in caught.value.faults if says in f.says)
    assert (fault.line, fault.field) == (line, field)
    assert f"small.yaml:{line}: " in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    text = spoiled("do: request}", "do: requst}").replace("size: 20", "size: none")
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    assert len(caught.value.faults) == 2
    assert [fault.line for fault in caught.value.faults] == [18, 26]


def test_what_makes_no_sense_is_told_beside_what_is_wrongly_written_elsewhere() -> None:
    text = spoiled("kind: state", "kind: stat").replace("size: 20", "size: none")
    text = text.replace("over:", "ovre:").replace('"0:36"', '"0:20"')
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    assert [fault.field for fault in caught.value.faults] == [
        "audience[0].size", "audience[0].arrive.over", "audience[0].arrive.ovre", "beats[4].at",
        "expect[0].kind",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        # What is meant is plain, so the evening is walked through to its end.
        ("who: host.a, do: unmute", "who: host.a, do: unmut", ["beats[1].do", "beats[11].do"]),
        ("text: Hello", "txt: Hello", ["beats[2].text", "beats[2].txt", "beats[11].do"]),
        ("text: Hello", "text: 7", ["beats[2].text", "beats[11].do"]),
        ("who: fan.c, do: react", 'who: "@fan.c", do: react', ["beats[9].who", "beats[11].do"]),
        ('at: "0:30"', "at: soon", ["beats[3].at", "beats[11].do"]),
        ("seconds: 60", 'seconds: "60"', ["beats[8].seconds", "beats[11].do"]),
        ("unheard: true", "unheard: yes", ["beats[6].unheard", "beats[11].do"]),
        ("demo_speed", "speed", ["demo_speed", "speed", "beats[11].do"]),
        ("id: fan.c", 'id: "@fan.c"', ["cast[2].id", "beats[11].do"]),
        ("title: First,", "", ["rooms[0].title", "beats[11].do"]),
        ("show: {title: Small}", "show: Small", ["show", "beats[11].do"]),
        # What it leads to is not known, so no more is told of who may do what.
        ("who: fan.c, do: request}", "who: fan.c, do: raise}", ["beats[4].do"]),
        ("who: fan.c, do: request}", "do: request}", ["beats[4].who"]),
        ("seconds: 60", "seconds: soon", ["beats[8].seconds"]),
        ("demo_speed: 6", "demo_speed: fast", ["demo_speed"]),
        # By this all goes.
        ("kind: space", "kind: hall", ["rooms[1].kind"]),
        ('at: "4:00"', "at: late", ["beats[11].at"]),
    ],
)
def test_beside_a_part_that_is_wrongly_written_the_rest_is_walked_through_as_far_as_it_is_known(
    old: str, new: str, told: list[str]
) -> None:
    text = spoiled("do: end, room: second", "do: request, room: second").replace(old, new)
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    assert [fault.field for fault in caught.value.faults] == told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("who: fan.c, do: request}", "who: fan.c, do: raise}"),
        ("who: fan.c, do: request}", "do: request}"),
        ("demo_speed: 6", "demo_speed: fast"),
    ],
)
def test_who_is_nobody_is_told_where_it_is_not_known_any_more_who_is_where(
    old: str, new: str
) -> None:
    text = spoiled("who: speaker.b, do: open", "who: speaker.d, do: open").replace(old, new)
    with pytest.raises(ScenarioError) as caught:
        parse(text.replace("kind: state, room: first", "kind: state, room: frist"))
    told = [fault.field for fault in caught.value.faults]
    assert told[-2:] == ["beats[7].who", "expect[0].room"]


def _places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield (*path, key)
            yield from _places(value, (*path, key))


def _slips(data: Any, path: tuple[str | int, ...]) -> Iterator[Any]:
    """The data with one thing missing, of another kind, or misspelt."""
    key = path[-1]
    for slip in (None, 7, "?", "missing", "key"):
        spoilt = copy.deepcopy(data)
        holder = functools.reduce(lambda found, step: found[step], path[:-1], spoilt)
        if slip == "missing":
            del holder[key]
        elif slip == "key" and isinstance(key, str):
            holder[key[:1] + key[2:] + "x"] = holder.pop(key)
        else:
            holder[key] = f"{holder[key]}"[1:] + "x" if slip == "?" else slip
        yield spoilt


def test_what_is_wrongly_written_once_in_an_evening_that_is_right_is_all_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[Located] = []

    def listen(*args: Any) -> Iterator[Located]:
        told.extend(_of_the_rest(*args))
        return iter(())

    monkeypatch.setattr(loading, "_of_the_rest", listen)
    data = read(SMALL).data
    slips = [slip for path in _places(data) for slip in _slips(data, path)]
    for slip in slips:
        text = json.dumps(slip, ensure_ascii=False)
        with contextlib.suppress(ScenarioError):
            parse(text)
        assert told == [], text


def test_two_parts_of_an_audience_that_are_wrongly_written_hide_nothing() -> None:
    part = '  - {name: %s, size: many, room: first, arrive: {from: "0:00", over: "0:10"}}\n'
    text = spoiled("audience:\n", "audience:\n" + part % "one" + part % "two")
    with pytest.raises(ScenarioError) as caught:
        parse(text.replace('"0:36"', '"0:20"'))
    assert [fault.field for fault in caught.value.faults][-1] == "beats[4].at"


def test_very_many_faults_are_told_in_few_lines() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(SMALL + "".join(f"extra{n}: 1\n" for n in range(500)))
    assert len(caught.value.faults) == 500
    assert len(str(caught.value).splitlines()) == 21
    assert str(caught.value).endswith("and 480 more")


def test_a_file_of_nothing_but_faults_is_told_to_be_so() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse("".join(f"k{n}: {{}}\n" for n in range(2 * FAULTS_KEPT)))
    assert len(caught.value.faults) == FAULTS_KEPT


def test_a_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, "utf-8")
    assert load(path) == parse(SMALL)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ScenarioError, match="directory"):
        load(tmp_path)
    big = tmp_path / "big.yaml"
    big.write_bytes(b"#" * (SIZE_LIMIT + 1))
    with pytest.raises(ScenarioError, match="larger than"):
        load(big)
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ScenarioError, match=r"bad\.yaml:2: not UTF-8"):
        load(bad)


@pytest.mark.parametrize("text", ["[]", "word", "7", "beats: {}", "cast: [[[]]]", "a: {b: [c]}"])
def test_what_is_no_scenario_at_all(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse(text)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_told(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SMALL)))
    end = data.draw(st.integers(start, min(start + 40, len(SMALL))))
    text = SMALL[:start] + data.draw(st.text(max_size=10)) + SMALL[end:]
    assert all(fault.line >= 1 and fault.says for fault in faults_of(text))


def faults_of(text: str) -> tuple[Located, ...]:
    try:
        parse(text)
    except ScenarioError as error:
        return error.faults or (Located(0, "", "an error without a fault"),)
    return ()
